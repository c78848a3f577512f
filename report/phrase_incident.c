/* How one incident is worded: how a holder is known, known fixes, the chain, the impact. */
#include "report/phrase.h"

static const struct {
	const char *how, *text;
	enum hu_tone tone;
} hows[] = {
	{"observed", "its acquire and release were seen, matched by the lock's address",
	 HU_TONE_GOOD},
	{"handed_over", "its release ended the wait", HU_TONE_GOOD},
	{"recorded_owner", "the kernel itself named it", HU_TONE_GOOD},
	{"overlapping", "seen during the wait in a function that runs under this lock",
	 HU_TONE_WARN},
	{"signature", "only the waiter's stack names the lock; the holder is a candidate",
	 HU_TONE_WARN},
};

const char *hu_phrase_how(struct hu_str how)
{
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
		if (hu_str_is(how, hows[i].how))
			return hows[i].text;
	return "";
}

enum hu_tone hu_phrase_how_tone(struct hu_str how)
{
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
		if (hu_str_is(how, hows[i].how))
			return hows[i].tone;
	return HU_TONE_PLAIN;
}

const char *hu_phrase_applies(const struct hu_page_fix *fix, enum hu_tone *tone)
{
	bool released = fix->fixed_in.len > 0;

	if (hu_str_is(fix->applies, "affected")) {
		*tone = HU_TONE_BAD;
		return released ? "this kernel does not have it"
				: "a known cause, and no release is known to fix it";
	}
	if (hu_str_is(fix->applies, "fixed")) {
		*tone = HU_TONE_GOOD;
		return released ? "this kernel has it already" : "does not apply to this kernel";
	}
	*tone = HU_TONE_WARN;
	return released ? "not known whether this kernel has it"
			: "not known whether it applies to this kernel";
}

void hu_phrase_fixed_in(struct hu_out *to, const struct hu_page_fix *fix)
{
	if (fix->fixed_in.len) {
		if (fix->fixed_in.at[0] >= '0' && fix->fixed_in.at[0] <= '9')
			hu_out_puts(to, "Linux ");
		if (fix->fixed_here.len) {
			hu_out_str(to, fix->fixed_here);
			hu_out_puts(to, " or ");
		}
		hu_out_str(to, fix->fixed_in);
	} else {
		hu_out_str(to, fix->title);
	}
}

void hu_phrase_link(struct hu_out *to, const struct hu_page_link *link)
{
	static const struct {
		const char *state, *alone, *with;
	} words[] = {
		{"waiting", " waited", " waited for "},
		{"holding", " held it", " held "},
		{"running", " was running", " was running: "},
		{"runnable", " was ready to run, but had no CPU",
		 " was ready to run, but waited for "},
		{"sleeping", " slept", " slept: "},
		{"unknown", ": not known what it did", ": not known, "},
	};

	hu_out_str(to, link->task);
	/* Nobody claims that it held something: what stands there is what it did. */
	if (hu_str_is(link->state, "holding") && !link->how.len && link->waits_on.len) {
		hu_out_puts(to, ": ");
		hu_out_str(to, link->waits_on);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!hu_str_is(link->state, words[i].state))
			continue;
		hu_out_puts(to, link->waits_on.len ? words[i].with : words[i].alone);
		hu_out_str(to, link->waits_on);
		return;
	}
	hu_out_puts(to, ": ");
	hu_out_str(to, link->state);
	if (link->waits_on.len) {
		hu_out_puts(to, " for ");
		hu_out_str(to, link->waits_on);
	}
}

