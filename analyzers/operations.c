/*
 * How long operations took, by kind and by what recorded them: what two captures are compared by.
 * Stalls that overlap are one burst, for one hold that stalls ten mounts is one event and not ten.
 * Shaped for some hundred thousand operations of some hundred kinds: sorted once.
 */
#include "analyzers/states.h"
#include "db/bisect.h"

#include <stdlib.h>
#include <string.h>

struct timed {
	const char *name;
	int64_t source;
	const char *format;
	const struct hu_op *op;
};
typedef HU_VEC(struct timed) timeds;

struct origin {
	int64_t source;
	const char *format;
	hu_ns from, to;
};
typedef HU_VEC(struct origin) origins;

static void load_origins(struct hu_conclusion *c, origins *ret)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT id, format, coalesce(first_ts + offset_ns, 0), coalesce(last_ts "
			  "+ offset_ns, 0) FROM source WHERE format NOT NULL ORDER BY id");

	while (hu_rows_next(r)) {
		struct origin o = {hu_rows_int(r, 0), hu_model_string(c->m, hu_rows_str(r, 1)),
				   hu_rows_int(r, 2), hu_rows_int(r, 3)};
		HU_PUSH(ret, o);
	}
	hu_result_close(&c->err, r);
}

static const struct origin *origin_of(const origins *all, int64_t source)
{
	size_t a;

	HU_BISECT(a, 0, all->count, all->at[a].source < source);
	return a < all->count && all->at[a].source == source ? &all->at[a] : NULL;
}

static int by_kind(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;
	int order = x->name != y->name ? strcmp(x->name, y->name) : 0;

	if (!order && x->format != y->format)
		order = strcmp(x->format, y->format);
	if (order)
		return order;
	if (x->op->duration != y->op->duration)
		return x->op->duration < y->op->duration ? -1 : 1;
	return x->op < y->op ? -1 : x->op > y->op;
}

static int by_begin(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	return x->op->from < y->op->from ? -1 : x->op->from > y->op->from;
}

static int64_t bursts(const struct hu_model *m, const struct timed *at, size_t count)
{
	timeds sorted = {0};
	int64_t n = 0;
	hu_ns until = INT64_MIN;

	for (size_t i = 0; i < count; i++)
		HU_PUSH_MUCH(m, &sorted, at[i]);
	HU_SORT_MUCH(m, &sorted, by_begin);
	for (size_t i = 0; i < count; i++) {
		n += sorted.at[i].op->from >= until;
		if (sorted.at[i].op->to > until)
			until = sorted.at[i].op->to;
	}
	hu_spill_drop(m->spill, sorted.at);
	return n;
}

/* For how long the sources with such operations recorded; where two did at once, both count. */
static hu_ns recorded(const struct timed *at, size_t count, const origins *all)
{
	HU_VEC(int64_t) seen = {0}; /* a bundle has few sources */
	hu_ns ns = 0;

	for (size_t i = 0; i < count; i++) {
		size_t k = seen.count;
		while (k > 0 && seen.at[k - 1] != at[i].source)
			k--;
		if (k)
			continue;
		HU_PUSH(&seen, at[i].source);
		const struct origin *o = origin_of(all, at[i].source);
		if (o && o->to > o->from)
			ns += o->to - o->from;
	}
	free(seen.at);
	return ns;
}

/* Eight buckets to the doubling: [low, high). */
static void bucket_of(hu_ns ns, hu_ns *low, hu_ns *high)
{
	int shift = 0;

	if (ns < 0)
		ns = 0;
	while (ns >> shift >= 16)
		shift++;
	*low = ns >> shift << shift;
	if (__builtin_add_overflow(*low, (hu_ns)1 << shift, high))
		*high = INT64_MAX;
}

