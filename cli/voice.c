/* How the program speaks: safe text, JSON text, complaints, progress. */
#include "cli/cli.h"
#include "db/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* The next character off *s: its bytes, and whether it may be shown as it is. */
static struct hu_str take_char(struct hu_str *s, bool *valid)
{
	size_t n = hu_utf8_len(*s);
	struct hu_str c = {s->at, n ? n : 1};

	*valid = n > 0;
	*s = hu_str_skip(*s, c.len);
	return c;
}

/* Bidirectional overrides and isolates (U+202A…202E, U+2066…2069): they reorder what stands around
 * them. */
static bool reorders(struct hu_str c)
{
	const unsigned char *at = (const void *)c.at;

	return c.len == 3 && at[0] == 0xe2 &&
	       ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) ||
		(at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

void cli_put_safe(struct hu_out *to, struct hu_str text)
{
	while (text.len) {
		bool valid;
		struct hu_str c = take_char(&text, &valid);
		if (valid && !hu_utf8_control(c) && !reorders(c)) {
			hu_out_str(to, c);
			continue;
		}
		for (size_t i = 0; i < c.len; i++)
			hu_out_printf(to, "\\x%02x", (unsigned char)c.at[i]);
	}
}

/* Of one to three bytes, which are well-formed. */
static unsigned code_of(struct hu_str c)
{
	const unsigned char *at = (const void *)c.at;

	return c.len == 1   ? at[0]
	       : c.len == 2 ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)
			    : (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
}

void cli_put_json(struct hu_out *to, struct hu_str text)
{
	hu_out_putc(to, '"');
	while (text.len) {
		bool valid;
		struct hu_str c = take_char(&text, &valid);
		if (!valid)
			hu_out_puts(to, "\xef\xbf\xbd"); /* U+FFFD */
		else if (*c.at == '"' || *c.at == '\\')
			hu_out_printf(to, "\\%c", *c.at);
		else if (hu_utf8_control(c) ||
			 reorders(c)) /* a terminal would obey; nothing is lost */
			hu_out_printf(to, "\\u%04x", code_of(c));
		else
			hu_out_str(to, c);
	}
	hu_out_putc(to, '"');
}

void cli_put_json_int(struct hu_out *to, int64_t n)
{
	const int64_t exact = INT64_C(1) << 53;
	const char *quote = n >= exact || n <= -exact ? "\"" : "";

	hu_out_printf(to, "%s%" PRId64 "%s", quote, n, quote);
}

void cli_complain_with(const char *fmt, va_list ap)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	HU_CLEANUP(hu_freep) char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		hu_no_memory();
	cli_progress_end();
	hu_out_puts(&out, "holdup: ");
	cli_put_safe(&out, hu_str(text));
	fprintf(stderr, "%s\n", out.at);
}

void cli_complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cli_complain_with(fmt, ap);
	va_end(ap);
}

int cli_fail(struct hu_err *err, const char *doing)
{
	enum hu_err_code code = hu_err_code(err);

	if (doing)
		cli_complain("%s: %s", doing, hu_err_text(err));
	else
		cli_complain("%s", hu_err_text(err));
	hu_err_free(err);
	switch (code) {
	case HU_ERR_USAGE:
		return CLI_USAGE;
	case HU_ERR_OS:
	case HU_ERR_BAD_INPUT:
	case HU_ERR_UNSUPPORTED:
		return CLI_NOTHING_USABLE;
	case HU_ERR_NOMEM:
	case HU_ERR_STORE:
	case HU_ERR_BUG:
		break;
	}
	return CLI_FAULT;
}

int cli_fail_output(struct hu_err *err)
{
	cli_fail(err, NULL);
	return CLI_FAULT;
}

bool cli_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

/* A number that a person or a shell put there; 0: none that makes sense. */
static int size_of(const char *name)
{
	const char *text = getenv(name);
	uint64_t n;

	return text && hu_str_u64(hu_str(text), 10, &n) && n > 0 && n < 10000 ? (int)n : 0;
}

struct hu_screen cli_screen(int below)
{
	struct hu_screen s = {.colour = cli_colour(), .columns = 80, .rows = 24};
	struct winsize size;

	if (isatty(STDOUT_FILENO)) {
		bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
		if (known && size.ws_col)
			s.columns = size.ws_col;
		if (known && size.ws_row)
			s.rows = size.ws_row;
		if (size_of("LINES"))
			s.rows = size_of("LINES");
		s.rows -= below;
	}
	if (size_of("COLUMNS"))
		s.columns = size_of("COLUMNS");
	return s;
}

bool cli_print(struct hu_str text)
{
	cli_progress_end();
	if (fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
		return true;
	cli_complain("standard output cannot be written: %s", strerror(errno));
	return false;
}
