/*
 * The walk that the readers of small host facts share: a file of a few hundred bytes to a few dozen
 * kilobytes, line by line; a line that nobody understands is counted, not dropped.
 */
#include "ingest/factfile.h"
#include "ingest/mapped.h"
#include "ingest/tell.h"

#include <string.h>

enum { MAX_LINE = 8192 };

/* The next line of a probe's head that has something on it; false also where the head ends inside
 * one. */
bool hu_factfile_head_line(const struct hu_probe *in, struct hu_str *rest, struct hu_str *line)
{
	while (rest->len) {
		if (in->head.len >= HU_PROBE_BYTES && !memchr(rest->at, '\n', rest->len))
			return false;
		hu_str_line(rest, line);
		*line = hu_str_trim(*line);
		if (line->len)
			return true;
	}
	return false;
}

bool hu_factfile_is_text(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' && s.at[i] != '\t')
			return false;
	return true;
}

void hu_factfile_deinit(struct hu_factfile_walk *w)
{
	hu_out_deinit(&w->list);
}

struct hu_err *hu_factfile_walk(const char *path, struct hu_factfile_walk *w,
				bool (*take)(struct hu_factfile_walk *w, struct hu_str line),
				size_t *bytes)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct hu_str rest = file.text, line;
	while (hu_str_line(&rest, &line)) {
		w->pos++;
		line = hu_str_trim(line);
		if (!line.len)
			continue;
		if (line.len <= MAX_LINE && hu_factfile_is_text(line) && take(w, line))
			w->understood++;
		else if (!w->strange++)
			w->first_strange = w->pos;
	}
	*bytes = file.text.len;
	return NULL;
}

struct hu_err *hu_factfile_finish(struct hu_factfile_walk *w, size_t bytes, const char *what)
{
	hu_tell_strange(w->to, w->strange, w->first_strange, "lines that are not understood");
	hu_put_totals(w->to, w->understood, bytes);
	return w->understood ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no %s", what);
}

struct hu_err *hu_factfile_read(const char *path, struct hu_sink *to,
				bool (*take)(struct hu_factfile_walk *w, struct hu_str line),
				const char *what)
{
	struct hu_factfile_walk w HU_CLEANUP(hu_factfile_deinit) = {.to = to};
	size_t bytes = 0;
	struct hu_err *err = hu_factfile_walk(path, &w, take, &bytes);

	return err ? err : hu_factfile_finish(&w, bytes, what);
}

void hu_factfile_once(struct hu_factfile_walk *w, unsigned bit, const char *key,
		      struct hu_str value)
{
	value = hu_str_trim(value);
	if (!value.len || (w->seen & UINT64_C(1) << bit))
		return;
	w->seen |= UINT64_C(1) << bit;
	hu_put_fact(w->to, key, value);
}
