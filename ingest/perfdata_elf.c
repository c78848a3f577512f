/*
 * Names of functions in a program or library, by their place in its file. Shaped for some thousand
 * questions to a few files: the symbols are sorted once.
 */
#include "ingest/perfdata_elf.h"

#ifdef HU_HAVE_LIBELF
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS_MAX = 1 << 20, SEGMENTS_MAX = 256, NAME_MAX_BYTES = 512 };

struct symbol {
	uint64_t address, size;
	const char *name; /* in the file, which stays open */
};

struct segment { /* what is executed */
	uint64_t offset, address, size;
};

struct hu_perf_elf {
	Elf *elf;
	int fd;
	struct symbol *symbol;
	size_t count, room;
	struct segment segment[SEGMENTS_MAX];
	size_t segments;
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_section(struct hu_perf_elf *file, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;

	for (size_t i = 0; i < count && i <= INT32_MAX && file->count < SYMBOLS_MAX; i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, (int)i, &symbol) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_value)
			continue;
		const char *name = elf_strptr(file->elf, header->sh_link, symbol.st_name);
		if (!name || !*name)
			continue;
		if (file->count == file->room) {
			file->room = file->room ? file->room * 2 : 1024;
			file->symbol = hu_realloc(file->symbol, file->room * sizeof(*file->symbol));
		}
		file->symbol[file->count++] =
			(struct symbol){symbol.st_value, symbol.st_size, name};
	}
}

static bool load(struct hu_perf_elf *file)
{
	size_t headers = 0;
	Elf_Scn *section = NULL;

	if (elf_kind(file->elf) != ELF_K_ELF || elf_getphdrnum(file->elf, &headers))
		return false;
	for (size_t i = 0; i < headers && file->segments < SEGMENTS_MAX; i++) {
		GElf_Phdr header;
		if (gelf_getphdr(file->elf, (int)i, &header) && header.p_type == PT_LOAD &&
		    header.p_flags & PF_X)
			file->segment[file->segments++] =
				(struct segment){header.p_offset, header.p_vaddr, header.p_filesz};
	}
	while ((section = elf_nextscn(file->elf, section))) {
		GElf_Shdr header;
		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			add_section(file, section, &header);
	}
	if (file->count)
		qsort(file->symbol, file->count, sizeof(*file->symbol), by_address);
	return file->count && file->segments;
}

struct hu_perf_elf *hu_perf_elf_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct hu_perf_elf *file = hu_alloc(sizeof(*file));
	file->fd = fd;
	file->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (file->elf && load(file))
		return file;
	hu_perf_elf_close(file);
	return NULL;
}

void hu_perf_elf_close(struct hu_perf_elf *elf)
{
	if (!elf)
		return;
	elf_end(elf->elf);
	close(elf->fd);
	free(elf->symbol);
	free(elf);
}

bool hu_perf_elf_find(const struct hu_perf_elf *elf, uint64_t offset, struct hu_str *name)
{
	uint64_t address = 0;
	bool there = false;
	size_t low = 0, high = elf->count;

	for (size_t i = 0; i < elf->segments && !there; i++) {
		const struct segment *s = &elf->segment[i];
		there = offset >= s->offset && offset - s->offset < s->size;
		address = offset - s->offset + s->address;
	}
	if (!there)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (elf->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	const struct symbol *found = &elf->symbol[low - 1];
	if (found->size && address - found->address >= found->size)
		return false;
	*name = (struct hu_str){found->name, strnlen(found->name, NAME_MAX_BYTES)};
	return true;
}

#else

struct hu_perf_elf *hu_perf_elf_open(const char *path)
{
	(void)path;
	return NULL;
}

void hu_perf_elf_close(struct hu_perf_elf *elf)
{
	(void)elf;
}

bool hu_perf_elf_find(const struct hu_perf_elf *elf, uint64_t offset, struct hu_str *name)
{
	(void)elf;
	(void)offset;
	(void)name;
	return false;
}

#endif
