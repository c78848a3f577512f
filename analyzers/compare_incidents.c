/*
 * The causes of both sides, matched by their signature, and what was left of each side by lock,
 * holder's role and what it was about, whatever operations it stalled.
 */
#include "analyzers/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/result.h"

/* "mount,umount|shrinker_rwsem|write|kswapd|super_cache_scan" behind its first bar; NULL where that
 * names no cause. */
static const char *behind_operation(const char *signature)
{
	const char *bar = strchr(signature, '|');

	if (!bar || strchr(bar, '?') || !strchr(bar + 1, '|'))
		return NULL;
	return bar + 1;
}

static bool alike(const char *a, const char *b)
{
	const char *x = behind_operation(a), *y = behind_operation(b);

	return x && y && !strcmp(x, y);
}

static bool is_victim(const struct hu_side_incident *in, const char *name)
{
	struct hu_str rest = hu_str(in->operation);

	while (rest.len)
		if (hu_str_is(hu_str_trim(hu_str_split(&rest, ',')), name))
			return true;
	return false;
}

/* How many operations of the victim's kinds ("mount, umount") a side recorded by this format. */
static int64_t recorded(const struct hu_side *side, const struct hu_side_incident *in,
			const char *by)
{
	int64_t n = 0;

	for (size_t i = 0; i < side->operation_count; i++)
		if (!strcmp(side->operations[i].recorded_by, by) &&
		    is_victim(in, side->operations[i].name))
			n += side->operations[i].count;
	return n;
}

/* The format whose operations an incident counted: the one that has as many of them. NULL: none
 * has, or the incident counted none. */
static const char *counted_by(const struct hu_side *side, const struct hu_side_incident *in)
{
	if (!in->operation || in->stalled == HU_OPEN || in->operations == HU_OPEN)
		return NULL;
	for (size_t i = 0; i < side->operation_count; i++)
		if (recorded(side, in, side->operations[i].recorded_by) == in->operations)
			return side->operations[i].recorded_by;
	return NULL;
}

struct told {
	const char *state, *by;
	double p;
	struct hu_out text;
};

static void say_counts(const struct hu_side_incident *in, struct hu_out *to)
{
	if (in->stalled == HU_OPEN) {
		hu_out_puts(to, "an unknown number");
		return;
	}
	hu_out_grouped(to, in->stalled);
	if (in->operations != HU_OPEN) {
		hu_out_puts(to, " of ");
		hu_out_grouped(to, in->operations);
	}
}

static void close_p(struct told *t)
{
	hu_out_puts(&t->text, " (");
	hu_say_p(&t->text, t->p);
	hu_out_puts(&t->text, t->p < 0.05 ? ")." : "; it may be chance).");
}

/* One side has it, the other does not. */
static void one_sided(struct hu_comparison *c, const struct hu_side_incident *in, bool in_before,
		      struct told *t)
{
	const struct hu_side *other = in_before ? c->after : c->before;

	t->state = "not_comparable";
	if (c->block.len) {
		hu_out_puts(&t->text, "The two captures are not comparable.");
		return;
	}
	const char *by = counted_by(in_before ? c->before : c->after, in);
	int64_t there = by ? recorded(other, in, by) : 0;
	if (!there) {
		hu_out_printf(&t->text, "It is not in %s, but ", other->word);
		if (by)
			hu_out_printf(&t->text, "that recorded no such operations as %s did here.",
				      by);
		else
			hu_out_puts(&t->text, in->operations == HU_OPEN
						      ? "how many operations could have stalled "
							"is not known."
						      : "its operations were counted over several "
							"kinds of captures.");
		return;
	}
	t->state = in_before ? "gone" : "new";
	t->p = hu_compare_shares(in->stalled, in->operations, 0, there);
	hu_out_puts(&t->text, "Stalled: ");
	say_counts(in, &t->text);
	hu_out_puts(&t->text, in_before ? "; after: none of " : "; before: none of ");
	hu_out_grouped(&t->text, there);
	close_p(t);
}

