/*
 * report/pen.h - for the page_*.c files: a drawer, where it draws, and small helpers to write a
 * table or a paragraph. `scratch` is empty between two uses: what is written to it, the next
 * hu_pen_written() or hu_pen_say() takes.
 */
#ifndef HU_PEN_H
#define HU_PEN_H

#include "report/draw.h"

struct hu_pen {
	const struct hu_draw *draw;
	struct hu_page *page;
	struct hu_detail detail;
	struct hu_out *to;
	struct hu_out scratch;
};

/* A table in the making. */
struct hu_sheet {
	struct hu_pen *pen;
	struct hu_table table;
};

struct hu_str hu_pen_shorten(struct hu_pen *pen, struct hu_str s);
struct hu_sheet hu_pen_sheet(struct hu_pen *pen, const char *caption,
			     const struct hu_column *columns, size_t width);
struct hu_cell *hu_pen_cell(struct hu_sheet *s, struct hu_str text);
/* A cell whose text was just written to the pen's scratch. */
struct hu_cell *hu_pen_written(struct hu_sheet *s);
struct hu_cell *hu_pen_duration(struct hu_sheet *s, int64_t ns);
struct hu_cell *hu_pen_count(struct hu_sheet *s, int64_t n);
struct hu_cell *hu_pen_stamp(struct hu_sheet *s, int64_t ns);
void hu_pen_table(struct hu_sheet *s);
void hu_pen_para(struct hu_pen *pen, struct hu_str text, enum hu_tone tone);
/* A paragraph whose text was just written to the scratch. */
void hu_pen_say(struct hu_pen *pen, enum hu_tone tone);
void hu_pen_left_out(struct hu_pen *pen, size_t all, size_t shown, const char *what);
size_t hu_pen_least(size_t a, size_t b);
void hu_pen_heading(struct hu_pen *pen, int level, const char *text, const char *incident,
		    const char *anchor);
void hu_pen_list(struct hu_pen *pen, const struct hu_page_texts *texts, bool ordered);
/* "I1" only if it is what we make; an anchor takes no stranger's text. */
const char *hu_pen_anchor(const struct hu_pen *pen, const struct hu_page_incident *in);

/* At most `most` frames of a stack, each shortened; it says so if there are more. */
struct hu_str hu_pen_frames(struct hu_pen *pen, struct hu_str stack, size_t most);

/* Chapters. */
void hu_pen_box(struct hu_pen *pen, const struct hu_page_incident *in);
void hu_pen_resolution(struct hu_pen *pen, const struct hu_page_incident *in, int level);
void hu_pen_incident(struct hu_pen *pen, const struct hu_page_incident *in, int level, bool alone);
void hu_pen_pressure(struct hu_pen *pen);
void hu_pen_questions(struct hu_pen *pen);
void hu_pen_sources(struct hu_pen *pen);

#endif
