/*
 * Where nobody is proved to have had the lock: who else might have, with what speaks for each and
 * what against it. A lead for the next capture, never a name in the verdict.
 */
#include "analyzers/conclude.h"

#include <stdlib.h>
#include <string.h>

/* So many are told. */
enum { TOLD = 3 };

struct candidate {
	int32_t tid;
	hu_ns reclaiming; /* during the waits */
	size_t woke;	  /* it ended so many of them */
};
typedef HU_VEC(struct candidate) candidates;

static struct candidate *candidate(candidates *all, int32_t tid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].tid == tid)
			return &all->at[i];
	HU_PUSH(all, (struct candidate){.tid = tid});
	return &all->at[all->count - 1];
}

/* The stretches in which its operations waited for the lock, as far as they are known. */
static void look_at(struct hu_conclusion *c, const struct hu_cause *cause, const struct hu_wait *w,
		    candidates *all)
{
	struct hu_model *m = c->m;
	bool shrinker = cause->part.lock.name && !strncmp(cause->part.lock.name, "shrinker_", 9);

	for (size_t i = 0; i < m->sessions.count && shrinker; i++) {
		const struct hu_session *s = &m->sessions.at[i];
		hu_ns ns = s->tid == w->tid ? 0 : hu_overlap(s->from, s->to, w->from, w->to);
		if (ns)
			candidate(all, s->tid)->reclaiming += ns;
	}
	size_t first, end = hu_model_naps(m, w->tid, &first);
	for (size_t i = first; i < end; i++) {
		const struct hu_sleep *s = &m->naps.at[i].sleep;
		/* Only the wakeup that ended the wait, and only by a task (kernel-facts 1.9). */
		if (s->waker > 0 && s->waker_context == HU_CTX_TASK && s->woken != HU_OPEN &&
		    s->woken > w->from && s->woken <= w->to + HU_NS_PER_MS &&
		    s->to + HU_NS_PER_MS >= w->to)
			candidate(all, s->waker)->woke++;
	}
}

static bool waited_too(const struct hu_model *m, const struct hu_cause *cause, int32_t tid)
{
	size_t first, end = hu_model_waits(m, tid, &first);

	for (size_t i = first; i < end; i++)
		if (hu_lock_same(m->waits.at[i].lock, cause->part.lock))
			return true;
	return false;
}

static int likeliest_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->reclaiming != y->reclaiming)
		return x->reclaiming > y->reclaiming ? -1 : 1;
	if (x->woke != y->woke)
		return x->woke > y->woke ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static void say(struct hu_conclusion *c, const struct hu_cause *cause, const struct candidate *who,
		hu_ns waited, size_t waits)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(&text, "A candidate, no more: ");
	hu_say_task(c, who->tid, NULL, &text);
	hu_out_puts(&text, ". For it speaks that it ");
	if (who->reclaiming) {
		hu_out_printf(&text,
			      "reclaimed memory during %.0f %% of the waiting, and slab reclaim "
			      "takes this lock",
			      100.0 * (double)who->reclaiming / (double)waited);
		if (who->woke)
			hu_out_puts(&text, ", and that it ");
	}
	if (who->woke)
		hu_out_printf(&text, "ended %zu of %zu waits by a wakeup", who->woke, waits);
	hu_out_puts(&text, "; against it, that no record shows it with the lock");
	if (who->woke && !who->reclaiming)
		hu_out_puts(&text,
			    waited_too(c->m, cause, who->tid)
				    ? ", and that it waited for the lock itself: it may have "
				      "passed it on"
				    : ", and that the wakeup carries no stack of a release");
	else
		hu_out_puts(&text, ": its trylock may have failed while somebody waited");
	hu_out_putc(&text, '.');
	hu_add_note(c, cause->id, "caveat", text.at);
}

void hu_conclude_candidates(struct hu_conclusion *c, const struct hu_cause *cause)
{
	const struct hu_model *m = c->m;
	candidates all = {0};
	hu_ns waited = 0;
	size_t waits = 0;
	bool proved = cause->holders.count && !cause->holders.at[0].fellow &&
		      cause->holders.at[0].how != HU_SIGNATURE;

	if (cause->part.kind != HU_PART_LOCK || proved || cause->deadlock)
		return;
	for (size_t i = 0; i < cause->ops.count && i < 100; i++) {
		const struct hu_op *op = &m->ops.at[cause->ops.at[i]];
		size_t first, end = hu_op_waits(m, op, &first);
		for (size_t k = first; k < end; k++) {
			const struct hu_wait *w = &m->waits.at[k];
			if (!w->timed || !hu_wait_of(m, w, op) ||
			    !hu_lock_same(w->lock, cause->part.lock))
				continue;
			waited += w->to - w->from;
			waits++;
			look_at(c, cause, w, &all);
		}
	}
	if (all.count)
		qsort(all.at, all.count, sizeof(all.at[0]), likeliest_first);
	for (size_t i = 0; i < all.count && i < TOLD && waited; i++)
		if (all.at[i].woke || all.at[i].reclaiming * 4 >= waited)
			say(c, cause, &all.at[i], waited, waits);
	free(all.at);
}
