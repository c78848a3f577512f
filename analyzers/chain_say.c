/* The words of the chain. */
#include "analyzers/chain.h"

#include <string.h>

void hu_chain_say_task(struct hu_chain *k, const struct hu_link *link, struct hu_out *to)
{
	switch (link->kind) {
	case HU_LINK_FELLOWS:
		hu_out_printf(to, "%zu fellow victim%s", link->count, link->count == 1 ? "" : "s");
		return;
	case HU_LINK_NOBODY:
		hu_out_puts(to, "nobody seen");
		return;
	case HU_LINK_RCU:
		hu_out_puts(to, "RCU");
		return;
	case HU_LINK_DEVICE:
		hu_out_printf(to, "block device %lld:%lld", (long long)(link->number >> 20),
			      (long long)(link->number & 0xfffff));
		return;
	case HU_LINK_REST:
		hu_out_puts(to, "others");
		return;
	default:
		break;
	}
	if (link->tid < 0 && !link->comm)
		hu_out_puts(to, link->parent == SIZE_MAX ? "the caller" : "an unknown task");
	else
		hu_say_task(k->c, link->tid, link->comm, to);
}

static void say_lock(const struct hu_part *part, struct hu_out *to)
{
	if (part->lock.name)
		hu_out_puts(to, part->lock.name);
	else if (!part->lock.address)
		hu_out_printf(to, "a %s that the capture does not name", hu_lock_word(part->type));
	else
		hu_out_printf(to, "%s 0x%llx", hu_lock_word(part->type),
			      (unsigned long long)part->lock.address);
	if (hu_mode_name(part->mode))
		hu_out_printf(to, ", to %s", hu_mode_name(part->mode));
	if (part->frame)
		hu_out_printf(to, ", in %s", part->frame);
}

static const char *lock_label(struct hu_chain *k, const struct hu_link *link, struct hu_out *to)
{
	struct hu_part part = {.lock = link->lock};

	if (hu_lock_same(link->lock, k->cause->part.lock)) {
		hu_out_puts(to, k->cause->label);
	} else {
		say_lock(&part, to);
	}
	return to->at;
}

static void say_part(struct hu_chain *k, const struct hu_link *link, struct hu_out *to)
{
	const struct hu_part *p = &link->part;

	switch (p->kind) {
	case HU_PART_LOCK:
		say_lock(p, to);
		break;
	case HU_PART_SLEEP:
		if (p->why == HU_WHY_UNKNOWN && p->frame) {
			hu_out_printf(to, "what %s waits for", p->frame);
			break;
		}
		/* The incident's own cause has the better word: "an expedited RCU grace period". */
		hu_out_puts(to, k->cause->part.kind == HU_PART_SLEEP && k->cause->part.why == p->why
					? k->cause->label
					: hu_why_name(p->why));
		if (p->frame)
			hu_out_printf(to, " (%s)", p->frame);
		break;
	case HU_PART_RUNNABLE:
		hu_out_puts(to, "a CPU");
		break;
	case HU_PART_RUNNING:
		break;
	case HU_PART_UNKNOWN:
		hu_out_puts(to, "the capture does not show it");
		break;
	}
}

void hu_chain_say(struct hu_chain *k, const struct hu_link *link, struct hu_out *to)
{
	switch (link->kind) {
	case HU_LINK_PART:
		say_part(k, link, to);
		break;
	case HU_LINK_SCAN:
		if (link->count == 1)
			hu_out_printf(to, "one call of %s", link->scan->function);
		else
			hu_out_printf(to, "%zu calls of %s", link->count, link->scan->function);
		if (link->scan->shrinker)
			hu_out_printf(to, " (shrinker 0x%llx)",
				      (unsigned long long)link->scan->shrinker);
		break;
	case HU_LINK_HOLDER:
		lock_label(k, link, to);
		if (hu_mode_name(link->mode))
			hu_out_printf(to, ", for %s", hu_mode_name(link->mode));
		break;
	case HU_LINK_CIRCLE:
		lock_label(k, link, to);
		hu_out_puts(to,
			    ", and waits itself behind what stands above: a circle, which nobody "
			    "in it can leave");
		break;
	case HU_LINK_FELLOWS:
		hu_out_puts(to, "got ");
		lock_label(k, link, to);
		hu_out_puts(to, " first and passed it on");
		break;
	case HU_LINK_NOBODY:
		hu_out_puts(to, "no record shows a holder");
		break;
	case HU_LINK_SEAT:
		hu_out_puts(to, "on the CPU that was waited for");
		break;
	case HU_LINK_QUIET:
		hu_out_printf(to, "on CPU %lld without a context switch until ",
			      (long long)link->number);
		hu_out_stamp(to, link->until);
		hu_out_puts(to,
			    ": a grace period cannot end before that CPU has passed a quiescent "
			    "state");
		break;
	case HU_LINK_RCU:
		hu_out_puts(to, "no CPU was seen to hold up the grace period");
		break;
	case HU_LINK_DEVICE:
		hu_out_printf(to, "%zu request%s", link->count, link->count == 1 ? "" : "s");
		if (link->word)
			hu_out_printf(to, " (%s)", link->word);
		break;
	case HU_LINK_WORKER:
		hu_out_puts(to, "ended the wait by a wakeup");
		break;
	case HU_LINK_REST:
		hu_out_printf(to, "%zu shorter link%s", link->count, link->count == 1 ? "" : "s");
		break;
	}
}
