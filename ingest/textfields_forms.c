/*
 * The print forms that events are known to have. Most events print "name=value name=value", and are
 * taken apart as that (textfields_named.c); the others stand here in one table. A form is a
 * TP_printk() of include/trace/events/ (which kernel's, stands beside it) or what a plugin of
 * libtraceevent prints instead. Forms are taken apart once, and which of them an event may have is
 * asked once for its name.
 */
#include "ingest/textfields_forms.h"

#include <stdlib.h>

/*
 * In a form, "<name>" is a field, "<*>" is anything that nobody asks for, "<name=3>" is a field
 * that the form implies and does not print; all else has to be there as it is. The first form that
 * fits wins. A "*" behind the event: any that begins so.
 */
struct form {
	const char *event, *form;
};

static const struct form forms[] = {
	{"sched_switch",
	 "prev_comm=<prev_comm> prev_pid=<prev_pid> prev_prio=<prev_prio> prev_state=<prev_state> "
	 "==> next_comm=<next_comm> next_pid=<next_pid> next_prio=<next_prio>"},
	/* plugins/plugin_sched_switch.c */
	{"sched_switch", "<prev_comm>:<prev_pid> [<prev_prio>] <prev_state> ==> "
			 "<next_comm>:<next_pid> [<next_prio>]"},
	{"sched_wak*", "comm=<comm> pid=<pid> prio=<prio> success=<success> target_cpu=<cpu>"},
	{"sched_wak*", "comm=<comm> pid=<pid> prio=<prio> target_cpu=<cpu>"},
	{"sched_wak*", "<comm>:<pid> [<prio>] success=<success> CPU:<cpu>"},
	/* trace-cmd 2.9 says "<CANT FIND FIELD success>" in the middle */
	{"sched_wak*", "<comm>:<pid> [<prio>]<*> CPU:<cpu>"},
	{"sched_wak*", "<comm>:<pid> [<prio>]"},
	{"sched_process_fork", "comm=<parent_comm> pid=<parent_pid> child_comm=<child_comm> "
			       "child_pid=<child_pid>"},
	{"sched_process_exec", "filename=<filename> pid=<pid> old_pid=<old_pid>"},
	{"sched_process_exit", "comm=<comm> pid=<pid> prio=<prio> group_dead=<group_dead>"},
	{"sched_process_exit", "comm=<comm> pid=<pid> prio=<prio>"},
	{"task_rename", "pid=<pid> oldcomm=<oldcomm> newcomm=<newcomm> oom_score_adj=<adj>"},
	{"task_rename", "oldcomm=<oldcomm> newcomm=<newcomm> oom_score_adj=<adj>"},

	{"contention_begin", "<lock_addr> (flags=<flags>)"},
	{"contention_end", "<lock_addr> (ret=<ret>)"},
	/* lockdep: "%p %s%s%s", "try " and "read " in the middle */
	{"lock_acquire", "<lockdep_addr> try read <name><flags=3>"},
	{"lock_acquire", "<lockdep_addr> try <name><flags=1>"},
	{"lock_acquire", "<lockdep_addr> read <name><flags=2>"},
	{"lock_acquire", "<lockdep_addr> <name><flags=0>"},
	{"lock_*", "<lockdep_addr> <name>"},
	{"contended_release", "<lock_addr>"},

	/* pid and memcg_id since 7.0 */
	{"mm_shrink_slab_start",
	 "<shrink> <shr>: nid: <nid> pid: <*> memcg_id: <memcg_id> objects to shrink <objects> "
	 "gfp_flags <gfp_flags> <*>cache items <cache_items> delta <*>"},
	{"mm_shrink_slab_end",
	 "<shrink> <shr>: nid: <nid> pid: <*> memcg_id: <memcg_id> unused scan count "
	 "<unused_scan> new scan count <new_scan> <*>last shrinker return val <retval>"},
	{"mm_shrink_slab_start",
	 "<shrink> <shr>: nid: <nid> objects to shrink <objects> gfp_flags <gfp_flags> <*>cache "
	 "items <cache_items> delta <*>"},
	{"mm_shrink_slab_start", /* before 3.11 */
	 "<shrink> <shr>: objects to shrink <objects> gfp_flags <gfp_flags> <*>cache items "
	 "<cache_items> delta <*>"},
	{"mm_shrink_slab_end", "<shrink> <shr>: nid: <nid> unused scan count <unused_scan> new "
			       "scan count <new_scan> <*>last shrinker return val <retval>"},
	{"mm_shrink_slab_end", "<shrink> <shr>: unused scan count <unused_scan> new scan count "
			       "<new_scan> <*>last shrinker return val <retval>"},

	/* include/trace/events/block.h: ioprio since 6.12, the error of an issue never */
	{"block_rq_issue", "<dev> <rwbs> <bytes> (<cmd>) <sector> + <nr_sector> <*>[<comm>]"},
	{"block_rq_insert", "<dev> <rwbs> <bytes> (<cmd>) <sector> + <nr_sector> <*>[<comm>]"},
	{"block_rq_complete", "<dev> <rwbs> (<cmd>) <sector> + <nr_sector> <*>[<error>]"},
	{"block_rq_requeue", "<dev> <rwbs> (<cmd>) <sector> + <nr_sector> <*>[<error>]"},
	{"block_bio_*", "<dev> <rwbs> <sector> + <nr_sector> [<comm>]"},

	/* the writer in front: "tracing_mark_write: hello", of the kernel "print: 0x…: hello" */
	{"print", "<ip>: <buf>"},
	{"bprint", "<ip>: <fmt>"},
	{"bputs", "<ip>: <str>"},
	{"bpf_trace_printk", "<msg>"},

	{"sys_enter", "NR <id> (<args>)"},
	{"sys_exit", "NR <id> = <ret>"},
};

