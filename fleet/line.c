/* JSON on one line. */
#include "fleet/line.h"

#include <inttypes.h>
#include <string.h>

#include "report/escape.h"

static void name(struct hu_line *line, const char *key)
{
	if (line->more)
		hu_out_putc(line->to, ',');
	line->more = true;
	if (key)
		hu_out_printf(line->to, "\"%s\":", key);
}

void hu_line_begin(struct hu_line *line, const char *key, char bracket)
{
	name(line, key);
	hu_out_putc(line->to, bracket);
	line->more = false;
}

void hu_line_end(struct hu_line *line, char bracket)
{
	hu_out_putc(line->to, bracket);
	line->more = true;
}

void hu_line_text(struct hu_line *line, const char *key, struct hu_str s, size_t most)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out clean = {0};
	bool cut;

	name(line, key);
	if (!s.at) {
		hu_out_puts(line->to, "null");
		return;
	}
	s = hu_escape_cut(s, most, &cut);
	while (s.len && memchr(s.at, '\0', s.len)) {
		hu_out_str(&clean, hu_str_split(&s, '\0'));
		hu_out_puts(&clean, "\xef\xbf\xbd");
	}
	hu_out_str(&clean, s);
	if (cut)
		hu_out_puts(&clean, "…");
	hu_escape_json(line->to, hu_out_view(&clean));
}

void hu_line_integer(struct hu_line *line, const char *key, int64_t n)
{
	name(line, key);
	if (n == HU_OPEN || n >= INT64_C(1) << 53 || n <= -(INT64_C(1) << 53))
		hu_out_puts(line->to, "null");
	else
		hu_out_printf(line->to, "%" PRId64, n);
}

void hu_line_boolean(struct hu_line *line, const char *key, bool value)
{
	name(line, key);
	hu_out_puts(line->to, value ? "true" : "false");
}
