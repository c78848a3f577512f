/*
 * The answer on one screen, 24 lines of 80 columns unless the terminal says otherwise: the verdict,
 * who waited for whom, where the time went in parts that add up, the blocking stack, what to do.
 * What does not fit is in report.md.
 */
#include <string.h>

#include "report/escape.h"
#include "report/phrase.h"
#include "report/render.h"

enum { LABEL = 18 }; /* where the texts of the box begin */

struct screen {
	struct hu_out *to;
	bool colour;
	int lines, limit;
	size_t columns;
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

static int left(const struct screen *s)
{
	return s->limit - s->lines;
}

/*
 * Harmless text folded at blanks; the first line begins where the cursor stands, the others after
 * `indent`. At most `lines` of them; a cut text ends in "…". The first `strong` bytes stand out.
 */
static void fold_safe(struct screen *s, struct hu_str rest, size_t strong, enum hu_tone tone,
		      size_t indent, int lines)
{
	size_t room = s->columns > indent + 10 ? s->columns - indent : 10;

	for (int i = 0; i < lines && left(s) > 0; i++) {
		bool last = i == lines - 1 || left(s) == 1;
		struct hu_str whole = rest;
		struct hu_str line = hu_escape_line(&rest, room, false);
		if (rest.len && last) { /* one column for the "…" */
			rest = whole;
			line = hu_escape_line(&rest, room - 1, false);
		}
		size_t bold = strong < line.len ? strong : line.len;
		if (i)
			hu_out_printf(s->to, "%*s", (int)indent, "");
		if (bold) {
			hu_out_puts(s->to, start_of(s, tone));
			hu_out_bytes(s->to, line.at, bold);
			hu_out_puts(s->to, stop_of(s));
		}
		hu_out_bytes(s->to, line.at + bold, line.len - bold);
		strong -= bold;
		if (rest.len && last)
			hu_out_puts(s->to, "…");
		newline(s);
		if (!rest.len)
			break;
	}
}

static void fold(struct screen *s, struct hu_str raw, size_t indent, int lines)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	hu_escape_plain(&safe, raw);
	fold_safe(s, hu_out_view(&safe), 0, HU_TONE_PLAIN, indent, lines);
}

static void head(struct screen *s, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0}, line = {0};
	enum hu_tone tone;

	hu_out_puts(&line, hu_phrase_outcome(page, &tone));
	size_t strong = line.len;
	hu_phrase_where(&where, page);
	hu_out_puts(&line, "  ");
	hu_escape_plain(&line, hu_out_view(&where));
	fold_safe(s, hu_out_view(&line), strong, tone, 0, 1);
	fold(s, page->verdict.sentence, 0, s->columns < 80 ? 5 : 3);
}

static void box(struct screen *s, struct hu_page *page, const struct hu_page_incident *in)
{
	struct hu_box_line lines[HU_BOX_LINES];
	size_t n = hu_phrase_box(page, in, lines);
	/* Two lines for what carries most, as long as all the rest still fits. */
	bool roomy = left(s) > (int)n + 18;

	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		hu_out_printf(s->to, "  %s%-15s%s ", start_of(s, HU_TONE_DIM), lines[i].label,
			      stop_of(s));
		hu_escape_plain(&line, lines[i].value);
		size_t strong = line.len;
		if (lines[i].detail.len) {
			hu_out_puts(&line, "  ");
			hu_escape_plain(&line, lines[i].detail);
		}
		bool more =
			!strncmp(lines[i].label, "Who ", 4) || !strcmp(lines[i].label, "Known fix");
		fold_safe(s, hu_out_view(&line), strong, lines[i].tone, LABEL,
			  roomy && more ? 2 : 1);
	}
}

static void title(struct screen *s, const char *text)
{
	hu_out_printf(s->to, "%s%s%s", start_of(s, HU_TONE_PLAIN), text, stop_of(s));
	newline(s);
}

/* At most `room` lines, the title among them. */
static void chain(struct screen *s, struct hu_page *page, const struct hu_page_incident *in,
		  int room)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
	struct hu_chain_row *rows = NULL;
	struct hu_str rest, one;
	size_t most = room > 2 ? (size_t)room - 2 : 0, n = 0;

	if (!in->link_count || !most)
		return;
	for (size_t links = most; links; links--) {
		n = hu_phrase_chain(page, in, links, &rows);
		if (n <= most)
			break;
	}
	if (!n || n > most)
		return;
	newline(s);
	title(s,
	      in->worst_ns == HU_OPEN ? "Where the time went" : "Where the time of the worst went");
	hu_phrase_chain_lines(&lines, rows, n, s->columns, false);
	rest = hu_out_view(&lines);
	while (hu_str_line(&rest, &one)) {
		/* harmless already */
		hu_out_str(s->to, hu_escape_fit(one, s->columns));
		newline(s);
	}
}

struct stack {
	const char *title;
	struct hu_str frames;
};

