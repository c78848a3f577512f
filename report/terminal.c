/*
 * The answer on one screen: at most 24 lines of 80 columns, the verdict first. What does not fit is
 * in report.md.
 */
#include <string.h>

#include "report/escape.h"
#include "report/phrase.h"
#include "report/render.h"

enum { LINES = 32, COLUMNS = 80 };

struct screen {
	struct hu_out *to;
	bool colour;
	int lines;
	int limit; /* the rest is kept for something else */
};

static const char *start_of(const struct screen *s, enum hu_tone tone)
{
	static const char *const codes[] = {"\033[1m", "\033[1;32m", "\033[1;33m", "\033[1;31m",
					    "\033[2m"};

	return s->colour ? codes[tone] : "";
}

static const char *stop_of(const struct screen *s)
{
	return s->colour ? "\033[0m" : "";
}

static void newline(struct screen *s)
{
	hu_out_putc(s->to, '\n');
	s->lines++;
}

/* Bytes of harmless text that take at most `columns`. */
static size_t bytes_of(struct hu_str s, size_t columns)
{
	size_t best = 0;

	for (size_t i = 1; i <= s.len; i++) {
		if (i < s.len && ((unsigned char)s.at[i] & 0xc0) == 0x80)
			continue;
		if (hu_escape_columns((struct hu_str){s.at, i}) > columns)
			break;
		best = i;
	}
	return best;
}

/*
 * Text folded at blanks; the first line begins where the cursor stands, the others after `indent`.
 * At most `lines` of them; a cut text ends in "…". Ends with a line end.
 */
static void fold(struct screen *s, struct hu_str raw, size_t indent, int lines)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};
	size_t room = COLUMNS - indent;

	hu_escape_plain(&safe, raw);
	struct hu_str rest = hu_out_view(&safe);
	for (int i = 0; i < lines && s->lines < s->limit; i++) {
		bool last = i == lines - 1 || s->lines == s->limit - 1;
		size_t n = bytes_of(rest, room);
		if (i)
			hu_out_printf(s->to, "%*s", (int)indent, "");
		if (n < rest.len) {
			n = bytes_of(rest, last ? room - 1 : room);
			size_t blank = n;
			while (blank && rest.at[blank] != ' ')
				blank--;
			if (blank > n / 2)
				n = blank;
		}
		hu_out_bytes(s->to, rest.at, n);
		rest = hu_str_trim(hu_str_skip(rest, n));
		if (rest.len && last)
			hu_out_puts(s->to, "…");
		newline(s);
		if (!rest.len)
			break;
	}
}

static void box(struct screen *s, struct hu_page *page, const struct hu_page_incident *in)
{
	struct hu_box_line lines[HU_BOX_LINES];
	size_t n = hu_phrase_box(page, in, lines);

	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		hu_out_printf(s->to, "  %s%-15s%s ", start_of(s, HU_TONE_DIM), lines[i].label,
			      stop_of(s));
		hu_out_str(&line, lines[i].value);
		if (lines[i].detail.len) {
			hu_out_puts(&line, ": ");
			hu_out_str(&line, lines[i].detail);
		}
		/* These carry most. */
		bool more =
			!strncmp(lines[i].label, "Who ", 4) || !strcmp(lines[i].label, "Known fix");
		fold(s, hu_out_view(&line), 18, more ? 2 : 1);
	}
}

static void chain(struct screen *s, const struct hu_page_incident *in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
	struct hu_str rest, one;

	if (!in->link_count || s->lines > s->limit - 4)
		return;
	newline(s);
	hu_out_printf(s->to, "%sThe chain%s", start_of(s, HU_TONE_PLAIN), stop_of(s));
	newline(s);
	size_t most = s->limit - s->lines < 11 ? (size_t)(s->limit - s->lines) : 8;
	if (most > 8)
		most = 8;
	if (in->link_count > most)
		most--;
	hu_phrase_chain(&lines, in, most, COLUMNS, false);
	rest = hu_out_view(&lines);
	while (hu_str_line(&rest, &one))
		fold(s, one, 0, 1);
}

static void remedy(struct screen *s, const struct hu_page_incident *in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	const struct hu_page_texts *todo = &in->notes[HU_NOTE_ACTION];

	if (!todo->count && in->fix_count)
		todo = &in->fixes[0].items[HU_FIX_WORKAROUND];
	if (!todo->count || s->lines > s->limit - 2)
		return;
	newline(s);
	hu_out_printf(s->to, "%sWhat to do%s ", start_of(s, HU_TONE_PLAIN), stop_of(s));
	fold(s, todo->at[0], 11, 2);
}

void hu_render_text(struct hu_page *page, bool colour, struct hu_out *to)
{
	struct screen screen = {.to = to, .colour = colour, .limit = LINES}, *s = &screen;
	const struct hu_page_verdict *v = &page->verdict;
	enum hu_tone tone;
	const char *outcome = hu_phrase_outcome(page, &tone);

	hu_out_printf(to, "%s%s%s", start_of(s, tone), outcome, stop_of(s));
	newline(s);
	fold(s, v->sentence, 0, 3);
	if (page->incident_count) {
		size_t others = page->incident_count - 1;
		int kept = others > 4 ? 4 : (int)others;
		s->limit = LINES - kept - (kept > 0);
		newline(s);
		box(s, page, &page->incidents[0]);
		chain(s, &page->incidents[0]);
		remedy(s, &page->incidents[0]);
		s->limit = LINES;
		if (others)
			newline(s);
		for (size_t i = 1; i <= others; i++) {
			HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
			if ((int)i == kept && others > (size_t)kept) {
				hu_out_printf(&line, "… and %zu more causes", others - i + 1);
				fold(s, hu_out_view(&line), 0, 1);
				break;
			}
			hu_out_str(&line, page->incidents[i].id);
			hu_out_puts(&line, ": ");
			hu_out_str(&line, page->incidents[i].title);
			fold(s, hu_out_view(&line), 4, 1);
		}
	}
	if (!page->incident_count) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		newline(s);
		hu_phrase_looked_at(&line, page);
		fold(s, hu_out_view(&line), 0, 2);
		for (size_t i = 0; i < page->analyzer_count && s->lines < LINES - 1; i++) {
			const struct hu_page_analyzer *a = &page->analyzers[i];
			hu_out_clear(&line);
			hu_out_printf(to, "  %-13s ",
				      hu_str_is(a->outcome, "not_assessed") ? "not assessed"
				      : hu_str_is(a->outcome, "found")	    ? "found"
									    : "clear");
			hu_out_str(&line, a->asks);
			hu_out_putc(&line, ' ');
			hu_out_str(&line, a->why);
			fold(s, hu_out_view(&line), 16, s->lines < LINES - 6 ? 2 : 1);
		}
	}
}
