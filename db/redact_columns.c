/* Texts that stand in their own tables, addresses, and the kernel's symbols. */
#include "db/redact_store.h"
#include "db/rows.h"
#include "db/store_private.h"

#include <stdlib.h>
#include <string.h>

typedef void put_fn(struct hu_redactor *r, struct hu_str text, struct hu_out *to);

static void put_hash(struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	if (text.len)
		hu_redact_hash(r, text, to);
}

static void put_bundle(struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	hu_redact_pseudonym(r, "bundle", text, to);
}

static void put_address(struct hu_redactor *r, uint64_t address, struct hu_out *to)
{
	hu_out_printf(to, "0x%llx", (unsigned long long)(address + (uint64_t)r->shift));
}

/* SQLite calls it for each row: redact(form, text). */
static put_fn *const forms[] = {hu_redact_member, hu_redact_text,  put_hash,
				put_bundle,	  hu_redact_event, hu_redact_lock};

static void redact(sqlite3_context *ctx, int count, sqlite3_value **values)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out to = {0};
	size_t form = (size_t)sqlite3_value_int(values[0]);
	const char *at = (const void *)sqlite3_value_text(values[1]);
	struct hu_str text = {at, (size_t)sqlite3_value_bytes(values[1])};

	(void)count;
	if (!at || form >= sizeof(forms) / sizeof(forms[0]))
		return;
	forms[form](sqlite3_user_data(ctx), text, &to);
	sqlite3_result_text(ctx, to.at ? to.at : "", (int)to.len, SQLITE_TRANSIENT);
}

static void put_fact_key(struct hu_redactor *r, struct hu_str key, struct hu_out *to)
{
	static const char *const about[] = {"build_id.", "tag.", "script.", "tool."};

	for (size_t i = 0; i < 4; i++)
		if (hu_str_starts(key, about[i])) {
			struct hu_str rest = hu_str_skip(key, strlen(about[i]));
			hu_out_puts(to, about[i]);
			if (hu_redact_find(&r->tasks, rest)) /* tool.trace-cmd */
				hu_out_str(to, rest);
			else
				hu_redact_run(r, rest, to);
			return;
		}
	for (size_t i = 0; i < key.len; i++)
		if (!hu_redact_wordly(key.at[i]) && !strchr(".-", key.at[i])) {
			hu_redact_text(r, key, to);
			return;
		}
	hu_out_str(to, key);
}

/* By the fact's key; whatever is not known to be harmless is a text like any other. */
static void put_fact(struct hu_redactor *r, struct hu_str key, struct hu_str value,
		     struct hu_out *to)
{
	static const char *const releases[] = {"kernel.release", "config.version",
					       "changelog.newest", "changelog.package",
					       "perf.version"};
	static const char *const whole[] = {"cmdline", "perf.cmdline", "capture.arguments",
					    "ctf.trace_name"};
	uint64_t address;

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		if (hu_str_is(key, releases[i])) {
			hu_redact_release(r, value, to);
			return;
		}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (hu_str_is(key, whole[i])) {
			hu_redact_pseudonym(r, "text", value, to);
			return;
		}
	if (hu_str_is(key, "hostname"))
		hu_redact_host(r, value, to);
	else if (hu_str_starts(key, "tag."))
		hu_redact_pseudonym(r, "text", value, to);
	else if (hu_str_is(key, "kernel.build_id") || hu_str_is(key, "modules.out_of_tree") ||
		 hu_str_is(key, "kernel.arch") || hu_str_is(key, "trace_clock"))
		hu_out_str(to, value);
	else if (hu_str_starts(key, "lock.") && hu_str_u64(value, 16, &address) &&
		 address >= UINT64_C(0xffff000000000000))
		put_address(r, address, to);
	else if (hu_str_is(key, "symbols.from"))
		hu_redact_member(r, value, to);
	else
		hu_redact_text(r, value, to);
}

static struct hu_err *facts(struct hu_store *store, struct hu_redactor *r)
{
	struct hu_err *err = hu_store_exec(
		store, "CREATE TEMP TABLE redact_fact AS SELECT * FROM fact ORDER BY source, key; "
		       "DELETE FROM fact");
	if (err)
		return err;
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT source, key, value FROM temp.redact_fact");
	struct hu_rows *put = hu_rows_open(
		store, "INSERT OR IGNORE INTO fact (source, key, value) VALUES (?1, ?2, ?3)");
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out value = {0};
		put_fact_key(r, hu_rows_str(rows, 1), &key);
		put_fact(r, hu_rows_str(rows, 1), hu_rows_str(rows, 2), &value);
		hu_rows_bind_int(put, 1, hu_rows_int(rows, 0));
		hu_rows_bind_text(put, 2, hu_out_view(&key));
		hu_rows_bind_text(put, 3, value.at ? hu_out_view(&value) : hu_str(""));
		while (hu_rows_next(put))
			;
		hu_rows_reset(put);
	}
	err = hu_rows_close(rows);
	struct hu_err *end = hu_rows_close(put);
	if (err)
		hu_err_free(end);
	return err ? err : end ? end : hu_store_exec(store, "DROP TABLE temp.redact_fact");
}

