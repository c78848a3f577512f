/*
 * Which stacks a flame graph is made of: of a holder, while it held, the samples of a profile, and
 * the stacks that it left its CPU with, by the time that it was away; of CPUs that spun, the whole
 * profile, so that the spinning has its proportion.
 */
#include "analyzers/flame.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/oncpu.h"
#include "db/bisect.h"

/* Fewer samples are no profile. */
enum { LEAST_SAMPLES = 20 };
/* Calls of shrinkers whose own stacks are looked up; of more the release's stack has to do. */
enum { MAX_ASKED = 5000 };

struct span {
	hu_ns from, to;
	hu_stack_id stack; /* of the release or the acquire, without the lock functions */
};
typedef HU_VEC(struct span) spans;

/* The frames below the lock functions: what held, not how it locked. */
static hu_stack_id below_lock(const struct hu_stacks *s, hu_stack_id id)
{
	while (id > 0 && (size_t)id < s->count && s->frame[id].symbol &&
	       (hu_is_lock_function(s->frame[id].symbol) ||
		strstr(s->frame[id].symbol, "rethook") || strstr(s->frame[id].symbol, "kretprobe")))
		id = s->frame[id].caller;
	return id;
}

/* When it held the lock, as far as anybody was stalled then; reads of one task may nest. */
static spans held(const struct hu_conclusion *c, const struct hu_cause *cause,
		  const struct hu_holder *holder)
{
	const struct hu_model *m = c->m;
	spans ret = {0};
	hu_ns low = INT64_MAX, high = INT64_MIN;

	for (size_t i = 0; i < cause->ops.count; i++) {
		const struct hu_op *op = &m->ops.at[cause->ops.at[i]];
		low = op->timed && op->from < low ? op->from : low;
		high = op->timed && op->to > high ? op->to : high;
	}
	for (size_t i = 0; i < m->holds.count; i++) {
		const struct hu_hold *h = &m->holds.at[i];
		if (!h->timed || h->tid != holder->tid || h->to <= low || h->from >= high ||
		    h->to <= h->from || !hu_lock_same(h->lock, cause->part.lock))
			continue;
		struct span *last = ret.count ? &ret.at[ret.count - 1] : NULL;
		if (last && h->from <= last->to) {
			last->to = h->to > last->to ? h->to : last->to;
			continue;
		}
		HU_PUSH(&ret, ((struct span){h->from, h->to, below_lock(&m->stacks, h->stack)}));
	}
	return ret;
}

/* They are in order, and none overlaps another. */
static bool inside(const spans *s, hu_ns at)
{
	size_t a;

	HU_BISECT(a, 0, s->count, s->at[a].to <= at);
	return a < s->count && s->at[a].from <= at;
}

static void holder_samples(struct hu_conclusion *c, const struct hu_cause *cause,
			   const struct hu_holder *holder, const spans *when, int64_t *number)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out basis = {0};

	hu_say_task(c, holder->tid, holder->comm, &all);
	hu_out_printf(&all, " held %s", cause->label);
	struct hu_flame f = hu_flame_new(c->m, all.at);
	struct hu_rows *r = hu_rows_open(
		c->store,
		"SELECT p.ts + s.offset_ns, p.stack, s.path FROM sample AS p JOIN source AS s ON "
		"s.id = p.source JOIN name ON name.id = event WHERE p.tid = ?1 AND s.copy_of IS "
		"NULL AND s.offset_ns IS NOT NULL AND p.ts IS NOT NULL AND p.stack IS NOT NULL AND "
		"(text LIKE '%clock%' OR text LIKE '%cycles%') ORDER BY p.rowid");
	hu_rows_bind_int(r, 1, holder->tid);
	const char *path = NULL;
	while (hu_rows_next(r)) {
		hu_ns at = hu_rows_int(r, 0);
		if (!inside(when, at))
			continue;
		path = path ? path : hu_model_string(c->m, hu_rows_str(r, 2));
		hu_flame_add(&f, hu_rows_int(r, 1), 1, NULL, NULL);
	}
	hu_result_close(&c->err, r);
	if (f.nodes.at[0].width >= LEAST_SAMPLES) {
		hu_out_printf(&title, "What %s (%d) ran while it held %s", holder->comm,
			      holder->tid, cause->label);
		hu_out_grouped(&basis, f.nodes.at[0].width);
		hu_out_printf(&basis,
			      " samples of %s: a frame is as wide as the samples in it. A profile "
			      "does not show time off the CPU.",
			      path);
		hu_flame_put(&f, c, cause->id, ++*number, "holder", title.at, "samples", basis.at);
	}
	hu_flame_deinit(&f);
}