static void two_sided(struct hu_comparison *c, const struct hu_side_incident *b,
		      const struct hu_side_incident *a, struct told *t)
{
	t->state = "not_comparable";
	if (c->block.len) {
		hu_out_puts(&t->text, "The two captures are not comparable.");
		return;
	}
	const char *by = counted_by(c->before, b), *then = counted_by(c->after, a);
	if (!by || !then) {
		hu_out_puts(&t->text, b->operations == HU_OPEN || a->operations == HU_OPEN
					      ? "How many operations could have stalled is not "
						"known of both sides."
					      : "The operations were counted over several kinds "
						"of captures.");
		return;
	}
	if (strcmp(by, then) != 0) {
		hu_out_printf(&t->text, "The operations were counted by %s and by %s.", by, then);
		return;
	}
	t->p = hu_compare_shares(b->stalled, b->operations, a->stalled, a->operations);
	double before = (double)b->stalled / (double)b->operations,
	       after = (double)a->stalled / (double)a->operations;
	t->state = !(t->p < 0.05) ? "same" : after < before ? "better" : "worse";
	hu_out_puts(&t->text, "Stalled: ");
	say_counts(b, &t->text);
	hu_out_puts(&t->text, "; after: ");
	say_counts(a, &t->text);
	hu_out_puts(&t->text, " (");
	hu_say_p(&t->text, t->p);
	hu_out_puts(&t->text, t->p < 0.05 ? ")." : "; no difference can be shown).");
}

static void put(struct hu_comparison *c, int64_t *rank, const struct hu_side_incident *b,
		const struct hu_side_incident *a, const char *by)
{
	static const struct hu_side_incident none = {.stalled = HU_OPEN,
						     .operations = HU_OPEN,
						     .worst_ns = HU_OPEN,
						     .total_ns = HU_OPEN,
						     .longest_hold_ns = HU_OPEN};
	struct told t = {.p = (double)NAN};

	if (a && b)
		two_sided(c, b, a, &t);
	else
		one_sided(c, b ? b : a, b != NULL, &t);
	b = b ? b : &none;
	a = a ? a : &none;
	hu_result(c->into, &c->err,
		  "INSERT INTO diff_incident VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
		  "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, "
		  "?26)",
		  "isssssss"
		  "oooo"
		  "ssssss"
		  "oooo"
		  "ssns",
		  ++*rank, t.state, b->signature ? b->signature : a->signature, by, b->id, b->title,
		  b->lock, b->holder, b->longest_hold_ns, b->stalled, b->operations, b->worst_ns,
		  b->fix, b->fix_applies, a->id, a->title, a->lock, a->holder, a->longest_hold_ns,
		  a->stalled, a->operations, a->worst_ns, a->fix, a->fix_applies, t.p, t.text.at);
	hu_out_deinit(&t.text);
}

void hu_compare_incidents(struct hu_comparison *c)
{
	const struct hu_side *before = c->before, *after = c->after;
	size_t *mate = hu_alloc((before->incident_count + 1) * sizeof(*mate));
	bool *taken = hu_alloc(after->incident_count + 1);
	int64_t rank = 0;

	/* Exactly first: one that is only alike shall not take another's mate. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < before->incident_count; i++)
			for (size_t k = 0; k < after->incident_count && !mate[i]; k++) {
				const char *x = before->incidents[i].signature,
					   *y = after->incidents[k].signature;
				if (taken[k] || !(pass ? alike(x, y) : !strcmp(x, y)))
					continue;
				mate[i] = k + 1;
				taken[k] = true;
			}
	for (size_t i = 0; i < before->incident_count; i++) {
		const struct hu_side_incident *b = &before->incidents[i],
					      *a = mate[i] ? &after->incidents[mate[i] - 1] : NULL;
		put(c, &rank, b, a,
		    !a					  ? NULL
		    : !strcmp(b->signature, a->signature) ? "signature"
							  : "lock and holder");
	}
	for (size_t k = 0; k < after->incident_count; k++)
		if (!taken[k])
			put(c, &rank, NULL, &after->incidents[k], NULL);
	free(mate);
	free(taken);
}
