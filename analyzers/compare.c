/* The operations of both sides, kind by kind, and the answer. */
#include "analyzers/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/result.h"
#include "analyzers/statistics.h"
#include "db/embedded.h"
#include "db/rows.h"

static const double chance = 0.05; /* what is likelier than that is not called a difference */

double hu_compare_shares(int64_t before, int64_t before_of, int64_t after, int64_t after_of)
{
	double n1 = (double)before_of, n2 = (double)after_of, k = (double)before + (double)after;

	if (before_of <= 0 || after_of <= 0 || before > before_of || after > after_of)
		return (double)NAN;
	if (k <= 1e6)
		return hu_fisher(before, before_of - before, after, after_of - after);
	double p = k / (n1 + n2), se = sqrt(p * (1 - p) * (1 / n1 + 1 / n2));
	return se > 0 ? erfc(fabs((double)before / n1 - (double)after / n2) / se / sqrt(2)) : 1;
}

void hu_compare_reason(struct hu_comparison *c, enum hu_weight weight, struct hu_out *text)
{
	static const char *const words[] = {"blocks", "weakens", "note"};

	if (weight == HU_BLOCKS && !c->block.len)
		hu_out_str(&c->block, hu_out_view(text));
	if (text->at[0] >= 'a' && text->at[0] <= 'z')
		text->at[0] = (char)(text->at[0] - 'a' + 'A');
	hu_result(c->into, &c->err,
		  "INSERT INTO diff_reason (rank, weight, text) VALUES (?1, ?2, ?3)", "iss",
		  ++c->reasons, words[weight], text->at);
	c->weak += weight == HU_WEAKENS;
	hu_out_clear(text);
}

void hu_say_p(struct hu_out *to, double p)
{
	if (isnan(p))
		hu_out_puts(to, "not tested");
	else if (p < 1e-4)
		hu_out_printf(to, "p = %.0e", p);
	else
		hu_out_printf(to, p < 0.01 ? "p = %.4f" : "p = %.2f", p);
}

static const struct hu_side_operation *find(const struct hu_side *side,
					    const struct hu_side_operation *like)
{
	for (size_t i = 0; i < side->operation_count; i++)
		if (!strcmp(side->operations[i].name, like->name) &&
		    !strcmp(side->operations[i].recorded_by, like->recorded_by))
			return &side->operations[i];
	return NULL;
}

static double seconds(int64_t ns)
{
	return ns == HU_OPEN ? (double)NAN : (double)ns / HU_NS_PER_S;
}

static struct hu_stratum stratum(const struct hu_side_operation *b,
				 const struct hu_side_operation *a)
{
	struct hu_stratum s = {.before = b,
			       .after = a,
			       .stalled = (b && b->stalled) || (a && a->stalled),
			       .p = (double)NAN,
			       .adjusted = (double)NAN,
			       .bursts_p = (double)NAN,
			       .difference = {(double)NAN, (double)NAN, (double)NAN},
			       .ranks = {(double)NAN, (double)NAN},
			       .state = "not_comparable"};

	if (!a || !b)
		return s;
	s.p = s.adjusted = hu_compare_shares(b->stalled, b->count, a->stalled, a->count);
	s.difference = hu_share_difference(b->stalled, b->count, a->stalled, a->count);
	s.ranks = hu_mann_whitney(b, a);
	if (b->bursts != HU_OPEN && a->bursts != HU_OPEN)
		s.bursts_p = hu_same_rate(b->bursts, seconds(b->recorded_ns), a->bursts,
					  seconds(a->recorded_ns));
	return s;
}

/* Those that stalled first, the surest of them before the others. */
static int by_weight(const void *left, const void *right)
{
	const struct hu_stratum *x = left, *y = right;
	const struct hu_side_operation *a = x->before ? x->before : x->after,
				       *b = y->before ? y->before : y->after;

	if (x->stalled != y->stalled)
		return x->stalled ? -1 : 1;
	if (isnan(x->p) != isnan(y->p))
		return isnan(x->p) ? 1 : -1;
	if (!isnan(x->p) && x->p != y->p)
		return x->p < y->p ? -1 : 1;
	int order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->recorded_by, b->recorded_by);
}

/* Holm: of m tests the smallest p counts m times, the next m - 1 times; and never less than one
 * before it. */
