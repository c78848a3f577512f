/* Draws the wait-for graph: boxes, the lines that hang them together, and of a deadlock the way
 * back to where its circle closes. */
#include "report/draw.h"
#include "report/escape.h"
#include "report/graph.h"

/* Where a line leaves or reaches a box: as far below its upper edge. */
enum { JOINT = 180 };

static void move(struct hu_out *to, char how, int x, int y)
{
	hu_out_putc(to, how);
	hu_svg_tenths(to, x);
	hu_out_putc(to, ',');
	hu_svg_tenths(to, y);
}

/* An arrow head that points right (or left) at x, y. */
static void tip(struct hu_svg *s, int x, int y, bool left, bool back)
{
	hu_out_printf(s->to, "<path class=\"tip%s\" d=\"", back ? " back" : "");
	move(s->to, 'M', x, y);
	hu_out_puts(s->to, left ? "l7,-4v8z\"/>\n" : "l-7,-4v8z\"/>\n");
}

static void join(struct hu_svg *s, const struct hu_graph *g, const struct hu_graph_box *b)
{
	const struct hu_graph_box *p = &g->at[b->parent];
	int y1 = p->y + JOINT, y2 = b->y + JOINT;

	hu_out_printf(s->to, "<path class=\"link%s\" d=\"", b->main ? " main" : "");
	if (!g->columns) {
		move(s->to, 'M', p->x + 80, p->y + p->height);
		move(s->to, 'L', p->x + 80, y2);
	} else if (y1 == y2) {
		move(s->to, 'M', p->x + p->width, y1);
	} else {
		move(s->to, 'M', p->x + p->width, y1);
		move(s->to, 'L', p->x + p->width + 90, y1);
		move(s->to, 'L', p->x + p->width + 90, y2);
	}
	move(s->to, 'L', b->x - 50, y2);
	hu_out_puts(s->to, "\"/>");
	tip(s, b->x, y2, false, false);
}

/* From the box that stands for a task further up, around the others, back to it. */
static void close(struct hu_svg *s, const struct hu_graph *g, const struct hu_graph_box *b)
{
	const struct hu_graph_box *up = &g->at[b->closes];
	int y1 = b->y + JOINT, y2 = up->y + JOINT + 120;

	if (y2 > up->y + up->height - 40)
		y2 = up->y + up->height - 40;
	hu_out_puts(s->to, "<path class=\"link back\" d=\"");
	move(s->to, 'M', b->x + b->width, y1);
	if (g->columns) {
		int foot = 10 * g->height - 90;
		move(s->to, 'L', b->x + b->width + 100, y1);
		move(s->to, 'L', b->x + b->width + 100, foot);
		move(s->to, 'L', up->x - 120, foot);
		move(s->to, 'L', up->x - 120, y2);
		move(s->to, 'L', up->x - 50, y2);
	} else {
		int lane = (s->narrow ? HU_SVG_NARROW : HU_SVG_WIDE) - 60;
		move(s->to, 'L', lane, y1);
		move(s->to, 'L', lane, y2);
		move(s->to, 'L', up->x + up->width + 50, y2);
	}
	hu_out_puts(s->to, "\"/>");
	tip(s, g->columns ? up->x : up->x + up->width, y2, !g->columns, true);
}

static const char *class_of(const struct hu_page_node *n)
{
	static const char *const kinds[] = {"victim", "lock",	"reason", "cpu", "task",
					    "device", "nobody", "circle", "more"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (hu_str_is(n->kind, kinds[i]))
			return kinds[i];
	return "more";
}

static void box(struct hu_svg *s, const struct hu_graph_box *b)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out class = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};

	hu_out_printf(&class, "node %s", class_of(b->node));
	hu_out_puts(s->to, "<g>");
	hu_svg_fit(&title, b->node->label, 200);
	if (b->node->detail.len) {
		hu_out_puts(&title, ": ");
		hu_svg_fit(&title, b->node->detail, 300);
	}
	if (b->node->how.len) {
		hu_out_puts(&title, "; how known: ");
		hu_out_str(&title, b->node->how);
	}
	hu_svg_title(s, hu_out_view(&title));
	hu_svg_rect(s, b->x, b->y, b->width, b->height, class.at);
	if (hu_str_is(b->node->kind, "task"))
		hu_svg_rect(s, b->x, b->y, 50, b->height, "root");
	for (size_t i = 0; i < b->line_count; i++)
		hu_svg_text(s, b->x + 100, b->y + 10 + 10 * HU_GRAPH_LINE * (int)(i + 1),
			    b->lines[i].class, NULL, b->lines[i].text);
	hu_out_puts(s->to, "</g>\n");
}

static void describe(struct hu_svg *s, const struct hu_graph *g)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (size_t i = 0; i < g->count; i++) {
		const struct hu_page_node *n = g->at[i].node;
		hu_out_clear(&text);
		if (i) {
			hu_svg_fit(&text, g->at[g->at[i].parent].node->label, 60);
			hu_out_putc(&text, ' ');
			hu_svg_fit(&text, n->edge, 60);
			hu_out_putc(&text, ' ');
		}
		hu_svg_fit(&text, n->label, 60);
		if (n->detail.len) {
			hu_out_puts(&text, " (");
			hu_svg_fit(&text, n->detail, 100);
			hu_out_putc(&text, ')');
		}
		hu_out_puts(&text, ". ");
		hu_escape_html(s->to, hu_out_view(&text));
	}
}

/* A wait of which nothing is known is no graph. */
static bool is_worth(const struct hu_page_incident *in)
{
	return in->node_count > 2 ||
	       (in->node_count == 2 && !hu_str_is(in->nodes[1].kind, "nobody"));
}

void hu_figure_graph(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		     const struct hu_detail *detail)
{
	size_t number = (size_t)(in - page->incidents) + 1;
	struct hu_graph *g = hu_page_alloc(page, sizeof(*g));

	if (!is_worth(in) || !detail->lanes)
		return;
	for (int narrow = 0; narrow < 2; narrow++) {
		struct hu_svg s = {.to = to, .narrow = narrow};
		if (!hu_graph_lay(g, &s, page, in))
			return;
		if (!narrow)
			hu_out_puts(to, "<figure>\n");
		hu_svg_name(&s, 'g', number, 0);
		hu_svg_begin(&s, narrow ? HU_SVG_NARROW : HU_SVG_WIDE, g->height,
			     hu_str("Who waited for whom, from the victim to the root"));
		describe(&s, g);
		hu_svg_body(&s);
		for (size_t i = 1; i < g->count; i++)
			join(&s, g, &g->at[i]);
		for (size_t i = 0; i < g->count; i++)
			if (g->at[i].closes != SIZE_MAX)
				close(&s, g, &g->at[i]);
		for (size_t i = 0; i < g->count; i++)
			box(&s, &g->at[i]);
		hu_svg_end(&s);
	}
	hu_out_puts(to, "<figcaption>The worst one. Thick: the way of most of its time.");
	if (g->circle)
		hu_out_puts(to, " Dashed: the circle, which nobody in it can leave.");
	if (g->left_out)
		hu_out_printf(to, " %zu further nodes are left out.", g->left_out);
	hu_out_puts(to, " The table below has all of it.</figcaption>\n</figure>\n");
}