/* The stack with which a call of a shrinker began. */
static hu_stack_id scan_stack(struct hu_conclusion *c, const struct hu_scan *scan)
{
	hu_stack_id stack = 0;

	if (!scan->begin.table || strcmp(scan->begin.table, "shrink") != 0)
		return 0;
	struct hu_rows *r = hu_rows_open(c->store, "SELECT stack FROM shrink WHERE rowid = ?1");
	hu_rows_bind_int(r, 1, scan->begin.row);
	if (hu_rows_next(r))
		stack = hu_rows_int(r, 0);
	hu_result_close(&c->err, r);
	return stack;
}

/* A stretch of a hold, in one call of a shrinker or in none. */
struct stretch {
	struct hu_flame *f;
	int32_t tid;
	int64_t source;
	hu_ns from, to;
	hu_stack_id base; /* who called what it is in, by the stack at the call or the release */
	const char *function; /* the shrinker; NULL: in none */
	hu_ns away, told;     /* off its CPU; and with a stack */
	hu_ns by_switch;      /* of told: by the stack of a switch */
	bool blind;	      /* not every switch was recorded */
	struct {
		const char *function;
		hu_stack_id stack;
	} known[4]; /* shrinkers that some switch of this task happened in, and from where */
	size_t known_count, asked;
};

/* The first of a task's naps that can reach behind `at`; two tracers may tell of one each. */
static size_t nap_at(const struct hu_model *m, size_t first, size_t end, hu_ns at)
{
	size_t a;

	HU_BISECT(a, first, end, m->naps.at[a].sleep.from < at);
	for (int back = 0; back < 8 && a > first; back++)
		a--;
	return a;
}

static size_t scan_at(const struct hu_model *m, size_t first, size_t end, hu_ns at)
{
	size_t a;

	HU_BISECT(a, first, end, m->scans.at[a].from < at);
	for (int back = 0; back < 8 && a > first; back++)
		a--;
	return a;
}

static const char not_recorded[] = "what it did is not recorded";

static void count(struct stretch *s, hu_ns ns, const char *doing)
{
	hu_flame_add(s->f, s->base, ns, s->function ? s->function : doing,
		     s->function ? doing : NULL);
	s->told += s->base ? ns : 0;
}

/* Off its CPU by the stacks that it left it with; the rest it ran, or was away too shortly to be
 * kept. */
static void add_stretch(struct stretch *s)
{
	const struct hu_model *m = s->f->m;
	size_t first, end = hu_model_naps(m, s->tid, &first);
	hu_ns last = s->from;

	for (size_t i = nap_at(m, first, end, s->from); i < end; i++) {
		const struct hu_nap *nap = &m->naps.at[i];
		const struct hu_sleep *z = &nap->sleep;
		if (z->from >= s->to)
			break;
		hu_ns a = z->from > last ? z->from : last, b = z->to < s->to ? z->to : s->to;
		if (nap->source != s->source || b <= a)
			continue;
		bool ready = z->state == HU_STATE_RUNNING || z->state == HU_STATE_PREEMPTED;
		hu_ns woken = ready ? a : z->woken != HU_OPEN && z->woken > a ? z->woken : b;
		if (z->woken != HU_OPEN && z->woken <= a && z->woken >= z->from)
			woken = a;
		woken = woken < b ? woken : b;
		count(s, a - last, s->blind ? not_recorded : "running, no stack taken");
		if (z->stack) {
			hu_flame_add(s->f, z->stack, woken - a, NULL, NULL);
			hu_flame_add(s->f, z->stack, b - woken, "ready, no CPU free", NULL);
			s->told += b - a;
			s->by_switch += b - a;
		} else {
			count(s, woken - a, "off its CPU, no stack taken");
			count(s, b - woken, "ready, no CPU free");
		}
		s->away += b - a;
		last = b;
	}
	count(s, s->to - last, s->blind ? not_recorded : "running, no stack taken");
}

/* The stack from the root to this function, as a switch of the same task shows it: 0 if none does.
 */
static hu_stack_id stack_to(struct stretch *s, const struct hu_model *m, const char *function)
{
	size_t first, end = hu_model_naps(m, s->tid, &first);
	hu_stack_id found = 0;

	for (size_t i = 0; i < s->known_count; i++)
		if (s->known[i].function == function)
			return s->known[i].stack;
	for (size_t i = first; i < end && !found; i++) {
		hu_stack_id id = m->naps.at[i].sleep.stack;
		if (m->naps.at[i].source != s->source)
			continue;
		while (id > 0 && (size_t)id < m->stacks.count &&
		       !hu_symbol_is(m->stacks.frame[id].symbol, function))
			id = m->stacks.frame[id].caller;
		found = (size_t)id < m->stacks.count ? id : 0;
	}
	if (s->known_count < sizeof(s->known) / sizeof(s->known[0])) {
		s->known[s->known_count].function = function;
		s->known[s->known_count++].stack = found > 0 ? found : 0;
	}
	return found > 0 ? found : 0;
}

