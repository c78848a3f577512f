/*
 * report.txt: for a mail, to a kernel list above all. Text of 75 columns without any markup, our
 * own punctuation in ASCII; stacks as the kernel prints them and tags as its commits have them,
 * neither of which is ever folded.
 */
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/plain.h"
#include "report/render.h"

enum { LABEL = 17 };

static void begin(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out where = {0}, line = {0};
	struct hu_str title = hu_phrase_cut(page, hu_phrase_title(page), 240);
	enum hu_tone tone;

	hu_plain_say(to, title, 0);
	hu_out_putc(to, '\n');
	hu_out_puts(&line, hu_phrase_outcome(page, &tone));
	if (!hu_str_eq(hu_phrase_title(page), page->verdict.sentence)) {
		hu_out_puts(&line, ": ");
		hu_out_str(&line, hu_phrase_cut(page, page->verdict.sentence, 700));
	}
	hu_plain_say(to, hu_out_view(&line), 0);
	hu_out_putc(to, '\n');
	hu_phrase_where(&where, page);
	hu_plain_say(to, hu_phrase_cut(page, hu_out_view(&where), 300), 0);
	hu_out_putc(to, '\n');
}

static void heading(struct hu_out *to, int level, struct hu_str text, const char *anchor,
		    const char *label, enum hu_tone tone)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};

	(void)anchor;
	(void)tone;
	hu_plain_rich(&line, text);
	if (label)
		hu_out_printf(&line, " (%s)", label);
	size_t columns = hu_escape_columns(hu_out_view(&line));
	if (level == 2)
		hu_out_putc(to, '\n');
	hu_plain_fold(to, hu_out_view(&line), 0);
	for (size_t i = 0; level == 2 && i < columns && i < HU_PLAIN_WIDTH; i++)
		hu_out_putc(to, '-');
	hu_out_putc(to, '\n');
	if (level == 2)
		hu_out_putc(to, '\n');
}

static void para(struct hu_out *to, struct hu_str text, enum hu_tone tone)
{
	(void)tone;
	hu_plain_say(to, text, 0);
	hu_out_putc(to, '\n');
}

static void box(struct hu_out *to, const struct hu_box_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
		hu_out_printf(to, "%-*s", LABEL, lines[i].label);
		hu_out_str(&line, lines[i].value);
		if (lines[i].detail.len) {
			hu_out_puts(&line, "; ");
			hu_out_str(&line, lines[i].detail);
		}
		hu_plain_say(to, hu_out_view(&line), LABEL);
	}
	hu_out_putc(to, '\n');
}

static void list(struct hu_out *to, const struct hu_str *items, size_t count, bool ordered)
{
	for (size_t i = 0; i < count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out mark = {0};
		if (ordered)
			hu_out_printf(&mark, "%zu. ", i + 1);
		else
			hu_out_puts(&mark, "- ");
		hu_out_str(to, hu_out_view(&mark));
		hu_plain_say(to, items[i], mark.len);
	}
	hu_out_putc(to, '\n');
}

static void aside(struct hu_out *to, enum hu_tone tone, const char *title,
		  const struct hu_str *items, size_t count)
{
	(void)tone;
	hu_out_printf(to, "%s%s\n", title, count ? ":" : ".");
	list(to, items, count, false);
}

static int by_begin(const void *a, const void *b)
{
	const struct hu_page_bar *x = *(const struct hu_page_bar *const *)a,
				 *y = *(const struct hu_page_bar *const *)b;

	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return (x > y) - (x < y);
}

static int by_length(const void *a, const void *b)
{
	const struct hu_page_bar *x = *(const struct hu_page_bar *const *)a,
				 *y = *(const struct hu_page_bar *const *)b;
	int64_t left = x->to_ns - x->from_ns, right = y->to_ns - y->from_ns;

	return left != right ? (left > right ? -1 : 1) : by_begin(a, b);
}

