/*
 * One source's way into the store: its row, its transaction, and what is known of it at its end. A
 * bundle has some dozens; their rows go through db/intake.c.
 */
#include "db/store_private.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

static int64_t add_source(struct hu_store *store, const struct hu_source_info *info,
			  const char *status)
{
	sqlite3_stmt *s = hu_store_prepare(
		store,
		"INSERT INTO source (path, format, why, sha256, bytes, status, clock, clock_how) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

	sqlite3_bind_text(s, 1, info->path, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 2, info->format, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 3, info->why ? info->why : "", -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 4, info->sha256 ? info->sha256 : "", -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 5, info->bytes);
	sqlite3_bind_text(s, 6, status, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 7, hu_clock_name(info->clock), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, info->clock ? "the format says so" : "", -1, SQLITE_STATIC);
	hu_store_step(store, s);
	sqlite3_finalize(s);
	return sqlite3_last_insert_rowid(store->db);
}

static void take(void *to, const struct hu_batch *batch)
{
	hu_intake_take(to, batch);
}

struct hu_err *hu_intake_begin(struct hu_store *store, const struct hu_source_info *info,
			       struct hu_intake **ret)
{
	struct hu_intake *in = hu_alloc(sizeof(*in));

	hu_store_run(store, "BEGIN");
	in->store = store;
	in->source = add_source(store, info, "loading");
	in->path = hu_strdup(hu_str(info->path));
	in->kallsyms_file = info->format && !strcmp(info->format, "kallsyms");
	in->btf_file = info->format && !strcmp(info->format, "btf");
	in->clock = info->clock;
	in->first = in->last = HU_OPEN;
	in->census.caps = &store->caps;
	struct hu_err *err = hu_store_take_broken(store);
	if (err) {
		free(in->path);
		free(in);
		return hu_err_in(err, "source %s", info->path);
	}
	*ret = in;
	return NULL;
}

struct hu_err *hu_store_begin(struct hu_store *store, const struct hu_source_info *info,
			      struct hu_sink **ret)
{
	struct hu_intake *in;
	struct hu_err *err = hu_intake_begin(store, info, &in);

	if (!err)
		*ret = hu_sink_create(take, in);
	return err;
}

struct hu_err *hu_store_set_hash(struct hu_store *store, const char *path, const char *sha256)
{
	sqlite3_stmt *s = hu_store_prepare(
		store, "UPDATE source SET sha256 = ?2 WHERE path = ?1 AND sha256 = ''");

	sqlite3_bind_text(s, 1, path, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 2, sha256, -1, SQLITE_TRANSIENT);
	hu_store_step(store, s);
	sqlite3_finalize(s);
	return hu_store_take_broken(store);
}

struct hu_err *hu_store_skip(struct hu_store *store, const struct hu_source_info *info)
{
	add_source(store, info, "unrecognised");
	return hu_err_in(hu_store_take_broken(store), "source %s", info->path);
}

void hu_intake_loss(struct hu_intake *in, enum hu_loss kind, const char *text)
{
	sqlite3_stmt *s = hu_store_prepare(
		in->store, "INSERT INTO loss (source, kind, text) VALUES (?1, ?2, ?3)");

	sqlite3_bind_int64(s, 1, in->source);
	sqlite3_bind_int64(s, 2, kind);
	sqlite3_bind_text(s, 3, text, -1, SQLITE_TRANSIENT);
	hu_store_step(in->store, s);
	sqlite3_finalize(s);
}

/* Keeps the best kallsyms of the bundle: a file of its own outranks the copy inside a capture
 * (kernel-facts 6). */
static void keep_symbols(struct hu_intake *in)
{
	struct hu_store *store = in->store;
	int rank = in->kallsyms_file ? 2 : 1;

	if (!in->symbols.count)
		return;
	if (in->btf_file) { /* names alone: it names no address, and says less than kallsyms */
		hu_store_put_symbols(store, &in->symbols, in->source);
		return;
	}
	if (store->symbols.count) {
		const struct hu_symbol *a = hu_symbols_find(&store->symbols, hu_str("_stext"));
		const struct hu_symbol *b = hu_symbols_find(&in->symbols, hu_str("_stext"));
		if (a && b && a->address && b->address && a->address != b->address)
			hu_intake_loss(in, HU_LOSS_MISSING,
				       "its kernel symbols are of another boot or kernel than "
				       "those of another source: addresses of the two cannot be "
				       "joined");
	}
	/* Of two of the same rank the longer: a file may hold a selection. */
	bool better = rank > store->symbols_rank    ? in->symbols.count * 2 > store->symbols.count
		      : rank == store->symbols_rank ? in->symbols.count > store->symbols.count
						    : in->symbols.count > store->symbols.count * 2;
	if (better || !store->symbols.count) {
		struct hu_symbols old = store->symbols;
		store->symbols = in->symbols;
		store->symbols_rank = rank;
		store->symbols_source = in->source;
		in->symbols = old;
	}
}

static void end_source(struct hu_intake *in, const struct hu_err *why)
{
	struct hu_store *store = in->store;
	sqlite3_stmt *s = hu_store_prepare(store, "UPDATE source SET status = ?2, error = ?3, "
						  "records = ?4, first_ts = ?5, last_ts = ?6, "
						  "clock = ?7, clock_how = CASE WHEN ?8 = '' THEN "
						  "clock_how ELSE ?8 END WHERE id = ?1");

	sqlite3_bind_int64(s, 1, in->source);
	sqlite3_bind_text(s, 2,
			  !why	     ? "complete"
			  : in->rows ? "partial"
				     : "unreadable",
			  -1, SQLITE_STATIC);
	if (why)
		sqlite3_bind_text(s, 3, hu_err_text(why), -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 4, (int64_t)((in->totals ? in->records : in->rows) & INT64_MAX));
	if (in->first != HU_OPEN) {
		sqlite3_bind_int64(s, 5, in->first);
		sqlite3_bind_int64(s, 6, in->last);
	}
	sqlite3_bind_text(s, 7, hu_clock_name(in->clock), -1, SQLITE_STATIC);
	struct hu_str how = hu_texts_get(&store->texts, in->clock_how);
	sqlite3_bind_text(s, 8, how.len ? how.at : "", (int)how.len, SQLITE_TRANSIENT);
	hu_store_step(store, s);
	sqlite3_finalize(s);
}

/* What was cut, refused or too much. */
static void tell_refused(struct hu_intake *in, uint64_t cut)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	if (cut)
		hu_out_printf(&text, "%llu texts were longer than %d bytes and were cut",
			      (unsigned long long)cut, HU_TEXT_MAX);
	if (in->refused)
		hu_out_printf(&text, "%s%llu values were impossible and were left out",
			      cut ? "; " : "", (unsigned long long)in->refused);
	hu_census_tell(&in->census, &text);
	if (text.len)
		hu_intake_loss(in, HU_LOSS_UNPARSED, text.at);
}

struct hu_err *hu_intake_end(struct hu_intake *in, uint64_t cut_texts, struct hu_err *why)
{
	struct hu_store *store = in->store;

	hu_store_flush_events(store);
	tell_refused(in, cut_texts);
	keep_symbols(in);
	end_source(in, why);
	hu_store_run(store, "COMMIT");
	struct hu_err *err = hu_err_in(hu_store_take_broken(store), "source %s", in->path);
	hu_symbols_deinit(&in->symbols);
	hu_census_deinit(&in->census);
	free(in->names);
	free(in->stacks);
	free(in->depths);
	free(in->path);
	free(in);
	hu_err_free(why);
	return err;
}

struct hu_err *hu_store_end(struct hu_sink *sink, struct hu_err *why)
{
	if (!sink) {
		hu_err_free(why);
		return NULL;
	}
	hu_sink_flush(sink);
	struct hu_err *err = hu_intake_end(hu_sink_owner(sink), hu_sink_cut_texts(sink), why);
	hu_sink_destroy(sink);
	return err;
}
