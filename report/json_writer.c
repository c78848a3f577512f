/* A small JSON writer. */
#include "report/json_writer.h"

#include <inttypes.h>
#include <math.h>

#include "report/escape.h"

static void line(struct hu_json *j)
{
	if (j->more)
		hu_out_putc(j->to, ',');
	if (j->depth)
		hu_out_printf(j->to, "\n%*s", 2 * j->depth, "");
	j->more = true;
}

void hu_json_name(struct hu_json *j, const char *key)
{
	line(j);
	if (key)
		hu_out_printf(j->to, "\"%s\": ", key);
}

void hu_json_begin(struct hu_json *j, const char *key, char bracket)
{
	hu_json_name(j, key);
	hu_out_putc(j->to, bracket);
	j->depth++;
	j->more = false;
}

void hu_json_end(struct hu_json *j, char bracket)
{
	j->depth--;
	if (j->more)
		hu_out_printf(j->to, "\n%*s", 2 * j->depth, "");
	hu_out_putc(j->to, bracket);
	j->more = true;
}

void hu_json_null(struct hu_json *j, const char *key)
{
	hu_json_name(j, key);
	hu_out_puts(j->to, "null");
}

void hu_json_text(struct hu_json *j, const char *key, struct hu_str s)
{
	if (!s.at) {
		hu_json_null(j, key);
		return;
	}
	hu_json_name(j, key);
	hu_escape_json(j->to, s);
}

void hu_json_boolean(struct hu_json *j, const char *key, bool value)
{
	hu_json_name(j, key);
	hu_out_puts(j->to, value ? "true" : "false");
}

/* Beyond ±(2^53 - 1) readers in other languages would round: then null, and the caller gives it as
 * text too. */
static bool exact(int64_t n)
{
	return n != HU_OPEN && n < INT64_C(1) << 53 && n > -(INT64_C(1) << 53);
}

void hu_json_integer(struct hu_json *j, const char *key, int64_t n)
{
	if (!exact(n)) {
		hu_json_null(j, key);
		return;
	}
	hu_json_name(j, key);
	hu_out_printf(j->to, "%" PRId64, n);
}

void hu_json_number(struct hu_json *j, const char *key, double n)
{
	if (!isfinite(n)) {
		hu_json_null(j, key);
		return;
	}
	hu_json_name(j, key);
	hu_out_printf(j->to, "%.6g", n);
}

void hu_json_texts(struct hu_json *j, const char *key, const struct hu_page_texts *all)
{
	hu_json_begin(j, key, '[');
	for (size_t i = 0; i < all->count; i++)
		hu_json_text(j, NULL, all->at[i]);
	hu_json_end(j, ']');
}

void hu_json_frames(struct hu_json *j, const char *key, struct hu_str stack)
{
	struct hu_str frame;

	hu_json_begin(j, key, '[');
	while (hu_str_line(&stack, &frame))
		if (frame.len)
			hu_json_text(j, NULL, frame);
	hu_json_end(j, ']');
}

void hu_json_seconds(struct hu_json *j, const char *key, int64_t ns)
{
	if (ns == HU_OPEN) {
		hu_json_null(j, key);
		return;
	}
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	hu_json_name(j, key);
	hu_out_printf(j->to, "\"%s%" PRIu64 ".%09" PRIu64 "\"", ns < 0 ? "-" : "",
		      size / UINT64_C(1000000000), size % UINT64_C(1000000000));
}
