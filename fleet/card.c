/*
 * From one bundle's store, or from the reason why there is none, to its card. What a card says
 * stands in two pieces: the body, which is a function of bundle, tool and options, and the place
 * where this copy of the bundle was found.
 */
#include "fleet/card.h"

#include <string.h>

#include "db/sha256.h"
#include "fleet/card_parts.h"

/* A card is for counting and for finding the report that says the rest. */
enum { MOST_INCIDENTS = 24, MOST_HOLDERS = 6, MOST_FIXES = 3 };

static const char *const reasons[HU_CARD_REASONS] = {
	[HU_CARD_MISSING] = "missing",
	[HU_CARD_DENIED] = "denied",
	[HU_CARD_CHANGED] = "changed",
	[HU_CARD_DAMAGED] = "damaged",
	[HU_CARD_NOTHING_USABLE] = "nothing_usable",
	[HU_CARD_TIMEOUT] = "timeout",
	[HU_CARD_MEMORY] = "memory",
	[HU_CARD_CRASHED] = "crashed",
	[HU_CARD_FAULT] = "fault",
};

const char *hu_card_reason_word(enum hu_card_reason reason)
{
	return (unsigned)reason < HU_CARD_REASONS ? reasons[reason] : "fault";
}

/* ---------------------------------------------------------------- incidents */

/* The signature without the operations that suffered: one cause, whoever noticed it. */
static struct hu_str cause_key(const struct hu_page_incident *in)
{
	struct hu_str key = in->signature;

	if (in->operation.at && hu_str_find(key, "|") >= 0)
		hu_str_split(&key, '|');
	return key;
}

static void put_at(struct hu_line *l, const struct hu_page *page, int64_t ns)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	int64_t at = page->verdict.wall_from_ns;

	if (at == HU_OPEN || (ns != HU_OPEN && __builtin_add_overflow(at, ns, &at))) {
		hu_line_text(l, "at", hu_card_none(), SHORT);
		return;
	}
	hu_out_rfc3339(&s, at);
	hu_line_text(l, "at", hu_out_view(&s), SHORT);
}

static void put_holders(struct hu_line *l, const struct hu_page_incident *in)
{
	hu_line_begin(l, "holders", '[');
	for (size_t i = 0; i < in->holder_count && i < MOST_HOLDERS; i++) {
		const struct hu_page_holder *h = &in->holders[i];
		hu_line_begin(l, NULL, '{');
		hu_line_text(l, "comm", h->comm, SHORT);
		hu_line_text(l, "role", h->role, SHORT);
		hu_line_text(l, "how", h->how, SHORT);
		hu_line_text(l, "doing", h->doing, SHORT);
		hu_line_integer(l, "longest_ns", h->longest_ns);
		hu_line_integer(l, "blocking_ns", h->blocking_ns);
		hu_line_end(l, '}');
	}
	hu_line_end(l, ']');
}

static void put_fixes(struct hu_line *l, const struct hu_page_incident *in)
{
	hu_line_begin(l, "fixes", '[');
	for (size_t i = 0; i < in->fix_count && i < MOST_FIXES; i++) {
		const struct hu_page_fix *f = &in->fixes[i];
		hu_line_begin(l, NULL, '{');
		hu_line_text(l, "id", f->id, SHORT);
		hu_line_text(l, "title", f->title, WORDS);
		hu_line_text(l, "applies", f->applies, SHORT);
		hu_line_text(l, "decided_by", f->decided_by, SHORT);
		hu_line_text(l, "fixed_in", f->fixed_in, SHORT);
		hu_line_end(l, '}');
	}
	hu_line_end(l, ']');
}

static void put_incident(struct hu_line *l, const struct hu_page *page,
			 const struct hu_page_incident *in)
{
	hu_line_begin(l, NULL, '{');
	hu_line_text(l, "id", in->id, SHORT);
	hu_line_text(l, "signature", in->signature, WORDS);
	hu_line_text(l, "cause_key", cause_key(in), WORDS);
	hu_line_text(l, "title", in->title, WORDS);
	hu_line_text(l, "confidence", in->confidence, SHORT);
	hu_line_text(l, "operation", in->operation, SHORT);
	hu_line_text(l, "lock", in->lock_name, SHORT);
	hu_line_text(l, "lock_type", in->lock_type, SHORT);
	hu_line_text(l, "wanted", in->lock_wanted, SHORT);
	hu_line_text(l, "held", in->lock_held, SHORT);
	hu_line_text(l, "cause", in->cause, WORDS);
	hu_line_integer(l, "stalled", in->stalled);
	hu_line_integer(l, "operations", in->operations);
	hu_line_integer(l, "total_ns", in->total_ns);
	hu_line_integer(l, "worst_ns", in->worst_ns);
	hu_line_boolean(l, "worst_open", in->worst_open);
	put_at(l, page, in->at_ns);
	hu_line_integer(l, "estimate_worst_ns", in->estimate_ns);
	hu_line_text(l, "estimate_basis", in->estimate_basis, WORDS);
	put_holders(l, in);
	put_fixes(l, in);
	hu_line_end(l, '}');
}

/* ---------------------------------------------------------------- the card */

/* `reason` NULL: judged. */
static void put_head(struct hu_line *l, const struct hu_card_meta *meta, const char *reason,
		     struct hu_str verdict, struct hu_str sentence)
{
	bool judged = !reason && !hu_str_is(verdict, "not_assessed");