static void put_latency(struct hu_conclusion *c, struct hu_rows *r, const struct timed *at,
			size_t count)
{
	hu_ns low = 0, high = 0;

	(void)c;
	for (size_t i = 0; i < count;) {
		size_t n = 0;
		bucket_of(at[i].op->duration, &low, &high);
		while (i + n < count && at[i + n].op->duration < high)
			n++;
		if (!n) /* the last bucket of all has no end that a number could say */
			n = count - i;
		hu_rows_bind_text(r, 1, hu_str(at[i].name));
		hu_rows_bind_text(r, 2, hu_str(at[i].format));
		hu_rows_bind_int(r, 3, low);
		hu_rows_bind_int(r, 4, high);
		hu_rows_bind_int(r, 5, (int64_t)n);
		hu_rows_next(r);
		hu_rows_reset(r);
		i += n;
	}
}

/* The nearest rank: a value that was seen. */
static hu_ns percentile(const struct timed *at, size_t count, size_t percent)
{
	size_t rank = (count * percent + 99) / 100;

	return at[rank ? rank - 1 : 0].op->duration;
}

static void put_kind(struct hu_conclusion *c, const struct timed *at, size_t count,
		     const origins *all)
{
	hu_ns threshold = c->m->options.threshold, total = 0, stalled_time = 0;
	size_t normal = 0;

	while (normal < count && at[normal].op->duration < threshold)
		normal++;
	for (size_t i = 0; i < count; i++) {
		hu_ns ns = at[i].op->duration;
		if (__builtin_add_overflow(total, ns, &total))
			total = INT64_MAX;
		if (i >= normal && __builtin_add_overflow(stalled_time, ns, &stalled_time))
			stalled_time = INT64_MAX;
	}
	hu_ns p50 = percentile(at, count, 50), p90 = percentile(at, count, 90),
	      p99 = percentile(at, count, 99);
	const struct timed worst = at[count - 1];
	int64_t groups = bursts(c->m, at + normal, count - normal);
	hu_ns window = recorded(at, count, all);
	hu_result(c->store, &c->err,
		  "INSERT INTO operation_kind (name, recorded_by, count, stalled, bursts, "
		  "recorded_ns, total_ns, stalled_ns, p50_ns, p90_ns, p99_ns, worst_ns, "
		  "worst_open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		  "ssiiioiiiiiii", worst.name, worst.format, (int64_t)count,
		  (int64_t)(count - normal), groups, window ? (int64_t)window : HU_OPEN,
		  (int64_t)total, (int64_t)stalled_time, (int64_t)p50, (int64_t)p90, (int64_t)p99,
		  (int64_t)worst.op->duration, (int64_t)worst.op->open);
}

/* One that the capture's end cut off before the threshold neither stalled nor did not. */
static bool counts(const struct hu_conclusion *c, const struct hu_op *op)
{
	const struct hu_options *o = &c->m->options;

	if (!op->timed || op->inferred || !op->name || op->duration < 0 ||
	    (op->open && op->duration < o->threshold))
		return false;
	return (o->from == HU_OPEN || hu_at(c, op->to) > o->from) &&
	       (o->to == HU_OPEN || hu_at(c, op->from) < o->to);
}

void hu_conclude_operations(struct hu_conclusion *c)
{
	origins all = {0};
	timeds ops = {0};

	load_origins(c, &all);
	for (size_t i = 0; i < c->m->ops.count; i++) {
		const struct hu_op *op = &c->m->ops.at[i];
		int64_t source = hu_model_source(&op->begin, &op->end);
		const struct origin *o = origin_of(&all, source);
		struct timed t = {op->name, source, o ? o->format : "?", op};
		if (counts(c, op))
			HU_PUSH_MUCH(c->m, &ops, t);
	}
	HU_SORT_MUCH(c->m, &ops, by_kind);
	struct hu_rows *r = hu_rows_open(
		c->store, "INSERT INTO operation_latency (name, recorded_by, low_ns, high_ns, "
			  "count) VALUES (?1, ?2, ?3, ?4, ?5)");
	for (size_t i = 0; i < ops.count;) {
		size_t n = 1;
		while (i + n < ops.count && !strcmp(ops.at[i].name, ops.at[i + n].name) &&
		       !strcmp(ops.at[i].format, ops.at[i + n].format))
			n++;
		put_latency(c, r, ops.at + i, n);
		put_kind(c, ops.at + i, n, &all);
		i += n;
	}
	hu_result_close(&c->err, r);
	free(all.at);
	hu_spill_drop(c->m->spill, ops.at);
}
