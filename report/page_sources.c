/* Chapters about what the answer rests on: every file of the bundle, its clock, what was lost. */
#include <inttypes.h>

#include "report/pen.h"

static enum hu_tone tone_of(struct hu_str status)
{
	return hu_str_is(status, "complete")	 ? HU_TONE_GOOD
	       : hu_str_is(status, "unreadable") ? HU_TONE_BAD
						 : HU_TONE_WARN;
}

static void read_sources(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"File", HU_CELL_CODE},	     {"Format", HU_CELL_TEXT},	{"Status", HU_CELL_TAG},
		{"Records", HU_CELL_NUMBER}, {"Size", HU_CELL_NUMBER},	{"From", HU_CELL_NUMBER},
		{"To", HU_CELL_NUMBER},	     {"Losses", HU_CELL_NUMBER}};
	struct hu_page *page = pen->page;
	struct hu_sheet s = hu_pen_sheet(pen, "Files that were read", columns, 8);
	size_t all = 0, n = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		const struct hu_page_source *f = &page->sources[i];
		if (!f->format.at || ++all > pen->detail.sources)
			continue;
		n++;
		hu_pen_cell(&s, f->path);
		struct hu_cell *format = hu_pen_cell(&s, f->format);
		if (f->repeats.at) {
			hu_out_puts(&pen->scratch, "repeats ");
			hu_out_str(&pen->scratch, f->repeats);
			format->small = hu_phrase_keep(page, &pen->scratch);
		}
		struct hu_cell *status = hu_pen_cell(&s, f->status);
		status->tone = tone_of(f->status);
		status->small = hu_pen_shorten(pen, f->error);
		hu_pen_count(&s, f->records);
		hu_phrase_bytes(&pen->scratch, f->bytes);
		hu_pen_written(&s);
		hu_pen_stamp(&s, f->from_ns);
		hu_pen_stamp(&s, f->to_ns);
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

/* ts + offset = case time */
static void offset(struct hu_pen *pen, const struct hu_page_source *f, struct hu_sheet *s)
{
	struct hu_out *o = &pen->scratch;

	if (f->offset_ns == HU_OPEN) {
		hu_out_puts(o, "not on the common axis");
	} else if (f->offset_ns == 0) {
		hu_out_puts(o, "the same");
	} else {
		hu_out_puts(o, f->offset_ns < 0 ? "−" : "+");
		hu_out_stamp(o, f->offset_ns < 0 ? -f->offset_ns : f->offset_ns);
		hu_out_puts(o, " s");
	}
	hu_pen_written(s);
	if (f->offset_ns != HU_OPEN && f->slack_ns != HU_OPEN) {
		hu_out_puts(o, "± ");
		hu_phrase_duration(o, f->slack_ns);
	}
	hu_pen_written(s);
}

static void clocks(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {{"File", HU_CELL_CODE},
						   {"Clock", HU_CELL_TEXT},
						   {"To case time", HU_CELL_NUMBER},
						   {"Slack", HU_CELL_NUMBER},
						   {"How known", HU_CELL_TEXT}};
	struct hu_page *page = pen->page;
	struct hu_sheet s = hu_pen_sheet(pen, "Clocks of the files that carry time", columns, 5);
	size_t all = 0, n = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		const struct hu_page_source *f = &page->sources[i];
		if (!f->format.at || hu_str_is(f->clock, "none") || ++all > pen->detail.sources)
			continue;
		n++;
		hu_pen_cell(&s, f->path);
		hu_pen_cell(&s, f->clock)->small = hu_pen_shorten(pen, f->clock_how);
		offset(pen, f, &s);
		hu_pen_cell(&s, f->aligned);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, all, n, "clocks");
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
				   "record of these files was read."),
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
	clocks(pen);
	losses(pen);
	unread_sources(pen);
}
