/*
 * Bodies of printed events to fields. Most events print "name=value name=value", and are taken
 * apart as that; the others have their print forms in one table. A form is a TP_printk() of
 * include/trace/events/ (which kernel's, stands beside it) or what a plugin of libtraceevent
 * prints instead.
 */
#include "ingest/textfields_private.h"

#include <string.h>

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

static enum hu_text_as kind_of(const struct hu_text_event *event, struct hu_str field)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (hu_str_is(field, kinds[i].field))
			return kinds[i].as;
	if (hu_str_is(field, "name") && hu_str_starts(event->name, "lock_"))
		return HU_TEXT_AS_WORDS;
	if (hu_str_is(field, "flags") && hu_str_starts(event->name, "contention_"))
		return HU_TEXT_AS_LOCK_FLAGS;
	if (hu_str_is(field, "ret") && hu_str_starts(event->name, "sys_exit"))
		return HU_TEXT_AS_RESULT;
	return HU_TEXT_AS_NUMBER;
}

static void add(const struct hu_text_event *event, struct hu_str name, struct hu_str value,
		struct hu_text_values *to)
{
	if (to->count == HU_TEXT_FIELDS)
		return;
	to->name[to->count] = name;
	to->value[to->count] = value;
	to->as[to->count++] = (uint8_t)kind_of(event, name);
}

/* Forms. */

struct match {
	const struct hu_text_event *event;
	struct hu_text_values *to;
	unsigned steps; /* left: a body is hostile, and fields may be tried at several lengths */
};

/* What a number is printed as, whatever stands around it. */
static bool fits(enum hu_text_as as, struct hu_str value)
{
	if (as == HU_TEXT_AS_WORDS)
		return true;
	if (!value.len)
		return as == HU_TEXT_AS_LOCK_FLAGS;
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] == ' ' && as != HU_TEXT_AS_SYMBOL)
			return false;
	if (as == HU_TEXT_AS_POINTER) { /* "(null)", "(____ptrval____)" */
		uint64_t unused;
		return value.at[0] == '(' || hu_text_hex(value, &unused);
	}
	return as != HU_TEXT_AS_NUMBER || hu_text_looks_like_number(value);
}

static bool follow(struct match *m, const char *form, struct hu_str body)
{
	size_t literal = strcspn(form, "<");

	if (!m->steps || body.len < literal || memcmp(body.at, form, literal) != 0)
		return false;
	m->steps--;
	body = hu_str_skip(body, literal);
	form += literal;
	if (!*form)
		return !body.len;

	const char *end = strchr(form, '>');
	struct hu_str name = {form + 1, (size_t)(end - form) - 1};
	size_t before = m->to->count;
	form = end + 1;
	const char *equals = memchr(name.at, '=', name.len);
	if (equals) {
		struct hu_str implied = {equals + 1, (size_t)(end - equals) - 1};
		name.len = (size_t)(equals - name.at);
		add(m->event, name, implied, m->to);
		return follow(m, form, body);
	}
	bool ignored = hu_str_is(name, "*");
	enum hu_text_as as = ignored ? HU_TEXT_AS_WORDS : kind_of(m->event, name);
	/* shortest first, up to each place where the text behind the field can begin */
	char next = *form == '<' ? 0 : *form;
	for (size_t len = 0; len <= body.len; len++) {
		if (*form && next && (len == body.len || body.at[len] != next))
			continue;
		if (!next && len < body.len)
			continue;
		struct hu_str value = {body.at, len};
		if (!fits(as, value))
			continue;
		m->to->count = before;
		if (!ignored)
			add(m->event, name, value, m->to);
		if (follow(m, form, hu_str_skip(body, len)))
			return true;
		if (!m->steps)
			return false;
	}
	m->to->count = before;
	return false;
}

static bool event_is(const char *pattern, struct hu_str name)
{
	if (!name.len || (pattern[0] != name.at[0] && pattern[0] != '*'))
		return false;
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '*')
		return name.len >= len - 1 && !memcmp(name.at, pattern, len - 1);
	return hu_str_is(name, pattern);
}

static bool by_form(const struct hu_text_event *event, struct hu_str body,
		    struct hu_text_values *to)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!event_is(forms[i].event, event->name))
			continue;
		struct match m = {event, to, 2000};
		to->count = 0;
		if (!follow(&m, forms[i].form, body))
			continue;
		to->form = &forms[i];
		if (hu_str_starts(hu_str(forms[i].form), "<prev_comm>"))
			for (size_t f = 0; f < to->count; f++)
				if (to->as[f] == HU_TEXT_AS_STATE)
					to->as[f] = HU_TEXT_AS_PLUGIN_STATE;
		return true;
	}
	to->count = 0;
	return false;
}

/* Fields that say their names. */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* Where the name in front of `equals` begins; `equals` itself if there is none. */
static size_t name_before(struct hu_str body, size_t equals, size_t from)
{
	size_t at = equals;

	while (at > from && name_char(body.at[at - 1]))
		at--;
	if (at < equals && at > 0 && body.at[at - 1] != ' ' && body.at[at - 1] != '(' &&
	    body.at[at - 1] != ',' && body.at[at - 1] != '[')
		return equals;
	return at < equals && !(body.at[at] >= '0' && body.at[at] <= '9') ? at : equals;
}

static struct hu_str value_of(struct hu_str s)
{
	s = hu_str_trim(s);
	if (hu_str_ends(s, "==>"))
		s = hu_str_trim((struct hu_str){s.at, s.len - 3});
	if (s.len && s.at[s.len - 1] == ',')
		s.len--;
	if (s.len > 1 && s.at[0] == '"' && s.at[s.len - 1] == '"')
		s = (struct hu_str){s.at + 1, s.len - 2};
	return s;
}

