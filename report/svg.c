/* Pieces of SVG. */
#include "report/svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

void hu_svg_name(struct hu_svg *s, char kind, size_t number, size_t part)
{
	snprintf(s->id, sizeof(s->id), "%c%zu%c", kind, number, s->narrow ? 'n' : 'w');
	if (part)
		snprintf(s->id, sizeof(s->id), "%c%zu-%zu%c", kind, number, part,
			 s->narrow ? 'n' : 'w');
}

void hu_svg_tenths(struct hu_out *to, int value)
{
	if (value % 10)
		hu_out_printf(to, "%s%d.%d", value < 0 ? "-" : "", abs(value) / 10,
			      abs(value) % 10);
	else
		hu_out_printf(to, "%d", value / 10);
}

static void attribute(struct hu_out *to, const char *name, int value)
{
	hu_out_printf(to, " %s=\"", name);
	hu_svg_tenths(to, value);
	hu_out_putc(to, '"');
}

void hu_svg_begin(struct hu_svg *s, int width, int height, struct hu_str title)
{
	hu_out_printf(s->to,
		      "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" "
		      "aria-labelledby=\"%st %sd\"><title id=\"%st\">",
		      s->narrow ? "narrow" : "wide", width / 10, height, s->id, s->id, s->id);
	hu_escape_html(s->to, title);
	hu_out_printf(s->to, "</title><desc id=\"%sd\">", s->id);
}

void hu_svg_body(struct hu_svg *s)
{
	hu_out_puts(s->to, "</desc>\n");
}

void hu_svg_end(struct hu_svg *s)
{
	hu_out_puts(s->to, "</svg>\n");
}

static const struct {
	const char *name, *ground;
	const char *marks; /* what the pattern has on it; NULL: nothing, the ground alone */
	int size, turn;
} fills[HU_FILLS] = {
	{"waits for a lock", "wait", "<path d=\"M0 0h2v6h-2z\" class=\"hatch\"/>", 6, 45},
	{"waits for something else", "sleep", "<path d=\"M0 0h5v1.5h-5z\" class=\"hatch\"/>", 5, 0},
	{"ready, no CPU free", "ready", "<circle cx=\"2\" cy=\"2\" r=\"1\" class=\"dot\"/>", 4, 0},
	{"runs", "run", NULL, 0, 0},
	{"not recorded", "unknown", "<path d=\"M0 0h.8v5h-.8z\" class=\"dot\"/>", 5, 135},
	{"holds the lock", "hold", NULL, 0, 0},
	{"reclaims memory", "reclaim", "<path d=\"M0 0h1v4h-1z\" class=\"hatch\"/>", 4, 0},
	{"events lost", "lost", "<path d=\"M0 0h7M0 0v7\" class=\"cross\"/>", 7, 45},
};

const char *hu_svg_fill_name(enum hu_svg_fill fill)
{
	return fills[fill].name;
}

void hu_svg_patterns(struct hu_svg *s, unsigned int used)
{
	hu_out_puts(s->to, "<defs>");
	for (int i = 0; i < HU_FILLS; i++) {
		if (!(used & 1u << i) || !fills[i].marks)
			continue;
		hu_out_printf(s->to,
			      "<pattern id=\"%s%d\" width=\"%d\" height=\"%d\" "
			      "patternUnits=\"userSpaceOnUse\"",
			      s->id, i, fills[i].size, fills[i].size);
		if (fills[i].turn)
			hu_out_printf(s->to, " patternTransform=\"rotate(%d)\"", fills[i].turn);
		hu_out_printf(s->to, "><path d=\"M0 0h%dv%dh-%dz\" class=\"%s\"/>%s</pattern>",
			      fills[i].size, fills[i].size, fills[i].size, fills[i].ground,
			      fills[i].marks);
	}
	hu_out_puts(s->to, "</defs>\n");
}

static void text_at(struct hu_svg *s, int x, int y, const char *class, const char *anchor)
{
	hu_out_puts(s->to, "<text");
	attribute(s->to, "x", x);
	attribute(s->to, "y", y);
	if (class)
		hu_out_printf(s->to, " class=\"%s\"", class);
	if (anchor)
		hu_out_printf(s->to, " text-anchor=\"%s\"", anchor);
	hu_out_putc(s->to, '>');
}

