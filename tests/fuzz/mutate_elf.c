/*
 * Changes inside an ELF file: a field of its header, of a segment, a section or a symbol, bytes of
 * a section; a section's bytes go to the end of the file with more behind them. Offsets and counts
 * stay true most of the time.
 */
#include "tests/fuzz/fuzz.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

/* Where the fields are that differ between the two classes. */
struct field {
	size_t at, bytes;
};
#define FIELD(type, name)                                                                          \
	{                                                                                          \
		offsetof(type, name), sizeof(((type *)NULL)->name)                                 \
	}
#define FIELDS(type, name)                                                                         \
	{                                                                                          \
		FIELD(Elf32_##type, name), FIELD(Elf64_##type, name)                               \
	}

enum { PHOFF, SHOFF, PHSIZE, PHNUM, SHSIZE, SHNUM, SHSTR, ENTRY, KIND };
static const struct field head[][2] = {
	FIELDS(Ehdr, e_phoff),	  FIELDS(Ehdr, e_shoff),     FIELDS(Ehdr, e_phentsize),
	FIELDS(Ehdr, e_phnum),	  FIELDS(Ehdr, e_shentsize), FIELDS(Ehdr, e_shnum),
	FIELDS(Ehdr, e_shstrndx), FIELDS(Ehdr, e_entry),     FIELDS(Ehdr, e_type),
};
enum { P_TYPE, P_FLAGS, P_OFFSET, P_ADDRESS, P_SIZE };
static const struct field segment[][2] = {
	FIELDS(Phdr, p_type),  FIELDS(Phdr, p_flags),  FIELDS(Phdr, p_offset),
	FIELDS(Phdr, p_vaddr), FIELDS(Phdr, p_filesz), FIELDS(Phdr, p_align),
};
enum { S_TYPE, S_FLAGS, S_OFFSET, S_SIZE, S_LINK, S_ENTRY };
static const struct field section[][2] = {
	FIELDS(Shdr, sh_type), FIELDS(Shdr, sh_flags),	   FIELDS(Shdr, sh_offset),
	FIELDS(Shdr, sh_size), FIELDS(Shdr, sh_link),	   FIELDS(Shdr, sh_entsize),
	FIELDS(Shdr, sh_info), FIELDS(Shdr, sh_addralign), FIELDS(Shdr, sh_name),
};
enum { Y_NAME, Y_INFO };
static const struct field symbol[][2] = {
	FIELDS(Sym, st_name), FIELDS(Sym, st_info),  FIELDS(Sym, st_value),
	FIELDS(Sym, st_size), FIELDS(Sym, st_shndx),
};
enum {
	HEAD_FIELDS = sizeof(head) / sizeof(head[0]),
	SEGMENT_FIELDS = sizeof(segment) / sizeof(segment[0]),
	SECTION_FIELDS = sizeof(section) / sizeof(section[0]),
	SYMBOL_FIELDS = sizeof(symbol) / sizeof(symbol[0])
};

struct elf {
	struct hu_edit e;
	bool wide, big;
};

static uint64_t get(const struct elf *f, size_t base, const struct field both[2])
{
	const struct field *field = &both[f->wide];

	if (base > f->e.size || f->e.size - base < field->at + field->bytes)
		return 0;
	return hu_get(f->e.at + base + field->at, field->bytes, f->big);
}

static void set(struct elf *f, size_t base, const struct field both[2], uint64_t value)
{
	const struct field *field = &both[f->wide];

	if (base <= f->e.size && f->e.size - base >= field->at + field->bytes)
		hu_set(f->e.at + base + field->at, field->bytes, f->big, value);
}

/* A number that breaks things; a type becomes one of those that are looked for. */
static void change(struct elf *f, size_t base, const struct field both[2], struct hu_dice *d)
{
	set(f, base, both, hu_dice_number(d, get(f, base, both)));
}

static size_t segment_at(const struct elf *f, struct hu_dice *d)
{
	uint64_t n = get(f, 0, head[PHNUM]);

	return get(f, 0, head[PHOFF]) +
	       get(f, 0, head[PHSIZE]) * (size_t)hu_dice_roll(d, (uint32_t)n);
}

static size_t section_at(const struct elf *f, struct hu_dice *d)
{
	uint64_t n = get(f, 0, head[SHNUM]);

	return get(f, 0, head[SHOFF]) +
	       get(f, 0, head[SHSIZE]) * (size_t)hu_dice_roll(d, (uint32_t)n);
}

/* Of these types, if there is one; else any. */
static size_t section_of(const struct elf *f, uint64_t type, uint64_t or, struct hu_dice *d)
{
	size_t at = section_at(f, d);

	for (int tries = 0; tries < 24; tries++) {
		uint64_t is = get(f, at, section[S_TYPE]);
		if (is == type || is == or)
			break;
		at = section_at(f, d);
	}
	return at;
}

/* Its bytes move to the end of the file, with `more` behind them that repeat its beginning. */
static void move_section(struct elf *f, size_t at, size_t more)
{
	uint64_t from = get(f, at, section[S_OFFSET]), len = get(f, at, section[S_SIZE]);
	size_t end = (f->e.size + 7) / 8 * 8, old = f->e.size;

	if (from > old || len > old - from || !len || more > len || end + len + more > f->e.max ||
	    !hu_edit_resize(&f->e, old, 0, end - old + len + more))
		return;
	memcpy(f->e.at + end, f->e.at + from, len);
	memcpy(f->e.at + end + len, f->e.at + from, more);
	set(f, at, section[S_OFFSET], end);
	set(f, at, section[S_SIZE], len + more);
}

static void change_section(struct elf *f, struct hu_dice *d)
{
	static const uint32_t types[] = {SHT_SYMTAB, SHT_DYNSYM,   SHT_STRTAB, SHT_NOBITS,
					 SHT_NOTE,   SHT_PROGBITS, SHT_NULL,   SHT_SYMTAB_SHNDX};
	size_t at = section_at(f, d);

	if (hu_dice_roll(d, 3))
		change(f, at, section[hu_dice_roll(d, SECTION_FIELDS)], d);
	else
		set(f, at, section[S_TYPE],
		    types[hu_dice_roll(d, sizeof(types) / sizeof(types[0]))]);
}

static void change_segment(struct elf *f, struct hu_dice *d)
{
	size_t at = segment_at(f, d);

	if (hu_dice_roll(d, 3)) {
		change(f, at, segment[hu_dice_roll(d, SEGMENT_FIELDS)], d);
		return;
	}
	set(f, at, segment[P_TYPE], PT_LOAD);
	set(f, at, segment[P_FLAGS], hu_dice_roll(d, 8));
}

static void change_symbol(struct elf *f, struct hu_dice *d)
{
	size_t at = section_of(f, SHT_SYMTAB, SHT_DYNSYM, d);
	uint64_t from = get(f, at, section[S_OFFSET]), len = get(f, at, section[S_SIZE]);
	size_t one = f->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	size_t which = from + one * hu_dice_roll(d, (uint32_t)(len / one));

	if (hu_dice_roll(d, 4))
		change(f, which, symbol[hu_dice_roll(d, SYMBOL_FIELDS)], d);
	else
		set(f, which, symbol[Y_INFO], STT_FUNC);
}

size_t hu_mutate_elf(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	struct elf f = {.e = {at, size, max}};
	struct hu_dice d = hu_dice(seed);
	size_t where;

	if (size < sizeof(Elf64_Ehdr) || memcmp(at, ELFMAG, SELFMAG) != 0 || !hu_dice_roll(&d, 12))
		return 0;
	f.wide = at[EI_CLASS] == ELFCLASS64;
	f.big = at[EI_DATA] == ELFDATA2MSB;
	switch (hu_dice_roll(&d, 16)) {
	case 0:
		change(&f, 0, head[hu_dice_roll(&d, HEAD_FIELDS)], &d);
		break;
	case 1:
		at[hu_dice_roll(&d, 2) ? EI_CLASS : EI_DATA] = (uint8_t)hu_dice_roll(&d, 4);
		break;
	case 2:
		f.e.size -= hu_dice_roll(&d, (uint32_t)size / 2);
		break;
	case 3: /* all of its bytes once more, or some */
	case 4:
		where = section_of(&f, SHT_SYMTAB, SHT_STRTAB, &d);
		move_section(&f, where,
			     hu_dice_roll(&d, (uint32_t)get(&f, where, section[S_SIZE]) + 1));
		break;
	case 5:
	case 6:
	case 7:
		change_segment(&f, &d);
		break;
	case 8:
	case 9:
	case 10:
		change_section(&f, &d);
		break;
	case 11:
	case 12: {
		where = section_of(&f, SHT_STRTAB, SHT_NOTE, &d);
		uint64_t from = get(&f, where, section[S_OFFSET]),
			 len = get(&f, where, section[S_SIZE]);
		if (from < f.e.size && len <= f.e.size - from)
			hu_edit_mutate(&f.e, from, len, true, &d);
		break;
	}
	default:
		change_symbol(&f, &d);
	}
	return f.e.size;
}
