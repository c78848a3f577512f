/*
 * Frames of stacks as they are printed. A text prints the same few thousand of
 * them over and over: what was taken apart once is found by its bytes.
 */
#include "ingest/textfields_private.h"
#include "ingest/texthash.h"

#include <stdlib.h>

/* "ffffffff93f10d20", and nothing else: of %lx, and of what no list of symbols explains */
static bool bare_address(struct hu_str text, uint64_t *ret)
{
	uint64_t n = 0;

	if (text.len != 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		unsigned c = (unsigned char)text.at[i];
		unsigned digit = c - '0' < 10 ? c - '0' : c - 'a' < 6 ? c - 'a' + 10 : 16;
		if (digit > 15)
			return false;
		n = n << 4 | digit;
	}
	*ret = n;
	return true;
}

static bool is_name(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool digit = c >= '0' && c <= '9';
		if (!letter && c != '_' && !(i && (digit || c == '.' || c == '$')))
			return false;
	}
	return s.len > 0;
}

bool hu_text_frame(struct hu_str text, struct hu_text_frame *ret)
{
	struct hu_text_frame frame = {{NULL, 0}, {NULL, 0}, 0};
	struct hu_str word;

	if (bare_address(text, &frame.address) && frame.address) {
		*ret = frame;
		return true;
	}
	while ((word = hu_str_word(&text)).len) {
		uint64_t number;
		char first = word.at[0], last = word.at[word.len - 1];
		struct hu_str inner = word;
		bool wrapped = word.len > 2 &&
			       ((first == '(' && last == ')') || (first == '<' && last == '>') ||
				(first == '[' && last == ']'));
		if (wrapped)
			inner = (struct hu_str){word.at + 1, word.len - 2};
		if (inner.len > 2 && inner.at[0] == '[' && inner.at[inner.len - 1] == ']')
			inner = (struct hu_str){inner.at + 1, inner.len - 2}; /* perf: ([ext4]) */
		/* "fault" and "add" are hex, too: an address has eight digits and no brackets */
		if (first != '[' && inner.len >= 8 && hu_text_hex(inner, &number)) {
			if (frame.address)
				return false;
			frame.address = number;
			continue;
		}
		if (wrapped) {
			if (frame.symbol.len && !hu_str_is(inner, "kernel.kallsyms") &&
			    !hu_str_is(inner, "unknown") && !hu_str_is(inner, "guest.kernel"))
				frame.module = inner;
			continue;
		}
		struct hu_str name = hu_str_split(&word, '+');
		if (frame.symbol.len || !is_name(name))
			return false;
		frame.symbol = name;
	}
	if (!frame.symbol.len && !frame.address)
		return false;
	*ret = frame;
	return true;
}

/* What was taken apart. */

enum {
	KNOWN_MAX = 1 << 14,
	PLACES = KNOWN_MAX * 2,
	TEXT_MAX = 256, /* of one that is remembered */
};

struct hu_text_frames {
	struct hu_text_known **known;
	size_t count;
	struct place {
		uint32_t hash, number; /* of one that is known, plus one; 0: free */
	} place[PLACES];
};

struct hu_text_frames *hu_text_frames_create(void)
{
	struct hu_text_frames *f = hu_alloc(sizeof(*f));

	f->known = hu_alloc(KNOWN_MAX * sizeof(struct hu_text_known *));
	return f;
}

void hu_text_frames_destroy(struct hu_text_frames *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		free(f->known[i]);
	free(f->known);
	free(f);
}

/* Its text lies behind it, and what the frame borrows lies in that. */
static struct hu_text_known *make(struct hu_str text)
{
	struct hu_text_known *known = hu_alloc(sizeof(*known) + text.len + 1);
	char *copy = (char *)(known + 1);

	if (text.len)
		memcpy(copy, text.at, text.len);
	known->text = (struct hu_str){copy, text.len};
	known->is_frame = hu_text_frame(known->text, &known->frame);
	known->machinery = known->is_frame && known->frame.symbol.len &&
			   hu_vocabulary_is_machinery(known->frame.symbol);
	return known;
}

const struct hu_text_known *hu_text_frames_find(struct hu_text_frames *f, struct hu_str text)
{
	if (text.len > TEXT_MAX)
		return NULL;
	const uint64_t hash = hu_text_hash(text);
	size_t at = hash % PLACES;
	for (; f->place[at].number; at = (at + 1) % PLACES) {
		struct hu_text_known *known = f->known[f->place[at].number - 1];
		if (f->place[at].hash == hash >> 32 && hu_str_eq(known->text, text))
			return known;
	}
	if (f->count == KNOWN_MAX)
		return NULL;
	f->known[f->count++] = make(text);
	f->place[at] = (struct place){(uint32_t)(hash >> 32), (uint32_t)f->count};
	return f->known[f->count - 1];
}
