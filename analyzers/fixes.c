/* Hands the known-fix library what is known of one incident, as facts. */
#include "analyzers/conclude.h"
#include "analyzers/known.h"
#include "analyzers/oncpu.h"

#include <string.h>

static void add(struct hu_facts *facts, const char *key, const char *value)
{
	if (value && *value)
		hu_facts_add(facts, key, hu_str(value));
}

static void add_stack(struct hu_conclusion *c, struct hu_facts *facts, const char *key,
		      hu_stack_id stack)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_stack_text(&c->m->stacks, stack, ";", &text);
	add(facts, key, text.at);
}

/* Distinct stacks of the victims' waits for this cause: a handful is enough to tell one family from
 * another. */
static void waiter_stacks(struct hu_conclusion *c, const struct hu_cause *cause,
			  struct hu_facts *facts)
{
	hu_stack_id seen[8];
	size_t n = 0;

	for (size_t i = 0; i < cause->ops.count && n < 8; i++) {
		const struct hu_op *op = &c->m->ops.at[cause->ops.at[i]];
		size_t first, end = hu_op_waits(c->m, op, &first);
		hu_stack_id found[16];
		size_t have = 0;
		for (size_t k = first; k < end && have < 15; k++) {
			const struct hu_wait *w = &c->m->waits.at[k];
			if (w->stack && hu_wait_of(c->m, w, op) &&
			    hu_lock_same(w->lock, cause->part.lock))
				found[have++] = w->stack;
		}
		for (size_t k = 0; k < op->sleep_count && have < 16; k++) {
			const struct hu_sleep *sleep = hu_op_sleep(c->m, op, k);
			if (sleep->stack && (sleep->to - sleep->from) * 4 > op->duration)
				found[have++] = sleep->stack;
		}
		if (!have && op->stack)
			found[have++] = op->stack;
		for (size_t k = 0; k < have && n < 8; k++) {
			bool known = false;
			for (size_t s = 0; s < n; s++)
				known |= seen[s] == found[k];
			if (known)
				continue;
			seen[n++] = found[k];
			add_stack(c, facts, "waiter.stack", found[k]);
		}
	}
}

static void add_messages(struct hu_conclusion *c, struct hu_facts *facts)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT DISTINCT name.text FROM snapshot JOIN name ON name.id = "
			  "snapshot.text WHERE kind IN (3, 4, 6) ORDER BY name.text "
			  "LIMIT 20");

	while (hu_rows_next(r))
		hu_facts_add(facts, "dmesg", hu_rows_str(r, 0));
	hu_result_close(&c->err, r);
}

/* What to change on the host, by who held the lock: the library's workarounds do not know that. */
static void by_role(struct hu_conclusion *c, const struct hu_cause *cause)
{
	static const char *const advice[][2] = {
		{"drop_caches", "Find out what writes to `/proc/sys/vm/drop_caches`, and stop it: "
				"it empties caches that nobody "
				"needed emptied, and holds the lock while it does."},
		{"memcg_reclaim", "Give the holder's memory cgroup more room (`memory.max`, "
				  "`memory.high`), or fewer cached inodes: "
				  "it reclaims because it is at its own limit."},
		{"node_reclaim", "Set `vm.zone_reclaim_mode=0`: the holder reclaimed its own node "
				 "although others had memory."},
		{NULL, NULL},
	};
	const struct hu_holder *h = cause->holders.count ? &cause->holders.at[0] : NULL;

	for (size_t i = 0; h && !h->fellow && h->how != HU_SIGNATURE && advice[i][0]; i++)
		if (!strcmp(h->role, advice[i][0]))
			hu_add_note(c, cause->id, "action", advice[i][1]);
}

/* The first thing to do, before any workaround: where the fix is, and how to find it in a vendor's
 * kernel. */
static void what_to_do(struct hu_conclusion *c, const char *incident)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT f.fixed_in, f.applies, i.text, f.fixed_here FROM incident_fix AS "
			  "f LEFT JOIN incident_fix_item AS i ON "
			  "i.incident = f.incident AND i.fix = f.id AND i.kind = "
			  "'commit' AND i.rank = 1 WHERE f.incident = ?1 "
			  "ORDER BY f.rank LIMIT 1");

	hu_rows_bind_text(r, 1, hu_str(incident));
	if (hu_rows_next(r) && !hu_rows_null(r, 0)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		struct hu_str in = hu_rows_str(r, 0), commit = hu_rows_str(r, 2);
		bool known = hu_str_is(hu_rows_str(r, 1), "affected");
		if (hu_str_is(hu_rows_str(r, 1), "fixed")) {
			hu_out_printf(
				&text,
				"This kernel has the fix of Linux %.*s: look for another reason.",
				(int)in.len, in.at);
		} else {
			struct hu_str here = hu_rows_str(r, 3);
			hu_out_printf(&text, "%s Linux ",
				      known ? "Upgrade to"
					    : "Find out whether this kernel has the fix; if not, "
					      "upgrade to");
			if (here.len)
				hu_out_printf(&text, "%.*s (of this kernel's series), to ",
					      (int)here.len, here.at);
			hu_out_printf(&text, "%.*s or later", (int)in.len, in.at);
			if (commit.len)
				hu_out_printf(&text,
					      ", or to a vendor kernel whose changelog has %.*s",
					      (int)commit.len, commit.at);
			hu_out_putc(&text, '.');
		}
		hu_add_note(c, incident, "action", text.at);
	}
	hu_result_close(&c->err, r);
}