	hu_line_text(l, "tool", hu_str(HU_VERSION), SHORT);
	hu_line_text(l, "options", meta->options.at ? meta->options : hu_str(""), WORDS);
	hu_line_boolean(l, "judged", judged);
	hu_line_text(l, "verdict", reason ? hu_card_none() : verdict, SHORT);
	hu_line_text(l, "reason",
		     reason   ? hu_str(reason)
		     : judged ? hu_card_none()
			      : hu_str("not_assessed"),
		     SHORT);
	hu_line_text(l, "sentence", sentence, LONG);
}

static void put_page(struct hu_line *l, const struct hu_page *page, size_t incidents)
{
	hu_line_boolean(l, "lossy", page->verdict.lossy);
	hu_line_integer(l, "threshold_ns", page->verdict.threshold_ns);
	hu_card_host(l, page);
	hu_line_begin(l, "window", '{');
	hu_line_text(l, "from", page->verdict.wall_from, SHORT);
	hu_line_text(l, "to", page->verdict.wall_to, SHORT);
	hu_line_integer(l, "duration_ns", page->verdict.duration_ns);
	hu_line_end(l, '}');
	hu_line_integer(l, "bytes", page->bundle_bytes);
	hu_line_integer(l, "files", page->bundle_files);
	hu_card_tags(l, page);
	hu_card_sources(l, page);
	hu_line_integer(l, "incident_count", (int64_t)page->incident_count);
	hu_line_begin(l, "incidents", '[');
	for (size_t i = 0; i < page->incident_count && i < incidents; i++)
		put_incident(l, page, &page->incidents[i]);
	hu_line_end(l, ']');
}

static void put_place(struct hu_line *l, const struct hu_card_meta *meta)
{
	hu_line_begin(l, "places", '[');
	hu_line_begin(l, NULL, '{');
	hu_line_text(l, "path", meta->path.at ? meta->path : hu_str(""), 4 * LONG);
	hu_line_text(l, "name", hu_card_known(meta->name), WORDS);
	hu_line_text(l, "content", hu_card_known(meta->content), SHORT);
	hu_line_text(l, "report", hu_card_known(meta->report), LONG);
	hu_line_end(l, '}');
	hu_line_end(l, ']');
}

static bool is_hash(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
			return false;
	return s.len == HU_SHA256_TEXT - 1;
}

static void assemble(const struct hu_card_meta *meta, struct hu_str sha256,
		     const struct hu_out *body, struct hu_out *to)
{
	struct hu_line l = {.to = to};
	struct hu_sha256 sha;
	char key[HU_SHA256_TEXT], sum[HU_SHA256_TEXT];

	if (is_hash(sha256)) {
		memcpy(key, sha256.at, HU_SHA256_TEXT - 1);
		key[HU_SHA256_TEXT - 1] = '\0';
	} else {
		hu_sha256_init(&sha);
		hu_sha256_add(&sha, "path\n", 5);
		if (meta->path.len)
			hu_sha256_add(&sha, meta->path.at, meta->path.len);
		hu_sha256_finish(&sha, key);
	}
	hu_sha256_init(&sha);
	hu_sha256_add(&sha, body->at, body->len);
	hu_sha256_finish(&sha, sum);
	hu_line_begin(&l, NULL, '{');
	hu_line_text(&l, "schema", hu_str("holdup.card.v1"), SHORT);
	hu_line_text(&l, "key", hu_str(key), SHORT);
	hu_line_text(&l, "body", hu_str(sum), SHORT);
	hu_out_putc(to, ',');
	hu_out_str(to, hu_out_view(body));
	put_place(&l, meta);
	hu_line_end(&l, '}');
}

static struct hu_err *make(struct hu_store *store, const struct hu_card_meta *meta,
			   const char *reason, struct hu_str sentence, struct hu_out *to)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out body = {0};
	struct hu_err *err = hu_page_open(store, SIZE_MAX, &page);

	if (err)
		return err;
	/* A hostile bundle's names may grow when they are escaped: then fewer incidents. */
	for (size_t n = MOST_INCIDENTS;; n /= 2) {
		struct hu_line l = {.to = &body};
		hu_out_clear(&body);
		put_head(&l, meta, reason, page->verdict.outcome,
			 sentence.at ? sentence : page->verdict.sentence);
		put_page(&l, page, n);
		if (body.len < HU_CARD_MAX / 2 || !n)
			break;
	}
	assemble(meta, is_hash(page->bundle_sha256) ? page->bundle_sha256 : meta->content, &body,
		 to);
	return NULL;
}

struct hu_err *hu_card_make(struct hu_store *store, const struct hu_card_meta *meta,
			    struct hu_out *to)
{
	return make(store, meta, NULL, hu_card_none(), to);
}

struct hu_err *hu_card_make_unusable(struct hu_store *store, const struct hu_card_meta *meta,
				     enum hu_card_reason reason, struct hu_str sentence,
				     struct hu_out *to)
{
	return make(store, meta, hu_card_reason_word(reason), sentence, to);
}

void hu_card_failed(const struct hu_card_meta *meta, enum hu_card_reason reason,
		    struct hu_str sentence, struct hu_out *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out body = {0};
	struct hu_line l = {.to = &body};

	put_head(&l, meta, hu_card_reason_word(reason), hu_card_none(),
		 sentence.at ? sentence : hu_str(""));
	assemble(meta, meta->content, &body, to);
}
