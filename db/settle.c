/* After the last source: symbols, names of locks and frames, clocks, indexes, and last the mark
 * that the store is whole. */
#include "db/store_private.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "db/text.h"

#include <stdlib.h>
#include <string.h>

/* A lock lies inside a symbol's object, not always at its start (rcu_state's mutexes); farther off
 * it is no part of it. */
enum { REACH = 64 << 10 };

void hu_store_put_symbols(struct hu_store *store, struct hu_symbols *symbols, int64_t source)
{
	HU_CLEANUP(hu_freep) void *packed = NULL;
	size_t len = 0;

	if (!symbols->count)
		return;
	hu_symbols_pack(symbols, &packed, &len);
	sqlite3_stmt *s = hu_store_prepare(store, "INSERT INTO symbols (source, count, hidden, "
						  "bytes, lines) VALUES (?1, ?2, ?3, ?4, ?5)");
	sqlite3_bind_int64(s, 1, source);
	sqlite3_bind_int64(s, 2, (int64_t)symbols->count);
	sqlite3_bind_int64(s, 3, symbols->shown == 0);
	sqlite3_bind_int64(s, 4, (int64_t)symbols->len);
	sqlite3_bind_blob64(s, 5, packed, len, SQLITE_STATIC);
	hu_store_step(store, s);
	sqlite3_finalize(s);
}

/* Frames that no reader could name. */
static void resolve_frames(struct hu_store *store)
{
	sqlite3_stmt *set = hu_store_prepare(store, "UPDATE stack SET symbol = ?2 WHERE id = ?1");
	bool whole = store->symbols.count && !hu_symbols_filtered(&store->symbols);

	for (uint32_t id = 1; id <= store->frames.count && whole; id++) {
		struct hu_str text =
			hu_texts_get(&store->texts, store->frames.frame[id - 1].symbol);
		uint64_t address;
		if (!hu_str_starts(text, "0x") || !hu_str_u64(text, 16, &address))
			continue;
		const struct hu_symbol *symbol = hu_symbols_at(&store->symbols, address, REACH);
		if (!symbol)
			continue;
		sqlite3_bind_int64(set, 1, id);
		sqlite3_bind_int64(set, 2,
				   hu_store_name(store, hu_symbols_name(&store->symbols, symbol)));
		hu_store_step(store, set);
	}
	sqlite3_finalize(set);
}

static void name_locks(struct hu_store *store)
{
	hu_store_run(store, "INSERT OR IGNORE INTO lock (address) SELECT DISTINCT address FROM "
			    "lock_event WHERE address "
			    "IS NOT NULL UNION SELECT address FROM span WHERE address IS NOT NULL");
	sqlite3_stmt *all = hu_store_prepare(store, "SELECT address FROM lock ORDER BY address");
	sqlite3_stmt *set = hu_store_prepare(
		store, "UPDATE lock SET name = ?2, named_by = 'kallsyms' WHERE address = ?1");
	while (all && sqlite3_step(all) == SQLITE_ROW) {
		uint64_t address = (uint64_t)sqlite3_column_int64(all, 0);
		const struct hu_symbol *symbol = hu_symbols_at(&store->symbols, address, REACH);
		if (!symbol)
			continue;
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_str(&text, hu_symbols_name(&store->symbols, symbol));
		if (address != symbol->address)
			hu_out_printf(&text, "+0x%llx",
				      (unsigned long long)(address - symbol->address));
		sqlite3_bind_int64(set, 1, (int64_t)address);
		sqlite3_bind_text(set, 2, text.at, (int)text.len, SQLITE_TRANSIENT);
		hu_store_step(store, set);
	}
	sqlite3_finalize(all);
	sqlite3_finalize(set);
	/* A source that states where a named lock lies: fact lock.NAME.address. Kallsyms, where
	 * there, has said it already. */
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT key, value, path FROM fact JOIN source ON source.id = fact.source "
		       "WHERE key GLOB 'lock.*.address' ORDER BY source.id, key");
	set = hu_store_prepare(
		store,
		"UPDATE lock SET name = ?2, named_by = ?3 WHERE address = ?1 AND name IS NULL");
	while (hu_rows_next(rows)) {
		struct hu_str key = hu_str_skip(hu_rows_str(rows, 0), strlen("lock.")),
			      path = hu_rows_str(rows, 2);
		uint64_t address;
		if (!hu_str_u64(hu_rows_str(rows, 1), 16, &address))
			continue;
		sqlite3_bind_int64(set, 1, (int64_t)address);
		sqlite3_bind_text(set, 2, key.at, (int)(key.len - strlen(".address")),
				  SQLITE_TRANSIENT);
		sqlite3_bind_text(set, 3, path.at, (int)path.len, SQLITE_TRANSIENT);
		hu_store_step(store, set);
	}
	sqlite3_finalize(set);
	hu_store_end_rows(store, rows);
}

struct hu_err *hu_store_settle(struct hu_store *store)
{
	hu_store_run(store, "BEGIN");
	hu_store_put_symbols(store, &store->symbols, store->symbols_source);
	resolve_frames(store);
	name_locks(store);
	hu_mark_copies(store, false);
	hu_align_sources(store);
	hu_mark_copies(store, true);
	hu_mark_guests(store);
	hu_store_run(store, "CREATE INDEX counter_by_series ON counter (series, ts);"
			    "CREATE INDEX task_by_tid ON task (tid, ts);"
			    "CREATE INDEX snapshot_by_tid ON snapshot (tid);");
	hu_store_run(store, (const char *)hu_sql_views);
	hu_store_run(store, "COMMIT");
	hu_store_show_views(store);
	if (!store->broken)
		hu_store_meta(store, "state", hu_str("complete"));
	store->loading = false;
	store->symbols_read = true;
	return hu_store_take_broken(store);
}

static void read_symbols(struct hu_store *store)
{
	if (store->symbols_read || store->loading)
		return;
	store->symbols_read = true;
	sqlite3_stmt *s = hu_store_prepare(store, "SELECT lines FROM symbols JOIN source ON "
						  "source.id = source WHERE format <> 'btf'");
	if (s && sqlite3_step(s) == SQLITE_ROW)
		hu_err_free(hu_symbols_unpack(sqlite3_column_blob(s, 0),
					      (size_t)sqlite3_column_bytes(s, 0), &store->symbols));
	sqlite3_finalize(s);
}

bool hu_store_have_symbols(struct hu_store *store)
{
	read_symbols(store);
	return store->symbols.count > 0;
}

uint64_t hu_store_symbol(struct hu_store *store, const char *name, bool *present)
{
	read_symbols(store);
	const struct hu_symbol *symbol = hu_symbols_find(&store->symbols, hu_str(name));
	*present = symbol != NULL;
	return symbol ? symbol->address : 0;
}

bool hu_store_btf_lists(struct hu_store *store, int64_t source, const char *name)
{
	if (store->btf_source != source) {
		hu_symbols_deinit(&store->btf);
		store->btf_source = source;
		sqlite3_stmt *s =
			hu_store_prepare(store, "SELECT lines FROM symbols WHERE source = ?1");
		sqlite3_bind_int64(s, 1, source);
		if (s && sqlite3_step(s) == SQLITE_ROW)
			hu_err_free(hu_symbols_unpack(sqlite3_column_blob(s, 0),
						      (size_t)sqlite3_column_bytes(s, 0),
						      &store->btf));
		sqlite3_finalize(s);
	}
	return hu_symbols_find(&store->btf, hu_str(name)) != NULL;
}
