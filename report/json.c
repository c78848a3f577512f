/*
 * report.json: schema "holdup.report.v1" (docs/report.md). Written by hand and not by a JSON
 * library: order and form are fixed, integers never become floating point numbers.
 */
#include <inttypes.h>
#include <math.h>

#include "report/escape.h"
#include "report/phrase.h"
#include "report/render.h"

struct json {
	struct hu_out *to;
	int depth;
	bool more; /* something stands before, on this level */
};

static void line(struct json *j)
{
	if (j->more)
		hu_out_putc(j->to, ',');
	if (j->depth)
		hu_out_printf(j->to, "\n%*s", 2 * j->depth, "");
	j->more = true;
}

/* `key` NULL: an element of an array. */
static void name(struct json *j, const char *key)
{
	line(j);
	if (key)
		hu_out_printf(j->to, "\"%s\": ", key);
}

static void begin(struct json *j, const char *key, char bracket)
{
	name(j, key);
	hu_out_putc(j->to, bracket);
	j->depth++;
	j->more = false;
}

static void end(struct json *j, char bracket)
{
	j->depth--;
	if (j->more)
		hu_out_printf(j->to, "\n%*s", 2 * j->depth, "");
	hu_out_putc(j->to, bracket);
	j->more = true;
}

static void null(struct json *j, const char *key)
{
	name(j, key);
	hu_out_puts(j->to, "null");
}

static void text(struct json *j, const char *key, struct hu_str s)
{
	if (!s.at) {
		null(j, key);
		return;
	}
	name(j, key);
	hu_escape_json(j->to, s);
}

static void boolean(struct json *j, const char *key, bool value)
{
	name(j, key);
	hu_out_puts(j->to, value ? "true" : "false");
}

/* Beyond ±(2^53 - 1) readers in other languages would round: then null, and the caller gives it as
 * text too. */
static bool exact(int64_t n)
{
	return n != HU_OPEN && n < INT64_C(1) << 53 && n > -(INT64_C(1) << 53);
}

static void integer(struct json *j, const char *key, int64_t n)
{
	if (!exact(n)) {
		null(j, key);
		return;
	}
	name(j, key);
	hu_out_printf(j->to, "%" PRId64, n);
}

static void number(struct json *j, const char *key, double n)
{
	if (!isfinite(n)) {
		null(j, key);
		return;
	}
	name(j, key);
	hu_out_printf(j->to, "%.6g", n);
}

static void texts(struct json *j, const char *key, const struct hu_page_texts *all)
{
	begin(j, key, '[');
	for (size_t i = 0; i < all->count; i++)
		text(j, NULL, all->at[i]);
	end(j, ']');
}

static void frames(struct json *j, const char *key, struct hu_str stack)
{
	struct hu_str frame;

	begin(j, key, '[');
	while (hu_str_line(&stack, &frame))
		if (frame.len)
			text(j, NULL, frame);
	end(j, ']');
}

