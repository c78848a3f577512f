/* Bytes of a log line made fit for a table. Most lines are plain and are not touched. */
#include "db/utf8.h"
#include "ingest/kmsg_log.h"

#include <string.h>

static bool is_plain(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' ? s.at[i] != '\t' : s.at[i] > '~' || s.at[i] < 0)
			return false;
	return true;
}

/* The bytes of one terminal escape sequence at the front. */
static size_t escape(struct hu_str s)
{
	size_t n = 2;

	if (s.len < 2 || s.at[1] != '[')
		return s.len < 2 ? s.len : 2;
	while (n < s.len && (s.at[n] < '@' || s.at[n] > '~'))
		n++;
	return n < s.len ? n + 1 : n;
}

struct hu_str hu_kmsg_plain(struct hu_str s, struct hu_out *scratch)
{
	const char *at;

	if (!s.len || !memchr(s.at, '\033', s.len))
		return s;
	hu_out_clear(scratch);
	while (s.len && (at = memchr(s.at, '\033', s.len))) {
		size_t before = (size_t)(at - s.at);
		hu_out_bytes(scratch, s.at, before);
		s = hu_str_skip(s, before);
		s = hu_str_skip(s, escape(s));
	}
	hu_out_str(scratch, s);
	return hu_out_view(scratch);
}

struct hu_str hu_kmsg_clean(struct hu_str s, struct hu_out *scratch, bool *damaged, bool *cut)
{
	*damaged = false;
	*cut = s.len > HU_KMSG_MAX_TEXT;
	if (*cut)
		s.len = HU_KMSG_MAX_TEXT;
	if (is_plain(s))
		return s;
	hu_out_clear(scratch);
	while (s.len) {
		size_t n = hu_utf8_len(s);
		if (s.at[0] == '\033') {
			s = hu_str_skip(s, escape(s));
			continue;
		}
		if (!n || !s.at[0]) {
			*damaged = true;
			hu_out_puts(scratch, "\xef\xbf\xbd");
			n = n ? n : 1;
		} else if (s.at[0] == '\t' || !hu_utf8_control((struct hu_str){s.at, n})) {
			hu_out_bytes(scratch, s.at, n);
		}
		s = hu_str_skip(s, n);
	}
	return hu_out_view(scratch);
}
