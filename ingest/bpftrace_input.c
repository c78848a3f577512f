/*
 * Lines out of people's text files: a few KB as a rule, now and then a terminal log with colours, a
 * mail from another system, or a line of megabytes. One buffer that grows to the longest line.
 */
#include "ingest/bpftrace_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Terminal escapes: ESC [ ... letter, ESC ] ... BEL, ESC and one more. Returns the length. */
static size_t escape_len(const char *at, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	if (at[1] == '[') {
		while (i < len && (unsigned char)at[i] >= 0x20 && (unsigned char)at[i] < 0x40)
			i++;
		return i < len ? i + 1 : i;
	}
	if (at[1] == ']') {
		while (i < len && at[i] != '\a' && at[i] != '\n' && at[i] != 27)
			i++;
		return i < len && at[i] == '\a' ? i + 1 : i;
	}
	return at[1] == '(' && len > 2 ? 3 : 2;
}

/* In place or into a buffer of the same size. Returns the new length. */
static size_t clean(const char *from, size_t len, char *to, uint64_t *nuls)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		if (from[i] == 27) {
			i += escape_len(from + i, len - i);
			continue;
		}
		if (!from[i])
			++*nuls;
		else
			to[n++] = from[i];
		i++;
	}
	return n;
}

static bool wide_text(struct hu_str head)
{
	size_t even = 0, odd = 0;

	if (head.len >= 2 && (!memcmp(head.at, "\xff\xfe", 2) || !memcmp(head.at, "\xfe\xff", 2)))
		return true;
	if (head.len < 16)
		return false;
	for (size_t i = 0; i + 1 < head.len; i += 2) {
		even += !head.at[i];
		odd += !head.at[i + 1];
	}
	/* Latin text without a mark: every other byte is NUL, and only every other. */
	return (even > head.len / 3 && !odd) || (odd > head.len / 3 && !even);
}

struct hu_str hu_bpftrace_head(struct hu_str head, struct hu_bpftrace_head *to)
{
	uint64_t nuls = 0;

	if (head.len > sizeof(to->at))
		head.len = sizeof(to->at);
	if (wide_text(head))
		return (struct hu_str){0};
	if (head.len >= 3 && !memcmp(head.at, "\xef\xbb\xbf", 3))
		head = hu_str_skip(head, 3);
	size_t len = clean(head.at, head.len, to->at, &nuls);
	/* Binary: no text has NULs all over it. */
	if (nuls > head.len / 4)
		len = 0;
	return (struct hu_str){to->at, len};
}

struct hu_err *hu_bpftrace_input_open(struct hu_bpftrace_input *in, const char *path)
{
	*in = (struct hu_bpftrace_input){0};
	in->file = fopen(path, "re");
	if (!in->file)
		return hu_err_os(errno, "cannot open it");

	char head[256];
	size_t n = fread(head, 1, sizeof(head), in->file);
	if (wide_text((struct hu_str){head, n}))
		return hu_err(HU_ERR_UNSUPPORTED,
			      "the text is UTF-16 (two bytes a character): save it as UTF-8 and "
			      "try again");
	rewind(in->file);
	if (n >= 3 && !memcmp(head, "\xef\xbb\xbf", 3)) {
		in->bytes = 3;
		fseek(in->file, 3, SEEK_SET);
	}
	return NULL;
}

bool hu_bpftrace_input_line(struct hu_bpftrace_input *in, struct hu_str *ret)
{
	size_t len = 0;
	bool any = false, cut = false;
	int c;

	in->unended = true;
	while ((c = getc_unlocked(in->file)) != EOF) {
		any = true;
		in->bytes++;
		if (c == '\n') {
			in->unended = false;
			break;
		}
		if (len == HU_BPFTRACE_LINE_MAX) {
			cut = true;
			continue;
		}
		if (len == in->cap) {
			in->cap = in->cap ? 2 * in->cap : 4096;
			in->raw = hu_realloc(in->raw, in->cap);
		}
		in->raw[len++] = (char)c;
	}
	if (!any)
		return false;
	in->pos++;
	in->cut_lines += cut;
	len = clean(in->raw, len, in->raw, &in->nul_bytes);
	while (len && in->raw[len - 1] == '\r')
		len--;
	*ret = (struct hu_str){in->raw, len};
	return true;
}

void hu_bpftrace_input_losses(const struct hu_bpftrace_input *in, struct hu_sink *to)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, in->pos};

	if (in->cut_lines) {
		gap.count = (int64_t)in->cut_lines;
		hu_put_loss(to, &gap,
			    "%llu lines of more than %d MB: only their beginnings were read",
			    (unsigned long long)in->cut_lines, HU_BPFTRACE_LINE_MAX >> 20);
	}
	if (in->nul_bytes) {
		gap.count = (int64_t)in->nul_bytes;
		hu_put_loss(to, &gap, "%llu NUL bytes inside the text were left out",
			    (unsigned long long)in->nul_bytes);
	}
}

struct hu_err *hu_bpftrace_input_cut(const struct hu_bpftrace_input *in, struct hu_sink *to)
{
	const struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_TRUNCATED, in->pos};
	struct hu_err *err = hu_err(HU_ERR_BAD_INPUT, "the file ends inside line %llu",
				    (unsigned long long)in->pos);

	hu_put_loss(to, &gap, "%s", hu_err_text(err));
	return err;
}

void hu_bpftrace_input_close(struct hu_bpftrace_input *in)
{
	if (in->file)
		fclose(in->file);
	free(in->raw);
	*in = (struct hu_bpftrace_input){0};
}

struct hu_err *hu_bpftrace_input_each(
	const char *path,
	void (*line)(void *with, struct hu_str line, const struct hu_bpftrace_input *in),
	struct hu_err *(*end)(void *with, const struct hu_bpftrace_input *in), void *with)
{
	struct hu_bpftrace_input in;
	struct hu_err *err = hu_bpftrace_input_open(&in, path);
	struct hu_str text;

	if (!err) {
		while (hu_bpftrace_input_line(&in, &text))
			line(with, text, &in);
		bool failed = ferror(in.file);
		int errnum = errno;
		err = end(with, &in);
		if (failed) {
			hu_err_free(err);
			err = hu_err_os(errnum, "reading stopped after line %llu",
					(unsigned long long)in.pos);
		}
	}
	hu_bpftrace_input_close(&in);
	return err;
}
