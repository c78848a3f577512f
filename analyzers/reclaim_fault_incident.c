/* A fault of reclaim in words: what the kernel reported, what it means, what to do. */
#include "analyzers/reclaim_faults.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *sign, *cause;
} words[HU_FAULT_KINDS] = {
	[HU_FAULT_NOFAIL] = {"nofail",
			     "reclaim asked for memory with an allocation that may not fail"},
	[HU_FAULT_RECURSION] = {"recursion", "reclaim called back into the filesystem that was "
					     "waiting for the memory"},
	[HU_FAULT_LOCKDEP] = {"lockdep", "a lock is taken on both sides of memory reclaim"},
	[HU_FAULT_WRITEPAGE] = {"writepage", "reclaim asked a filesystem to write a page, which "
					     "the filesystem refuses"},
	[HU_FAULT_FAILED] = {"failed", "an allocation that reclaim itself made failed"},
	[HU_FAULT_LOOP] = {"loop", "a filesystem retries an allocation that may not fail"},
};

/* docs/evidence.md, "Faults of reclaim": the only place that grades them. */
static const char *confidence(enum hu_fault_kind kind, const struct hu_fault_report *r)
{
	switch (kind) {
	case HU_FAULT_NOFAIL:
		return !r->stack ? "low" : r->frame ? "high" : "medium";
	case HU_FAULT_RECURSION:
		return r->kind == HU_SNAP_STACK ? "low" : "medium";
	default:
		return "medium";
	}
}

static void say_who(struct hu_conclusion *c, const struct hu_fault_report *r, struct hu_out *to)
{
	if (r->tid >= 0 || r->comm)
		hu_say_task(c, r->tid, r->comm, to);
	else
		hu_out_puts(to, "a task");
}

/* "fat_evict_inode of fat", "fat", "": whose work it was. */
static void say_whose(const struct hu_fault_report *r, const char *before, struct hu_out *to)
{
	if (!r->fs && !r->frame)
		return;
	hu_out_puts(to, before);
	hu_out_puts(to, r->frame ? r->frame : r->fs);
	if (r->frame && r->fs && !hu_str_starts(hu_str(r->frame), r->fs))
		hu_out_printf(to, " of %s", r->fs);
}

static void title(const struct hu_fault_report *r, enum hu_fault_kind kind, const char *who,
		  struct hu_out *to)
{
	switch (kind) {
	case HU_FAULT_NOFAIL:
		hu_out_printf(to, "%s asked for memory that may not fail%s", who,
			      r->stack ? " while it was reclaiming memory" : "");
		break;
	case HU_FAULT_RECURSION:
		hu_out_printf(to, "%s entered %s again from its own allocation", who, r->fs);
		return;
	case HU_FAULT_LOCKDEP:
		hu_out_printf(to, "lockdep: %s is taken inside reclaim, and reclaim inside it",
			      r->lock);
		break;
	case HU_FAULT_WRITEPAGE:
		hu_out_printf(to, "%s refused to write a page for reclaim by %s", r->fs, who);
		return;
	case HU_FAULT_FAILED:
		hu_out_printf(to, "%s needed memory to reclaim memory, and got none", who);
		break;
	default:
		hu_out_printf(to, "XFS retries an allocation without end");
		return;
	}
	say_whose(r, ", in ", to);
}

static void explain(const struct hu_fault_report *r, enum hu_fault_kind kind, struct hu_out *to)
{
	switch (kind) {
	case HU_FAULT_NOFAIL:
		if (!r->stack) {
			hu_out_puts(to,
				    "The page allocator warns in this function of three things; "
				    "without the stack of the warning it is not known whether "
				    "reclaim was in it.");
			return;
		}
		hu_out_puts(
			to,
			"A task that reclaims (PF_MEMALLOC) cannot reclaim for itself, and an "
			"allocation with __GFP_NOFAIL does not give up: the task loops in it until "
			"somebody else frees memory, and keeps every lock that it holds.");
		return;
	case HU_FAULT_RECURSION:
		hu_out_puts(to,
			    "The inner call waits for a lock or a transaction. If the outer call "
			    "holds it, neither ever ends; the remedy is a memalloc_nofs_save() "
			    "scope around the outer one.");
		return;
	case HU_FAULT_LOCKDEP:
		hu_out_puts(
			to,
			"One task may hold this lock and wait for memory while another reclaims "
			"and waits for this lock. lockdep says what can happen: that it "
			"happened, this report does not prove.");
		return;
	case HU_FAULT_WRITEPAGE:
		hu_out_puts(to, "The filesystem keeps the page dirty, and reclaim does not get it: "
				"dirty pages reached the end of the list before the flusher did.");
		return;
	case HU_FAULT_FAILED:
		hu_out_puts(to, "What needs memory in order to free some cannot free it when "
				"memory is really gone.");
		return;
	default:
		hu_out_puts(to, "Each line stands for 100 failed attempts; a large order means "
				"fragmented memory rather than none.");
	}
}

static size_t tasks(const struct hu_fault_report *r, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		bool known = r[i].tid < 0 && i > 0;
		for (size_t k = 0; k < i && !known; k++)
			known = r[k].tid == r[i].tid && r[k].comm == r[i].comm;
		n += !known;
	}
	return n;
}