/* No picture: who waited and who held, in the order of time; of many the longest. */
static void figure(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		   const struct hu_detail *detail)
{
	const struct hu_page_bar **bars;
	const size_t most = 16;
	size_t all = 0, n = 0;

	(void)detail;
	for (size_t i = 0; i < in->lane_count; i++)
		all += in->lanes[i].bar_count;
	bars = hu_alloc((all + 1) * sizeof(struct hu_page_bar *));
	for (size_t i = 0; i < in->lane_count; i++) {
		const struct hu_page_lane *l = &in->lanes[i];
		if (!hu_str_is(l->kind, "victim") && !hu_str_is(l->kind, "holder"))
			continue;
		for (size_t k = 0; k < l->bar_count; k++)
			if (l->bars[k].from_ns != HU_OPEN && l->bars[k].to_ns != HU_OPEN &&
			    l->bars[k].from_ns <= l->bars[k].to_ns &&
			    l->bars[k].from_ns > -(INT64_C(1) << 60) &&
			    l->bars[k].to_ns < INT64_C(1) << 60)
				bars[n++] = &l->bars[k];
	}
	if (n > 1)
		qsort(bars, n, sizeof(struct hu_page_bar *), by_length);
	all = n;
	n = n < most ? n : most;
	if (n > 1)
		qsort(bars, n, sizeof(struct hu_page_bar *), by_begin);
	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out line = {0}, text = {0};
		hu_phrase_stamp(&line, page, bars[i]->from_ns);
		hu_out_puts(&line, " to ");
		hu_phrase_stamp(&line, page, bars[i]->to_ns);
		hu_out_puts(&line, "  ");
		hu_out_str(to, hu_out_view(&line));
		hu_plain_rich(&text,
			      hu_escape_cut(bars[i]->title.len ? bars[i]->title : bars[i]->label,
					    500, NULL));
		hu_plain_fold(to, hu_out_view(&text), line.len < 40 ? line.len : 4);
	}
	if (n < all)
		hu_out_printf(to, "These are the %zu longest of %zu stretches.\n", n, all);
	hu_out_putc(to, '\n');
	free(bars);
}

static void chain(struct hu_out *to, struct hu_page *page, const struct hu_page_incident *in,
		  const struct hu_detail *detail)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0}, line = {0};
	struct hu_chain_row *rows;
	size_t n = hu_phrase_chain(page, in, detail->links, &rows);

	for (size_t i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_clear(&head);
		hu_out_clear(&line);
		size_t columns = hu_phrase_chain_head(&head, rows, n, i);
		hu_plain_ascii(&line, hu_out_view(&head));
		hu_out_str(to, hu_out_view(&line));
		hu_plain_rich(&text, hu_phrase_cut(page, rows[i].text, detail->text));
		if (rows[i].how.len) {
			hu_out_puts(&text, " (");
			hu_plain_safe(&text, hu_escape_cut(rows[i].how, 100, NULL));
			hu_out_putc(&text, ')');
		}
		hu_plain_fold(to, hu_out_view(&text), columns + (rows[i].depth ? 1 : 0));
	}
	hu_out_putc(to, '\n');
}

/* As the kernel prints a stack; offsets are in no capture. */
static void listing(struct hu_out *to, struct hu_str title, struct hu_str lines)
{
	struct hu_str one;

	hu_plain_say(to, title, 0);
	hu_out_puts(to, "Call Trace:\n <TASK>\n");
	while (hu_str_line(&lines, &one)) {
		hu_out_putc(to, ' ');
		hu_plain_safe(to, one);
		hu_out_putc(to, '\n');
	}
	hu_out_puts(to, " </TASK>\n\n");
}

/*
 * As commits carry them. "Fixes:" names the commit that brought a fault, wherever one stands on a
 * list; the one that ended it is "Fixed-by:".
 */
static void commits(struct hu_out *to, const struct hu_commit *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *tag = hu_str_is(at[i].does, "introduces") ? "Fixes"
				  : hu_str_is(at[i].does, "fixes")    ? "Fixed-by"
								      : "See-also";
		hu_out_printf(to, "%s: ", tag);
		hu_plain_safe(to, at[i].hash);
		hu_out_puts(to, " (\"");
		hu_plain_safe(to, at[i].subject);
		hu_out_puts(to, "\")\n");
	}
}

static void links(struct hu_out *to, const struct hu_str *urls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hu_out_puts(to, "Link: ");
		hu_plain_safe(to, hu_escape_cut(urls[i], 1000, NULL));
		hu_out_putc(to, '\n');
	}
	hu_out_putc(to, '\n');
}

static void end(struct hu_out *to, struct hu_page *page)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};

	hu_out_puts(&line, "Made by holdup " HU_VERSION " from the bundle ");
	hu_out_str(&line, hu_phrase_cut(page, page->bundle_name, 300));
	hu_out_putc(&line, '.');
	hu_out_putc(to, '\n');
	hu_plain_say(to, hu_out_view(&line), 0);
	if (page->bundle_sha256.len) {
		hu_out_puts(to, "sha256 ");
		hu_plain_safe(to, hu_escape_cut(page->bundle_sha256, 100, NULL));
		hu_out_putc(to, '\n');
	}
}

void hu_render_plain(struct hu_page *page, struct hu_out *to)
{
	static const struct hu_draw draw = {
		.begin = begin,
		.heading = heading,
		.para = para,
		.box = box,
		.list = list,
		.aside = aside,
		.table = hu_plain_table,
		.figure = figure,
		.chain = chain,
		.listing = listing,
		.commits = commits,
		.links = links,
		.end = end,
	};

	/* Lists refuse what is much longer than this. */
	hu_draw_page(&draw, page, 40000, to);
}
