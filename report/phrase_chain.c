/*
 * The chain as rows: one unit for all times, and shares that add up to the whole as they are
 * printed. Who adds the column up at 03:00 gets 100.0 %.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "report/escape.h"
#include "report/phrase.h"

enum { DEEPEST = 6 };

/* What times are printed in: parts of `ns`, `decimals` of them behind the point of `unit`. */
struct scale {
	int64_t ns;
	int decimals;
	const char *unit;
};

static struct scale scale_of(int64_t total)
{
	static const struct {
		int64_t from;
		struct scale scale;
	} scales[] = {
		{1000 * HU_NS_PER_S, {HU_NS_PER_S, 0, "s"}},
		{HU_NS_PER_S, {HU_NS_PER_MS, 0, "ms"}},
		{100 * HU_NS_PER_MS, {HU_NS_PER_MS / 10, 1, "ms"}},
		{HU_NS_PER_MS, {HU_NS_PER_MS / 100, 2, "ms"}},
		{INT64_C(10000), {100, 1, "µs"}},
		{0, {1, 0, "ns"}},
	};

	for (size_t i = 0;; i++)
		if (total >= scales[i].from)
			return scales[i].scale;
}

static void say_time(struct hu_out *to, struct scale scale, int64_t parts, bool some)
{
	static const int64_t tens[] = {1, 10, 100};

	if (!parts && some) {
		hu_out_puts(to, "<");
		parts = 1;
	}
	hu_out_grouped(to, parts / tens[scale.decimals]);
	if (scale.decimals)
		hu_out_printf(to, ".%0*" PRId64, scale.decimals, parts % tens[scale.decimals]);
	hu_out_printf(to, " %s", scale.unit);
}

static void say_share(struct hu_out *to, int64_t tenths, bool some)
{
	if (!tenths && some)
		hu_out_puts(to, "<0.1 %");
	else
		hu_out_printf(to, "%" PRId64 ".%" PRId64 " %%", tenths / 10, tenths % 10);
}

/* One number of a column that has to add up: what its rounding down leaves. */
struct portion {
	double rest;
	size_t at;
};

static int most_left(const void *a, const void *b)
{
	const struct portion *x = a, *y = b;

	if (x->rest < y->rest || x->rest > y->rest)
		return x->rest > y->rest ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The rows of the first level: those of the chain, then what they leave. */
struct tops {
	int64_t *ns, *times, *shares;
	struct portion *left;
	size_t count;
	int64_t total;
};

/* Largest remainders: whole numbers that add up to `parts`, each less than one off. */
static void share_out(struct tops *tops, int64_t parts, int64_t *ret)
{
	int64_t left = parts;

	for (size_t i = 0; i < tops->count; i++) {
		double exact = tops->total > 0
				       ? (double)tops->ns[i] / (double)tops->total * (double)parts
				       : 0;
		ret[i] = (int64_t)floor(exact);
		tops->left[i] = (struct portion){exact - (double)ret[i], i};
		left -= ret[i];
	}
	qsort(tops->left, tops->count, sizeof(*tops->left), most_left);
	for (size_t i = 0; i < tops->count && (int64_t)i < left; i++)
		ret[tops->left[i].at]++;
}

static void add_top(struct tops *tops, int64_t ns)
{
	tops->ns[tops->count++] = ns;
	if (__builtin_add_overflow(tops->total, ns, &tops->total))
		tops->total = INT64_MAX;
}

static void begin_tops(struct tops *tops, struct hu_page *page, size_t most)
{
	tops->ns = hu_page_alloc(page, most * sizeof(*tops->ns));
	tops->times = hu_page_alloc(page, most * sizeof(*tops->times));
	tops->shares = hu_page_alloc(page, most * sizeof(*tops->shares));
	tops->left = hu_page_alloc(page, most * sizeof(*tops->left));
}

static int64_t time_of(const struct hu_page_link *l)
{
	return l->ns == HU_OPEN || l->ns < 0 ? 0 : l->ns;
}

struct table {
	struct hu_page *page;
	struct scale scale;
	struct hu_chain_row *rows;
	size_t count;
};

static struct hu_chain_row *row(struct table *t, const char *text)
{
	struct hu_chain_row *r = &t->rows[t->count++];

	*r = (struct hu_chain_row){.text = hu_str(text), .bar = (double)NAN};
	return r;
}

static void numbers(struct table *t, struct hu_chain_row *r, int64_t time, int64_t share, bool some)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};

	say_time(&s, t->scale, time, some);
	r->time = hu_phrase_keep(t->page, &s);
	say_share(&s, share, some);
	r->share = hu_phrase_keep(t->page, &s);
	r->bar = (double)share / 1000;
}

/* Without a whole to be a share of (CPUs that spun): each row as it is. */
static void alone(struct table *t, struct hu_chain_row *r, const struct hu_page_link *l)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};

	hu_phrase_duration(&s, l->ns);
	r->time = hu_phrase_keep(t->page, &s);
	hu_phrase_share(&s, l->share);
	r->share = hu_phrase_keep(t->page, &s);
	r->bar = l->share;
}

static int64_t rounded(int64_t ns, int64_t of)
{
	return ns / of + (ns % of > of / 2);
}

