/* A program or library that came with a capture: names of its functions. */
#include "tests/fuzz/fuzz.h"

#include "ingest/perfdata_elf.h"
#include "tests/support.h"

static void one(struct hu_str in)
{
	struct hu_fuzz_file file;
	struct hu_str name;

	if (!hu_fuzz_file(in, &file))
		return;
	struct hu_perf_elf *elf = hu_perf_elf_open(file.path);
	for (uint64_t at = 0; elf && at < UINT64_C(1) << 40; at = at < 0x4000 ? at + 0x101 : at * 2)
		if (hu_perf_elf_find(elf, at, &name)) {
			volatile char last =
				name.len ? name.at[name.len - 1] : 0; /* is it there? */
			(void)last;
		}
	hu_perf_elf_close(elf);
	hu_fuzz_file_end(&file);
}

#ifdef HU_HAVE_LIBELF
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS = 12 };
static char names[] = "\0.text\0.symtab\0.dynsym\0.strtab\0.gnu_debuglink\0main\0f\0g";
enum { TEXT = 1, SYMTAB = 7, DYNSYM = 15, STRTAB = 23, DEBUGLINK = 31, FUNCTIONS = 46 };

static Elf_Scn *section(Elf *elf, GElf_Word name, GElf_Word type, void *bytes, size_t len,
			Elf_Type what)
{
	Elf_Scn *made = elf_newscn(elf);
	Elf_Data *data = elf_newdata(made);
	GElf_Shdr header;

	data->d_buf = bytes;
	data->d_size = len;
	data->d_type = what;
	data->d_align = 8;
	data->d_version = EV_CURRENT;
	gelf_getshdr(made, &header);
	header.sh_name = name;
	header.sh_type = type;
	gelf_update_shdr(made, &header);
	return made;
}

/* Sections, segments and some functions, for one class and byte order. */
static bool make(int fd, int class, int order, bool stripped)
{
	static char code[0x400], link[] = "fuzz.debug\0\0\1\2\3\4";
	static union {
		Elf32_Sym narrow[SYMBOLS];
		Elf64_Sym wide[SYMBOLS];
	} symbols;
	size_t one = class == ELFCLASS32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
	Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
	GElf_Ehdr head;
	GElf_Phdr segment;

	if (!elf || !gelf_newehdr(elf, class) || !gelf_newphdr(elf, 2))
		return false;
	gelf_getehdr(elf, &head);
	head.e_ident[EI_DATA] = (unsigned char)order;
	head.e_type = ET_DYN;
	head.e_machine = class == ELFCLASS32 ? EM_ARM : order == ELFDATA2MSB ? EM_S390 : EM_X86_64;
	head.e_version = EV_CURRENT;
	head.e_shstrndx = 2;
	gelf_update_ehdr(elf, &head);
	section(elf, TEXT, SHT_PROGBITS, code, sizeof(code), ELF_T_BYTE);
	section(elf, STRTAB, SHT_STRTAB, names, sizeof(names), ELF_T_BYTE);
	section(elf, DEBUGLINK, SHT_PROGBITS, link, sizeof(link), ELF_T_BYTE);
	Elf_Scn *scn = section(elf, stripped ? DYNSYM : SYMTAB, stripped ? SHT_DYNSYM : SHT_SYMTAB,
			       &symbols, (stripped ? 4 : SYMBOLS) * one, ELF_T_SYM);
	GElf_Shdr header;
	gelf_getshdr(scn, &header);
	header.sh_link = 2;
	header.sh_entsize = one;
	gelf_update_shdr(scn, &header);
	for (int i = 1; i < (stripped ? 4 : SYMBOLS); i++) {
		GElf_Sym s = {.st_name = FUNCTIONS + (GElf_Word)(i % 3 ? 3 + i % 3 * 2 : 0),
			      .st_info = GELF_ST_INFO(STB_GLOBAL, i == 5 ? STT_OBJECT : STT_FUNC),
			      .st_shndx = 1,
			      .st_value = 0x1000 + (GElf_Addr)(i % 7) * 0x80,
			      .st_size = (GElf_Xword)(i % 4) * 0x40};
		gelf_update_sym(elf_getdata(scn, NULL), i, &s);
	}
	for (int i = 0; i < 2; i++) {
		gelf_getphdr(elf, i, &segment);
		segment.p_type = PT_LOAD;
		segment.p_flags = i ? PF_R : PF_R | PF_X;
		segment.p_offset = i ? 0x800 : 0x40;
		segment.p_vaddr = i ? 0x3000 : 0x1040;
		segment.p_filesz = segment.p_memsz = 0x700;
		segment.p_align = 0x10;
		gelf_update_phdr(elf, i, &segment);
	}
	bool ok = elf_update(elf, ELF_C_WRITE) > 0;
	elf_end(elf);
	return ok;
}

/* A file as it is; beside it those of both classes and byte orders, stripped or not. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};

	elf_version(EV_CURRENT);
	if (hu_test_is_file(path) && hu_test_slurp(path, &bytes))
		add(to, hu_out_view(&bytes));
	for (int i = 0; i < 8; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out made = {0};
		struct hu_fuzz_file file;
		if (!hu_fuzz_file(hu_str(""), &file))
			return;
		if (!make(file.fd, i & 1 ? ELFCLASS32 : ELFCLASS64,
			  i & 2 ? ELFDATA2MSB : ELFDATA2LSB, i & 4))
			hu_fuzz_wrong("no ELF file: %s", elf_errmsg(-1));
		if (hu_test_slurp(file.path, &made))
			add(to, hu_out_view(&made));
		hu_fuzz_file_end(&file);
	}
}
#else
#define seeds NULL
#endif

const struct hu_fuzz_target hu_fuzz_elf = {"elf", one, seeds, hu_mutate_elf};
