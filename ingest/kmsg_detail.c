/* What stands in a report beside its frames. Asked for every line of one. */
#include "ingest/kmsg_words.h"

struct hu_str hu_kmsg_rip(struct hu_str s)
{
	const struct hu_str none = {0};

	/* 0010 is the kernel's code segment on x86-64, 0060 on 32 bit. */
	if (hu_str_starts(s, "RIP: 0010:") || hu_str_starts(s, "EIP: 0060:"))
		s = hu_str_skip(s, 10);
	else
		return none;
	if (hu_str_starts(s, "[<")) { /* before 4.9: "RIP: 0010:[<ffffffff81…>]  [<…>] symbol+…" */
		ptrdiff_t last = hu_kmsg_find_last(s, "] ");
		if (last < 0)
			return none;
		s = hu_str_trim(hu_str_skip(s, (size_t)last + 2));
	}
	ptrdiff_t plus = hu_str_find(s, "+0x");
	if (plus <= 0)
		return none;
	return (struct hu_str){s.at, (size_t)plus};
}

/* Words of the raw stack, which kernels before 4.10 print above a call trace. */
static bool stack_words(struct hu_str s)
{
	uint64_t value;
	struct hu_str word = hu_str_word(&s);

	if (word.len != 16 && word.len != 8)
		return false;
	do
		if (!hu_str_u64(word, 16, &value))
			return false;
	while ((word = hu_str_word(&s)).len);
	return true;
}

bool hu_kmsg_held_lock(struct hu_str s, struct hu_kmsg_held *ret)
{
	struct hu_kmsg_held held = {0};
	int64_t number;

	if (!hu_str_starts(s, "#"))
		return false;
	held.number = hu_str_split(&s, ':');
	ptrdiff_t open = hu_str_find(s, " ("), close = hu_str_find(s, "){"),
		  at = hu_str_find(s, ", at: ");
	if (!hu_str_i64(hu_str_skip(held.number, 1), &number) || open < 0 || close < open)
		return false;
	held.address = hu_str_trim((struct hu_str){s.at, (size_t)open});
	held.name = (struct hu_str){s.at + open + 2, (size_t)(close - open - 2)};
	if (at > close) {
		struct hu_str rest = hu_str_trim(hu_str_skip(s, (size_t)at + 6));
		if (hu_str_starts(rest, "[<")) { /* before 4.16 */
			hu_str_word(&rest);
			rest = hu_str_trim(rest);
		}
		held.function = hu_str_split(&rest, '+');
	}
	*ret = held;
	return true;
}

bool hu_kmsg_is_queue(struct hu_str s)
{
	static const char *const begins[] = {
		"workqueue ", "pwq ",	  "in-flight:", "pending:",
		"inactive:",  "delayed:", "pool ",	"Showing backtraces"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(s, begins[i]))
			return true;
	return false;
}

bool hu_kmsg_is_detail(struct hu_str s)
{
	static const char *const begins[] = {
		"RIP: ",	  "RSP: ",	 "RAX: ",	 "RDX: ",
		"RBP: ",	  "R10: ",	 "R13: ",	 "FS: ",
		"CS: ",		  "CR2: ",	 "DR0: ",	 "DR3: ",
		"PKRU: ",	  "Code: ",	 "EIP: ",	 "EAX: ",
		"ESI: ",	  "DS: ",	 "EFLAGS",	 "ORIG_",
		"pc : ",	  "lr : ",	 "sp : ",	 "pstate: ",
		"x29: ",	  "x26: ",	 "x23: ",	 "x20: ",
		"x17: ",	  "x14: ",	 "x11: ",	 "x8 : ",
		"x5 : ",	  "x2 : ",	 "NIP",		 "LR ",
		"MSR: ",	  "CFAR: ",	 "GPR",		 "Modules linked in:",
		"Hardware name:", "Workqueue: ", "Stack:",	 "Tainted:",
		"Not tainted ",	  "\"echo 0 >",	 "CPU: ",	 "Call Trace:",
		"Call trace:",	  "Backtrace:",	 "Sending NMI ",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(s, begins[i]))
			return true;
	if (s.len && s.at[0] == '#')
		return hu_kmsg_held_lock(s, &(struct hu_kmsg_held){0});
	return stack_words(s) || hu_str_starts(s, "no locks held by ") ||
	       hu_str_starts(s, "INFO: lockdep is turned off");
}