static void adjust(struct hu_comparison *c)
{
	size_t m = 0;
	double least = 0;

	for (size_t i = 0; i < c->count; i++)
		m += c->strata[i].stalled && !isnan(c->strata[i].p);
	for (size_t i = 0; i < m; i++) {
		double p = c->strata[i].p * (double)(m - i);
		least = p > least ? p : least;
		c->strata[i].adjusted = least < 1 ? least : 1;
	}
}

static void put_operation(struct hu_comparison *c, size_t i)
{
	static const struct hu_side_operation none = {NULL,    NULL,	HU_OPEN, HU_OPEN, HU_OPEN,
						      HU_OPEN, HU_OPEN, HU_OPEN, HU_OPEN, HU_OPEN,
						      HU_OPEN, false,	NULL,	 0};
	const struct hu_stratum *s = &c->strata[i];
	const struct hu_side_operation *b = s->before ? s->before : &none,
				       *a = s->after ? s->after : &none;

	hu_result(c->into, &c->err,
		  "INSERT INTO diff_operation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
		  "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, "
		  "?26, ?27, ?28)",
		  "isssoooooooooooooooonnnnnnnn", (int64_t)i + 1, s->before ? b->name : a->name,
		  s->before ? b->recorded_by : a->recorded_by, s->state, b->count, b->stalled,
		  b->bursts, b->recorded_ns, b->p50_ns, b->p90_ns, b->p99_ns, b->worst_ns, a->count,
		  a->stalled, a->bursts, a->recorded_ns, a->p50_ns, a->p90_ns, a->p99_ns,
		  a->worst_ns, s->difference.value, s->difference.low, s->difference.high, s->p,
		  s->adjusted, s->bursts_p, s->ranks.p, s->ranks.later);
}

/* Fills strata. */
static void compare_operations(struct hu_comparison *c)
{
	c->strata = hu_alloc((c->before->operation_count + c->after->operation_count + 1) *
			     sizeof(*c->strata));
	for (size_t i = 0; i < c->before->operation_count; i++) {
		const struct hu_side_operation *b = &c->before->operations[i];
		c->strata[c->count++] = stratum(b, find(c->after, b));
	}
	for (size_t i = 0; i < c->after->operation_count; i++)
		if (!find(c->before, &c->after->operations[i]))
			c->strata[c->count++] = stratum(NULL, &c->after->operations[i]);
	if (c->count)
		qsort(c->strata, c->count, sizeof(*c->strata), by_weight);
	adjust(c);
}

static void judge(struct hu_comparison *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct hu_stratum *s = &c->strata[i];
		if (s->before && s->after && !c->block.len)
			s->state = s->adjusted >= chance     ? "same"
				   : s->difference.value < 0 ? "better"
							     : "worse";
		put_operation(c, i);
	}
}

static void put_side(struct hu_comparison *c, const struct hu_side *s, const char *side)
{
	hu_result(c->into, &c->err,
		  "INSERT INTO diff_side VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
		  "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
		  "sssssssoossisoiiioooon", side, s->name, s->sha256, s->hostname, s->kernel,
		  s->base, s->vendor, s->cpus, s->memory_bytes, s->outcome, s->sentence,
		  s->threshold_ns, s->from, s->duration_ns, (int64_t)s->lossy, s->losses,
		  (int64_t)s->incident_count, s->kswapd_ns, s->direct_ns, s->slabs_scanned,
		  s->scanned_pages, s->psi_some);
}

static void counted(const struct hu_stratum *s, struct hu_out *to)
{
	hu_out_printf(to, "of %s calls ", s->before->name);
	hu_out_grouped(to, s->before->stalled);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, s->before->count);
	hu_out_puts(to, " stalled before and ");
	hu_out_grouped(to, s->after->stalled);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, s->after->count);
	hu_out_puts(to, " after");
}

static void points(struct hu_out *to, double share)
{
	hu_out_printf(to, fabs(share) >= 0.0995 ? "%+.0f" : "%+.2g", share * 100);
}

static void interval(const struct hu_stratum *s, struct hu_out *to)
{
	hu_out_puts(to, "; the stalled share changed by ");
	points(to, s->difference.value);
	hu_out_puts(to, " points, 95 % interval ");
	points(to, s->difference.low);
	hu_out_puts(to, " to ");
	points(to, s->difference.high);
}

/* The first stratum with this state; they are sorted. */
static const struct hu_stratum *first(const struct hu_comparison *c, const char *state)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->strata[i].stalled && !strcmp(c->strata[i].state, state))
			return &c->strata[i];
	return NULL;
}

