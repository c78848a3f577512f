/*
 * report.json: schema "holdup.report.v1" (docs/report.md). Written by hand and not by a JSON
 * library: order and form are fixed, integers never become floating point numbers.
 */
#include <inttypes.h>

#include "report/json_writer.h"
#include "report/operations.h"
#include "report/phrase.h"
#include "report/render.h"

/* Wall time of a moment of the window. */
static void wall(struct hu_json *j, const char *key, const struct hu_page *page, int64_t ns)
{
	int64_t at;

	if (ns == HU_OPEN || page->verdict.wall_from_ns == HU_OPEN ||
	    __builtin_add_overflow(ns, page->verdict.wall_from_ns, &at)) {
		hu_json_null(j, key);
		return;
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out s = {0};
	hu_out_rfc3339(&s, at);
	hu_json_text(j, key, hu_out_view(&s));
}

static void fact_integer(struct hu_json *j, const char *key, struct hu_str value)
{
	int64_t n = HU_OPEN;

	hu_str_i64(value, &n);
	hu_json_integer(j, key, n);
}

static void head(struct hu_json *j, const struct hu_page *page)
{
	const struct hu_page_verdict *v = &page->verdict;

	hu_json_text(j, "schema", hu_str("holdup.report.v1"));
	hu_json_begin(j, "generator", '{');
	hu_json_text(j, "name", hu_str("holdup"));
	hu_json_text(j, "version", hu_str(HU_VERSION));
	hu_json_end(j, '}');
	hu_json_begin(j, "bundle", '{');
	hu_json_text(j, "name", page->bundle_name);
	hu_json_text(j, "sha256", page->bundle_sha256);
	hu_json_integer(j, "bytes", page->bundle_bytes);
	hu_json_integer(j, "files", page->bundle_files);
	hu_json_end(j, '}');
	hu_json_begin(j, "host", '{');
	hu_json_text(j, "hostname", hu_page_fact(page, "hostname"));
	hu_json_begin(j, "kernel", '{');
	hu_json_text(j, "release", hu_page_fact(page, "kernel.release"));
	hu_json_text(j, "base", hu_page_fact(page, "kernel.base"));
	hu_json_text(j, "vendor", hu_page_fact(page, "kernel.vendor"));
	hu_json_text(j, "arch", hu_page_fact(page, "kernel.arch"));
	hu_json_end(j, '}');
	fact_integer(j, "cpus", hu_page_fact(page, "cpus"));
	fact_integer(j, "memory_bytes", hu_page_fact(page, "memory_bytes"));
	hu_json_end(j, '}');
	hu_json_begin(j, "window", '{');
	hu_json_text(j, "from", v->wall_from);
	hu_json_text(j, "to", v->wall_to);
	hu_json_integer(j, "duration_ns", v->duration_ns);
	hu_json_seconds(j, "case_from", v->window_case);
	hu_json_end(j, '}');
	hu_json_begin(j, "verdict", '{');
	hu_json_text(j, "outcome", v->outcome);
	hu_json_text(j, "sentence", v->sentence);
	hu_json_text(j, "incident", v->incident);
	hu_json_integer(j, "threshold_ns", v->threshold_ns);
	hu_json_boolean(j, "lossy", v->lossy);
	hu_json_end(j, '}');
}

static void victim(struct hu_json *j, const struct hu_page_incident *in)
{
	if (!in->operation.at) {
		hu_json_null(j, "victim");
		return;
	}
	hu_json_begin(j, "victim", '{');
	hu_json_text(j, "operation", in->operation);
	hu_json_text(j, "detail", in->detail);
	hu_json_text(j, "comm", in->comm);
	hu_json_integer(j, "tid", in->tid);
	hu_json_integer(j, "stalled", in->stalled);
	hu_json_integer(j, "operations", in->operations);
	hu_json_integer(j, "worst_ns", in->worst_ns);
	hu_json_integer(j, "median_ns", in->median_ns);
	hu_json_integer(j, "total_ns", in->total_ns);
	hu_json_integer(j, "worst_at_ns", in->at_ns);
	hu_json_boolean(j, "worst_open", in->worst_open);
	hu_json_begin(j, "latency", '[');
	for (size_t i = 0; i < in->bucket_count; i++) {
		hu_json_begin(j, NULL, '{');
		hu_json_integer(j, "low_ns", in->buckets[i].low_ns);
		hu_json_integer(j, "high_ns", in->buckets[i].high_ns);
		hu_json_integer(j, "count", in->buckets[i].count);
		hu_json_boolean(j, "stalled", in->buckets[i].stalled);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	hu_json_frames(j, "stack", in->waiter_stack);
	hu_json_end(j, '}');
}

static void lock(struct hu_json *j, const struct hu_page_incident *in)
{
	if (!in->has_lock) {
		hu_json_null(j, "lock");
		return;
	}
	hu_json_begin(j, "lock", '{');
	hu_json_text(j, "name", in->lock_name);
	if (in->has_address) {
		hu_json_name(j, "address");
		hu_out_printf(j->to, "\"0x%" PRIx64 "\"", (uint64_t)in->lock_address);
	} else {
		hu_json_null(j, "address");
	}
	hu_json_text(j, "type", in->lock_type);
	hu_json_text(j, "wanted", in->lock_wanted);
	hu_json_text(j, "held", in->lock_held);
	hu_json_end(j, '}');
}

static void holder(struct hu_json *j, const char *key, const struct hu_page_holder *h)
{
	hu_json_begin(j, key, '{');
	hu_json_text(j, "comm", h->comm);
	hu_json_integer(j, "tid", h->tid);
	hu_json_text(j, "role", h->role);
	hu_json_text(j, "how", h->how);
	hu_json_integer(j, "holds", h->holds);
	hu_json_integer(j, "longest_hold_ns", h->longest_ns);
	hu_json_integer(j, "blocking_ns", h->blocking_ns);
	hu_json_number(j, "share", h->share);
	hu_json_frames(j, "stack", h->stack);
	hu_json_integer(j, "longest_hold_at_ns", h->longest_at_ns);
	hu_json_text(j, "doing", h->doing);
	hu_json_integer(j, "doing_ns", h->doing_ns);
	hu_json_end(j, '}');
}

static void chain(struct hu_json *j, const struct hu_page_incident *in)
{
	hu_json_begin(j, "chain", '[');
	for (size_t i = 0; i < in->link_count; i++) {
		const struct hu_page_link *l = &in->links[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "task", l->task);
		hu_json_text(j, "state", l->state);
		hu_json_text(j, "on", l->waits_on);
		hu_json_integer(j, "ns", l->ns);
		hu_json_number(j, "share", l->share);
		hu_json_integer(j, "depth", l->depth);
		hu_json_text(j, "how", l->how);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
}

static void pressure(struct hu_json *j, const struct hu_page *page)
{
	const struct hu_page_pressure *p = &page->pressure;

	if (!p->there) {
		hu_json_null(j, "pressure");
		return;
	}
	hu_json_begin(j, "pressure", '{');
	hu_json_text(j, "sentence", p->sentence);
	hu_json_integer(j, "kswapd_ns", p->kswapd_ns);
	hu_json_integer(j, "kswapd_sessions", p->kswapd_sessions);
	hu_json_integer(j, "direct_ns", p->direct_ns);
	hu_json_integer(j, "direct_sessions", p->direct_sessions);
	hu_json_integer(j, "direct_tasks", p->direct_tasks);
	hu_json_integer(j, "longest_direct_ns", p->longest_direct_ns);
	hu_json_number(j, "psi_memory_full_max", p->psi_full);
	hu_json_number(j, "psi_memory_some_max", p->psi_some);
	hu_json_integer(j, "scanned_pages", p->scanned_pages);
	hu_json_integer(j, "stolen_pages", p->stolen_pages);
	hu_json_integer(j, "slabs_scanned", p->slabs_scanned);
	hu_json_begin(j, "association", '{');
	hu_json_text(j, "basis", p->basis);
	hu_json_integer(j, "in_stalled", p->in_stalled);
	hu_json_integer(j, "in_other", p->in_other);
	hu_json_integer(j, "out_stalled", p->out_stalled);
	hu_json_integer(j, "out_other", p->out_other);
	hu_json_number(j, "risk_ratio", p->risk_ratio);
	hu_json_number(j, "risk_low", p->risk_low);
	hu_json_number(j, "risk_high", p->risk_high);
	hu_json_number(j, "p_value", p->p_value);
	hu_json_end(j, '}');
	hu_json_begin(j, "shrinkers", '[');
	for (size_t i = 0; i < page->shrinker_count; i++) {
		const struct hu_page_shrinker *s = &page->shrinkers[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "comm", s->comm);
		hu_json_integer(j, "tid", s->tid);
		hu_json_text(j, "function", s->function);
		hu_json_integer(j, "calls", s->calls);
		hu_json_integer(j, "longest_ns", s->longest_ns);
		hu_json_integer(j, "longest_at_ns", s->longest_at_ns);
		hu_json_integer(j, "total_ns", s->total_ns);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	hu_json_end(j, '}');
}

static void fixes(struct hu_json *j, const struct hu_page_incident *in)
{
	hu_json_begin(j, "known_fixes", '[');
	for (size_t i = 0; i < in->fix_count; i++) {
		const struct hu_page_fix *f = &in->fixes[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "id", f->id);
		hu_json_text(j, "title", f->title);
		hu_json_text(j, "applies", f->applies);
		hu_json_text(j, "decided_by", f->decided_by);
		hu_json_text(j, "fixed_in", f->fixed_in);
		hu_json_texts(j, "commits", &f->items[HU_FIX_COMMIT]);
		hu_json_texts(j, "workarounds", &f->items[HU_FIX_WORKAROUND]);
		hu_json_texts(j, "links", &f->items[HU_FIX_LINK]);
		hu_json_texts(j, "matched", &f->items[HU_FIX_MATCHED]);
		hu_json_texts(j, "refuted", &f->items[HU_FIX_REFUTED]);
		hu_json_texts(j, "untested", &f->items[HU_FIX_UNTESTED]);
		hu_json_text(j, "decided_text", f->decided_text);
		hu_json_text(j, "explains", f->explains);
		hu_json_texts(j, "tried", &f->items[HU_FIX_TRIED]);
		hu_json_text(j, "library", f->library);
		hu_json_texts(j, "verify", &f->items[HU_FIX_VERIFY]);
		hu_json_texts(j, "consequences", &f->items[HU_FIX_CONSEQUENCE]);
		hu_json_text(j, "fixed_here", f->fixed_here);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
}

static void evidence(struct hu_json *j, const struct hu_page_incident *in)
{
	hu_json_begin(j, "evidence", '[');
	for (size_t i = 0; i < in->evidence_count; i++) {
		const struct hu_page_evidence *e = &in->evidence[i];
		hu_json_begin(j, NULL, '{');
		hu_json_name(j, "id");
		hu_out_printf(j->to, "\"E%" PRId64 "\"", e->rank);
		hu_json_text(j, "claim", e->claim);
		hu_json_text(j, "source", e->source);
		hu_json_text(j, "location", e->location);
		hu_json_integer(j, "time_ns", e->time_ns);
		hu_json_text(j, "text", e->text);
		if (e->event_table.at) {
			hu_json_begin(j, "event", '{');
			hu_json_text(j, "table", e->event_table);
			hu_json_integer(j, "rowid", e->event_row);
			hu_json_end(j, '}');
		} else {
			hu_json_null(j, "event");
		}
		hu_json_frames(j, "stack", e->stack);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
}

static void incident(struct hu_json *j, const struct hu_page *page,
		     const struct hu_page_incident *in)
{
	hu_json_begin(j, NULL, '{');
	hu_json_text(j, "id", in->id);
	hu_json_integer(j, "rank", in->rank);
	hu_json_text(j, "signature", in->signature);
	hu_json_text(j, "title", in->title);
	hu_json_text(j, "confidence", in->confidence);
	victim(j, in);
	lock(j, in);
	if (in->holder_count)
		holder(j, "holder", &in->holders[0]);
	else
		hu_json_null(j, "holder");
	hu_json_begin(j, "holders", '[');
	for (size_t i = 0; i < in->holder_count; i++)
		holder(j, NULL, &in->holders[i]);
	hu_json_end(j, ']');
	chain(j, in);
	pressure(j, page);
	if (in->estimate_ns != HU_OPEN) {
		hu_json_begin(j, "estimate", '{');
		hu_json_integer(j, "worst_ns_after", in->estimate_ns);
		hu_json_text(j, "basis", in->estimate_basis);
		hu_json_end(j, '}');
	} else {
		hu_json_null(j, "estimate");
	}
	fixes(j, in);
	evidence(j, in);
	hu_json_texts(j, "caveats", &in->notes[HU_NOTE_CAVEAT]);
	hu_json_texts(j, "next_capture", &in->notes[HU_NOTE_CAPTURE]);
	hu_json_text(j, "summary", in->summary);
	hu_json_text(j, "cause", in->cause);
	hu_json_texts(j, "actions", &in->notes[HU_NOTE_ACTION]);
	hu_json_texts(j, "ruled_out", &in->notes[HU_NOTE_RULED_OUT]);
	hu_json_end(j, '}');
}

static void source(struct hu_json *j, const struct hu_page *page, const struct hu_page_source *s)
{
	hu_json_begin(j, NULL, '{');
	hu_json_text(j, "path", s->path);
	hu_json_text(j, "format", s->format);
	hu_json_text(j, "status", s->status);
	hu_json_integer(j, "records", s->records);
	hu_json_integer(j, "bytes", s->bytes);
	wall(j, "from", page, s->from_ns);
	wall(j, "to", page, s->to_ns);
	hu_json_begin(j, "clock", '{');
	hu_json_text(j, "name", s->clock);
	hu_json_integer(j, "offset_ns", s->offset_ns);
	hu_json_integer(j, "uncertainty_ns", s->slack_ns);
	hu_json_text(j, "how", s->aligned);
	hu_json_text(j, "named_by", s->clock_how);
	hu_json_seconds(j, "offset", s->offset_ns);
	hu_json_end(j, '}');
	hu_json_begin(j, "losses", '[');
	for (size_t i = 0; i < s->loss_count; i++) {
		const struct hu_page_loss *l = &s->losses[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "kind", l->kind);
		hu_json_text(j, "text", l->text);
		hu_json_integer(j, "count", l->count);
		hu_json_integer(j, "cpu", l->cpu);
		hu_json_integer(j, "from_ns", l->from_ns);
		hu_json_integer(j, "to_ns", l->to_ns);
		hu_json_integer(j, "pos", l->pos);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	hu_json_integer(j, "loss_rows", s->loss_rows);
	hu_json_integer(j, "from_ns", s->from_ns);
	hu_json_integer(j, "to_ns", s->to_ns);
	hu_json_text(j, "repeats", s->repeats);
	hu_json_text(j, "why", s->why);
	hu_json_text(j, "error", s->error);
	hu_json_end(j, '}');
}

void hu_render_json(struct hu_page *page, struct hu_out *to)
{
	struct hu_json json = {.to = to}, *j = &json;

	hu_json_begin(j, NULL, '{');
	head(j, page);
	hu_json_begin(j, "incidents", '[');
	for (size_t i = 0; i < page->incident_count; i++)
		incident(j, page, &page->incidents[i]);
	hu_json_end(j, ']');
	hu_json_begin(j, "sources", '[');
	for (size_t i = 0; i < page->source_count; i++)
		source(j, page, &page->sources[i]);
	hu_json_end(j, ']');
	hu_json_begin(j, "analyzers", '[');
	for (size_t i = 0; i < page->analyzer_count; i++) {
		const struct hu_page_analyzer *a = &page->analyzers[i];
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "name", a->name);
		hu_json_text(j, "asks", a->asks);
		hu_json_text(j, "outcome", a->outcome);
		hu_json_text(j, "why", a->why);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	pressure(j, page);
	hu_json_operations(j, page);
	hu_json_texts(j, "caveats", &page->notes[HU_NOTE_CAVEAT]);
	hu_json_texts(j, "next_capture", &page->notes[HU_NOTE_CAPTURE]);
	hu_json_texts(j, "actions", &page->notes[HU_NOTE_ACTION]);
	hu_json_texts(j, "ruled_out", &page->notes[HU_NOTE_RULED_OUT]);
	hu_json_begin(j, "facts", '[');
	for (size_t i = 0; i < page->fact_count; i++) {
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "key", page->facts[i].key);
		hu_json_text(j, "value", page->facts[i].value);
		hu_json_text(j, "source", page->facts[i].source);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	hu_json_end(j, '}');
	hu_out_putc(to, '\n');
}
