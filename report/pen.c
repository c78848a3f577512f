/* Small helpers that write a table or a paragraph. */
#include "report/pen.h"

#include <math.h>

struct hu_str hu_pen_shorten(struct hu_pen *pen, struct hu_str s)
{
	return hu_phrase_cut(pen->page, s, pen->detail.text);
}

struct hu_sheet hu_pen_sheet(struct hu_pen *pen, const char *caption,
			     const struct hu_column *columns, size_t width)
{
	return (struct hu_sheet){
		.pen = pen,
		.table = {.caption = hu_str(caption), .columns = columns, .width = width}};
}

struct hu_cell *hu_pen_cell(struct hu_sheet *s, struct hu_str text)
{
	struct hu_table *t = &s->table;

	t->cells = hu_page_grow(s->pen->page, t->cells, t->count, sizeof(*t->cells));
	struct hu_cell *c = &t->cells[t->count];
	*c = (struct hu_cell){.kind = t->columns[t->count % t->width].kind, .share = (double)NAN};
	c->text = hu_pen_shorten(s->pen, text);
	t->count++;
	return c;
}

/* A cell whose text was just written to the pen's scratch. */
struct hu_cell *hu_pen_written(struct hu_sheet *s)
{
	return hu_pen_cell(s, hu_phrase_keep(s->pen->page, &s->pen->scratch));
}

struct hu_cell *hu_pen_duration(struct hu_sheet *s, int64_t ns)
{
	if (ns != HU_OPEN)
		hu_phrase_duration(&s->pen->scratch, ns);
	return hu_pen_written(s);
}

struct hu_cell *hu_pen_count(struct hu_sheet *s, int64_t n)
{
	if (n != HU_OPEN)
		hu_out_grouped(&s->pen->scratch, n);
	return hu_pen_written(s);
}

struct hu_cell *hu_pen_stamp(struct hu_sheet *s, int64_t ns)
{
	if (ns != HU_OPEN)
		hu_phrase_stamp(&s->pen->scratch, s->pen->page, ns);
	return hu_pen_written(s);
}

void hu_pen_table(struct hu_sheet *s)
{
	for (size_t i = 0; i < s->table.count; i++)
		s->table.cells[i].small = hu_pen_shorten(s->pen, s->table.cells[i].small);
	if (s->table.count)
		s->pen->draw->table(s->pen->to, &s->table);
}

void hu_pen_para(struct hu_pen *pen, struct hu_str text, enum hu_tone tone)
{
	if (text.len)
		pen->draw->para(pen->to, text, tone);
}

/* A paragraph whose text was just written to the scratch. */
void hu_pen_say(struct hu_pen *pen, enum hu_tone tone)
{
	struct hu_str text = hu_phrase_keep(pen->page, &pen->scratch);
	hu_pen_para(pen, hu_phrase_cut(pen->page, text, 4 * pen->detail.text), tone);
}

void hu_pen_left_out(struct hu_pen *pen, size_t all, size_t shown, const char *what)
{
	if (all <= shown)
		return;
	hu_out_printf(&pen->scratch, "%zu of %zu %s are shown here; ", shown, all, what);
	hu_out_puts(&pen->scratch, "`report.json` and the store hold all of them.");
	hu_pen_say(pen, HU_TONE_DIM);
}

size_t hu_pen_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void hu_pen_heading(struct hu_pen *pen, int level, const char *text, const char *incident,
		    const char *anchor)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out id = {0};

	hu_out_printf(&id, "%s%s%s", incident, *incident ? "-" : "", anchor);
	pen->draw->heading(pen->to, level, hu_str(text), id.at, NULL, HU_TONE_PLAIN);
}

void hu_pen_list(struct hu_pen *pen, const struct hu_page_texts *texts, bool ordered)
{
	size_t n = hu_pen_least(texts->count, pen->detail.items);
	struct hu_str *items = hu_page_alloc(pen->page, (n + 1) * sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = hu_pen_shorten(pen, texts->at[i]);
	if (n)
		pen->draw->list(pen->to, items, n, ordered);
	hu_pen_left_out(pen, texts->count, n, "lines");
}

struct hu_str hu_pen_frames(struct hu_pen *pen, struct hu_str stack, size_t most)
{
	struct hu_str line;

	for (size_t n = 0; hu_str_line(&stack, &line); n++) {
		if (n == most) {
			hu_out_puts(&pen->scratch, "… and more frames\n");
			break;
		}
		hu_out_str(&pen->scratch, hu_pen_shorten(pen, line));
		hu_out_putc(&pen->scratch, '\n');
	}
	return hu_phrase_keep(pen->page, &pen->scratch);
}

/* "I1" only if it is what we make; an anchor takes no stranger's text. */
const char *hu_pen_anchor(const struct hu_pen *pen, const struct hu_page_incident *in)
{
	static const char *const names[] = {"I1",  "I2",  "I3",	 "I4",	"I5",  "I6",  "I7",
					    "I8",  "I9",  "I10", "I11", "I12", "I13", "I14",
					    "I15", "I16", "I17", "I18", "I19", "I20"};
	size_t i = (size_t)(in - pen->page->incidents);

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "Ix";
}
