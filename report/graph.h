/*
 * report/graph.h - where the nodes of the wait-for graph stand. Side by side, a column for each
 * step from the victim to the root, where that fits; else below one another, indented.
 */
#ifndef HU_GRAPH_H
#define HU_GRAPH_H

#include "report/draw.h"
#include "report/svg.h"

enum { HU_GRAPH_NODES = 40, HU_GRAPH_LINES = 8, HU_GRAPH_LINE = 14 /* pixels */ };

struct hu_graph_line {
	struct hu_str text;
	const char *class; /* NULL: as it is */
};

struct hu_graph_box {
	const struct hu_page_node *node;
	size_t parent, closes; /* SIZE_MAX: none */
	int depth, row;
	bool main; /* on the way from the victim to the end of its longest wait */
	bool leaf;
	int x, y, width, height; /* tenths of a pixel */
	struct hu_graph_line lines[HU_GRAPH_LINES];
	size_t line_count;
};

struct hu_graph {
	struct hu_graph_box at[HU_GRAPH_NODES];
	size_t count, left_out;
	bool columns; /* side by side */
	bool circle;
	int height; /* pixels */
};

/* False: there is nothing to draw. Texts are kept with the page. */
bool hu_graph_lay(struct hu_graph *g, const struct hu_svg *svg, struct hu_page *page,
		  const struct hu_page_incident *in);

#endif