/* Fields whose printed form is no plain number, by the name the form or the line gives them. */
static const struct {
	const char *field;
	uint8_t as;
} kinds[] = {
	{"prev_comm", HU_TEXT_AS_WORDS},
	{"next_comm", HU_TEXT_AS_WORDS},
	{"comm", HU_TEXT_AS_WORDS},
	{"parent_comm", HU_TEXT_AS_WORDS},
	{"child_comm", HU_TEXT_AS_WORDS},
	{"oldcomm", HU_TEXT_AS_WORDS},
	{"newcomm", HU_TEXT_AS_WORDS},
	{"filename", HU_TEXT_AS_WORDS},
	{"rwbs", HU_TEXT_AS_WORDS},
	{"ip", HU_TEXT_AS_WORDS},
	{"buf", HU_TEXT_AS_WORDS},
	{"fmt", HU_TEXT_AS_WORDS},
	{"str", HU_TEXT_AS_WORDS},
	{"msg", HU_TEXT_AS_WORDS},
	{"cmd", HU_TEXT_AS_WORDS},
	{"args", HU_TEXT_AS_WORDS},
	{"gfp_flags", HU_TEXT_AS_WORDS},
	{"group_dead", HU_TEXT_AS_WORDS},
	{"prev_state", HU_TEXT_AS_STATE},
	{"lock_addr", HU_TEXT_AS_POINTER},
	{"lockdep_addr", HU_TEXT_AS_POINTER},
	{"shr", HU_TEXT_AS_POINTER},
	{"shrink", HU_TEXT_AS_SYMBOL},
	{"func", HU_TEXT_AS_SYMBOL},
	{"__probe_ip", HU_TEXT_AS_SYMBOL},
	{"__probe_func", HU_TEXT_AS_SYMBOL},
	{"__probe_ret_ip", HU_TEXT_AS_SYMBOL},
	{"dev", HU_TEXT_AS_DEVICE},
};

/*
 * The last field among those that count: a line that is in none of the forms (raw fields are in
 * none) and does not have it is cut, and what stands last in it may be half a number.
 */
static const struct {
	const char *event, *field;
} musts[] = {
	{"sched_switch", "next_prio"},
	{"sched_wak*", "target_cpu"},
	{"sched_process_fork", "child_pid"},
	{"sched_process_exec", "old_pid"},
	{"sched_process_exit", "prio"},
	{"task_rename", "newcomm"},
	{"contention_begin", "flags"},
	{"contention_end", "ret"},
	{"contended_release", "lock_addr"},
	{"mm_shrink_slab_start", "total_scan"},
	{"mm_shrink_slab_end", "total_scan"},
	{"block_rq_issue", "rwbs"},
	{"block_rq_complete", "rwbs"},
	{"sys_enter", "id"},
	{"sys_exit", "ret"},
	{"sys_exit_*", "ret"},
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]), KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct hu_text_forms {
	struct hu_text_form form[FORMS];
	uint8_t bucket[64], next[KINDS]; /* of kinds[]: index + 1 */
};

