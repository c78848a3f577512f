/*
 * Flame graphs. Each frame is a small drawing of its own inside one that is as wide as the page:
 * places are per cent, so that one drawing serves every width and no text is stretched; what does
 * not fit into its frame is cut off.
 */
#include <inttypes.h>

#include "report/draw.h"
#include "report/escape.h"
#include "report/svg.h"

enum { ROW = 17, MAX_DEPTH = 80 };

static bool is_sound(const struct hu_page_flame *f, const struct hu_page_frame *x)
{
	return x->depth != HU_OPEN && x->depth >= 0 && x->depth < MAX_DEPTH &&
	       x->start != HU_OPEN && x->start >= 0 && x->width != HU_OPEN && x->width > 0 &&
	       x->start < f->total && x->width <= f->total - x->start;
}

/* Hundred thousandth of the whole, as per cent with three digits; in steps that cannot overflow. */
static void percent(struct hu_out *to, const char *name, int64_t part, int64_t all)
{
	while (all > INT64_MAX / 200000) {
		all /= 2;
		part /= 2;
	}
	int64_t n = all ? part * 100000 / all : 0;
	hu_out_printf(to, " %s=\"%" PRId64 ".%03" PRId64 "%%\"", name, n / 1000, n % 1000);
}

static void say_value(struct hu_out *to, const struct hu_page_flame *f, int64_t value)
{
	if (hu_str_is(f->unit, "ns")) {
		hu_phrase_duration(to, value);
	} else {
		hu_out_grouped(to, value);
		hu_out_puts(to, value == 1 ? " sample" : " samples");
	}
}

/* One of three shades, by the name, so that neighbours differ. */
static int shade(struct hu_str s)
{
	unsigned int h = 7;

	for (size_t i = 0; i < s.len; i++)
		h = h * 31 + (unsigned char)s.at[i];
	return (int)(h % 3);
}

static void frame(struct hu_svg *s, const struct hu_page_flame *f, const struct hu_page_frame *x,
		  int64_t deepest)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	double share = (double)x->width / (double)f->total;
	bool lock = hu_str_is(x->kind, "lock"), none = hu_str_is(x->kind, "none");

	hu_out_puts(s->to, "<svg");
	percent(s->to, "x", x->start, f->total);
	percent(s->to, "width", x->width, f->total);
	hu_out_printf(s->to, " y=\"%d\" height=\"%d\">", (int)(deepest - x->depth) * ROW, ROW);
	hu_svg_fit(&title, x->label, 120);
	hu_out_puts(&title, ": ");
	say_value(&title, f, x->width);
	hu_out_puts(&title, ", ");
	hu_phrase_share(&title, share);
	hu_svg_title(s, hu_out_view(&title));
	if (lock)
		hu_out_puts(s->to, "<rect width=\"100%\" height=\"100%\" class=\"wait\"/>");
	else if (none)
		hu_out_printf(s->to, "<rect width=\"100%%\" height=\"100%%\" fill=\"url(#%s%d)\"/>",
			      s->id, HU_FILL_UNKNOWN);
	else if (hu_str_is(x->kind, "all"))
		hu_out_puts(s->to, "<rect width=\"100%\" height=\"100%\" class=\"hold\"/>");
	else
		hu_out_printf(s->to, "<rect width=\"100%%\" height=\"100%%\" class=\"f%d\"/>",
			      shade(x->label));
	if (share >= 0.015) {
		HU_CLEANUP(hu_out_deinit) struct hu_out label = {0};
		hu_svg_fit(&label, x->label, (int)(share * 140) + 3);
		if (share >= 0.12) {
			hu_out_puts(&label, "  ");
			hu_phrase_share(&label, share);
		}
		/* Over a pattern a word needs a ground of its own. */
		if (none) {
			int w = hu_svg_width(s, hu_out_view(&label)) + 40;
			hu_svg_rect(s, 10, 20, w, 130, "plate");
		}
		hu_svg_text(s, 30, 125, lock || hu_str_is(x->kind, "all") ? "in" : NULL, NULL,
			    hu_out_view(&label));
	}
	hu_out_puts(s->to, "</svg>\n");
}

static void one(struct hu_out *to, const struct hu_page_flame *f, size_t number,
		const struct hu_detail *detail)
{
	struct hu_svg s = {.to = to};
	int64_t deepest = 0;
	size_t drawn = 0;
	bool locks = false;

	/* Frames come by depth: those that are left out stand on the top. */
	for (size_t i = 0; i < f->frame_count && i < detail->flames; i++)
		if (is_sound(f, &f->frames[i]) && f->frames[i].depth > deepest)
			deepest = f->frames[i].depth;
	hu_svg_name(&s, 'f', number, (size_t)f->flame);
	hu_out_printf(to,
		      "<svg class=\"flame\" width=\"100%%\" height=\"%d\" role=\"img\" "
		      "aria-labelledby=\"%st %sd\"><title id=\"%st\">",
		      (int)(deepest + 1) * ROW, s.id, s.id, s.id);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	hu_svg_fit(&text, f->title, 200);
	hu_escape_html(to, hu_out_view(&text));
	hu_out_printf(to, "</title><desc id=\"%sd\">", s.id);
	hu_out_clear(&text);
	hu_svg_fit(&text, f->basis, 400);
	hu_escape_html(to, hu_out_view(&text));
	hu_svg_body(&s);
	hu_svg_patterns(&s, 1u << HU_FILL_UNKNOWN);
	for (size_t i = 0; i < f->frame_count && drawn < detail->flames; i++) {
		if (!is_sound(f, &f->frames[i]))
			continue;
		frame(&s, f, &f->frames[i], deepest);
		locks |= hu_str_is(f->frames[i].kind, "lock");
		drawn++;
	}
	hu_svg_end(&s);
	hu_out_puts(to, "<figcaption>");
	hu_escape_html(to, hu_out_view(&text));
	hu_out_puts(to, " The whole is ");
	HU_CLEANUP(hu_out_deinit) struct hu_out whole = {0};
	say_value(&whole, f, f->total);
	hu_escape_html(to, hu_out_view(&whole));
	hu_out_puts(to, "; callers stand below what they called.");
	if (locks)
		hu_out_puts(to, " Dark frames are lock functions.");
	size_t more = f->frame_count - drawn;
	if (f->left_out > 0 && f->left_out < INT64_MAX / 2)
		more += (size_t)f->left_out;
	if (more)
		hu_out_printf(to, " %zu frames too narrow to see are left out.", more);
	hu_out_puts(to, "</figcaption>\n");
}

void hu_figure_flames(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		      const struct hu_detail *detail)
{
	size_t number = (size_t)(in - page->incidents) + 1;

	for (size_t i = 0; i < in->flame_count && i < 4; i++) {
		const struct hu_page_flame *f = &in->flames[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
		if (f->total <= 0 || f->total == HU_OPEN || !f->frame_count || !detail->flames)
			continue;
		hu_out_puts(to, "<figure>\n<p><b>");
		hu_svg_fit(&title, f->title, 200);
		hu_escape_html(to, hu_out_view(&title));
		hu_out_puts(to, "</b></p>\n");
		one(to, f, number, detail);
		hu_out_puts(to, "</figure>\n<details><summary>The widest frames as text</summary>\n"
				"<pre tabindex=\"0\">");
		HU_CLEANUP(hu_out_deinit) struct hu_out lines = {0};
		hu_flame_text(&lines, f);
		hu_escape_html(to, hu_out_view(&lines));
		hu_out_puts(to, "</pre></details>\n");
	}
}
