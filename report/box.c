/* The box on top: who waited, for what, who was in the way, how we know, what ends it, when. */
#include "report/phrase.h"

#include <inttypes.h>
#include <math.h>

static void also(struct hu_out *to)
{
	if (to->len)
		hu_out_puts(to, " · ");
}

static struct hu_box_line *add(struct hu_box_line *box, size_t *n, const char *label)
{
	struct hu_box_line *line = &box[(*n)++];

	*line = (struct hu_box_line){.label = label};
	return line;
}

static void waited(struct hu_page *page, const struct hu_page_incident *in,
		   struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};

	if (!in->operation.len) {
		hu_out_puts(&value, "no single call");
		hu_out_puts(&detail, in->lock_type.len ? "the time was spent on the CPUs"
						       : "none is known to have waited for this");
	} else {
		if (in->comm.len)
			hu_phrase_task(&value, in->comm, in->tid);
		else
			hu_out_str(&value, in->operation);
		if (in->comm.len)
			hu_out_str(&detail, in->operation);
		if (in->stalled != HU_OPEN) {
			also(&detail);
			hu_out_grouped(&detail, in->stalled);
			if (in->operations != HU_OPEN) {
				hu_out_puts(&detail, " of ");
				hu_out_grouped(&detail, in->operations);
			}
			int64_t all = in->operations != HU_OPEN ? in->operations : in->stalled;
			hu_out_puts(&detail, all == 1 ? " call stalled" : " calls stalled");
		}
		if (in->worst_ns != HU_OPEN) {
			also(&detail);
			hu_out_puts(&detail, in->worst_open ? "worst at least " : "worst ");
			hu_phrase_duration(&detail, in->worst_ns);
		}
	}
	if (in->operation.len && in->detail.len) {
		also(&detail);
		hu_out_str(&detail, in->detail);
	}
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

static void lock(struct hu_page *page, const struct hu_page_incident *in, struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};

	hu_phrase_lock(&value, in);
	if (in->lock_type.len)
		hu_out_str(&detail, in->lock_type);
	if (in->lock_wanted.len) {
		also(&detail);
		hu_out_puts(&detail, "wanted: ");
		hu_out_str(&detail, in->lock_wanted);
	}
	if (in->lock_held.len) {
		also(&detail);
		hu_out_puts(&detail, "held: ");
		hu_out_str(&detail, in->lock_held);
	}
	if (in->has_address && in->lock_name.len) {
		also(&detail);
		hu_phrase_address(&detail, in->lock_address);
	}
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

static void holder(struct hu_page *page, const struct hu_page_incident *in,
		   struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};

	if (!in->holder_count && !in->operation.len && in->detail.len) {
		hu_out_str(&value, in->detail);
		hu_out_puts(&detail, "a profile does not show who holds a spin lock: those who "
				     "spin for it take turns");
	} else if (!in->holder_count) {
		hu_out_puts(&value, "not known");
		hu_out_str(&detail, in->cause);
		line->tone = HU_TONE_WARN;
	} else {
		const struct hu_page_holder *h = &in->holders[0];
		if (hu_str_is(h->how, "signature"))
			hu_out_puts(&value, "candidate: ");
		hu_phrase_task(&value, h->comm, h->tid);
		if (h->holds != HU_OPEN)
			hu_out_printf(&detail, "%" PRId64 " %s", h->holds,
				      h->holds == 1 ? "hold" : "holds");
		if (h->longest_ns != HU_OPEN) {
			also(&detail);
			hu_out_puts(&detail, "longest ");
			hu_phrase_duration(&detail, h->longest_ns);
			if (h->doing.len) {
				hu_out_puts(&detail, ", in ");
				hu_out_str(&detail, h->doing);
			}
		}
		if (isfinite(h->share)) {
			also(&detail);
			hu_phrase_share(&detail, h->share);
			hu_out_puts(&detail,
				    in->operation.len ? " of the blocked time" : " of the time");
		}
		for (size_t i = 1; i < in->holder_count && i < 3; i++) {
			hu_out_puts(&detail, i == 1 ? " · also " : ", ");
			hu_phrase_task(&detail, in->holders[i].comm, in->holders[i].tid);
			if (isfinite(in->holders[i].share)) {
				hu_out_putc(&detail, ' ');
				hu_phrase_share(&detail, in->holders[i].share);
			}
		}
		if (in->holder_count > 3)
			hu_out_printf(&detail, " and %zu more", in->holder_count - 3);
	}
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

