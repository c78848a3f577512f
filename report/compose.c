/*
 * Reads the result tables into one composition. Every SELECT names its columns and has a total
 * order, so that the same store gives the same report. Shaped for a handful of incidents with some
 * hundred rows each, and up to some thousand sources.
 */
#include "report/compose.h"

#include <math.h>
#include <string.h>
#include <stdlib.h>

#include "db/rows.h"
#include "report/operations.h"
#include "report/phrase.h"

struct hu_page_memory {
	struct hu_page_memory *older;
	size_t used, size;
	max_align_t bytes[];
};

void *hu_page_alloc(struct hu_page *page, size_t bytes)
{
	struct hu_page_memory *m = page->memory;

	bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!m || m->size - m->used < bytes) {
		size_t size = bytes > 65536 ? bytes : 65536;
		m = hu_alloc(sizeof(*m) + size);
		m->older = page->memory;
		m->size = size;
		page->memory = m;
	}
	void *at = (char *)m->bytes + m->used;
	m->used += bytes;
	return at;
}

struct hu_str hu_page_keep(struct hu_page *page, struct hu_str s)
{
	char *at = hu_page_alloc(page, s.len + 1);

	if (s.len)
		memcpy(at, s.at, s.len);
	return (struct hu_str){at, s.len};
}

void hu_page_close(struct hu_page *page)
{
	if (!page)
		return;
	while (page->memory) {
		struct hu_page_memory *m = page->memory;
		page->memory = m->older;
		free(m);
	}
	free(page);
}

void hu_page_closep(struct hu_page **page)
{
	hu_page_close(*page);
}

struct hu_str hu_page_fact(const struct hu_page *page, const char *key)
{
	for (size_t i = 0; i < page->fact_count; i++)
		if (hu_str_is(page->facts[i].key, key))
			return page->facts[i].value;
	return (struct hu_str){NULL, 0};
}

/* Room for one more: doubles at every power of two; the old memory stays with the page. */
void *hu_page_grow(struct hu_page *page, void *at, size_t count, size_t size)
{
	if (count && (count & (count - 1)))
		return at;
	void *to = hu_page_alloc(page, (count ? 2 * count : 1) * size);
	if (count)
		memcpy(to, at, count * size);
	return to;
}

struct hu_str hu_page_text(struct hu_page *page, struct hu_rows *rows, int column)
{
	if (hu_rows_null(rows, column))
		return (struct hu_str){NULL, 0};
	struct hu_str s = hu_rows_str(rows, column);
	if (s.len <= HU_PAGE_TEXT_MAX)
		return hu_page_keep(page, s);
	size_t len = HU_PAGE_TEXT_MAX;
	for (int i = 0; i < 3 && ((unsigned char)s.at[len] & 0xc0) == 0x80; i++)
		len--;
	struct hu_out cut = {0};
	hu_out_bytes(&cut, s.at, len);
	hu_out_printf(&cut, " … (cut: %zu bytes in all)", s.len);
	struct hu_str kept = hu_page_keep(page, hu_out_view(&cut));
	hu_out_deinit(&cut);
	return kept;
}

int64_t hu_page_int(struct hu_rows *rows, int column)
{
	return hu_rows_int_or(rows, column, HU_OPEN);
}

double hu_page_number(struct hu_rows *rows, int column)
{
	return hu_rows_null(rows, column) ? (double)NAN : hu_rows_num(rows, column);
}

void hu_page_add(struct hu_page *page, struct hu_page_texts *to, struct hu_str s)
{
	*HU_PAGE_MORE(page, to->at, to->count) = s;
}

static struct hu_err *read_verdict(struct hu_page *page, struct hu_store *store)
{
	struct hu_page_verdict *v = &page->verdict;
	struct hu_rows *r = hu_rows_open(
		store,
		"SELECT outcome, sentence, incident, threshold_ns, window_case, duration_ns, "
		"wall_from, wall_to, lossy FROM verdict ORDER BY rowid LIMIT 1");
	bool there = hu_rows_next(r);