/* Wall time of a moment of the window. */
static void wall(struct json *j, const char *key, const struct hu_page *page, int64_t ns)
{
	int64_t at;

	if (ns == HU_OPEN || page->verdict.wall_from_ns == HU_OPEN ||
	    __builtin_add_overflow(ns, page->verdict.wall_from_ns, &at)) {
		null(j, key);
		return;
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	hu_out_rfc3339(&s, at);
	text(j, key, hu_out_view(&s));
}

/* Nanoseconds of any size as decimal seconds. */
static void seconds(struct json *j, const char *key, int64_t ns)
{
	if (ns == HU_OPEN) {
		null(j, key);
		return;
	}
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	name(j, key);
	hu_out_printf(j->to, "\"%s%" PRIu64 ".%09" PRIu64 "\"", ns < 0 ? "-" : "",
		      size / UINT64_C(1000000000), size % UINT64_C(1000000000));
}

static void fact_integer(struct json *j, const char *key, struct hu_str value)
{
	int64_t n = HU_OPEN;

	hu_str_i64(value, &n);
	integer(j, key, n);
}

static void head(struct json *j, const struct hu_page *page)
{
	const struct hu_page_verdict *v = &page->verdict;

	text(j, "schema", hu_str("holdup.report.v1"));
	begin(j, "generator", '{');
	text(j, "name", hu_str("holdup"));
	text(j, "version", hu_str(HU_VERSION));
	end(j, '}');
	begin(j, "bundle", '{');
	text(j, "name", page->bundle_name);
	text(j, "sha256", page->bundle_sha256);
	integer(j, "bytes", page->bundle_bytes);
	integer(j, "files", page->bundle_files);
	end(j, '}');
	begin(j, "host", '{');
	text(j, "hostname", hu_page_fact(page, "hostname"));
	begin(j, "kernel", '{');
	text(j, "release", hu_page_fact(page, "kernel.release"));
	text(j, "base", hu_page_fact(page, "kernel.base"));
	text(j, "vendor", hu_page_fact(page, "kernel.vendor"));
	text(j, "arch", hu_page_fact(page, "kernel.arch"));
	end(j, '}');
	fact_integer(j, "cpus", hu_page_fact(page, "cpus"));
	fact_integer(j, "memory_bytes", hu_page_fact(page, "memory_bytes"));
	end(j, '}');
	begin(j, "window", '{');
	text(j, "from", v->wall_from);
	text(j, "to", v->wall_to);
	integer(j, "duration_ns", v->duration_ns);
	seconds(j, "case_from", v->window_case);
	end(j, '}');
	begin(j, "verdict", '{');
	text(j, "outcome", v->outcome);
	text(j, "sentence", v->sentence);
	text(j, "incident", v->incident);
	integer(j, "threshold_ns", v->threshold_ns);
	boolean(j, "lossy", v->lossy);
	end(j, '}');
}

static void victim(struct json *j, const struct hu_page_incident *in)
{
	if (!in->operation.at) {
		null(j, "victim");
		return;
	}
	begin(j, "victim", '{');
	text(j, "operation", in->operation);
	text(j, "detail", in->detail);
	text(j, "comm", in->comm);
	integer(j, "tid", in->tid);
	integer(j, "stalled", in->stalled);
	integer(j, "operations", in->operations);
	integer(j, "worst_ns", in->worst_ns);
	integer(j, "median_ns", in->median_ns);
	integer(j, "total_ns", in->total_ns);
	integer(j, "worst_at_ns", in->at_ns);
	boolean(j, "worst_open", in->worst_open);
	begin(j, "latency", '[');
	for (size_t i = 0; i < in->bucket_count; i++) {
		begin(j, NULL, '{');
		integer(j, "low_ns", in->buckets[i].low_ns);
		integer(j, "high_ns", in->buckets[i].high_ns);
		integer(j, "count", in->buckets[i].count);
		boolean(j, "stalled", in->buckets[i].stalled);
		end(j, '}');
	}
	end(j, ']');
	end(j, '}');
}

static void lock(struct json *j, const struct hu_page_incident *in)
{
	if (!in->has_lock) {
		null(j, "lock");
		return;
	}
	begin(j, "lock", '{');
	text(j, "name", in->lock_name);
	if (in->has_address) {
		name(j, "address");
		hu_out_printf(j->to, "\"0x%" PRIx64 "\"", (uint64_t)in->lock_address);
	} else {
		null(j, "address");
	}
	text(j, "type", in->lock_type);
	text(j, "wanted", in->lock_wanted);
	text(j, "held", in->lock_held);
	end(j, '}');
}

static void holder(struct json *j, const char *key, const struct hu_page_holder *h)
{
	begin(j, key, '{');
	text(j, "comm", h->comm);
	integer(j, "tid", h->tid);
	text(j, "role", h->role);
	text(j, "how", h->how);
	integer(j, "holds", h->holds);
	integer(j, "longest_hold_ns", h->longest_ns);
	integer(j, "blocking_ns", h->blocking_ns);
	number(j, "share", h->share);
	frames(j, "stack", h->stack);
	integer(j, "longest_hold_at_ns", h->longest_at_ns);
	text(j, "doing", h->doing);
	integer(j, "doing_ns", h->doing_ns);
	end(j, '}');
}

static void chain(struct json *j, const struct hu_page_incident *in)
{
	begin(j, "chain", '[');
	for (size_t i = 0; i < in->link_count; i++) {
		const struct hu_page_link *l = &in->links[i];
		begin(j, NULL, '{');
		text(j, "task", l->task);
		text(j, "state", l->state);
		text(j, "on", l->waits_on);
		integer(j, "ns", l->ns);
		number(j, "share", l->share);
		integer(j, "depth", l->depth);
		text(j, "how", l->how);
		end(j, '}');
	}
	end(j, ']');
}

static void pressure(struct json *j, const struct hu_page *page)
{
	const struct hu_page_pressure *p = &page->pressure;

	if (!p->there) {
		null(j, "pressure");
		return;
	}
	begin(j, "pressure", '{');
	text(j, "sentence", p->sentence);
	integer(j, "kswapd_ns", p->kswapd_ns);
	integer(j, "kswapd_sessions", p->kswapd_sessions);
	integer(j, "direct_ns", p->direct_ns);
	integer(j, "direct_sessions", p->direct_sessions);
	integer(j, "direct_tasks", p->direct_tasks);
	integer(j, "longest_direct_ns", p->longest_direct_ns);
	number(j, "psi_memory_full_max", p->psi_full);
	number(j, "psi_memory_some_max", p->psi_some);
	integer(j, "scanned_pages", p->scanned_pages);
	integer(j, "stolen_pages", p->stolen_pages);
	integer(j, "slabs_scanned", p->slabs_scanned);
	begin(j, "association", '{');
	text(j, "basis", p->basis);
	integer(j, "in_stalled", p->in_stalled);
	integer(j, "in_other", p->in_other);
	integer(j, "out_stalled", p->out_stalled);
	integer(j, "out_other", p->out_other);
	number(j, "risk_ratio", p->risk_ratio);
	number(j, "risk_low", p->risk_low);
	number(j, "risk_high", p->risk_high);
	number(j, "p_value", p->p_value);
	end(j, '}');
	begin(j, "shrinkers", '[');
	for (size_t i = 0; i < page->shrinker_count; i++) {
		const struct hu_page_shrinker *s = &page->shrinkers[i];
		begin(j, NULL, '{');
		text(j, "comm", s->comm);
		integer(j, "tid", s->tid);
		text(j, "function", s->function);
		integer(j, "calls", s->calls);
		integer(j, "longest_ns", s->longest_ns);
		integer(j, "longest_at_ns", s->longest_at_ns);
		integer(j, "total_ns", s->total_ns);
		end(j, '}');
	}
	end(j, ']');
	end(j, '}');
}

static void fixes(struct json *j, const struct hu_page_incident *in)
{
	begin(j, "known_fixes", '[');
	for (size_t i = 0; i < in->fix_count; i++) {
		const struct hu_page_fix *f = &in->fixes[i];
		begin(j, NULL, '{');
		text(j, "id", f->id);
		text(j, "title", f->title);
		text(j, "applies", f->applies);
		text(j, "decided_by", f->decided_by);
		text(j, "fixed_in", f->fixed_in);
		texts(j, "commits", &f->items[HU_FIX_COMMIT]);
		texts(j, "workarounds", &f->items[HU_FIX_WORKAROUND]);
		texts(j, "links", &f->items[HU_FIX_LINK]);
		texts(j, "matched", &f->items[HU_FIX_MATCHED]);
		texts(j, "refuted", &f->items[HU_FIX_REFUTED]);
		texts(j, "untested", &f->items[HU_FIX_UNTESTED]);
		text(j, "decided_text", f->decided_text);
		text(j, "explains", f->explains);
		texts(j, "verify", &f->items[HU_FIX_VERIFY]);
		texts(j, "consequences", &f->items[HU_FIX_CONSEQUENCE]);
		end(j, '}');
	}
	end(j, ']');
}

static void evidence(struct json *j, const struct hu_page_incident *in)
{
	begin(j, "evidence", '[');
	for (size_t i = 0; i < in->evidence_count; i++) {
		const struct hu_page_evidence *e = &in->evidence[i];
		begin(j, NULL, '{');
		name(j, "id");
		hu_out_printf(j->to, "\"E%" PRId64 "\"", e->rank);
		text(j, "claim", e->claim);
		text(j, "source", e->source);
		text(j, "location", e->location);
		integer(j, "time_ns", e->time_ns);
		text(j, "text", e->text);
		if (e->event_table.at) {
			begin(j, "event", '{');
			text(j, "table", e->event_table);
			integer(j, "rowid", e->event_row);
			end(j, '}');
		} else {
			null(j, "event");
		}
		frames(j, "stack", e->stack);
		end(j, '}');
	}
	end(j, ']');
}

static void incident(struct json *j, const struct hu_page *page, const struct hu_page_incident *in)
{
	begin(j, NULL, '{');
	text(j, "id", in->id);
	integer(j, "rank", in->rank);
	text(j, "signature", in->signature);
	text(j, "title", in->title);
	text(j, "confidence", in->confidence);
	victim(j, in);
	lock(j, in);
	if (in->holder_count)
		holder(j, "holder", &in->holders[0]);
	else
		null(j, "holder");
	begin(j, "holders", '[');
	for (size_t i = 0; i < in->holder_count; i++)
		holder(j, NULL, &in->holders[i]);
	end(j, ']');
	chain(j, in);
	pressure(j, page);
	if (in->estimate_ns != HU_OPEN) {
		begin(j, "estimate", '{');
		integer(j, "worst_ns_after", in->estimate_ns);
		text(j, "basis", in->estimate_basis);
		end(j, '}');
	} else {
		null(j, "estimate");
	}
	fixes(j, in);
	evidence(j, in);
	texts(j, "caveats", &in->notes[HU_NOTE_CAVEAT]);
	texts(j, "next_capture", &in->notes[HU_NOTE_CAPTURE]);
	text(j, "summary", in->summary);
	text(j, "cause", in->cause);
	texts(j, "actions", &in->notes[HU_NOTE_ACTION]);
	texts(j, "ruled_out", &in->notes[HU_NOTE_RULED_OUT]);
	end(j, '}');
}

static void source(struct json *j, const struct hu_page *page, const struct hu_page_source *s)
{
	begin(j, NULL, '{');
	text(j, "path", s->path);
	text(j, "format", s->format);
	text(j, "status", s->status);
	integer(j, "records", s->records);
	integer(j, "bytes", s->bytes);
	wall(j, "from", page, s->from_ns);
	wall(j, "to", page, s->to_ns);
	begin(j, "clock", '{');
	text(j, "name", s->clock);
	integer(j, "offset_ns", s->offset_ns);
	integer(j, "uncertainty_ns", s->slack_ns);
	text(j, "how", s->aligned);
	text(j, "named_by", s->clock_how);
	seconds(j, "offset", s->offset_ns);
	end(j, '}');
	begin(j, "losses", '[');
	for (size_t i = 0; i < s->loss_count; i++) {
		const struct hu_page_loss *l = &s->losses[i];
		begin(j, NULL, '{');
		text(j, "kind", l->kind);
		text(j, "text", l->text);
		integer(j, "count", l->count);
		integer(j, "cpu", l->cpu);
		integer(j, "from_ns", l->from_ns);
		integer(j, "to_ns", l->to_ns);
		integer(j, "pos", l->pos);
		end(j, '}');
	}
	end(j, ']');
	integer(j, "loss_rows", s->loss_rows);
	integer(j, "from_ns", s->from_ns);
	integer(j, "to_ns", s->to_ns);
	text(j, "why", s->why);
	text(j, "error", s->error);
	end(j, '}');
}

void hu_render_json(struct hu_page *page, struct hu_out *to)
{
	struct json json = {.to = to}, *j = &json;

	begin(j, NULL, '{');
	head(j, page);
	begin(j, "incidents", '[');
	for (size_t i = 0; i < page->incident_count; i++)
		incident(j, page, &page->incidents[i]);
	end(j, ']');
	begin(j, "sources", '[');
	for (size_t i = 0; i < page->source_count; i++)
		source(j, page, &page->sources[i]);
	end(j, ']');
	begin(j, "analyzers", '[');
	for (size_t i = 0; i < page->analyzer_count; i++) {
		const struct hu_page_analyzer *a = &page->analyzers[i];
		begin(j, NULL, '{');
		text(j, "name", a->name);
		text(j, "asks", a->asks);
		text(j, "outcome", a->outcome);
		text(j, "why", a->why);
		end(j, '}');
	}
	end(j, ']');
	pressure(j, page);
	texts(j, "caveats", &page->notes[HU_NOTE_CAVEAT]);
	texts(j, "next_capture", &page->notes[HU_NOTE_CAPTURE]);
	texts(j, "actions", &page->notes[HU_NOTE_ACTION]);
	texts(j, "ruled_out", &page->notes[HU_NOTE_RULED_OUT]);
	begin(j, "facts", '[');
	for (size_t i = 0; i < page->fact_count; i++) {
		begin(j, NULL, '{');
		text(j, "key", page->facts[i].key);
		text(j, "value", page->facts[i].value);
		text(j, "source", page->facts[i].source);
		end(j, '}');
	}
	end(j, ']');
	end(j, '}');
	hu_out_putc(to, '\n');
}
