/* Long shrinkers: the answer, and the few that are incidents of their own. */
#include "analyzers/long_shrinkers.h"
#include "analyzers/oncpu.h"
#include "analyzers/question.h"

#include <stdlib.h>
#include <string.h>

/* One call that lasted so many thresholds is nobody's ordinary reclaim. */
enum { ENORMOUS = 100 };

/* "super_cache_scan of a fat superblock (shrinker 0x…)" */
static void say_shrinker(const struct hu_shrinker *s, struct hu_out *to)
{
	hu_out_puts(to, s->function);
	if (s->fs)
		hu_out_printf(to, " of %s", s->fs);
	if (s->address)
		hu_out_printf(to, " (shrinker 0x%llx)", (unsigned long long)s->address);
}

/* The incident that tells of that task's call already; NULL: none does. */
static const char *shrinker_told(struct hu_conclusion *c, const struct hu_shrinker *s)
{
	for (size_t i = 0; i < c->causes->at.count && s->tid >= 0; i++) {
		const struct hu_cause *cause = &c->causes->at.at[i];
		for (size_t k = 0; k < cause->holders.count; k++)
			if (cause->holders.at[k].tid == s->tid && !cause->holders.at[k].fellow)
				return cause->id;
		for (size_t k = 0; k < cause->ops.count; k++)
			if (c->m->ops.at[cause->ops.at[k]].tid == s->tid)
				return cause->id;
	}
	for (size_t i = 0; i < c->troubles->at.count && s->tid >= 0; i++)
		if (c->troubles->at.at[i].kind == HU_TROUBLE_RECLAIM_FAULT &&
		    c->troubles->at.at[i].tid == s->tid)
			return c->troubles->at.at[i].id[0] ? c->troubles->at.at[i].id
							   : "a fault of reclaim";
	return NULL;
}

static void say_call(struct hu_conclusion *c, const struct hu_shrinker *s, struct hu_out *to)
{
	say_shrinker(s, to);
	if (s->how == HU_SEEN_SAMPLES) {
		hu_out_puts(to, " has ");
		hu_out_grouped(to, s->calls);
		hu_out_printf(to, " of %lld CPU samples", (long long)s->slow);
		return;
	}
	if (s->longest > 0) {
		hu_out_puts(to, s->how == HU_SEEN_STACKS   ? " was seen for "
				: s->how == HU_SEEN_TABLES ? " took at least "
							   : " took up to ");
		hu_out_duration(to, s->longest);
	} else {
		hu_out_puts(to, " was seen");
	}
	if (s->tid >= 0 || s->comm) {
		hu_out_puts(to, " in ");
		hu_say_task(c, s->tid, s->comm, to);
	}
	if (s->how == HU_SEEN_STACKS)
		return;
	hu_out_puts(to, "; ");
	hu_out_grouped(to, s->slow);
	hu_out_puts(to, " of ");
	hu_out_grouped(to, s->calls);
	hu_out_printf(to, " call%s took ", s->calls == 1 ? "" : "s");
	hu_out_duration(to, c->m->options.threshold);
	hu_out_puts(to, " or more");
	if (s->total) {
		hu_out_puts(to, ", all of them ");
		hu_out_duration(to, s->total);
	}
	if (s->freeable >= 0 && s->freed >= 0) {
		/* The count is what the shrinker offers, scaled by vfs_cache_pressure. */
		hu_out_puts(to, "; the longest freed ");
		hu_out_grouped(to, s->freed);
		hu_out_puts(to, " objects (");
		hu_out_grouped(to, s->freeable);
		hu_out_puts(to, " were counted)");
	}
	if (s->device)
		hu_out_printf(to, "; its I/O went to device %s", s->device);
}

