/* A flame graph as lines of text, 76 columns wide: its widest frames, callers above what they
 * called; frames that one caller alone called stand in its line. */
#include <inttypes.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/svg.h"

enum { WIDTH = 76, LINES = 28, LEAST = 2 /* per cent */, INDENT = 24 };

static bool is_below(const struct hu_page_frame *p, const struct hu_page_frame *x)
{
	return x->depth == p->depth + 1 && x->start >= p->start && x->start - p->start < p->width;
}

static const struct hu_page_frame *child(const struct hu_page_flame *f,
					 const struct hu_page_frame *p,
					 const struct hu_page_frame *after)
{
	const struct hu_page_frame *x = after ? after + 1 : f->frames;

	for (; x < f->frames + f->frame_count; x++)
		if (x->width > 0 && x->width <= f->total && is_below(p, x))
			return x;
	return NULL;
}

struct writer {
	struct hu_out *to;
	const struct hu_page_flame *f;
	int lines;
	size_t column;
};

static void word(struct writer *w, struct hu_str s, int indent)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out plain = {0}, cut = {0};

	hu_escape_plain(&plain, s);
	hu_svg_fit(&cut, hu_out_view(&plain), WIDTH - INDENT - 12);
	size_t n = hu_escape_columns(hu_out_view(&cut));
	bool blank = w->column > (size_t)indent;
	if (w->column + blank + n > WIDTH) {
		hu_out_printf(w->to, "\n%*s", indent + 2, "");
		w->column = (size_t)indent + 2;
		w->lines++;
	} else if (blank) {
		hu_out_putc(w->to, ' ');
		w->column++;
	}
	hu_out_str(w->to, hu_out_view(&cut));
	w->column += n;
}

static void branch(struct writer *w, const struct hu_page_frame *x, int level)
{
	const struct hu_page_flame *f = w->f;
	double share = (double)x->width / (double)f->total;
	int indent = 9 + (level > 8 ? 16 : 2 * level);
	const struct hu_page_frame *only;

	if (share * 100 < LEAST || w->lines >= LINES)
		return;
	w->lines++;
	hu_out_printf(w->to, "%5.1f %% %*s", share * 100, indent - 8, "");
	w->column = (size_t)indent;
	word(w, x->label, indent);
	/* as long as there is one way to go */
	while ((only = child(f, x, NULL)) && !child(f, x, only) &&
	       (double)only->width >= 0.98 * (double)x->width && w->lines < LINES) {
		hu_out_puts(w->to, " →");
		w->column += 2;
		word(w, only->label, indent);
		x = only;
	}
	hu_out_putc(w->to, '\n');
	for (only = child(f, x, NULL); only; only = child(f, x, only))
		branch(w, only, level + 1);
}

void hu_flame_text(struct hu_out *to, const struct hu_page_flame *f)
{
	struct writer w = {.to = to, .f = f};

	if (f->total <= 0 || f->total == HU_OPEN || !f->frame_count || f->frames[0].depth != 0 ||
	    f->frames[0].width <= 0 || f->frames[0].width > f->total)
		return;
	branch(&w, &f->frames[0], 0);
}