static void how(struct hu_page *page, const struct hu_page_incident *in, struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};

	if (in->holder_count) {
		hu_out_str(&value, in->holders[0].how);
		hu_out_puts(&detail, hu_phrase_how(in->holders[0].how));
		also(&detail);
		hu_out_puts(&detail, "confidence: ");
		hu_out_str(&detail, in->confidence);
		line->tone = hu_phrase_how_tone(in->holders[0].how);
	} else {
		hu_out_puts(&value, "confidence: ");
		hu_out_str(&value, in->confidence);
	}
	if (hu_str_is(in->confidence, "low"))
		line->tone = HU_TONE_WARN;
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

static void fix(struct hu_page *page, const struct hu_page_incident *in, struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};

	if (!in->fix_count) {
		hu_out_puts(&value, "none in the library");
		hu_out_puts(&detail, "see what to do");
	} else {
		hu_phrase_fixed_in(&value, &in->fixes[0]);
		hu_out_puts(&detail, hu_phrase_applies(&in->fixes[0], &line->tone));
		if (in->fixes[0].decided_text.len) {
			hu_out_puts(&detail, ": ");
			hu_out_str(&detail, in->fixes[0].decided_text);
		}
		if (in->fix_count > 1)
			hu_out_printf(&detail, " · %zu other candidate%s", in->fix_count - 1,
				      in->fix_count > 2 ? "s" : "");
	}
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

static void when(struct hu_page *page, const struct hu_page_incident *in, struct hu_box_line *line)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out value = {0}, detail = {0};
	int64_t wall;

	hu_phrase_stamp(&value, page, in->at_ns);
	hu_phrase_duration(&detail, in->at_ns);
	hu_out_puts(&detail, " into the capture");
	if (page->verdict.wall_from_ns != HU_OPEN &&
	    !__builtin_add_overflow(page->verdict.wall_from_ns, in->at_ns, &wall)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_rfc3339(&text, wall);
		if (text.len > 19) {
			also(&detail);
			hu_out_bytes(&detail, text.at + 11, 8);
			hu_out_puts(&detail, " UTC");
		}
	}
	line->value = hu_phrase_keep(page, &value);
	line->detail = hu_phrase_keep(page, &detail);
}

size_t hu_phrase_box(struct hu_page *page, const struct hu_page_incident *in,
		     struct hu_box_line box[HU_BOX_LINES])
{
	size_t n = 0;

	waited(page, in, add(box, &n, in->operation.len ? "Who waited" : "Who was slowed"));
	if (in->has_lock) {
		lock(page, in, add(box, &n, "For which lock"));
	} else {
		struct hu_box_line *line = add(box, &n, "For what");
		line->value = in->cause.len ? in->cause : hu_str("not known");
		line->detail = hu_str("no lock");
	}
	if (in->holder_count || in->has_lock)
		holder(page, in, add(box, &n, in->operation.len ? "Who held it" : "Who is in it"));
	how(page, in, add(box, &n, "How we know"));
	fix(page, in, add(box, &n, "Known fix"));
	if (in->at_ns != HU_OPEN)
		when(page, in, add(box, &n, "Worst one began"));
	/* Ten seconds are enough to read it. */
	for (size_t i = 0; i < n; i++) {
		box[i].value = hu_phrase_cut(page, box[i].value, 100);
		box[i].detail = hu_phrase_cut(page, box[i].detail, 300);
	}
	return n;
}