static bool is_long(struct hu_conclusion *c, const struct hu_shrinker *s)
{
	if (s->how == HU_SEEN_SAMPLES)
		return s->calls >= HU_SPIN_LEAST_SAMPLES &&
		       (double)s->calls >= HU_SPIN_LEAST_SHARE * (double)s->slow;
	/* A stack has no length; who is named for what he held in there was in there for long. */
	return s->reported || s->longest >= c->m->options.threshold ||
	       (s->how == HU_SEEN_STACKS && shrinker_told(c, s));
}

static void put_rows(struct hu_conclusion *c, const hu_shrinkers *all)
{
	for (size_t i = 0; i < all->count && i < 20; i++) {
		static const char *const how[] = {"calls", "printed", "table", "stacks", "samples"};
		const struct hu_shrinker *s = &all->at[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out address = {0};
		if (s->address)
			hu_out_printf(&address, "0x%llx", (unsigned long long)s->address);
		bool sampled = s->how == HU_SEEN_SAMPLES;
		hu_result(
			c->store, &c->err,
			"INSERT INTO long_shrinker (rank, function, shrinker, filesystem, device, "
			"how, comm, tid, calls, slow_calls, longest_ns, longest_at_ns, total_ns, "
			"freeable, freed, node) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
			"?11, ?12, ?13, ?14, ?15, ?16)",
			"issssssoiooooooo", (int64_t)i + 1, s->function,
			address.len ? address.at : NULL, s->fs, s->device, how[s->how], s->comm,
			(int64_t)s->tid, s->calls, sampled ? HU_OPEN : s->slow,
			s->longest ? (int64_t)s->longest : HU_OPEN,
			s->longest_at == HU_OPEN ? HU_OPEN : (int64_t)hu_at(c, s->longest_at),
			s->total ? (int64_t)s->total : HU_OPEN, s->freeable, s->freed,
			(int64_t)s->node);
	}
}

static enum hu_outcome answer(struct hu_conclusion *c, struct hu_out *why)
{
	hu_shrinkers all;
	size_t found = 0, told = 0;

	hu_shrinkers_find(c, &all);
	for (size_t i = 0; i < all.count; i++)
		found += is_long(c, &all.at[i]);
	for (size_t i = 0; i < all.count && told < 2; i++) {
		const struct hu_shrinker *s = &all.at[i];
		if (found && !is_long(c, s))
			continue;
		hu_out_puts(why, told ? " " : "");
		say_call(c, s, why);
		const char *incident = shrinker_told(c, s);
		if (incident && s->how != HU_SEEN_SAMPLES)
			hu_out_printf(why, " (%s)", incident);
		hu_out_putc(why, '.');
		told++;
		if (!found)
			break;
	}
	if (found > told)
		hu_out_printf(why, " %zu more ran long.", found - told);
	put_rows(c, &all);
	bool any = all.count > 0;
	free(all.at);
	if (!any) {
		hu_out_puts(why, "No shrinker call, no stack inside one; record "
				 "vmscan:mm_shrink_slab_start and _end, with stacks at "
				 "sched_switch.");
		return HU_NOT_ASSESSED;
	}
	return found ? HU_FOUND : HU_CLEAR;
}

const struct hu_question hu_question_long_shrinkers = {
	.name = "long_shrinkers",
	.asks = "Did a shrinker run long, and whose?",
	.answer = answer,
};

/* Who told of it knows who waited; whose superblock it was stands only here. */
static void link_to_cause(struct hu_conclusion *c, const struct hu_shrinker *s,
			  const char *incident)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	if ((!s->fs && !s->device) || incident[0] != 'I' || s->how != HU_SEEN_CALLS ||
	    s->longest < c->m->options.threshold)
		return;
	hu_out_puts(&text, "Look at what this shrinker waits for: ");
	say_call(c, s, &text);
	if (s->frame)
		hu_out_printf(&text, "; it was seen in %s", s->frame);
	hu_out_putc(&text, '.');
	hu_add_note(c, incident, "action", text.at);
}