static void also(const struct hu_comparison *c, const struct hu_stratum *told, struct hu_out *to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct hu_stratum *s = &c->strata[i];
		if (s == told || !s->stalled || strcmp(s->state, told->state) != 0)
			continue;
		if (n < 3)
			hu_out_printf(to, "%s%s", n ? ", " : "; so did ", s->before->name);
		n++;
	}
	if (n > 3)
		hu_out_printf(to, " and %zu more", n - 3);
}

/* How sure, and why not surer. */
static const char *sure(struct hu_comparison *c, const struct hu_stratum *s, struct hu_out *to)
{
	static const char *const words[] = {"low", "medium", "high"};
	bool bursts = !isnan(s->bursts_p) && s->bursts_p < chance;
	int level = s->adjusted < 0.01 ? 2 : 1;

	level -= c->weak + !bursts;
	level = level < 0 ? 0 : level;
	hu_out_printf(to, "How sure: %s (", words[level]);
	hu_say_p(to, s->adjusted);
	if (!bursts) {
		hu_out_printf(to,
			      "; but the stalls came in %lld and %lld bursts, and by bursts "
			      "alone it may be chance, ",
			      (long long)(s->before->bursts == HU_OPEN ? 0 : s->before->bursts),
			      (long long)(s->after->bursts == HU_OPEN ? 0 : s->after->bursts));
		hu_say_p(to, s->bursts_p);
	}
	if (c->weak)
		hu_out_printf(to, "; %d other reason%s to doubt %s below", c->weak,
			      c->weak == 1 ? "" : "s", c->weak == 1 ? "is" : "are");
	hu_out_puts(to, ").");
	return words[level];
}

static void answer(struct hu_comparison *c)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out to = {0}, why = {0};
	const struct hu_stratum *better = first(c, "better"), *worse = first(c, "worse"),
				*same = first(c, "same");
	const char *word = "not_shown", *how_sure = NULL;

	if (c->before->sha256 && c->after->sha256 && !strcmp(c->before->sha256, c->after->sha256)) {
		word = "identical";
		hu_out_puts(&to, "Both are the same bundle: there is nothing to compare.");
	} else if (c->block.len) {
		word = "not_comparable";
		hu_out_puts(&to, "Not comparable: ");
		hu_out_str(&to, hu_out_view(&c->block));
	} else if (better || worse) {
		const struct hu_stratum *s = better ? better : worse;
		word = better && worse ? "mixed" : better ? "helped" : "worse";
		how_sure = sure(c, s, &why);
		bool high = !strcmp(how_sure, "high"), low = !strcmp(how_sure, "low");
		if (better && worse)
			hu_out_puts(&to, "It helped some kinds of operations and hurt others: ");
		else if (better)
			hu_out_puts(&to, high  ? "It helped: "
					 : low ? "It may have helped: "
					       : "It probably helped: ");
		else
			hu_out_puts(&to, high  ? "It got worse: "
					 : low ? "It may have got worse: "
					       : "It probably got worse: ");
		counted(s, &to);
		interval(s, &to);
		also(c, s, &to);
		if (better && worse) {
			hu_out_puts(&to, "; but ");
			counted(worse, &to);
			interval(worse, &to);
		}
		hu_out_putc(&to, '.');
	} else if (same) {
		hu_out_puts(&to, "No difference can be shown: ");
		counted(same, &to);
		hu_out_puts(&to, ", which may be chance (");
		hu_say_p(&to, same->adjusted);
		hu_out_putc(&to, ')');
		interval(same, &to);
		hu_out_puts(&to, ". A longer capture would tell more.");
	} else {
		hu_out_puts(&to, "Neither side stalled: nothing says whether the change helped.");
	}
	hu_result(c->into, &c->err,
		  "INSERT INTO diff_verdict (answer, sure, sentence, why_sure) VALUES (?1, ?2, ?3, "
		  "?4)",
		  "ssss", word, how_sure, to.at, why.at);
}

struct hu_err *hu_compare(const struct hu_side *before, const struct hu_side *after,
			  struct hu_store *into)
{
	struct hu_comparison c = {.before = before, .after = after, .into = into};

	c.err = hu_store_exec(into, (const char *)hu_sql_diff);
	put_side(&c, before, "before");
	put_side(&c, after, "after");
	compare_operations(&c);
	hu_compare_reasons(&c);
	judge(&c);
	hu_compare_incidents(&c);
	answer(&c);
	free(c.strata);
	hu_out_deinit(&c.block);
	return c.err;
}
