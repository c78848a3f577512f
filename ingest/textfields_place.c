/*
 * Where a probe sits, as it is printed: "down_read+0x0/0x50", "vfs_read+0x9a/0x1b0 <- down_read",
 * "ffffffff93f10d20 <- ffffffff93e76930". A capture has a few dozen probes and millions of their
 * records, so what was taken apart, and what it is as a number, is found by its bytes.
 */
#include "ingest/textfields_private.h"
#include "ingest/texthash.h"

#include <stdlib.h>

enum { PLACES = 1 << 10 };

struct hu_text_places {
	struct hu_text_place place[PLACES]; /* each may be taken by another text */
	struct hu_text_place odd;	    /* a text that is too long to be kept */
};

struct hu_text_places *hu_text_places_create(void)
{
	return hu_alloc(sizeof(struct hu_text_places));
}

void hu_text_places_destroy(struct hu_text_places *p)
{
	free(p);
}

static struct hu_str without_offset(struct hu_str text)
{
	const char *plus = text.len ? memchr(text.at, '+', text.len) : NULL;

	return plus && plus > text.at ? (struct hu_str){text.at, (size_t)(plus - text.at)} : text;
}

/*
 * kernel/trace/trace_kprobe.c, print_kprobe_event() and print_kretprobe_event(): where it sits;
 * where it returns to, then what returned. The print format beside it, which user space goes by,
 * has the latter the other way round and as bare hex: "(%lx <- %lx)", __probe_func, __probe_ret_ip.
 */
static void take_apart(struct hu_str inside, struct hu_text_place *to)
{
	ptrdiff_t arrow = hu_str_find(inside, " <- ");
	struct hu_text_frame first, second;

	to->field = NULL;
	to->asked = false;
	if (arrow < 0) {
		to->value = inside;
		if (hu_text_frame(inside, &first) &&
		    (first.address || without_offset(inside).len < inside.len))
			to->field = "__probe_ip";
		return;
	}
	struct hu_str front = {inside.at, (size_t)arrow};
	struct hu_str behind = hu_str_skip(inside, (size_t)arrow + 4);
	if (!hu_text_frame(front, &first) || !hu_text_frame(behind, &second))
		return;
	to->field = "__probe_func";
	to->value = front;
	if (first.symbol.len || second.symbol.len || hu_str_starts(front, "0x"))
		to->value = second.symbol.len ? without_offset(behind) : behind;
}

struct hu_text_place *hu_text_places_find(struct hu_text_places *p, struct hu_str inside)
{
	if (inside.len > sizeof(p->odd.text)) {
		take_apart(inside, &p->odd);
		return &p->odd;
	}
	struct hu_text_place *place = &p->place[hu_text_hash(inside) % PLACES];
	if (place->len == inside.len && !memcmp(place->text, inside.at, inside.len))
		return place;
	place->len = inside.len;
	memcpy(place->text, inside.at, inside.len);
	take_apart((struct hu_str){place->text, inside.len}, place);
	return place;
}