static size_t bucket_of(struct hu_str field)
{
	return (field.len * 5 + (unsigned char)field.at[0]) % 64;
}

enum hu_text_as hu_text_kind(const struct hu_text_forms *f, struct hu_str event,
			     struct hu_str field)
{
	if (!field.len)
		return HU_TEXT_AS_NUMBER;
	for (size_t i = f->bucket[bucket_of(field)]; i; i = f->next[i - 1])
		if (hu_str_is(field, kinds[i - 1].field))
			return kinds[i - 1].as;
	if (hu_str_is(field, "name") && hu_str_starts(event, "lock_"))
		return HU_TEXT_AS_WORDS;
	if (hu_str_is(field, "flags") && hu_str_starts(event, "contention_"))
		return HU_TEXT_AS_LOCK_FLAGS;
	if (hu_str_is(field, "ret") && hu_str_starts(event, "sys_exit"))
		return HU_TEXT_AS_RESULT;
	return HU_TEXT_AS_NUMBER;
}

static void take_apart(const struct hu_text_forms *f, const struct form *from,
		       struct hu_text_form *to)
{
	struct hu_str left = hu_str(from->form);
	const bool plugin = hu_str_starts(left, "<prev_comm>");

	for (struct hu_text_step *step = to->step;; step++) {
		step->literal = hu_str_split(&left, '<');
		const size_t first = step->literal.len < 8 ? step->literal.len : 8;
		if (first) {
			memcpy(&step->first, step->literal.at, first);
			memset(&step->mask, 0xff, first);
		}
		if (!left.len)
			return;
		struct hu_str name = hu_str_split(&left, '>');
		step->next = left.len && *left.at != '<' ? *left.at : 0;
		if (hu_str_is(name, "*")) {
			step->what = HU_TEXT_ANYTHING;
			step->as = HU_TEXT_AS_WORDS;
			continue;
		}
		step->name = hu_str_split(&name, '=');
		step->implied = name;
		step->what = name.len ? HU_TEXT_IMPLIED : HU_TEXT_FIELD;
		step->as = (uint8_t)hu_text_kind(f, hu_str(from->event), step->name);
		if (plugin && step->as == HU_TEXT_AS_STATE)
			step->as = HU_TEXT_AS_PLUGIN_STATE;
	}
}

struct hu_text_forms *hu_text_forms_create(void)
{
	struct hu_text_forms *f = hu_alloc(sizeof(*f));

	for (size_t i = 0; i < KINDS; i++) {
		uint8_t *bucket = &f->bucket[bucket_of(hu_str(kinds[i].field))];
		f->next[i] = *bucket;
		*bucket = (uint8_t)(i + 1);
	}
	for (size_t i = 0; i < FORMS; i++)
		take_apart(f, &forms[i], &f->form[i]);
	return f;
}

void hu_text_forms_destroy(struct hu_text_forms *f)
{
	free(f);
}

static bool event_is(const char *pattern, struct hu_str name)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '*')
		return name.len >= len - 1 && !memcmp(name.at, pattern, len - 1);
	return hu_str_is(name, pattern);
}

struct hu_text_plan hu_text_plan(const struct hu_text_forms *f, struct hu_str event)
{
	struct hu_text_plan plan = {
		.enters = hu_str_starts(event, "sys_enter_"),
		.exits = hu_str_starts(event, "sys_exit_"),
	};

	for (size_t i = 0; i < FORMS && plan.forms < HU_TEXT_TRIED; i++)
		if (event_is(forms[i].event, event))
			plan.form[plan.forms++] = &f->form[i];
	for (size_t i = 0; i < sizeof(musts) / sizeof(musts[0]) && !plan.must; i++)
		if (event_is(musts[i].event, event))
			plan.must = musts[i].field;
	return plan;
}