/* "a=1 b=two words c=3": a value goes on to the blank in front of the next name. */
static void by_equals(const struct hu_text_event *event, struct hu_str body,
		      struct hu_text_values *to)
{
	struct hu_str name = {NULL, 0};
	size_t begins = 0;
	bool quoted = false;

	for (size_t i = 0; i < body.len && to->count < HU_TEXT_FIELDS; i++) {
		if (body.at[i] == '"' && (quoted || (i && body.at[i - 1] == '=')))
			quoted = !quoted;
		if (body.at[i] != '=' || quoted)
			continue;
		size_t at = name_before(body, i, begins);
		if (at == i)
			continue;
		if (name.len)
			add(event, name, value_of((struct hu_str){body.at + begins, at - begins}),
			    to);
		name = (struct hu_str){body.at + at, i - at};
		begins = i + 1;
	}
	if (name.len)
		add(event, name, value_of(hu_str_skip(body, begins)), to);
}

/* "dev_name: 47b05f, dir_name: 7ffc…" of print_syscall_enter(): hex that does not say so; 7.x puts
 * the text that the pointer leads to behind it: `0x5611f1b3df80 "/mnt/f"`. */
static void by_colon(const struct hu_text_event *event, struct hu_str body,
		     struct hu_text_values *to)
{
	while (body.len && to->count < HU_TEXT_FIELDS) {
		size_t at = 0;
		while (at < body.len && name_char(body.at[at]))
			at++;
		if (!at || at == body.len || body.at[at] != ':')
			return;
		struct hu_str name = {body.at, at};
		body = hu_str_trim(hu_str_skip(body, at + 1));
		size_t end = 0;
		bool quoted = false;
		while (end < body.len && (quoted || body.at[end] != ','))
			quoted ^= body.at[end++] == '"';
		struct hu_str value = {body.at, end};
		ptrdiff_t text = hu_str_find(value, "\"");
		add(event, name, value_of(hu_str_skip(value, text > 0 ? (size_t)text : 0)), to);
		if (to->as[to->count - 1] == HU_TEXT_AS_NUMBER)
			to->as[to->count - 1] = text >= 0 ? HU_TEXT_AS_WORDS : HU_TEXT_AS_HEX;
		body = hu_str_trim(hu_str_skip(body, end + 1));
	}
}

/* Probes. */

static bool is_place(struct hu_str s)
{
	struct hu_text_frame frame;

	return hu_text_frame(s, &frame) && (frame.address || hu_str_find(s, "+") > 0);
}

static struct hu_str without_offset(struct hu_str s)
{
	ptrdiff_t plus = hu_str_find(s, "+");

	return plus > 0 ? (struct hu_str){s.at, (size_t)plus} : s;
}

/*
 * "(down_read+0x0/0x50) …" and "(vfs_read+0x9a/0x1b0 <- down_read) …" of
 * kernel/trace/trace_kprobe.c, print_kretprobe_event(): where it returns to, then what returned.
 * The print format beside it, which user space goes by, has them the other way round and as bare
 * hex:
 * "(%lx <- %lx)", __probe_func, __probe_ret_ip.
 */
static bool by_probe(const struct hu_text_event *event, struct hu_str body,
		     struct hu_text_values *to)
{
	ptrdiff_t end = hu_str_find(body, ")");

	if (body.len < 3 || body.at[0] != '(' || end < 2)
		return false;
	struct hu_str inside = {body.at + 1, (size_t)end - 1};
	struct hu_str rest = hu_str_skip(body, (size_t)end + 1);
	ptrdiff_t arrow = hu_str_find(inside, " <- ");
	if (arrow < 0) {
		if (!is_place(inside))
			return false;
		add(event, hu_str("__probe_ip"), inside, to);
	} else {
		struct hu_str first = {inside.at, (size_t)arrow};
		struct hu_str second = hu_str_skip(inside, (size_t)arrow + 4);
		struct hu_text_frame returned, to_where;
		if (!hu_text_frame(first, &to_where) || !hu_text_frame(second, &returned))
			return false;
		if (to_where.symbol.len || returned.symbol.len || hu_str_starts(first, "0x"))
			add(event, hu_str("__probe_func"),
			    returned.symbol.len ? without_offset(second) : second, to);
		else
			add(event, hu_str("__probe_func"), first, to);
	}
	by_equals(event, rest, to);
	return true;
}

/*
 * The last field among those that count: a line that is in none of the forms (raw fields are in
 * none) and does not have it is cut, and what stands last in it may be half a number.
 */
static bool is_whole(const struct hu_text_event *event, const struct hu_text_values *v)
{
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

	for (size_t i = 0; i < sizeof(musts) / sizeof(musts[0]); i++) {
		if (!event_is(musts[i].event, event->name))
			continue;
		for (size_t f = 0; f < v->count; f++)
			if (hu_str_is(v->name[f], musts[i].field))
				return true;
		return false;
	}
	return true;
}

static void split(const struct hu_text_event *event, struct hu_text_values *ret)
{
	struct hu_str body = hu_str_trim(event->body);

	ret->count = 0;
	ret->form = NULL;
	if (by_form(event, body, ret) || by_probe(event, body, ret))
		return;
	ret->count = 0;
	if (hu_str_starts(event->name, "sys_exit_") && hu_text_looks_like_number(body)) {
		add(event, hu_str("ret"), body, ret);
		return;
	}
	if (hu_str_starts(event->name, "sys_enter_"))
		by_colon(event, body, ret);
	if (!ret->count)
		by_equals(event, body, ret);
}

void hu_text_split(const struct hu_text_event *event, struct hu_text_values *ret)
{
	split(event, ret);
	ret->whole = ret->form || is_whole(event, ret);
}
