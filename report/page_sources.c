/* Chapters about what the answer rests on: every file of the bundle, its clock, what was lost. */
#include <inttypes.h>

#include "report/pen.h"

static void clock_of(struct hu_pen *pen, const struct hu_page_source *s, struct hu_sheet *sheet)
{
	struct hu_cell *c = hu_pen_cell(sheet, s->clock);

	c->small = hu_pen_shorten(pen, s->clock_how);
}

static void alignment(struct hu_pen *pen, const struct hu_page_source *s, struct hu_sheet *sheet)
{
	struct hu_out *o = &pen->scratch;

	if (s->offset_ns == HU_OPEN) {
		hu_out_puts(o, "not on the common axis");
	} else {
		if (s->offset_ns == 0) {
			hu_out_puts(o, "none needed");
		} else {
			hu_out_puts(o, s->offset_ns < 0 ? "−" : "+");
			hu_out_stamp(o, s->offset_ns < 0 ? -s->offset_ns : s->offset_ns);
			hu_out_puts(o, " s");
		}
		if (s->slack_ns != HU_OPEN) {
			hu_out_puts(o, " ± ");
			hu_phrase_duration(o, s->slack_ns);
		}
	}
	struct hu_cell *c = hu_pen_written(sheet);
	c->small = hu_pen_shorten(pen, s->aligned);
}

static enum hu_tone tone_of(struct hu_str status)
{
	return hu_str_is(status, "complete")	 ? HU_TONE_GOOD
	       : hu_str_is(status, "unreadable") ? HU_TONE_BAD
						 : HU_TONE_WARN;
}

static void read_sources(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"File", HU_CELL_CODE},		{"Format", HU_CELL_TEXT},
		{"Status", HU_CELL_TAG},	{"Records", HU_CELL_NUMBER},
		{"Size", HU_CELL_NUMBER},	{"From", HU_CELL_NUMBER},
		{"To", HU_CELL_NUMBER},		{"Clock", HU_CELL_TEXT},
		{"To case time", HU_CELL_TEXT}, {"Losses", HU_CELL_NUMBER}};
	struct hu_page *page = pen->page;
	struct hu_sheet s = hu_pen_sheet(pen, "Files that were read", columns, 10);
	size_t all = 0, n = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		const struct hu_page_source *f = &page->sources[i];
		if (!f->format.at || ++all > pen->detail.sources)
			continue;
		n++;
		hu_pen_cell(&s, f->path);
		hu_pen_cell(&s, f->format)->small = hu_pen_shorten(pen, f->why);
		struct hu_cell *status = hu_pen_cell(&s, f->status);
		status->tone = tone_of(f->status);
		status->small = hu_pen_shorten(pen, f->error);
		hu_pen_count(&s, f->records);
		hu_phrase_bytes(&pen->scratch, f->bytes);
		hu_pen_written(&s);
		hu_pen_stamp(&s, f->from_ns);
		hu_pen_stamp(&s, f->to_ns);
		clock_of(pen, f, &s);
		alignment(pen, f, &s);
		hu_pen_count(&s, f->loss_rows);
	}
	if (!n)
		hu_pen_para(pen, hu_str("No file of the bundle was recognised as a capture."),
			    HU_TONE_WARN);
	hu_pen_table(&s);
	hu_pen_left_out(pen, all, n, "files that were read");
}

static void unread_sources(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"File", HU_CELL_CODE}, {"Size", HU_CELL_NUMBER}, {"Why", HU_CELL_TEXT}};
	struct hu_page *page = pen->page;
	struct hu_sheet s = hu_pen_sheet(pen, "Files that nobody reads", columns, 3);
	size_t all = 0, n = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		const struct hu_page_source *f = &page->sources[i];
		if (f->format.at || ++all > pen->detail.sources)
			continue;
		n++;
		hu_pen_cell(&s, f->path);
		hu_phrase_bytes(&pen->scratch, f->bytes);
		hu_pen_written(&s);
		hu_pen_cell(&s, f->why);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, all, n, "files that nobody reads");
}

static void losses(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"File", HU_CELL_CODE},	   {"What", HU_CELL_TEXT},   {"Kind", HU_CELL_TEXT},
		{"CPU", HU_CELL_NUMBER},   {"From", HU_CELL_NUMBER}, {"To", HU_CELL_NUMBER},
		{"Count", HU_CELL_NUMBER}, {"Place", HU_CELL_NUMBER}};
	struct hu_page *page = pen->page;
	struct hu_sheet s =
		hu_pen_sheet(pen, "What the captures lost, or we could not read", columns, 8);
	int64_t all = 0;
	size_t n = 0, broken = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		const struct hu_page_source *f = &page->sources[i];
		all += f->loss_rows;
		broken += f->format.at && !hu_str_is(f->status, "complete");
		for (size_t k = 0; k < f->loss_count && n < pen->detail.losses; k++, n++) {
			const struct hu_page_loss *l = &f->losses[k];
			hu_pen_cell(&s, f->path);
			hu_pen_cell(&s, l->text);
			hu_pen_cell(&s, l->kind);
			hu_pen_count(&s, l->cpu);
			hu_pen_stamp(&s, l->from_ns);
			hu_pen_stamp(&s, l->to_ns);
			hu_pen_count(&s, l->count);
			hu_pen_count(&s, l->pos);
		}
	}
	if (!all && broken)
		hu_pen_para(pen,
			    hu_str("No tracer told of dropped events, but not every file "
				   "could be read to its end: see Status above."),
			    HU_TONE_WARN);
	else if (!all)
		hu_pen_para(pen,
			    hu_str("No losses: no tracer told of dropped events, and every "
				   "record of the files above was read."),
			    HU_TONE_PLAIN);
	hu_pen_table(&s);
	hu_pen_left_out(pen, (size_t)all, n, "losses");
}

void hu_pen_sources(struct hu_pen *pen)
{
	hu_pen_heading(pen, 2, "Sources, clocks and losses", "", "sources");
	hu_phrase_looked_at(&pen->scratch, pen->page);
	hu_pen_say(pen, HU_TONE_PLAIN);
	read_sources(pen);
	unread_sources(pen);
	losses(pen);
}
