/* The parts in which pstore keeps the end of a log, put in order. A handful per file. */
#include "ingest/kmsg_boots.h"

#include <stdlib.h>
#include <string.h>

struct part {
	struct hu_str reason; /* "Panic#2" */
	int64_t number;
	size_t order; /* in the file */
	struct hu_kmsg_piece piece;
};

/* "Oops#1 Part3" → true. */
static bool part_line(struct hu_str line, struct hu_str *reason, int64_t *part)
{
	/* kernel/printk/printk.c, kmsg_dump_reason_str(); the last two until 5.8 */
	static const char *const reasons[] = {"Panic#",	  "Oops#", "Emergency#", "Shutdown#",
					      "Unknown#", "Halt#", "Poweroff#",	 "Restart#"};
	struct hu_str rest = line, head = hu_str_split(&rest, ' ');
	int64_t number;

	if (line.len > 48 || !hu_str_starts(rest, "Part"))
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!hu_str_starts(head, reasons[i]) ||
		    !hu_str_i64(hu_str_skip(head, strlen(reasons[i])), &number) ||
		    !hu_str_i64(hu_str_trim(hu_str_skip(rest, 4)), part) || *part < 0)
			continue;
		*reason = head;
		return true;
	}
	return false;
}

static void add(struct hu_kmsg_pieces *pieces, struct hu_kmsg_piece piece)
{
	if (!piece.text.len)
		return;
	if (pieces->count == pieces->cap) {
		pieces->cap = pieces->cap ? pieces->cap * 2 : 8;
		pieces->at = hu_realloc(pieces->at, pieces->cap * sizeof(*pieces->at));
	}
	pieces->at[pieces->count++] = piece;
}

static int oldest_first(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->number != y->number)
		return x->number > y->number ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static bool same_dump(const struct part *a, const struct part *b)
{
	return a->reason.len == b->reason.len && !memcmp(a->reason.at, b->reason.at, a->reason.len);
}

/* The parts of one dump, which stand one after the other. */
static void put_dump(struct hu_kmsg_pieces *pieces, struct part *parts, size_t count)
{
	qsort(parts, count, sizeof(*parts), oldest_first);
	int64_t next = 1;
	for (size_t i = count; i > 0; i--) {
		if (parts[i - 1].number > next)
			pieces->missing += (uint64_t)(parts[i - 1].number - next);
		next = parts[i - 1].number + 1;
	}
	for (size_t i = 0; i < count; i++)
		add(pieces, parts[i].piece);
}

void hu_kmsg_pieces_find(struct hu_str text, struct hu_kmsg_pieces *ret)
{
	struct hu_str rest = text, line;
	struct part *parts = NULL;
	size_t count = 0, cap = 0;
	uint64_t pos = 0;

	*ret = (struct hu_kmsg_pieces){0};
	struct hu_kmsg_piece now = {{text.at, 0}, 0};
	/* Without one in the first lines there is none: no need to look at all of a long log. */
	for (bool any = false; hu_str_line(&rest, &line);) {
		struct part next = {.order = count};
		pos++;
		if (part_line(line, &next.reason, &next.number)) {
			any = true;
			if (count)
				parts[count - 1].piece = now;
			else
				add(ret, now);
			if (count == cap) {
				cap = cap ? cap * 2 : 8;
				parts = hu_realloc(parts, cap * sizeof(*parts));
			}
			parts[count++] = next;
			now = (struct hu_kmsg_piece){{rest.at, 0}, pos};
			continue;
		}
		now.text.len = (size_t)(rest.at - now.text.at);
		if (!any && pos > 64) {
			now.text.len = (size_t)(text.at + text.len - now.text.at);
			break;
		}
	}
	if (!count) {
		add(ret, now);
		return;
	}
	parts[count - 1].piece = now;
	ret->parts = count;
	for (size_t from = 0, end; from < count; from = end) {
		for (end = from + 1; end < count && same_dump(&parts[from], &parts[end]);)
			end++;
		put_dump(ret, parts + from, end - from);
	}
	free(parts);
}

void hu_kmsg_pieces_deinit(struct hu_kmsg_pieces *pieces)
{
	free(pieces->at);
	*pieces = (struct hu_kmsg_pieces){0};
}