size_t hu_phrase_chain(struct hu_page *page, const struct hu_page_incident *in, size_t most,
		       struct hu_chain_row **ret)
{
	size_t n = in->link_count < most ? in->link_count : most, top = 0, cut_rows = 0;
	struct table t = {.page = page};
	struct tops tops = {0};
	bool whole = in->worst_ns != HU_OPEN && in->worst_ns >= 0;
	int64_t cut = 0, times[DEEPEST + 1] = {0}, shares[DEEPEST + 1] = {0};

	*ret = t.rows = hu_page_alloc(page, (n + 3) * sizeof(*t.rows));
	if (!in->link_count)
		return 0;
	begin_tops(&tops, page, n + 2);
	for (size_t i = 0; i < in->link_count; i++) {
		if (in->links[i].depth > 0)
			continue;
		if (i < n)
			add_top(&tops, time_of(&in->links[i]));
		else if (cut_rows++, __builtin_add_overflow(cut, time_of(&in->links[i]), &cut))
			cut = INT64_MAX;
	}
	if (cut_rows)
		add_top(&tops, cut);
	int64_t rest = whole && in->worst_ns > tops.total ? in->worst_ns - tops.total : 0;
	if (rest)
		add_top(&tops, rest);
	t.scale = scale_of(tops.total);
	int64_t parts = rounded(tops.total, t.scale.ns);
	share_out(&tops, parts, tops.times);
	share_out(&tops, 1000, tops.shares);

	for (size_t i = 0; i < n; i++) {
		const struct hu_page_link *l = &in->links[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		struct hu_chain_row *r = row(&t, "");
		int depth = l->depth < 0 ? 0 : l->depth > DEEPEST ? DEEPEST : (int)l->depth;
		hu_phrase_link(&text, l);
		r->text = hu_phrase_keep(page, &text);
		r->depth = depth;
		r->how = l->how;
		r->waiting = hu_str_is(l->state, "waiting");
		if (!whole) {
			alone(&t, r, l);
			continue;
		}
		int64_t ns = time_of(l), time, share;
		if (!depth) {
			time = tops.times[top];
			share = tops.shares[top++];
		} else {
			/* No more than the row that it stands under. */
			double exact = tops.total > 0 ? (double)ns / (double)tops.total : 0;
			time = rounded(ns, t.scale.ns);
			share = (int64_t)floor(exact * 1000 + 0.5);
			time = time > times[depth - 1] ? times[depth - 1] : time;
			share = share > shares[depth - 1] ? shares[depth - 1] : share;
		}
		for (int d = depth; d <= DEEPEST; d++) {
			times[d] = time;
			shares[d] = share;
		}
		numbers(&t, r, time, share, ns > 0);
	}
	if (!whole)
		return t.count;
	if (cut_rows) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&text, "%zu more, together", cut_rows);
		struct hu_chain_row *r = row(&t, "");
		r->text = hu_phrase_keep(page, &text);
		numbers(&t, r, tops.times[top], tops.shares[top], cut > 0);
		top++;
	}
	if (rest)
		numbers(&t, row(&t, "not told"), tops.times[top], tops.shares[top], true);
	struct hu_chain_row *all =
		row(&t, in->worst_open ? "the whole, as far as the capture saw it" : "the whole");
	all->total = true;
	numbers(&t, all, parts, 1000, false);
	return t.count;
}

size_t hu_phrase_chain_head(struct hu_out *to, const struct hu_chain_row *rows, size_t count,
			    size_t at)
{
	const struct hu_chain_row *r = &rows[at];
	size_t times = 0, shares = 0;

	for (size_t i = 0; i < count; i++) {
		size_t time = hu_escape_columns(rows[i].time);
		size_t share = hu_escape_columns(rows[i].share);
		times = time > times ? time : times;
		shares = share > shares ? share : shares;
	}
	hu_out_printf(to, "%*s", (int)(2 + times - hu_escape_columns(r->time)), "");
	hu_out_str(to, r->time);
	hu_out_printf(to, "%*s", (int)(2 + shares - hu_escape_columns(r->share)), "");
	hu_out_str(to, r->share);
	hu_out_puts(to, "  ");
	if (r->depth)
		hu_out_printf(to, "%*s└ ", 2 * r->depth - 2, "");
	return 6 + times + shares + 2 * (size_t)r->depth;
}

void hu_phrase_chain_lines(struct hu_out *to, const struct hu_chain_row *rows, size_t count,
			   size_t width, bool with_how)
{
	for (size_t i = 0; i < count; i++) {
		const struct hu_chain_row *r = &rows[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};
		size_t used = hu_phrase_chain_head(to, rows, count, i);
		size_t how = with_how && r->how.len ? r->how.len + 2 : 0;
		size_t room = width > used + how + 20 ? width - used - how : 20;
		hu_escape_plain(&safe, r->text);
		if (hu_escape_columns(hu_out_view(&safe)) > room) {
			hu_out_str(to, hu_escape_fit(hu_out_view(&safe), room - 1));
			hu_out_puts(to, "…");
		} else {
			hu_out_str(to, hu_out_view(&safe));
		}
		if (how) {
			hu_out_puts(to, "  ");
			hu_escape_plain(to, r->how);
		}
		hu_out_putc(to, '\n');
	}
}