static void add_hold(struct stretch *s, struct hu_conclusion *c, hu_ns from, hu_ns to,
		     hu_stack_id base)
{
	const struct hu_model *m = c->m;
	size_t first, end = hu_model_scans(m, s->tid, &first);

	for (size_t i = scan_at(m, first, end, from); i < end && from < to; i++) {
		const struct hu_scan *scan = &m->scans.at[i];
		if (scan->from >= to)
			break;
		hu_ns a = scan->from > from ? scan->from : from;
		hu_ns b = scan->to < to ? scan->to : to;
		if (b <= a)
			continue;
		s->from = from;
		s->to = a;
		s->base = base;
		s->function = NULL;
		add_stretch(s);
		s->from = a;
		s->to = b;
		s->base = s->asked++ < MAX_ASKED ? scan_stack(c, scan) : 0;
		s->base = s->base ? s->base : base;
		s->function = scan->function;
		/* A stack may have the function on top already. */
		if (s->function && hu_stack_has(&c->m->stacks, s->base, s->function)) {
			s->function = NULL;
		} else if (s->function && stack_to(s, m, s->function)) {
			s->base = stack_to(s, m, s->function);
			s->function = NULL;
		}
		add_stretch(s);
		from = b;
	}
	s->from = from;
	s->to = to;
	s->base = base;
	s->function = NULL;
	add_stretch(s);
}

static void holder_time(struct hu_conclusion *c, const struct hu_cause *cause,
			const struct hu_holder *holder, const spans *when, int64_t *number)
{
	const struct hu_hold *longest = &c->m->holds.at[holder->longest_hold];
	int64_t source = hu_model_source(&longest->begin, &longest->end);
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out basis = {0};
	struct stretch s = {
		.tid = holder->tid, .source = source, .blind = hu_model_blind(c->m, source)};

	hu_say_task(c, holder->tid, holder->comm, &all);
	hu_out_printf(&all, " held %s", cause->label);
	struct hu_flame f = hu_flame_new(c->m, all.at);
	s.f = &f;
	for (size_t i = 0; i < when->count; i++)
		add_hold(&s, c, when->at[i].from, when->at[i].to, when->at[i].stack);
	hu_ns whole = f.nodes.at[0].width;
	/* Of less than a twentieth there is nothing to learn. */
	hu_ns learnt = s.blind ? s.by_switch : s.told;
	if (learnt > 0 && learnt >= whole / 20) {
		hu_out_printf(&title, "Where %s (%d) spent its holds of %s", holder->comm,
			      holder->tid, cause->label);
		hu_out_duration(&basis, whole);
		hu_out_puts(&basis, " of holding, ");
		hu_out_duration(&basis, s.away);
		hu_out_puts(&basis, s.blind ? " of it off its CPU, as far as recorded"
					    : " of it off its CPU");
		hu_out_puts(&basis,
			    ": a frame is as wide as the time spent in it, by the stacks of its "
			    "task switches, of its shrinker's calls and of the release.");
		hu_flame_put(&f, c, cause->id, ++*number, "holder", title.at, "ns", basis.at);
	}
	hu_flame_deinit(&f);
}

void hu_conclude_flame(struct hu_conclusion *c, const struct hu_cause *cause)
{
	const struct hu_holder *holder = cause->holders.count ? &cause->holders.at[0] : NULL;
	int64_t number = 0;

	if (cause->part.kind != HU_PART_LOCK || !holder || holder->fellow || holder->tid < 0)
		return;
	spans when = held(c, cause, holder);
	if (when.count) {
		holder_samples(c, cause, holder, &when, &number);
		holder_time(c, cause, holder, &when, &number);
	}
	free(when.at);
}

void hu_conclude_spin_flame(struct hu_conclusion *c, const struct hu_spin *spin)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out title = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out basis = {0};
	struct hu_flame f = hu_flame_new(c->m, "all CPU samples");
	struct hu_rows *r =
		hu_rows_open(c->store, "SELECT stack, count(*) FROM sample WHERE source = ?1 AND "
				       "event = ?2 GROUP BY stack ORDER BY min(rowid)");

	hu_rows_bind_int(r, 1, spin->source);
	hu_rows_bind_int(r, 2, spin->event);
	while (hu_rows_next(r))
		hu_flame_add(&f, hu_rows_null(r, 0) ? 0 : hu_rows_int(r, 0), hu_rows_int(r, 1),
			     hu_rows_null(r, 0) ? "in user space, or no stack taken" : NULL, NULL);
	hu_result_close(&c->err, r);
	if (f.nodes.at[0].width > 0) {
		hu_out_printf(&title, "Where the CPUs were in %s", spin->path);
		hu_out_grouped(&basis, f.nodes.at[0].width);
		hu_out_puts(&basis, " samples, of all CPUs: a frame is as wide as the samples in "
				    "it.");
		hu_flame_put(&f, c, spin->id, 1, "oncpu", title.at, "samples", basis.at);
	}
	hu_flame_deinit(&f);
}
