/*
 * Lays the graph out. It is a tree, so two nodes never want the same place: each has a row of its
 * own, or shares it with the one it hangs on. Shaped for 2 to 20 nodes.
 */
#include "report/graph.h"

#include "report/escape.h"

enum {
	GAP = 260,    /* between two columns: room for an arrow */
	MARGIN = 160, /* for the way back of a circle */
	LEAST = 1240, /* a column narrower than that is no box */
	MOST = 1900,
	BETWEEN = 120, /* rows */
	PAD = 80
};

static size_t find(const struct hu_graph *g, int64_t node)
{
	for (size_t i = 0; i < g->count; i++)
		if (node != HU_OPEN && g->at[i].node->node == node)
			return i;
	return SIZE_MAX;
}

/* Nodes in their order: a parent stands before its children, and what hangs on nothing is no part
 * of the graph. */
static void collect(struct hu_graph *g, const struct hu_page_incident *in)
{
	for (size_t i = 0; i < in->node_count; i++) {
		const struct hu_page_node *n = &in->nodes[i];
		size_t parent = find(g, n->parent);
		if ((i && parent == SIZE_MAX) || g->count == HU_GRAPH_NODES) {
			g->left_out++;
			continue;
		}
		struct hu_graph_box *b = &g->at[g->count];
		*b = (struct hu_graph_box){
			.node = n, .parent = parent, .closes = SIZE_MAX, .leaf = true};
		b->depth = parent == SIZE_MAX ? 0 : g->at[parent].depth + 1;
		if (parent != SIZE_MAX)
			g->at[parent].leaf = false;
		g->count++;
	}
	for (size_t i = 0; i < g->count; i++)
		if (hu_str_is(g->at[i].node->kind, "circle"))
			g->at[i].closes = find(g, g->at[i].node->closes);
	for (size_t i = 0; i < g->count; i++)
		g->circle |= g->at[i].closes != SIZE_MAX;
}

static size_t next_child(const struct hu_graph *g, size_t parent, size_t after)
{
	for (size_t i = after; i < g->count; i++)
		if (g->at[i].parent == parent)
			return i;
	return SIZE_MAX;
}

/* One below the other; a first child stands for the longest wait. Returns the next free row. */
static int place(struct hu_graph *g, size_t at, int row)
{
	bool first = true;

	g->at[at].row = row++;
	for (size_t i = next_child(g, at, at + 1); i != SIZE_MAX; i = next_child(g, at, i + 1)) {
		g->at[i].main = first && g->at[at].main;
		row = place(g, i, row);
		first = false;
	}
	return row;
}

/* How far down each column is taken, and each gap behind it by lines that go down in it. */
struct taken {
	int column[HU_GRAPH_NODES], gap[HU_GRAPH_NODES];
};

/* Side by side: a first child stands level with its parent where that is free; others below. Lines
 * of two parents never go down at the same place. */
static void place_beside(struct hu_graph *g, struct taken *t, size_t at, int y)
{
	struct hu_graph_box *b = &g->at[at];
	int last = 0;

	y = y > t->column[b->depth] ? y : t->column[b->depth];
	if (!b->leaf)
		y = y > t->gap[b->depth] ? y : t->gap[b->depth];
	b->y = y;
	t->column[b->depth] = y + b->height + BETWEEN;
	for (size_t i = next_child(g, at, at + 1); i != SIZE_MAX; i = next_child(g, at, i + 1)) {
		place_beside(g, t, i, y);
		last = g->at[i].y;
	}
	if (!b->leaf)
		t->gap[b->depth] = last + 40;
}

static void add_line(struct hu_graph_box *b, struct hu_str text, const char *class)
{
	if (b->line_count < HU_GRAPH_LINES && text.len)
		b->lines[b->line_count++] = (struct hu_graph_line){text, class};
}

/* As many columns of `text` as fit into a line, cut behind a blank if there is one. */
static struct hu_str one_line(struct hu_str *text, int columns)
{
	struct hu_str line = *text;
	bool cut;

	if (hu_escape_columns(line) <= (size_t)columns) {
		*text = (struct hu_str){NULL, 0};
		return line;
	}
	line = hu_escape_cut(line, (size_t)columns * 4, &cut);
	while (line.len && hu_escape_columns(line) > (size_t)columns)
		line = hu_escape_cut(line, line.len - 1, &cut);
	size_t blank = line.len;
	while (blank && line.at[blank - 1] != ' ')
		blank--;
	if (blank > 1)
		line.len = blank;
	if (!line.len) /* one character wider than the box */
		line = (struct hu_str){text->at, text->len};
	*text = hu_str_skip(*text, line.len);
	return line;
}