static void summary(struct hu_conclusion *c, const struct hu_fault_report *r, size_t count,
		    enum hu_fault_kind kind, struct hu_out *to)
{
	hu_out_grouped(to, (int64_t)count);
	hu_out_printf(to, " report%s in the kernel log", count == 1 ? "" : "s");
	if (r->at != HU_OPEN) {
		hu_out_puts(to, count == 1 ? ", at " : ", from ");
		hu_out_stamp(to, r->at);
		if (count > 1 && r[count - 1].at != HU_OPEN) {
			hu_out_puts(to, " to ");
			hu_out_stamp(to, r[count - 1].at);
		}
	}
	hu_out_puts(to, count == 1 ? ": " : ", the first: ");
	say_who(c, r, to);
	if (r->stack || kind == HU_FAULT_LOCKDEP)
		hu_say_role(hu_role_of(c->m, r->comm ? r->comm : "", r->stack), to);
	say_whose(r, kind == HU_FAULT_LOCKDEP ? ", where it is taken: " : ", in ", to);
	size_t n = tasks(r, count);
	if (n > 1)
		hu_out_printf(to, "; %zu tasks in all", n);
	hu_out_puts(to, ". ");
	explain(r, kind, to);
}

static void remarks(struct hu_trouble *t, enum hu_fault_kind kind)
{
	switch (kind) {
	case HU_FAULT_NOFAIL:
		hu_out_puts(hu_trouble_remark(t, "caveat"),
			    "The kernel prints this warning once a boot, however often it happens: "
			    "one report is not one occurrence.");
		hu_out_puts(hu_trouble_remark(t, "next_capture"),
			    "Stacks of the task ten seconds apart (`cat /proc/PID/stack`, or "
			    "SysRq-w) tell whether it still loops there, and "
			    "`echo 1 >/sys/kernel/debug/clear_warn_once` makes the warning come "
			    "again.");
		break;
	case HU_FAULT_RECURSION:
		hu_out_puts(hu_trouble_remark(t, "caveat"),
			    "A filesystem may be entered from its own allocation where the outer "
			    "call holds nothing that the inner one wants: what the outer call "
			    "holds is not in a stack.");
		hu_out_puts(hu_trouble_remark(t, "next_capture"),
			    "SysRq-w twice, ten seconds apart: a task that stands in the same two "
			    "calls both times is stuck. A kernel with CONFIG_PROVE_LOCKING names "
			    "the lock.");
		break;
	case HU_FAULT_LOCKDEP:
		hu_out_puts(hu_trouble_remark(t, "next_capture"),
			    "SysRq-w and SysRq-d when the host hangs: only tasks that really wait "
			    "for each other prove the deadlock.");
		break;
	default:
		hu_out_puts(hu_trouble_remark(t, "next_capture"),
			    "SysRq-m when it happens, and one /proc/buddyinfo and /proc/vmstat a "
			    "second: whether memory was gone or only in pieces.");
	}
}

static struct hu_facts *facts(struct hu_conclusion *c, const struct hu_fault_report *r,
			      size_t count, enum hu_fault_kind kind)
{
	struct hu_facts *all = hu_facts_create();

	hu_facts_add(all, "code", hu_str("reclaim.fault"));
	for (size_t i = 0; i < count && i < 8; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out stack = {0};
		hu_stack_text(&c->m->stacks, r[i].stack, ";", &stack);
		if (stack.len)
			hu_facts_add(all, "holder.stack", hu_out_view(&stack));
		if (r[i].comm)
			hu_facts_add(all, "holder.comm", hu_str(r[i].comm));
		if (r[i].stack)
			hu_facts_add(
				all, "holder.role",
				hu_str(hu_role_of(c->m, r[i].comm ? r[i].comm : "", r[i].stack)));
		if (r[i].text)
			hu_facts_add(all, "dmesg", hu_str(r[i].text));
	}
	if (kind == HU_FAULT_LOCKDEP) {
		hu_facts_add(all, "dmesg", hu_str("fs_reclaim"));
		hu_facts_add(all, "lock", hu_str(r->lock));
	}
	return all;
}

static void proofs(struct hu_conclusion *c, struct hu_trouble *t, const struct hu_fault_report *r,
		   size_t count)
{
	enum { TOLD = 6 };

	for (size_t i = 0; i < count && i < TOLD; i++) {
		struct hu_out *claim = hu_trouble_proof(t, r[i].ref);
		say_who(c, &r[i], claim);
		hu_out_puts(claim, r[i].stack ? ": the kernel's report, with its stack: "
					      : ": the kernel's own words");
		if (r[i].stack)
			hu_stack_text(&c->m->stacks, r[i].stack, " < ", claim);
	}
}

void hu_conclude_fault(struct hu_conclusion *c, struct hu_troubles *to, enum hu_fault_kind kind,
		       const struct hu_fault_report *r, size_t count)
{
	struct hu_trouble *t = hu_trouble_new(to, HU_TROUBLE_RECLAIM_FAULT);
	HU_CLEANUP(hu_out_deinit) struct hu_out who = {0};
	const char *role = hu_role_of(c->m, r->comm ? r->comm : "", r->stack);

	say_who(c, r, &who);
	if (tasks(r, count) == 1 && r->tid >= 0) {
		t->tid = r->tid;
		t->who = hu_model_string(c->m, hu_out_view(&who));
	}
	title(r, kind, r->comm ? r->comm : who.at, &t->title);
	title(r, kind, who.at, &t->sentence);
	if (t->title.at[0] == 'a')
		t->title.at[0] = t->sentence.at[0] = 'A';
	summary(c, r, count, kind, &t->summary);
	hu_out_printf(&t->signature, "reclaim.fault|%s|%s|%s", words[kind].sign,
		      r->fs ? r->fs : "?",
		      r->lock	 ? r->lock
		      : r->stack ? role
				 : "?");
	hu_out_puts(&t->cause, words[kind].cause);
	t->confidence = confidence(kind, r);
	proofs(c, t, r, count);
	remarks(t, kind);
	t->facts = facts(c, r, count, kind);
}
