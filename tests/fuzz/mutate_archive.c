/*
 * Changes inside the headers and members of a tar, with sums that stay true, so that the change is
 * seen at all; other archives are left to libFuzzer.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 512 };

static bool is_header(const uint8_t *block)
{
	return memcmp(block + 257, "ustar", 5) == 0;
}

static void sum(uint8_t *block)
{
	unsigned total = 0;
	char text[8];

	memset(block + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		total += block[i];
	snprintf(text, sizeof(text), "%06o", total & 0777777);
	memcpy(block + 148, text, 7);
}

static const struct field {
	size_t at, len;
} fields[] = {
	{0, 100},   /* name */
	{100, 8},   /* mode */
	{124, 12},  /* size */
	{136, 12},  /* mtime */
	{156, 1},   /* type */
	{157, 100}, /* link */
	{257, 8},   /* magic, version */
	{265, 32},  /* user */
	{329, 16},  /* device */
	{345, 155}, /* prefix, and in GNU's form sparse pieces */
};

static void change_header(struct hu_edit *e, size_t at, struct hu_dice *d)
{
	static const char *const names[] = {"../x",	 "/etc/passwd",	  "case/../../x",
					    "./",	 "case/.holdup",  "a\\b",
					    "case//x",	 "case/metadata", "proc/kallsyms",
					    "trace.dat", "\xff\xfe",	  "case/\x1b[2J"};
	static const char types[] = "01234567xgLKSVDA";
	const struct field *f = &fields[hu_dice_roll(d, sizeof(fields) / sizeof(fields[0]))];
	uint8_t *block = e->at + at;

	if (f->len == 1) {
		block[156] = (uint8_t)types[hu_dice_roll(d, sizeof(types) - 1)];
	} else if (f->len == 100 && hu_dice_roll(d, 2)) {
		const char *name = names[hu_dice_roll(d, sizeof(names) / sizeof(names[0]))];
		memset(block + f->at, 0, 100);
		memcpy(block + f->at, name, strlen(name));
	} else if (f->at == 124 && hu_dice_roll(d, 2)) {
		char text[13];
		snprintf(text, sizeof(text), "%011llo",
			 (unsigned long long)hu_dice_number(d, hu_dice_roll(d, 100000)) &
				 077777777777ULL);
		memcpy(block + 124, text, 12);
	} else {
		hu_edit_mutate(e, at + f->at, f->len, true, d);
	}
	sum(block);
}

size_t hu_mutate_archive(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	enum { MOST = 256 };
	struct hu_edit e = {at, size, max};
	struct hu_dice d = hu_dice(seed);
	size_t heads[MOST], count = 0;

	for (size_t i = 0; i + BLOCK <= size && count < MOST; i += BLOCK)
		if (is_header(at + i))
			heads[count++] = i;
	if (!count || !hu_dice_roll(&d, 8))
		return 0;
	uint32_t which = hu_dice_roll(&d, (uint32_t)count);
	size_t head = heads[which],
	       next = which + 1 < count ? heads[which + 1] : size & ~(size_t)(BLOCK - 1);
	switch (hu_dice_roll(&d, 8)) {
	case 0: /* a member twice */
		if (!hu_edit_resize(&e, head, 0, next - head))
			return 0;
		memmove(at + head, at + next, next - head);
		break;
	case 1: /* a member less */
		hu_edit_resize(&e, head, next - head, 0);
		break;
	case 2:
	case 3: /* its bytes, which stay so many */
		if (next - head > BLOCK)
			hu_edit_mutate(&e, head + BLOCK, next - head - BLOCK, true, &d);
		break;
	default:
		for (uint32_t n = 1 + hu_dice_roll(&d, 3); n--;)
			change_header(&e, head, &d);
	}
	return e.size;
}
