/* Escaping for HTML, Markdown, JSON and terminals. One decoder walks the bytes; each output says
 * what it does with a character. Shaped for many short strings. */
#include "report/escape.h"

#include <string.h>

/*
 * Takes one character off *s. Bytes that are no UTF-8 (RFC 3629: no surrogates, nothing over long)
 * give U+FFFD, one for each byte that cannot begin or go on a character.
 */
static uint32_t take(struct hu_str *s, bool *bad)
{
	const unsigned char *at = (const unsigned char *)s->at;
	uint32_t c = at[0];
	size_t more;
	uint32_t least;

	*bad = false;
	if (c < 0x80) {
		*s = hu_str_skip(*s, 1);
		return c;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		more = 1;
		least = 0x80;
		c &= 0x1f;
	} else if (c >= 0xe0 && c <= 0xef) {
		more = 2;
		least = 0x800;
		c &= 0x0f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		more = 3;
		least = 0x10000;
		c &= 0x07;
	} else {
		more = 0;
		least = 0;
	}
	size_t i = 1;
	for (; i <= more && i < s->len && (at[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (at[i] & 0x3f);
	if (!more || i <= more || c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		*bad = true;
		*s = hu_str_skip(*s, 1);
		return 0xfffd;
	}
	*s = hu_str_skip(*s, more + 1);
	return c;
}

static void put_utf8(struct hu_out *to, uint32_t c)
{
	if (c < 0x80) {
		hu_out_putc(to, (char)c);
	} else if (c < 0x800) {
		hu_out_putc(to, (char)(0xc0 | c >> 6));
		hu_out_putc(to, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		hu_out_putc(to, (char)(0xe0 | c >> 12));
		hu_out_putc(to, (char)(0x80 | (c >> 6 & 0x3f)));
		hu_out_putc(to, (char)(0x80 | (c & 0x3f)));
	} else {
		hu_out_putc(to, (char)(0xf0 | c >> 18));
		hu_out_putc(to, (char)(0x80 | (c >> 12 & 0x3f)));
		hu_out_putc(to, (char)(0x80 | (c >> 6 & 0x3f)));
		hu_out_putc(to, (char)(0x80 | (c & 0x3f)));
	}
}

/*
 * Characters that act instead of showing: C0 and C1 controls (a terminal takes U+009B for ESC [),
 * bidirectional marks, embeddings, overrides and isolates, zero width characters, separators that
 * some readers take for line ends, tags, noncharacters (XML and some parsers refuse them).
 */
static bool acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfdd0 && c <= 0xfdef) ||
	       (c & 0xfffe) == 0xfffe || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

/* Scripts need a few marks on one letter; hundreds of them paint over the lines above and below. */
enum { MARKS = 4 };

static bool piles_up(uint32_t c, int *marks)
{
	*marks = c >= 0x300 && hu_escape_width(c) == 0 ? *marks + 1 : 0;
	return *marks > MARKS;
}

/* "\n", "\x1b", "\u202e", "\U000e0041" with `slash` for the backslash. */
static void put_visible(struct hu_out *to, uint32_t c, const char *slash)
{
	hu_out_puts(to, slash);
	if (c == '\n')
		hu_out_putc(to, 'n');
	else if (c == '\r')
		hu_out_putc(to, 'r');
	else if (c == '\t')
		hu_out_putc(to, 't');
	else if (c < 0x100)
		hu_out_printf(to, "x%02x", (unsigned)c);
	else if (c < 0x10000)
		hu_out_printf(to, "u%04x", (unsigned)c);
	else
		hu_out_printf(to, "U%08x", (unsigned)c);
}

static void html_char(struct hu_out *to, uint32_t c, bool visible)
{
	switch (c) {
	case '<':
		hu_out_puts(to, "&lt;");
		break;
	case '>':
		hu_out_puts(to, "&gt;");
		break;
	case '&':
		hu_out_puts(to, "&amp;");
		break;
	case '"':
		hu_out_puts(to, "&quot;");
		break;
	case '\'':
		hu_out_puts(to, "&#39;");
		break;
	default:
		if (visible || acts(c))
			put_visible(to, c, "\\");
		else
			put_utf8(to, c);
	}
}

void hu_escape_html(struct hu_out *to, struct hu_str s)
{
	int marks = 0;
	bool bad;

	while (s.len) {
		uint32_t c = take(&s, &bad);
		html_char(to, c, piles_up(c, &marks));
	}
}

/* The next stretch of s up to a backtick that has a partner; *code is what stands between the two.
 */
static bool take_code(struct hu_str *s, struct hu_str *before, struct hu_str *code)
{
	const char *open = s->len ? memchr(s->at, '`', s->len) : NULL;
	if (!open)
		return false;
	size_t at = (size_t)(open - s->at);
	const char *close = memchr(open + 1, '`', s->len - at - 1);
	if (!close || close == open + 1)
		return false;
	*before = (struct hu_str){s->at, at};
	*code = (struct hu_str){open + 1, (size_t)(close - open - 1)};
	*s = hu_str_skip(*s, (size_t)(close - s->at) + 1);
	return true;
}

void hu_escape_html_rich(struct hu_out *to, struct hu_str s)
{
	struct hu_str before, code;

	while (take_code(&s, &before, &code)) {
		hu_escape_html(to, before);
		hu_out_puts(to, "<code>");
		hu_escape_html(to, code);
		hu_out_puts(to, "</code>");
	}
	hu_escape_html(to, s);
}

static bool is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c >= 0x80;
}

/*
 * GitHub, GitLab and Bugzilla add to CommonMark: tables (|), strike-through (~), mathematics ($),
 * mentions (@name pings people), references (#12 leaves a mark in another ticket). A zero width
 * space breaks the last two where a backslash does not.
 */
static void markdown_text(struct hu_out *to, struct hu_str s, bool at_start)
{
	uint32_t last = ' ';
	int marks = 0;
	bool bad, digits = at_start;

	while (s.len) {
		uint32_t c = take(&s, &bad);
		uint32_t next = s.len ? (unsigned char)s.at[0] : ' ';

		switch (c) {
		case '<':
			hu_out_puts(to, "&lt;");
			break;
		case '>':
			hu_out_puts(to, "&gt;");
			break;
		case '&':
			hu_out_puts(to, "&amp;");
			break;
		case '\\':
		case '`':
		case '*':
		case '[':
		case ']':
		case '|':
		case '~':
		case '$':
			hu_out_putc(to, '\\');
			hu_out_putc(to, (char)c);
			break;
		case '_':
			if (!is_word(last) || !is_word(next))
				hu_out_putc(to, '\\');
			hu_out_putc(to, '_');
			break;
		case '@':
		case '#':
			if (at_start && c == '#')
				hu_out_putc(to, '\\');
			hu_out_putc(to, (char)c);
			if (is_word(next))
				hu_out_puts(to, "&#8203;");
			break;
		case '+':
		case '-':
		case '=':
			if (at_start)
				hu_out_putc(to, '\\');
			hu_out_putc(to, (char)c);
			break;
		case '.':
		case ')':
			if (digits && !at_start && (next == ' ' || !s.len))
				hu_out_putc(to, '\\');
			hu_out_putc(to, (char)c);
			break;
		default:
			if (acts(c) || piles_up(c, &marks))
				put_visible(to, c, "\\\\");
			else
				put_utf8(to, c);
		}
		digits = digits && c >= '0' && c <= '9';
		at_start = false;
		last = c;
	}
}

void hu_escape_markdown(struct hu_out *to, struct hu_str s, bool in_table)
{
	struct hu_str before, code;
	bool at_start = true;

	while (take_code(&s, &before, &code)) {
		markdown_text(to, before, at_start);
		hu_escape_markdown_code(to, code, in_table);
		at_start = false;
	}
	markdown_text(to, s, at_start);
}

static size_t longest_run(struct hu_str s, char of)
{
	size_t best = 0, run = 0;

	for (size_t i = 0; i < s.len; i++) {
		run = s.at[i] == of ? run + 1 : 0;
		if (run > best)
			best = run;
	}
	return best;
}

static void repeat(struct hu_out *to, char c, size_t n)
{
	while (n--)
		hu_out_putc(to, c);
}

/* Inside code nothing acts but the fence, and in a table the bar (GFM takes "\|" there). */
static void markdown_literal(struct hu_out *to, struct hu_str s, bool in_table)
{
	int marks = 0;
	bool bad;

	while (s.len) {
		uint32_t c = take(&s, &bad);
		if (c == '|' && in_table)
			hu_out_puts(to, "\\|");
		else if (acts(c) || piles_up(c, &marks))
			put_visible(to, c, "\\");
		else
			put_utf8(to, c);
	}
}

void hu_escape_markdown_code(struct hu_out *to, struct hu_str s, bool in_table)
{
	if (!s.len)
		return;
	size_t run = longest_run(s, '`');
	bool pad = s.at[0] == '`' || s.at[s.len - 1] == '`' || s.at[0] == ' ';
	repeat(to, '`', run + 1);
	if (pad)
		hu_out_putc(to, ' ');
	markdown_literal(to, s, in_table);
	if (pad)
		hu_out_putc(to, ' ');
	repeat(to, '`', run + 1);
}

void hu_escape_markdown_block(struct hu_out *to, struct hu_str s)
{
	size_t fence = longest_run(s, '`') + 1;
	struct hu_str line;

	if (fence < 3)
		fence = 3;
	repeat(to, '`', fence);
	hu_out_puts(to, "text\n");
	while (hu_str_line(&s, &line)) {
		markdown_literal(to, line, false);
		hu_out_putc(to, '\n');
	}
	repeat(to, '`', fence);
	hu_out_puts(to, "\n");
}

void hu_escape_json(struct hu_out *to, struct hu_str s)
{
	bool bad;

	hu_out_putc(to, '"');
	while (s.len) {
		uint32_t c = take(&s, &bad);
		char next = s.len ? s.at[0] : ' ';

		if (c == '"' || c == '\\') {
			hu_out_putc(to, '\\');
			hu_out_putc(to, (char)c);
		} else if (c == '\n') {
			hu_out_puts(to, "\\n");
		} else if (c == '\t') {
			hu_out_puts(to, "\\t");
		} else if (c == '<' && (next == '/' || next == '!' || next == 's' || next == 'S')) {
			/* whoever pastes the file into a <script> shall not be the one hurt */
			hu_out_puts(to, "\\u003c");
		} else if (acts(c) && c < 0x10000) {
			hu_out_printf(to, "\\u%04x", (unsigned)c);
		} else if (acts(c)) {
			hu_out_printf(to, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)),
				      (unsigned)(0xdc00 | (c & 0x3ff)));
		} else {
			put_utf8(to, c);
		}
	}
	hu_out_putc(to, '"');
}

void hu_escape_plain(struct hu_out *to, struct hu_str s)
{
	int marks = 0;
	bool bad;

	while (s.len) {
		uint32_t c = take(&s, &bad);
		if (acts(c) || piles_up(c, &marks))
			put_visible(to, c, "\\");
		else
			put_utf8(to, c);
	}
}

uint32_t hu_escape_take(struct hu_str *s)
{
	bool bad;

	return take(s, &bad);
}

struct hu_str hu_escape_cut(struct hu_str s, size_t bytes, bool *cut)
{
	if (cut)
		*cut = s.len > bytes;
	if (s.len <= bytes)
		return s;
	for (int i = 0; i < 3 && bytes && ((unsigned char)s.at[bytes] & 0xc0) == 0x80; i++)
		bytes--;
	return (struct hu_str){s.at, bytes};
}
