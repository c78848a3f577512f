/*
 * Reads the incidents of the result tables, each with its holders, chain, evidence, fixes, figure
 * and latencies. Shaped for a handful of incidents: one set of SELECTs for each.
 */
#include <string.h>

#include "db/rows.h"
#include "report/compose.h"

static struct hu_rows *ask(struct hu_store *store, struct hu_str id, const char *sql)
{
	struct hu_rows *r = hu_rows_open(store, sql);

	hu_rows_bind_text(r, 1, id);
	return r;
}

static struct hu_err *read_holders(struct hu_page *page, struct hu_store *store,
				   struct hu_page_incident *in)
{
	struct hu_rows *r =
		ask(store, in->id,
		    "SELECT comm, tid, role, how, holds, longest_ns, longest_at_ns, blocking_ns, "
		    "share, doing, doing_ns, stack FROM incident_holder WHERE incident = ?1 "
		    "ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_holder *h = HU_PAGE_MORE(page, in->holders, in->holder_count);
		h->comm = hu_page_text(page, r, 0);
		h->tid = hu_page_int(r, 1);
		h->role = hu_page_text(page, r, 2);
		h->how = hu_page_text(page, r, 3);
		h->holds = hu_page_int(r, 4);
		h->longest_ns = hu_page_int(r, 5);
		h->longest_at_ns = hu_page_int(r, 6);
		h->blocking_ns = hu_page_int(r, 7);
		h->share = hu_page_number(r, 8);
		h->doing = hu_page_text(page, r, 9);
		h->doing_ns = hu_page_int(r, 10);
		h->stack = hu_page_text(page, r, 11);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_links(struct hu_page *page, struct hu_store *store,
				 struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT depth, task, state, waits_on, how, ns, share FROM "
				"incident_link WHERE incident = ?1 ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_link *l = HU_PAGE_MORE(page, in->links, in->link_count);
		l->depth = hu_page_int(r, 0);
		l->task = hu_page_text(page, r, 1);
		l->state = hu_page_text(page, r, 2);
		l->waits_on = hu_page_text(page, r, 3);
		l->how = hu_page_text(page, r, 4);
		l->ns = hu_page_int(r, 5);
		l->share = hu_page_number(r, 6);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_evidence(struct hu_page *page, struct hu_store *store,
				    struct hu_page_incident *in)
{
	struct hu_rows *r =
		ask(store, in->id,
		    "SELECT rank, claim, source, location, time_ns, text, event_table, "
		    "event_row FROM incident_evidence WHERE incident = ?1 ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_evidence *e = HU_PAGE_MORE(page, in->evidence, in->evidence_count);
		e->rank = hu_page_int(r, 0);
		e->claim = hu_page_text(page, r, 1);
		e->source = hu_page_text(page, r, 2);
		e->location = hu_page_text(page, r, 3);
		e->time_ns = hu_page_int(r, 4);
		e->text = hu_page_text(page, r, 5);
		e->event_table = hu_page_text(page, r, 6);
		e->event_row = hu_page_int(r, 7);
	}
	return hu_rows_close(r);
}

/* Tables whose rows carry a stack; the name of a table cannot be bound. */
static const char *const stack_of[][2] = {
	{"switch", "SELECT stack FROM switch WHERE rowid = ?1"},
	{"wakeup", "SELECT stack FROM wakeup WHERE rowid = ?1"},
	{"lock_event", "SELECT stack FROM lock_event WHERE rowid = ?1"},
	{"syscall", "SELECT stack FROM syscall WHERE rowid = ?1"},
	{"reclaim", "SELECT stack FROM reclaim WHERE rowid = ?1"},
	{"shrink", "SELECT stack FROM shrink WHERE rowid = ?1"},
	{"io", "SELECT stack FROM io WHERE rowid = ?1"},
	{"span", "SELECT stack FROM span WHERE rowid = ?1"},
	{"sample", "SELECT stack FROM sample WHERE rowid = ?1"},
	{"snapshot", "SELECT stack FROM snapshot WHERE rowid = ?1"},
};

/* No kernel stack is deeper; a damaged store shall not keep us here. */
enum { STACK_FRAMES = 128, STACKS = 8 };

static struct hu_err *leaf_of(struct hu_store *store, const struct hu_page_evidence *e,
			      int64_t *ret)
{
	for (size_t i = 0; i < sizeof(stack_of) / sizeof(stack_of[0]); i++) {
		if (!hu_str_is(e->event_table, stack_of[i][0]))
			continue;
		struct hu_rows *r = hu_rows_open(store, stack_of[i][1]);
		hu_rows_bind_int(r, 1, e->event_row);
		if (hu_rows_next(r))
			*ret = hu_page_int(r, 0);
		return hu_rows_close(r);
	}
	return NULL;
}

/* The stacks that the records behind the evidence carry: the victim's among them. */
static struct hu_err *read_stacks(struct hu_page *page, struct hu_store *store,
				  struct hu_page_incident *in)
{
	int64_t seen[STACKS];
	int count = 0;

	for (size_t i = 0; i < in->evidence_count && count < STACKS; i++) {
		struct hu_page_evidence *e = &in->evidence[i];
		int64_t leaf = HU_OPEN;
		struct hu_err *err = leaf_of(store, e, &leaf);
		if (err)
			return err;
		bool again = leaf == HU_OPEN;
		for (int k = 0; k < count; k++)
			again = again || seen[k] == leaf;
		if (again)
			continue;
		seen[count++] = leaf;
		HU_CLEANUP(hu_out_deinit) struct hu_out frames = {0};
		struct hu_rows *r = hu_rows_open(
			store, "SELECT s.caller, n.text, m.text FROM stack s LEFT JOIN name n ON "
			       "n.id = s.symbol LEFT JOIN name m ON m.id = s.module WHERE s.id = "
			       "?1");
		for (int depth = 0; leaf != HU_OPEN && depth < STACK_FRAMES; depth++) {
			hu_rows_reset(r);
			hu_rows_bind_int(r, 1, leaf);
			if (!hu_rows_next(r))
				break;
			leaf = hu_page_int(r, 0);
			hu_out_str(&frames, hu_rows_str(r, 1));
			if (!hu_rows_null(r, 2)) {
				hu_out_puts(&frames, " [");
				hu_out_str(&frames, hu_rows_str(r, 2));
				hu_out_putc(&frames, ']');
			}
			hu_out_putc(&frames, '\n');
		}
		err = hu_rows_close(r);
		if (err)
			return err;
		if (frames.len)
			e->stack = hu_page_keep(page, hu_out_view(&frames));
	}
	return NULL;
}

/* The library of known fixes is asked with them: the worst one's stand first. */
static struct hu_err *read_fact_stacks(struct hu_page *page, struct hu_store *store,
				       struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT key, replace(value, ';', char(10)) FROM incident_fact "
				"WHERE incident = ?1 AND key IN ('waiter.stack', 'holder.stack') "
				"ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_str *to = hu_str_is(hu_rows_str(r, 0), "waiter.stack")
					    ? &in->waiter_stack
					    : &in->holder_stack;
		if (!to->len)
			*to = hu_page_text(page, r, 1);
	}
	return hu_rows_close(r);
}

static const char *const item_names[HU_FIX_ITEMS] = {
	"commit",   "workaround", "link",	 "matched", "refuted",
	"untested", "verify",	  "consequence", "tried",
};

static struct hu_err *read_fix_items(struct hu_page *page, struct hu_store *store,
				     struct hu_str incident, struct hu_page_fix *f)
{
	struct hu_rows *r = ask(store, incident,
				"SELECT kind, text FROM incident_fix_item WHERE incident = ?1 AND "
				"fix = ?2 ORDER BY kind, rank");
	hu_rows_bind_text(r, 2, f->id);
	while (hu_rows_next(r))
		for (int i = 0; i < HU_FIX_ITEMS; i++)
			if (hu_str_is(hu_rows_str(r, 0), item_names[i]))
				hu_page_add(page, &f->items[i], hu_page_text(page, r, 1));
	return hu_rows_close(r);
}

static struct hu_err *read_fixes(struct hu_page *page, struct hu_store *store,
				 struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT id, title, applies, decided_by, decided_text, fixed_in, "
				"explains, library, fixed_here FROM incident_fix WHERE incident = "
				"?1 ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_fix *f = HU_PAGE_MORE(page, in->fixes, in->fix_count);
		f->id = hu_page_text(page, r, 0);
		f->title = hu_page_text(page, r, 1);
		f->applies = hu_page_text(page, r, 2);
		f->decided_by = hu_page_text(page, r, 3);
		f->decided_text = hu_page_text(page, r, 4);
		f->fixed_in = hu_page_text(page, r, 5);
		f->explains = hu_page_text(page, r, 6);
		f->library = hu_page_text(page, r, 7);
		f->fixed_here = hu_page_text(page, r, 8);
	}
	struct hu_err *err = hu_rows_close(r);
	for (size_t i = 0; !err && i < in->fix_count; i++)
		err = read_fix_items(page, store, in->id, &in->fixes[i]);
	return err;
}

static struct hu_page_lane *lane_numbered(struct hu_page_incident *in, int64_t lane)
{
	for (size_t i = 0; i < in->lane_count; i++)
		if (in->lanes[i].lane == lane)
			return &in->lanes[i];
	return NULL;
}

static struct hu_err *read_figure(struct hu_page *page, struct hu_store *store,
				  struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT lane, kind, label, unit FROM figure_lane WHERE incident = "
				"?1 ORDER BY lane");
	while (hu_rows_next(r)) {
		struct hu_page_lane *l = HU_PAGE_MORE(page, in->lanes, in->lane_count);
		l->lane = hu_page_int(r, 0);
		l->kind = hu_page_text(page, r, 1);
		l->label = hu_page_text(page, r, 2);
		l->unit = hu_page_text(page, r, 3);
	}
	struct hu_err *err = hu_rows_close(r);
	if (err)
		return err;
	r = ask(store, in->id,
		"SELECT lane, from_ns, to_ns, label, title FROM figure_bar WHERE incident = ?1 "
		"ORDER BY lane, from_ns, to_ns, label, title, rowid");
	while (hu_rows_next(r)) {
		struct hu_page_lane *l = lane_numbered(in, hu_page_int(r, 0));
		if (!l)
			continue;
		struct hu_page_bar *b = HU_PAGE_MORE(page, l->bars, l->bar_count);
		b->from_ns = hu_page_int(r, 1);
		b->to_ns = hu_page_int(r, 2);
		b->label = hu_page_text(page, r, 3);
		b->title = hu_page_text(page, r, 4);
	}
	err = hu_rows_close(r);
	if (err)
		return err;
	r = ask(store, in->id,
		"SELECT lane, at_ns, value FROM figure_point WHERE incident = ?1 "
		"ORDER BY lane, at_ns, rowid");
	while (hu_rows_next(r)) {
		struct hu_page_lane *l = lane_numbered(in, hu_page_int(r, 0));
		if (!l)
			continue;
		struct hu_page_point *p = HU_PAGE_MORE(page, l->points, l->point_count);
		p->at_ns = hu_page_int(r, 1);
		p->value = hu_page_number(r, 2);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_latency(struct hu_page *page, struct hu_store *store,
				   struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT low_ns, high_ns, count, stalled FROM incident_latency "
				"WHERE incident = ?1 ORDER BY low_ns, high_ns, stalled, rowid");
	while (hu_rows_next(r)) {
		struct hu_page_bucket *b = HU_PAGE_MORE(page, in->buckets, in->bucket_count);
		b->low_ns = hu_page_int(r, 0);
		b->high_ns = hu_page_int(r, 1);
		b->count = hu_page_int(r, 2);
		b->stalled = hu_rows_int(r, 3) != 0;
	}
	return hu_rows_close(r);
}

static void read_incident(struct hu_page *page, struct hu_rows *r, struct hu_page_incident *in)
{
	in->id = hu_page_text(page, r, 0);
	in->rank = hu_page_int(r, 1);
	in->signature = hu_page_text(page, r, 2);
	in->title = hu_page_text(page, r, 3);
	in->summary = hu_page_text(page, r, 4);
	in->confidence = hu_page_text(page, r, 5);
	in->operation = hu_page_text(page, r, 6);
	in->detail = hu_page_text(page, r, 7);
	in->comm = hu_page_text(page, r, 8);
	in->tid = hu_page_int(r, 9);
	in->at_ns = hu_page_int(r, 10);
	in->stalled = hu_page_int(r, 11);
	in->operations = hu_page_int(r, 12);
	in->worst_ns = hu_page_int(r, 13);
	in->median_ns = hu_page_int(r, 14);
	in->total_ns = hu_page_int(r, 15);
	in->worst_open = hu_rows_int(r, 16) != 0;
	in->lock_name = hu_page_text(page, r, 17);
	in->has_address = !hu_rows_null(r, 18);
	in->lock_address = hu_rows_int(r, 18);
	in->lock_type = hu_page_text(page, r, 19);
	in->lock_wanted = hu_page_text(page, r, 20);
	in->lock_held = hu_page_text(page, r, 21);
	in->has_lock = in->lock_name.at || in->has_address || in->lock_type.at ||
		       in->lock_wanted.at || in->lock_held.at;
	in->cause = hu_page_text(page, r, 22);
	in->estimate_ns = hu_page_int(r, 23);
	in->estimate_basis = hu_page_text(page, r, 24);
}

struct hu_err *hu_page_read_incidents(struct hu_page *page, struct hu_store *store, size_t whole)
{
	struct hu_rows *r = hu_rows_open(
		store,
		"SELECT id, rank, signature, title, summary, confidence, victim_operation, "
		"victim_detail, victim_comm, victim_tid, victim_at_ns, stalled, operations, "
		"worst_ns, median_ns, total_ns, worst_open, lock_name, lock_address, lock_type, "
		"lock_wanted, lock_held, cause, estimate_worst_ns, estimate_basis FROM incident "
		"ORDER BY rank, id");
	while (hu_rows_next(r))
		read_incident(page, r, HU_PAGE_MORE(page, page->incidents, page->incident_count));
	struct hu_err *err = hu_rows_close(r);

	for (size_t i = 0; !err && i < page->incident_count && i < whole; i++) {
		struct hu_page_incident *in = &page->incidents[i];
		err = read_holders(page, store, in);
		if (!err)
			err = read_links(page, store, in);
		if (!err)
			err = read_evidence(page, store, in);
		if (!err)
			err = read_stacks(page, store, in);
		if (!err)
			err = read_fact_stacks(page, store, in);
		if (!err)
			err = read_fixes(page, store, in);
		if (!err)
			err = read_figure(page, store, in);
		if (!err)
			err = read_latency(page, store, in);
		if (!err)
			err = hu_page_read_figures(page, store, in);
		if (!err)
			err = hu_page_read_notes(page, store, in->id, in->notes);
	}
	return err;
}