void hu_svg_text(struct hu_svg *s, int x, int y, const char *class, const char *anchor,
		 struct hu_str text)
{
	text_at(s, x, y, class, anchor);
	hu_escape_html(s->to, text);
	hu_out_puts(s->to, "</text>");
}

void hu_svg_line(struct hu_svg *s, int x1, int y1, int x2, int y2, const char *class)
{
	hu_out_puts(s->to, "<line");
	attribute(s->to, "x1", x1);
	attribute(s->to, "y1", y1);
	attribute(s->to, "x2", x2);
	attribute(s->to, "y2", y2);
	hu_out_printf(s->to, " class=\"%s\"/>", class);
}

static void rect(struct hu_svg *s, int x, int y, int width, int height)
{
	hu_out_puts(s->to, "<rect");
	attribute(s->to, "x", x);
	attribute(s->to, "y", y);
	attribute(s->to, "width", width);
	attribute(s->to, "height", height);
}

void hu_svg_rect(struct hu_svg *s, int x, int y, int width, int height, const char *class)
{
	rect(s, x, y, width, height);
	/* An attribute: as a property of CSS it is of SVG 2 alone. */
	if (!strcmp(class, "plate"))
		hu_out_puts(s->to, " rx=\"2\"");
	else if (strstr(class, "lock"))
		hu_out_puts(s->to, " rx=\"13\"");
	hu_out_printf(s->to, " class=\"%s\"/>", class);
}

void hu_svg_filled(struct hu_svg *s, int x, int y, int width, int height, enum hu_svg_fill fill)
{
	rect(s, x, y, width, height);
	if (fills[fill].marks)
		hu_out_printf(s->to, " fill=\"url(#%s%d)\"/>", s->id, (int)fill);
	else
		hu_out_printf(s->to, " class=\"%s\"/>", fills[fill].ground);
}

void hu_svg_title(struct hu_svg *s, struct hu_str text)
{
	hu_out_puts(s->to, "<title>");
	hu_escape_html(s->to, text);
	hu_out_puts(s->to, "</title>");
}

int hu_svg_width(const struct hu_svg *s, struct hu_str text)
{
	size_t columns = hu_escape_columns(text);

	return (int)(columns > 500 ? 500 : columns) * (s->narrow ? 70 : 64);
}

void hu_svg_plate(struct hu_svg *s, int x, int y, int width, struct hu_str text)
{
	int w = hu_svg_width(s, text) + 60;

	hu_svg_rect(s, x + (width - w) / 2, y - 100, w, 130, "plate");
	hu_svg_text(s, x + width / 2, y, NULL, "middle", text);
}

int hu_svg_legend(struct hu_svg *s, int left, int right, int y, unsigned int used)
{
	int x = left, row = 0;

	for (int i = 0; i < HU_FILLS; i++) {
		struct hu_str name = hu_str(fills[i].name);
		if (!(used & 1u << i))
			continue;
		int w = 220 + hu_svg_width(s, name) + 120;
		if (x > left && x + w - 120 > right) {
			x = left;
			row++;
		}
		hu_svg_filled(s, x, y + row * 160, 160, 100, (enum hu_svg_fill)i);
		hu_svg_rect(s, x, y + row * 160, 160, 100, "outline");
		hu_svg_text(s, x + 220, y + row * 160 + 90, "tick", NULL, name);
		x += w;
	}
	return x > left || row ? (row + 1) * 16 : 0;
}

void hu_svg_fit(struct hu_out *to, struct hu_str text, int columns)
{
	bool cut, any = false;
	size_t most = columns > 1 ? (size_t)columns : 1, bytes = most * 4;
	struct hu_str part = hu_escape_cut(text, bytes, &cut);

	while (hu_escape_columns(part) + (cut || any) > most && part.len) {
		part = hu_escape_cut(part, part.len - 1, &any);
		any = true;
	}
	hu_out_str(to, part);
	if (cut || any)
		hu_out_puts(to, "…");
}