	if (there) {
		v->outcome = hu_page_text(page, r, 0);
		v->sentence = hu_page_text(page, r, 1);
		v->incident = hu_page_text(page, r, 2);
		v->threshold_ns = hu_page_int(r, 3);
		v->window_case = hu_page_int(r, 4);
		v->duration_ns = hu_page_int(r, 5);
		v->wall_from = hu_page_text(page, r, 6);
		v->wall_to = hu_page_text(page, r, 7);
		v->lossy = hu_rows_int(r, 8) != 0;
		v->wall_from_ns = hu_phrase_wall(v->wall_from);
	}
	struct hu_err *err = hu_rows_close(r);
	if (!err && !there)
		err = hu_err(HU_ERR_BUG, "the store holds no verdict: nothing analysed it");
	return err;
}

static struct hu_err *read_meta(struct hu_page *page, struct hu_store *store)
{
	page->bundle_bytes = page->bundle_files = HU_OPEN;
	struct hu_rows *r = hu_rows_open(store, "SELECT key, value FROM meta ORDER BY key");
	while (hu_rows_next(r)) {
		struct hu_str key = hu_page_text(page, r, 0), value = hu_page_text(page, r, 1);
		if (hu_str_is(key, "bundle.name"))
			page->bundle_name = value;
		else if (hu_str_is(key, "bundle.sha256"))
			page->bundle_sha256 = value;
		else if (hu_str_is(key, "bundle.bytes"))
			hu_str_i64(value, &page->bundle_bytes);
		else if (hu_str_is(key, "bundle.files"))
			hu_str_i64(value, &page->bundle_files);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_analyzers(struct hu_page *page, struct hu_store *store)
{
	struct hu_rows *r = hu_rows_open(
		store, "SELECT name, asks, outcome, why FROM analyzer_result ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_analyzer *a =
			HU_PAGE_MORE(page, page->analyzers, page->analyzer_count);
		a->name = hu_page_text(page, r, 0);
		a->asks = hu_page_text(page, r, 1);
		a->outcome = hu_page_text(page, r, 2);
		a->why = hu_page_text(page, r, 3);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_facts(struct hu_page *page, struct hu_store *store)
{
	struct hu_rows *r = hu_rows_open(store, "SELECT key, value, path FROM (SELECT f.key AS "
						"key, f.value AS value, s.path AS path, s.id AS id "
						"FROM fact f JOIN source s ON s.id = f.source "
						"UNION ALL SELECT 'kernel.base', kernel_base, '', "
						"0 FROM host WHERE kernel_base IS NOT NULL "
						"UNION ALL SELECT 'kernel.vendor', kernel_vendor, "
						"'', 0 FROM host WHERE kernel_vendor IS NOT NULL) "
						"ORDER BY key, id");
	while (hu_rows_next(r)) {
		struct hu_page_fact *f = HU_PAGE_MORE(page, page->facts, page->fact_count);
		f->key = hu_page_text(page, r, 0);
		f->value = hu_page_text(page, r, 1);
		f->source = hu_page_text(page, r, 2);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_pressure(struct hu_page *page, struct hu_store *store)
{
	struct hu_page_pressure *p = &page->pressure;
	struct hu_rows *r = hu_rows_open(
		store,
		"SELECT kswapd_ns, kswapd_sessions, direct_ns, direct_sessions, direct_tasks, "
		"longest_direct_ns, psi_memory_full_max, psi_memory_some_max, scanned_pages, "
		"stolen_pages, slabs_scanned, in_stalled, in_other, out_stalled, out_other, basis, "
		"risk_ratio, risk_low, risk_high, p_value, sentence FROM pressure ORDER BY rowid "
		"LIMIT 1");
	if (hu_rows_next(r)) {
		p->there = true;
		p->kswapd_ns = hu_page_int(r, 0);
		p->kswapd_sessions = hu_page_int(r, 1);
		p->direct_ns = hu_page_int(r, 2);
		p->direct_sessions = hu_page_int(r, 3);
		p->direct_tasks = hu_page_int(r, 4);
		p->longest_direct_ns = hu_page_int(r, 5);
		p->psi_full = hu_page_number(r, 6);
		p->psi_some = hu_page_number(r, 7);
		p->scanned_pages = hu_page_int(r, 8);
		p->stolen_pages = hu_page_int(r, 9);
		p->slabs_scanned = hu_page_int(r, 10);
		p->in_stalled = hu_page_int(r, 11);
		p->in_other = hu_page_int(r, 12);
		p->out_stalled = hu_page_int(r, 13);
		p->out_other = hu_page_int(r, 14);
		p->basis = hu_page_text(page, r, 15);
		p->risk_ratio = hu_page_number(r, 16);
		p->risk_low = hu_page_number(r, 17);
		p->risk_high = hu_page_number(r, 18);
		p->p_value = hu_page_number(r, 19);
		p->sentence = hu_page_text(page, r, 20);
	}
	struct hu_err *err = hu_rows_close(r);
	if (err)
		return err;
	r = hu_rows_open(store, "SELECT comm, tid, function, calls, longest_ns, longest_at_ns, "
				"total_ns FROM pressure_shrinker ORDER BY rank");
	while (hu_rows_next(r)) {
		struct hu_page_shrinker *s =
			HU_PAGE_MORE(page, page->shrinkers, page->shrinker_count);
		s->comm = hu_page_text(page, r, 0);
		s->tid = hu_page_int(r, 1);
		s->function = hu_page_text(page, r, 2);
		s->calls = hu_page_int(r, 3);
		s->longest_ns = hu_page_int(r, 4);
		s->longest_at_ns = hu_page_int(r, 5);
		s->total_ns = hu_page_int(r, 6);
	}
	return hu_rows_close(r);
}

static const char *const note_names[HU_NOTES] = {"caveat", "next_capture", "action", "ruled_out"};

/* Notes about one incident, or with `incident` NULL about the bundle. */
struct hu_err *hu_page_read_notes(struct hu_page *page, struct hu_store *store,
				  struct hu_str incident, struct hu_page_texts *notes)
{
	struct hu_rows *r =
		hu_rows_open(store, "SELECT kind, text FROM incident_note WHERE incident IS ?1 "
				    "ORDER BY kind, rank, text, rowid");
	if (incident.at)
		hu_rows_bind_text(r, 1, incident);
	else
		hu_rows_bind_null(r, 1);
	while (hu_rows_next(r))
		for (int i = 0; i < HU_NOTES; i++)
			if (hu_str_is(hu_rows_str(r, 0), note_names[i]))
				hu_page_add(page, &notes[i], hu_page_text(page, r, 1));
	return hu_rows_close(r);
}

/* A time in the source's clock, counted from the window's start; unknown stays unknown. */
static int64_t to_window(const struct hu_page *page, int64_t ts, int64_t offset)
{
	int64_t at;

	if (ts == HU_OPEN || offset == HU_OPEN || page->verdict.window_case == HU_OPEN ||
	    __builtin_add_overflow(ts, offset, &at) ||
	    __builtin_sub_overflow(at, page->verdict.window_case, &at))
		return HU_OPEN;
	return at;
}

/* In the order of enum hu_loss. */
static const char *const loss_names[] = {"unknown", "dropped", "unparsed", "truncated", "missing"};

static int by_id(const void *a, const void *b)
{
	const struct hu_page_source *x = *(struct hu_page_source *const *)a,
				    *y = *(struct hu_page_source *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/* All at once: a bundle may hold thousands of files, and `loss` has no index. */
static struct hu_err *read_losses(struct hu_page *page, struct hu_store *store)
{
	struct hu_page_source **index =
		hu_page_alloc(page, (page->source_count + 1) * sizeof(struct hu_page_source *));

	for (size_t i = 0; i < page->source_count; i++)
		index[i] = &page->sources[i];
	qsort(index, page->source_count, sizeof(struct hu_page_source *), by_id);
	struct hu_rows *r =
		hu_rows_open(store, "SELECT kind, cpu, from_ts, to_ts, count, text, pos, source "
				    "FROM loss ORDER BY source, from_ts, pos, kind, cpu, to_ts, "
				    "count, text, rowid");
	while (hu_rows_next(r)) {
		struct hu_page_source wanted = {.id = hu_rows_int(r, 7)}, *key = &wanted;
		struct hu_page_source **hit =
			bsearch(&key, index, page->source_count, sizeof(key), by_id);
		if (!hit)
			continue;
		struct hu_page_source *s = *hit;
		s->loss_rows++;
		if (s->loss_count >= HU_PAGE_LOSS_MAX)
			continue;
		struct hu_page_loss *l = HU_PAGE_MORE(page, s->losses, s->loss_count);
		int64_t kind = hu_rows_int(r, 0);
		l->kind = hu_str(loss_names[kind >= 1 && kind <= 4 ? kind : 0]);
		l->cpu = hu_page_int(r, 1);
		l->from_ns = to_window(page, hu_page_int(r, 2), s->offset_ns);
		l->to_ns = to_window(page, hu_page_int(r, 3), s->offset_ns);
		l->count = hu_page_int(r, 4);
		l->text = hu_page_text(page, r, 5);
		l->pos = hu_page_int(r, 6);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_sources(struct hu_page *page, struct hu_store *store)
{
	struct hu_rows *r = hu_rows_open(
		store,
		"SELECT id, path, format, why, bytes, status, error, records, first_ts, last_ts, "
		"clock, clock_how, offset_ns, slack_ns, aligned, (SELECT o.path FROM source AS o "
		"WHERE o.id = source.copy_of AND source.copy_percent IS NOT NULL) FROM source "
		"ORDER "
		"BY path");
	while (hu_rows_next(r)) {
		struct hu_page_source *s = HU_PAGE_MORE(page, page->sources, page->source_count);
		s->id = hu_page_int(r, 0);
		s->path = hu_page_text(page, r, 1);
		s->format = hu_page_text(page, r, 2);
		s->why = hu_page_text(page, r, 3);
		s->bytes = hu_page_int(r, 4);
		s->status = hu_page_text(page, r, 5);
		s->error = hu_page_text(page, r, 6);
		s->records = hu_page_int(r, 7);
		s->clock = hu_page_text(page, r, 10);
		s->clock_how = hu_page_text(page, r, 11);
		s->offset_ns = hu_page_int(r, 12);
		s->slack_ns = hu_page_int(r, 13);
		s->aligned = hu_page_text(page, r, 14);
		s->repeats = hu_page_text(page, r, 15);
		s->from_ns = to_window(page, hu_page_int(r, 8), s->offset_ns);
		s->to_ns = to_window(page, hu_page_int(r, 9), s->offset_ns);
	}
	struct hu_err *err = hu_rows_close(r);
	return err ? err : read_losses(page, store);
}

struct hu_err *hu_page_open(struct hu_store *store, size_t whole, struct hu_page **ret)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = hu_alloc(sizeof(*page));
	struct hu_err *err = read_verdict(page, store);

	if (!err)
		err = read_meta(page, store);
	if (!err)
		err = read_analyzers(page, store);
	if (!err)
		err = read_facts(page, store);
	if (!err)
		err = read_pressure(page, store);
	if (!err)
		err = hu_page_read_notes(page, store, (struct hu_str){NULL, 0}, page->notes);
	if (!err)
		err = read_sources(page, store);
	if (!err)
		err = hu_page_read_incidents(page, store, whole);
	if (!err)
		err = hu_page_read_operations(page, store);
	if (err)
		return hu_err_in(err, "while composing the report");
	*ret = page;
	page = NULL;
	return NULL;
}