void hu_phrase_impact(struct hu_out *to, const struct hu_page *page,
		      const struct hu_page_incident *in)
{
	if (in->stalled != HU_OPEN) {
		hu_out_grouped(to, in->stalled);
		if (in->operations != HU_OPEN) {
			hu_out_puts(to, " of ");
			hu_out_grouped(to, in->operations);
		}
		hu_out_putc(to, ' ');
		hu_out_str(to, in->operation.len ? in->operation : hu_str("operations"));
		int64_t all = in->operations != HU_OPEN ? in->operations : in->stalled;
		if (in->operation.len)
			hu_out_puts(to, all == 1 ? " call" : " calls");
		hu_out_puts(to, " stalled");
		if (page->verdict.threshold_ns != HU_OPEN) {
			hu_out_puts(to, " (took ");
			hu_phrase_duration(to, page->verdict.threshold_ns);
			hu_out_puts(to, " or longer)");
		}
		hu_out_puts(to, ". ");
	}
	if (in->worst_ns != HU_OPEN) {
		hu_out_puts(to, in->worst_open ? "Worst: at least " : "Worst: ");
		hu_phrase_duration(to, in->worst_ns);
		if (in->at_ns != HU_OPEN) {
			hu_out_puts(to, ", from ");
			hu_phrase_at(to, page, in->at_ns);
		}
		if (in->worst_open)
			hu_out_puts(to, "; the capture ended before it did");
		hu_out_puts(to, ". ");
	}
	if (in->median_ns != HU_OPEN) {
		hu_out_puts(to, "Median of all: ");
		hu_phrase_duration(to, in->median_ns);
		hu_out_puts(to, ". ");
	}
	if (in->total_ns != HU_OPEN) {
		hu_out_puts(to, "Time lost to stalls: ");
		hu_phrase_duration(to, in->total_ns);
		hu_out_puts(to, ". ");
	}
	if (to->len && to->at[to->len - 1] == ' ')
		to->at[--to->len] = '\0';
}

static const struct {
	const char *role, *text;
	bool of_reclaim;
} triggers[] = {
	{"kswapd", "Memory ran low: kswapd, the kernel's background reclaim, was at work", true},
	{"direct_reclaim", "Memory ran so low that a task had to reclaim some itself", true},
	{"memcg_reclaim", "A memory cgroup was at its limit, and a task in it had to reclaim",
	 true},
	{"node_reclaim", "A memory node ran low, and a task reclaimed there before asking others",
	 true},
	{"reclaim", "Memory was being reclaimed", true},
	{"drop_caches", "Somebody wrote to /proc/sys/vm/drop_caches", false},
	{"khugepaged", "khugepaged was putting huge pages together", true},
	{"kcompactd", "The kernel was compacting memory", true},
	{"kworker", "A worker of the kernel was at work", false},
	{"kernel_thread", "A thread of the kernel was at work", false},
};

void hu_phrase_trigger(struct hu_out *to, const struct hu_page *page,
		       const struct hu_page_incident *in)
{
	const struct hu_page_holder *h = in->holder_count ? &in->holders[0] : NULL;
	size_t i = 0, count = sizeof(triggers) / sizeof(triggers[0]);

	while (h && i < count && !hu_str_is(h->role, triggers[i].role))
		i++;
	if (!h || i == count) {
		if (h && h->doing.len) {
			hu_phrase_task(to, h->comm, h->tid);
			hu_out_puts(to, " was in ");
			hu_out_str(to, h->doing);
			hu_out_puts(to, ". ");
		}
		hu_out_puts(to, "What set it off is not in the capture.");
		return;
	}
	if (hu_str_is(h->how, "signature"))
		hu_out_puts(to, "If the candidate is the holder: ");
	hu_out_puts(to, triggers[i].text);
	if (h->doing.len) {
		hu_out_puts(to, ", in ");
		hu_out_str(to, h->doing);
	}
	hu_out_puts(to, ".");
	if (triggers[i].of_reclaim && page->pressure.there && page->pressure.sentence.len) {
		hu_out_putc(to, ' ');
		hu_out_str(to, page->pressure.sentence);
	}
}

void hu_phrase_estimate(struct hu_out *to, const struct hu_page_incident *in)
{
	if (in->estimate_ns == HU_OPEN)
		return;
	hu_out_puts(to, "Estimate with the fix: worst ");
	hu_phrase_duration(to, in->worst_ns);
	hu_out_puts(to, " → ");
	hu_phrase_duration(to, in->estimate_ns);
	if (in->estimate_basis.len) {
		hu_out_puts(to, " (");
		hu_out_str(to, in->estimate_basis);
		hu_out_putc(to, ')');
	}
	hu_out_putc(to, '.');
}