struct hu_err *hu_redact_columns(struct hu_store *store, struct hu_redactor *r)
{
	enum { FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY };

	if (sqlite3_create_function_v2(hu_store_db(store), "redact", 2, FLAGS, r, redact, NULL,
				       NULL, NULL) != SQLITE_OK)
		return hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(hu_store_db(store)));
	struct hu_err *err = facts(store, r);
	if (!err)
		err = hu_store_exec(
			store,
			"UPDATE source SET path = redact(0, path), why = redact(1, why), sha256 = "
			"redact(2, sha256), error = redact(1, error), clock_how = redact(1, "
			"clock_how), "
			"aligned = redact(1, aligned);"
			"UPDATE loss SET text = redact(1, text);"
			"UPDATE lock SET name = redact(5, name), named_by = redact(0, named_by);"
			"CREATE TEMP TABLE redact_event AS SELECT * FROM event_count ORDER BY "
			"source, "
			"event; DELETE FROM event_count; INSERT INTO event_count SELECT source, "
			"redact(4, event), sum(count), max(used) FROM temp.redact_event GROUP BY "
			"1, 2;"
			"DROP TABLE temp.redact_event;"
			"UPDATE meta SET value = redact(3, value) WHERE key = 'bundle.name';"
			"UPDATE meta SET value = redact(2, value) WHERE key = 'bundle.sha256';"
			"UPDATE meta SET value = redact(1, value) WHERE key = 'case.realtime_by'");
	/* `r` is gone before the store is. */
	sqlite3_create_function_v2(hu_store_db(store), "redact", 2, FLAGS, NULL, NULL, NULL, NULL,
				   NULL);
	return err;
}

/* Moved as a whole, so that they meet as before; where the kernel lies, which KASLR hides, they do
 * not tell any more. */
struct hu_err *hu_redact_addresses(struct hu_store *store, struct hu_redactor *r)
{
	static const char half[] = "BETWEEN -0xffffffffffff AND -0x10001";
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	static const char *const columns[][2] = {
		{"lock_event", "address"}, {"span", "address"}, {"shrink", "shrinker"}};

	for (size_t i = 0; i < 3; i++)
		hu_out_printf(&sql, "UPDATE %s SET %s = %s + (%lld) WHERE %s %s;", columns[i][0],
			      columns[i][1], columns[i][1], (long long)r->shift, columns[i][1],
			      half);
	hu_out_printf(
		&sql,
		"CREATE TEMP TABLE redact_lock AS SELECT * FROM lock; DELETE FROM lock; INSERT "
		"INTO lock (address, name, named_by) SELECT CASE WHEN address %s THEN address + "
		"(%lld) ELSE address END, name, named_by FROM temp.redact_lock ORDER BY 1; DROP "
		"TABLE temp.redact_lock",
		half, (long long)r->shift);
	return hu_store_exec(store, sql.at);
}

static struct hu_err *move_symbols(struct hu_store *store, struct hu_redactor *r,
				   struct hu_symbols *all, int64_t row)
{
	HU_CLEANUP(hu_freep) void *packed = NULL;
	size_t len = 0;
	bool fresh;

	for (size_t i = 0; i < all->count; i++) {
		if (all->symbol[i].address >= UINT64_C(0xffff000000000000))
			all->symbol[i].address += (uint64_t)r->shift;
		hu_texts_add(&r->functions, hu_symbols_name(all, &all->symbol[i]), &fresh);
	}
	hu_symbols_pack(all, &packed, &len);
	sqlite3_stmt *s = hu_store_prepare(store, "UPDATE symbols SET lines = ?2 WHERE rowid = ?1");
	sqlite3_bind_int64(s, 1, row);
	sqlite3_bind_blob64(s, 2, packed, len, SQLITE_STATIC);
	hu_store_step(store, s);
	sqlite3_finalize(s);
	return hu_store_exec(store, "");
}

struct hu_err *hu_redact_symbols(struct hu_store *store, struct hu_redactor *r)
{
	struct hu_err *err = NULL;
	sqlite3_stmt *s =
		hu_store_prepare(store, "SELECT rowid, lines FROM symbols ORDER BY rowid");

	while (!err && s && sqlite3_step(s) == SQLITE_ROW) {
		struct hu_symbols all = {0};
		err = hu_symbols_unpack(sqlite3_column_blob(s, 1),
					(size_t)sqlite3_column_bytes(s, 1), &all);
		if (!err)
			err = move_symbols(store, r, &all, sqlite3_column_int64(s, 0));
		hu_symbols_deinit(&all);
	}
	sqlite3_finalize(s);
	return err;
}