static void wrap(struct hu_graph_box *b, struct hu_page *page, struct hu_str text, int columns,
		 int most, const char *class)
{
	bool cut;
	struct hu_str rest = hu_escape_cut(text, 1000, &cut);

	for (int i = 0; rest.len && i < most; i++) {
		if (i + 1 == most) {
			HU_CLEANUP(hu_out_deinit) struct hu_out last = {0};
			hu_svg_fit(&last, rest, columns);
			add_line(b, hu_page_keep(page, hu_out_view(&last)), class);
			return;
		}
		add_line(b, one_line(&rest, columns), class);
	}
}

static struct hu_str time_of(struct hu_page *page, const struct hu_page_node *n)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};

	if (n->ns == HU_OPEN || n->ns <= 0 || hu_str_is(n->kind, "victim"))
		return (struct hu_str){NULL, 0};
	hu_phrase_duration(&s, n->ns);
	HU_CLEANUP(hu_out_deinit) struct hu_out share = {0};
	hu_phrase_share(&share, n->share);
	if (share.len)
		hu_out_printf(&s, " · %s", share.at);
	return hu_page_keep(page, hu_out_view(&s));
}

static void fill(struct hu_graph_box *b, const struct hu_svg *svg, struct hu_page *page, int width)
{
	const struct hu_page_node *n = b->node;
	int columns = (width - 160) / (svg->narrow ? 70 : 64);
	int bold = (width - 160) / (svg->narrow ? 82 : 74);

	b->width = width;
	b->line_count = 0;
	wrap(b, page, hu_str_is(n->kind, "victim") ? hu_str("waited") : n->edge, columns, 2,
	     "tick");
	wrap(b, page, n->label, bold, 2, "strong");
	wrap(b, page, n->detail, columns, 3, NULL);
	add_line(b, time_of(page, n), "note");
	b->height = 10 * HU_GRAPH_LINE * (int)b->line_count + PAD + 20;
}

static void rows(struct hu_graph *g, int top)
{
	struct taken taken = {{0}, {0}};
	int y = top, foot = 0;

	for (int row = 0; row < (int)g->count && !g->columns; row++)
		for (size_t i = 0; i < g->count; i++)
			if (g->at[i].row == row) {
				g->at[i].y = y;
				y += g->at[i].height + BETWEEN;
			}
	if (g->columns)
		place_beside(g, &taken, 0, top);
	for (size_t i = 0; i < g->count; i++)
		if (g->at[i].y + g->at[i].height > foot)
			foot = g->at[i].y + g->at[i].height;
	g->height = foot / 10 + 2;
	/* the way back runs below all */
	if (g->circle && g->columns)
		g->height += 18;
}

bool hu_graph_lay(struct hu_graph *g, const struct hu_svg *svg, struct hu_page *page,
		  const struct hu_page_incident *in)
{
	int deepest = 0, width = svg->narrow ? HU_SVG_NARROW : HU_SVG_WIDE;

	*g = (struct hu_graph){0};
	collect(g, in);
	if (g->count < 2)
		return false;
	for (size_t i = 0; i < g->count; i++)
		deepest = g->at[i].depth > deepest ? g->at[i].depth : deepest;
	int side = g->circle ? MARGIN : 20;
	int each = (width - 2 * side - deepest * GAP) / (deepest + 1);
	g->columns = !svg->narrow && each >= LEAST;
	each = each > MOST ? MOST : each;
	g->at[0].main = true;
	place(g, 0, 0);
	/* Steps get smaller where there are many, so that a box stays wide enough to read. */
	int step = deepest ? (width - 2 * side) * 45 / 100 / deepest : 0;
	step = step > 240 ? 240 : step;
	for (size_t i = 0; i < g->count; i++) {
		struct hu_graph_box *b = &g->at[i];
		if (g->columns) {
			b->x = side + b->depth * (each + GAP);
			fill(b, svg, page, each);
		} else {
			int room = width - side - (20 + b->depth * step) - 20;
			b->x = 20 + b->depth * step;
			fill(b, svg, page, room > 4200 ? 4200 : room);
		}
	}
	rows(g, 20);
	return true;
}