/* A lockup burns its CPU: the library has those under the code of spinning. */
static struct hu_facts *facts_of(struct hu_conclusion *c, const struct hu_shrinker *s)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out stack = {0};
	struct hu_facts *all = hu_facts_create();

	hu_facts_add(all, "code", hu_str("oncpu.contention"));
	hu_facts_add(all, "holder.role",
		     hu_str(hu_role_of(c->m, s->comm ? s->comm : "", s->stack)));
	hu_facts_add(all, "holder.doing", hu_str(s->function));
	hu_stack_text(&c->m->stacks, s->stack, ";", &stack);
	hu_facts_add(all, "holder.stack", hu_out_view(&stack));
	return all;
}

static void conclude(struct hu_conclusion *c, struct hu_troubles *to, const struct hu_shrinker *s)
{
	struct hu_trouble *t = hu_trouble_new(to, HU_TROUBLE_SHRINKER);
	HU_CLEANUP(hu_out_deinit) struct hu_out who = {0};

	hu_say_task(c, s->tid, s->comm, &who);
	t->tid = s->tid;
	t->who = hu_model_string(c->m, hu_out_view(&who));
	hu_out_printf(&t->title, "%s stayed in the shrinker %s", s->comm ? s->comm : "A task",
		      s->function);
	if (s->longest > 0) {
		hu_out_puts(&t->title, " for ");
		hu_out_duration(&t->title, s->longest);
	}
	hu_out_printf(&t->sentence, "%s stayed in the shrinker ", who.at);
	say_shrinker(s, &t->sentence);
	if (s->longest > 0) {
		hu_out_puts(&t->sentence, " for ");
		hu_out_duration(&t->sentence, s->longest);
	}
	say_call(c, s, &t->summary);
	hu_out_puts(&t->summary, ".");
	if (s->text)
		hu_out_printf(&t->summary, " The kernel reported it: %s.", s->text);
	hu_out_puts(&t->summary, " While it runs, nothing else of its task's reclaim does, and "
				 "before Linux 6.7 the shrinkers' lock is held: no shrinker "
				 "can be registered or removed.");
	hu_out_printf(&t->signature, "shrinker|%s|%s|%s", s->function, s->fs ? s->fs : "?",
		      hu_role_of(c->m, s->comm ? s->comm : "", s->stack));
	hu_out_printf(&t->cause, "one call of %s", s->function);
	t->confidence = s->how == HU_SEEN_CALLS ? "high" : "medium";
	if (s->reported && s->stack)
		t->facts = facts_of(c, s);
	struct hu_out *claim = hu_trouble_proof(t, s->ref);
	hu_out_printf(claim, "%s in %s", who.at, s->function);
	if (s->how == HU_SEEN_CALLS)
		hu_out_puts(claim, ": here the call began");
	else if (s->stack) {
		hu_out_puts(claim, ": ");
		hu_stack_text(&c->m->stacks, s->stack, " < ", claim);
	}
	hu_out_puts(hu_trouble_remark(t, "caveat"),
		    "No stalled call is known to have waited for it.");
	hu_out_printf(hu_trouble_remark(t, "next_capture"),
		      "`echo t >/proc/sysrq-trigger` twice, or sched_switch with stacks, while it "
		      "lasts: what %s waits for in there.",
		      s->function);
}

void hu_find_stuck_shrinkers(struct hu_conclusion *c, struct hu_troubles *to)
{
	hu_shrinkers all;

	hu_shrinkers_find(c, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct hu_shrinker *s = &all.at[i];
		const char *incident = shrinker_told(c, s);
		if (s->how == HU_SEEN_SAMPLES || s->how == HU_SEEN_TABLES)
			continue;
		if (incident) {
			link_to_cause(c, s, incident);
			continue;
		}
		if (s->reported || s->longest / ENORMOUS >= c->m->options.threshold)
			conclude(c, to, s);
	}
	free(all.at);
}