/* Nothing known fits: what others may search for, and how to tell the library. */
static void no_fix(struct hu_conclusion *c, const char *incident)
{
	struct hu_rows *r = hu_rows_open(c->store, "SELECT signature FROM incident WHERE id = ?1");
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_rows_bind_text(r, 1, hu_str(incident));
	if (hu_rows_next(r)) {
		struct hu_str signature = hu_rows_str(r, 0);
		hu_out_printf(
			&text,
			"No known fix matches. This incident's signature is `%.*s`; `holdup known "
			"new store.db --incident %s` drafts an entry for a library of your own.",
			(int)signature.len, signature.at, incident);
	}
	hu_result_close(&c->err, r);
	if (text.len)
		hu_add_note(c, incident, "action", text.at);
}

/* Compares the facts with the library, and keeps them. Returns how many candidates there are. */
static int match(struct hu_conclusion *c, struct hu_facts *facts, const char *incident)
{
	int count = 0;

	if (!c->err)
		c->err = hu_facts_save(c->store, incident, facts);
	if (!c->err)
		c->err = hu_known_match(c->known, facts, incident, &count);
	hu_facts_destroy(facts);
	if (count)
		what_to_do(c, incident);
	return count;
}

void hu_conclude_fixes(struct hu_conclusion *c, struct hu_cause *cause)
{
	struct hu_facts *facts = hu_facts_create();
	bool grace = cause->part.kind == HU_PART_SLEEP && cause->part.why == HU_WHY_GRACE_PERIOD;

	add(facts, "code",
	    cause->part.kind == HU_PART_LOCK ? "lock.wait"
	    : grace			     ? "gp.wait"
					     : "wait");
	if (cause->part.kind == HU_PART_LOCK) {
		add(facts, "lock", cause->part.lock.name);
		add(facts, "lock.type", hu_lock_type_name(cause->part.type));
		add(facts, "wanted", hu_mode_name(cause->part.mode));
	}
	const char *last = NULL;
	for (size_t i = 0; i < cause->ops.count; i++) {
		const char *name = c->m->ops.at[cause->ops.at[i]].name;
		if (name != last)
			add(facts, "operation", name);
		last = name;
	}
	waiter_stacks(c, cause, facts);
	for (size_t i = 0; i < cause->holders.count && i < 8; i++) {
		const struct hu_holder *h = &cause->holders.at[i];
		if (h->fellow || (cause->covered && h->share < 0.01))
			continue;
		add(facts, "holder.comm", h->comm);
		add(facts, "holder.role", h->role);
		add(facts, "holder.how", hu_how_name(h->how));
		add(facts, "held", hu_mode_name(h->mode));
		add(facts, "holder.doing", h->doing);
		add_stack(c, facts, "holder.stack", c->m->holds.at[h->longest_hold].stack);
	}
	add_messages(c, facts);
	int count = match(c, facts, cause->id);
	by_role(c, cause);
	if (!count)
		no_fix(c, cause->id);
}

void hu_conclude_spin_fixes(struct hu_conclusion *c, const struct hu_spin *spin)
{
	struct hu_facts *facts = hu_facts_create();
	const char *last = NULL;

	add(facts, "code", "oncpu.contention");
	add(facts, "lock", spin->lock);
	for (size_t i = 0; i < spin->stacks.count && i < 8; i++) {
		hu_stack_id stack = spin->stacks.at[i].stack;
		const char *call = hu_stack_facts(&c->m->stacks, stack)->call;
		add_stack(c, facts, "holder.stack", stack);
		if (call && (!last || strcmp(call, last) != 0))
			add(facts, "operation", call);
		last = call ? call : last;
	}
	add_messages(c, facts);
	hu_conclude_facts(c, spin->id, facts);
}

void hu_conclude_facts(struct hu_conclusion *c, const char *incident, struct hu_facts *facts)
{
	if (!match(c, facts, incident))
		no_fix(c, incident);
}