static struct stack blocking(const struct hu_page_incident *in)
{
	struct hu_str held = in->holder_count && in->holders[0].stack.len ? in->holders[0].stack
									  : in->holder_stack;

	if (held.len)
		return (struct stack){in->operation.len ? "Blocking stack" : "Their stack", held};
	return (struct stack){"It waits in", in->waiter_stack};
}

/* A frame a line where there is room, else a line or two of them. */
static void stack(struct screen *s, struct stack of, int room)
{
	struct hu_str rest = of.frames, frame;
	int frames = 0;

	while (hu_str_line(&rest, &frame))
		frames++;
	rest = of.frames;
	hu_out_printf(s->to, "%s%-15s%s ", start_of(s, HU_TONE_PLAIN), of.title, stop_of(s));
	if (room < (frames > 8 ? 8 : frames)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		while (hu_str_line(&rest, &frame)) {
			hu_out_puts(&line, line.len ? " <- " : "");
			hu_out_str(&line, frame);
		}
		fold(s, hu_out_view(&line), 16, room > 2 ? 2 : room);
		return;
	}
	for (int i = 0; hu_str_line(&rest, &frame) && i < 8; i++) {
		if (i)
			hu_out_printf(s->to, "%*s", 16, "");
		fold(s, frame, 16, 1);
	}
}

static void remedy(struct screen *s, const struct hu_page_texts *todo, int lines)
{
	hu_out_printf(s->to, "%s%-15s%s ", start_of(s, HU_TONE_PLAIN), "What to do", stop_of(s));
	fold(s, todo->at[0], 16, lines);
}

/* One line for all, or one each. */
static void others(struct screen *s, struct hu_page *page, int lines)
{
	size_t count = page->incident_count - 1, shown = 0;

	for (size_t i = 1; i <= count && left(s) > 0; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		if ((int)shown == lines - 1 && count - shown > 1) {
			hu_out_printf(&line, "… and %zu %s; the reports tell of them",
				      count - shown, shown ? "more causes" : "other causes");
			fold(s, hu_out_view(&line), 0, 1);
			break;
		}
		hu_out_str(&line, page->incidents[i].id);
		hu_out_puts(&line, ": ");
		hu_out_str(&line, page->incidents[i].title);
		fold(s, hu_out_view(&line), 4, 1);
		shown++;
	}
}

static void incident(struct screen *s, struct hu_page *page)
{
	const struct hu_page_incident *in = &page->incidents[0];
	const struct hu_page_texts *todo = &in->notes[HU_NOTE_ACTION];
	struct stack of = blocking(in);
	size_t more = page->incident_count - 1;

	newline(s);
	box(s, page, in);
	if (!todo->count && in->fix_count)
		todo = &in->fixes[0].items[HU_FIX_WORKAROUND];
	int tell = more > 3 ? 3 : (int)more, act = todo->count ? 2 : 0;
	int show = of.frames.len ? 2 : 0;
	/* The chain is the heart of it: a blank, a title, some rows and the whole. What gives way
	 * to it first are the other causes, then the stack. */
	const int heart = 6 + (in->link_count < 4 ? (int)in->link_count - 2 : 2);
	if (left(s) - act - show - tell - 1 < heart && tell)
		tell = 1;
	if (left(s) - act - show - tell - 1 < heart - 1)
		show = 0;
	if (left(s) - act - show - tell - 1 < heart - 1)
		act = act ? 1 : 0;
	chain(s, page, in, left(s) - act - show - tell - 1);
	if (act || show || tell)
		newline(s);
	if (show)
		stack(s, of, left(s) - act - tell);
	if (act)
		remedy(s, todo, act);
	if (tell)
		others(s, page, tell);
}

static void nothing(struct screen *s, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};

	newline(s);
	hu_phrase_looked_at(&line, page);
	fold(s, hu_out_view(&line), 0, 2);
	for (size_t i = 0; i < page->analyzer_count && left(s) > 0; i++) {
		const struct hu_page_analyzer *a = &page->analyzers[i];
		int rest = (int)(page->analyzer_count - i);
		hu_out_clear(&line);
		hu_out_printf(s->to, "  %-13s ",
			      hu_str_is(a->outcome, "not_assessed") ? "not assessed"
			      : hu_str_is(a->outcome, "found")	    ? "found"
								    : "clear");
		hu_out_str(&line, a->asks);
		hu_out_putc(&line, ' ');
		hu_out_str(&line, a->why);
		fold(s, hu_out_view(&line), 16, left(s) > rest ? 2 : 1);
	}
}

void hu_render_text(struct hu_page *page, const struct hu_screen *of, struct hu_out *to)
{
	int columns = of->columns < 40 ? 40 : of->columns > 160 ? 160 : of->columns;
	struct screen screen = {.to = to,
				.colour = of->colour,
				.limit = of->rows < 16	 ? 16
					 : of->rows > 48 ? 48
							 : of->rows,
				.columns = (size_t)columns};

	head(&screen, page);
	if (page->incident_count)
		incident(&screen, page);
	else
		nothing(&screen, page);
}
