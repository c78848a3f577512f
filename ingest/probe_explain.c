/*
 * For people who ask why a file was taken for what it is, or was not taken: the probes are asked
 * again, about parts of the same bytes. Nobody waits for it but `holdup inspect`.
 */
#include "ingest/probe.h"

#include <string.h>

enum { MOST_LINES = 16, MOST_NEAREST = 3, LONGEST_LINE = 60, FIRST_BYTES = 8 };

static size_t reader_count(void)
{
	size_t n = 0;

	while (hu_readers[n])
		n++;
	return n;
}

/* The reader that takes these bytes alone. */
static const struct hu_reader_ops *taker(const struct hu_probe *in, struct hu_str head)
{
	const struct hu_probe part = {in->path, false, head};
	const char *why;

	return head.len ? hu_probe(&part, &why) : NULL;
}

static void quote(struct hu_out *out, struct hu_str line)
{
	line = hu_str_trim(line);
	bool cut = line.len > LONGEST_LINE;
	size_t n = cut ? LONGEST_LINE : line.len;

	/* Not in the middle of a letter. */
	while (cut && n && ((unsigned char)line.at[n] & 0xc0) == 0x80)
		n--;
	hu_out_putc(out, '"');
	hu_out_bytes(out, line.at, n);
	hu_out_puts(out, cut ? "…\"" : "\"");
}

static void first_bytes(struct hu_out *out, struct hu_str head)
{
	hu_out_puts(out, "it begins with");
	for (size_t i = 0; i < head.len && i < FIRST_BYTES; i++)
		hu_out_printf(out, " %02x", (unsigned char)head.at[i]);
}

/* The first line with which the reader knows its format. */
static void deciding_line(const struct hu_probe *in, const struct hu_reader_ops *reader,
			  struct hu_out *out)
{
	struct hu_str rest = in->head, line;

	for (size_t n = 1; hu_str_line(&rest, &line); n++) {
		struct hu_probe part = *in;
		part.head.len = in->head.len - rest.len;
		if (!hu_str_trim(line).len || reader->probe(&part) == HU_MATCH_NO)
			continue;
		hu_out_printf(out, "line %zu decides: ", n);
		quote(out, line);
		return;
	}
}

struct nearest {
	const struct hu_reader_ops *reader;
	size_t from, to; /* lines, counted from 1; `to` 0: the rest */
};

static void note(struct nearest *list, size_t *count, const struct hu_reader_ops *reader,
		 size_t from, size_t to)
{
	if (!reader || *count == MOST_NEAREST)
		return;
	for (size_t i = 0; i < *count; i++)
		if (list[i].reader == reader)
			return;
	list[(*count)++] = (struct nearest){reader, from, to};
}

/* Who would take the text without its first lines, or its first lines without the rest. */
static size_t find_nearest(const struct hu_probe *in, struct nearest *list)
{
	struct hu_str rest = in->head, line;
	size_t count = 0;

	for (size_t n = 1; n <= MOST_LINES && hu_str_line(&rest, &line); n++) {
		struct hu_str above = {in->head.at, in->head.len - rest.len};
		note(list, &count, taker(in, rest), n + 1, 0);
		if (rest.len)
			note(list, &count, taker(in, above), 1, n);
	}
	return count;
}

static void put_nearest(const struct hu_probe *in, struct hu_out *out)
{
	struct nearest list[MOST_NEAREST];
	size_t count = find_nearest(in, list);

	hu_out_printf(out, "asked %zu readers; ", reader_count());
	if (!count) {
		hu_out_puts(out, "none knows a line of its beginning: ");
		struct hu_str rest = hu_str_trim(in->head), line = {"", 0};
		(void)hu_str_line(&rest, &line);
		quote(out, line);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		hu_out_puts(out, i ? "; " : "");
		if (list[i].to)
			hu_out_printf(out,
				      "%s would take its first %zu line%s, but line %zu is no such "
				      "line",
				      list[i].reader->name, list[i].to, list[i].to == 1 ? "" : "s",
				      list[i].to + 1);
		else
			hu_out_printf(out,
				      "%s would take what begins in line %zu, but not what stands "
				      "above",
				      list[i].reader->name, list[i].from);
	}
}

void hu_probe_explain(const struct hu_probe *in, struct hu_out *out)
{
	const char *why;
	const struct hu_reader_ops *reader = hu_probe(in, &why);

	if (in->is_dir) {
		hu_out_puts(out, reader ? "its folder is taken as one capture" : "");
		return;
	}
	if (reader && reader->probe(in) == HU_MATCH_CERTAIN)
		first_bytes(out, in->head);
	else if (reader)
		deciding_line(in, reader, out);
	else if (!in->head.len || hu_probe_knows(in))
		return; /* it is known what this is */
	else if (!hu_probe_is_text(in->head)) {
		hu_out_printf(out, "asked %zu readers; ", reader_count());
		first_bytes(out, in->head);
	} else {
		put_nearest(in, out);
	}
}
