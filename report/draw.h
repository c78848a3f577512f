/*
 * report/draw.h - what a page is made of. page.c says what stands where, once; html.c and
 * markdown.c draw it. Texts are plain (`…` in backticks is code); only the drawers escape.
 */
#ifndef HU_DRAW_H
#define HU_DRAW_H

#include "report/phrase.h"

/* How much of everything a page shows; coarser ones keep a huge report below its size. */
struct hu_detail {
	size_t incidents, holders, links, evidence, fixes, items, lanes, bars, points, buckets;
	size_t sources, losses, facts, frames, stacks, shrinkers, text;
	size_t flames; /* frames of one flame graph */
};

enum hu_cell_kind { HU_CELL_TEXT, HU_CELL_NUMBER, HU_CELL_CODE, HU_CELL_TAG, HU_CELL_BAR };

struct hu_cell {
	enum hu_cell_kind kind;
	enum hu_tone tone;
	int depth;    /* indentation */
	double share; /* of HU_CELL_BAR, 0..1 */
	struct hu_str text;
	struct hu_str small; /* a second, quieter line; or empty */
	struct hu_str href;  /* where the text leads; of [A-Za-z0-9._/#-] alone, or empty */
};

struct hu_column {
	const char *label;
	enum hu_cell_kind kind; /* numbers stand right */
};

struct hu_table {
	struct hu_str caption;
	const struct hu_column *columns;
	size_t width;
	struct hu_cell *cells; /* row by row */
	size_t count;
	bool total; /* the last row sums the others up */
};

/* One commit of a known fix. */
struct hu_commit {
	struct hu_str hash, subject;
	struct hu_str does; /* fixes, helps, introduces … */
};

struct hu_draw {
	void (*begin)(struct hu_out *to, struct hu_page *page);
	/* Level 2 and deeper; `tag` may be NULL. `anchor` is [a-zA-Z0-9-] only. */
	void (*heading)(struct hu_out *to, int level, struct hu_str text, const char *anchor,
			const char *tag, enum hu_tone tone);
	void (*para)(struct hu_out *to, struct hu_str text, enum hu_tone tone);
	void (*box)(struct hu_out *to, const struct hu_box_line *lines, size_t count);
	void (*list)(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered);
	/* Something to be read before the rest. */
	void (*aside)(struct hu_out *to, enum hu_tone tone, const char *title,
		      const struct hu_str *items, size_t count);
	void (*table)(struct hu_out *to, const struct hu_table *table);
	void (*figure)(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail);
	/* Figures beside the timeline; NULL: this form has a table or a text instead. */
	void (*latency)(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
			const struct hu_detail *detail);
	void (*graph)(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		      const struct hu_detail *detail);
	void (*flames)(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail);
	void (*chain)(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		      const struct hu_detail *detail);
	/* A stack: frames, one a line. */
	void (*listing)(struct hu_out *to, struct hu_str title, struct hu_str lines);
	/* NULL: they are a list like others. */
	void (*commits)(struct hu_out *to, const struct hu_commit *at, size_t count);
	void (*links)(struct hu_out *to, const struct hu_str *urls, size_t count);
	void (*end)(struct hu_out *to, struct hu_page *page);
};

/* Draws all of it, as fine as fits into `limit` bytes. */
void hu_draw_page(const struct hu_draw *draw, struct hu_page *page, size_t limit,
		  struct hu_out *to);

/* The drawers themselves, for pages that are no report. */
const struct hu_draw *hu_html_drawer(void);
const struct hu_draw *hu_markdown_drawer(void);
/* What stands before the body of an HTML page and around its chapters. */
void hu_html_head(struct hu_out *to, struct hu_str title);
void hu_html_header(struct hu_out *to, struct hu_str where, const char *outcome, enum hu_tone tone,
		    struct hu_str title, struct hu_str lead);
void hu_html_nav(struct hu_out *to, size_t start); /* when all is drawn */

/* figure.c: the timeline as two SVG drawings, one for wide and one for narrow screens. */
void hu_figure_svg(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail);
/* figure_latency.c: how long the calls took, as a <figure> with a table folded behind it. */
void hu_figure_latency(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail);
/* graph_svg.c: who waited for whom, as a <figure>; nothing where that is one step. */
void hu_figure_graph(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		     const struct hu_detail *detail);
/* flame_svg.c: each flame graph as a <figure>, its widest frames as text behind it. */
void hu_figure_flames(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		      const struct hu_detail *detail);
/* flame_text.c: its widest frames as lines of text, 76 columns wide. */
void hu_flame_text(struct hu_out *to, const struct hu_page_flame *f);
/* figure_text.c: the timeline as lines of text, 76 columns wide. */
void hu_figure_text(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		    const struct hu_detail *detail);
/* What stretch of the window the figure shows; false if there is nothing to draw. */
bool hu_figure_range(const struct hu_page *page, const struct hu_page_incident *in, int64_t *from,
		     int64_t *to);
/* A step of 1, 2 or 5 times a power of ten that cuts `span` into at most `most` parts. */
int64_t hu_figure_step(int64_t span, int most);
/* What was left out of the figure, and how to read it: a caption. */
void hu_figure_caption(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		       const struct hu_detail *detail);

#endif
