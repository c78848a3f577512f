/*
 * The pass over a store: every column that can hold a text is listed here with what becomes of it,
 * and a column that is not listed is an error, so that a new one cannot be forgotten. Names are one
 * table of some thousand rows; of the event tables only those columns are written in which one text
 * has two meanings ("mount" is a system call and may be somebody's task).
 */
#include "db/redact_parts.h"
#include "db/embedded.h"
#include "db/redact_store.h"
#include "db/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Columns of numbers that name nobody. */
static const char numbers[] =
	" source ts pos cpu tid stack context id caller bytes records first_ts last_ts offset_ns "
	"slack_ns copy_of copy_percent ta tb count hidden tgid parent step next state target mode "
	"type "
	"known result number kind pages order node memcg objects device sector duration_ns period "
	"blocked_ns blocker blocker_mode lock_type value running low high total level block used "
	"from_ts to_ts rows ";

/* Columns that others than names.c here deal with: "table.column". Of blocks of events none is left
 * then: they are plain rows. */
static const char texts[] =
	" meta.key meta.value source.path source.format source.why source.sha256 source.status "
	"source.error source.clock source.clock_how source.aligned clock_reading.a clock_reading.b "
	"fact.key fact.value name.text symbols.lines lock.address lock.name lock.named_by "
	"event_block.packed lock_event.address span.address shrink.shrinker event_count.event "
	"loss.text ";

static bool listed(const char *list, const char *table, const char *column)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out word = {0};

	hu_out_printf(&word, " %s%s%s ", table ? table : "", table ? "." : "", column);
	return strstr(list, word.at) != NULL;
}

static struct hu_err *know_columns(struct hu_store *store)
{
	struct hu_err *unknown = NULL;
	struct hu_rows *rows = hu_rows_open(
		store,
		"SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS "
		"c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE "
		"'redact_%'");

	while (!unknown && hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *table = hu_strdup(hu_rows_str(rows, 0));
		HU_CLEANUP(hu_freep) char *column = hu_strdup(hu_rows_str(rows, 1));
		if (!listed(numbers, NULL, column) && !listed(texts, table, column) &&
		    !hu_redact_names_know(table, column))
			unknown = hu_err(
				HU_ERR_BUG,
				"--redact does not know what is in %s.%s: nothing is written",
				table, column);
	}
	struct hu_err *err = hu_rows_close(rows);
	if (err && unknown)
		hu_err_free(unknown);
	return err ? err : unknown;
}

static void learn_host(struct hu_redactor *r, struct hu_str host)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out with = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out shorter = {0};
	struct hu_str rest = host, name = hu_str_split(&rest, '.');

	hu_redact_host(r, host, &with);
	if (with.len == host.len && !memcmp(with.at, host.at, host.len))
		return;
	if (host.len > 2 && !hu_redact_digits(host))
		hu_redact_host_name(r, host, with.at);
	if (name.len < host.len && name.len > 2 && !hu_redact_digits(name)) {
		hu_redact_host(r, name, &shorter);
		hu_redact_host_name(r, name, shorter.at);
	}
}

static void learn_task(struct hu_redactor *r, struct hu_str comm)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out with = {0};

	if (hu_redact_task_stays(r, comm))
		return;
	hu_redact_task(r, comm, &with);
	hu_redact_secret(r, comm, with.at);
}

static void learn_member(struct hu_redactor *r, struct hu_str path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out with = {0};

	hu_redact_member(r, path, &with);
	if (with.len != path.len || memcmp(with.at, path.at, path.len) != 0)
		hu_redact_secret(r, path, with.at);
}

static void learn_log(struct hu_redactor *r, struct hu_str line)
{
	hu_redact_learn(r, line);
}

static void learn_function(struct hu_redactor *r, struct hu_str name)
{
	bool fresh;

	if (hu_redact_identifier(name))
		hu_texts_add(&r->functions, name, &fresh);
}

/* What the bundle itself tells to be a name, before any text is looked at. */
static struct hu_err *learn_all(struct hu_store *store, struct hu_redactor *r)
{
	static const struct {
		const char *sql;
		void (*learn)(struct hu_redactor *r, struct hu_str text);
	} asks[] = {
		{"SELECT DISTINCT text FROM stack JOIN name ON name.id = symbol WHERE module IS "
		 "NULL",
		 learn_function},
		{"SELECT text FROM name WHERE id IN (SELECT function FROM lock_event UNION SELECT "
		 "function FROM shrink)",
		 learn_function},
		{"SELECT DISTINCT value FROM fact WHERE key = 'hostname'", learn_host},
		{"SELECT value FROM meta WHERE key = 'bundle.name'", learn_member},
		{"SELECT path FROM source", learn_member},
		{"SELECT text FROM name WHERE id IN (SELECT comm FROM task UNION SELECT comm FROM "
		 "span UNION SELECT comm FROM snapshot UNION SELECT blocker_comm FROM snapshot) "
		 "ORDER BY id",
		 learn_task},
		{"SELECT text FROM name WHERE id IN (SELECT text FROM message UNION SELECT text "
		 "FROM "
		 "snapshot) ORDER BY id",
		 learn_log},
	};

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct hu_rows *rows = hu_rows_open(store, asks[i].sql);
		while (hu_rows_next(rows))
			asks[i].learn(r, hu_rows_str(rows, 0));
		struct hu_err *err = hu_rows_close(rows);
		if (err)
			return err;
	}
	return NULL;
}

/* Overwritten pages go with the old file: the new one has what is reachable, and nothing else. */
static struct hu_err *write_anew(struct hu_store **store, const char *path)
{
	HU_CLEANUP(hu_freep) char *fresh = NULL;

	if (asprintf(&fresh, "%s.redacted", path) < 0)
		hu_no_memory();
	unlink(fresh);
	struct hu_rows *rows = hu_rows_open(*store, "VACUUM INTO ?1");
	hu_rows_bind_text(rows, 1, hu_str(fresh));
	while (hu_rows_next(rows))
		;
	struct hu_err *err = hu_rows_close(rows);
	hu_store_close(*store);
	*store = NULL;
	if (!err && rename(fresh, path) < 0)
		err = hu_err_os(errno, "cannot replace the store %s", path);
	if (err)
		unlink(fresh);
	return err;
}

static struct hu_err *work(struct hu_store *store, struct hu_redactor *r)
{
	struct hu_err *err = know_columns(store);

	if (!err)
		err = hu_redact_symbols(store, r);
	if (!err)
		err = learn_all(store, r);
	if (!err)
		err = hu_redact_names(store, r);
	if (!err)
		err = hu_redact_columns(store, r);
	if (!err)
		err = hu_redact_addresses(store, r);
	return err;
}

static struct hu_err *own_key(struct hu_store *store, struct hu_out *to)
{
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT value FROM meta WHERE key = 'bundle.sha256'");

	if (hu_rows_next(rows))
		hu_out_str(to, hu_rows_str(rows, 0));
	return hu_rows_close(rows);
}

struct hu_err *hu_redact_store(const char *path, const struct hu_str *key)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	HU_CLEANUP(hu_out_deinit) struct hu_out own = {0};
	HU_CLEANUP(hu_redactor_deinit) struct hu_redactor r = {0};
	struct hu_err *err = hu_store_open(path, true, &store);

	if (!err)
		err = hu_store_as_rows(store);
	if (!err)
		err = own_key(store, &own);
	if (err)
		return err;
	hu_redactor_init(&r, key != NULL, key ? *key : hu_out_view(&own));
	/* Half of it done is worse than nothing: until it is whole the store says that it is none.
	 */
	err = hu_store_exec(store,
			    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA "
			    "secure_delete = ON; UPDATE meta SET value = 'loading' WHERE key = "
			    "'state'; BEGIN");
	if (!err)
		err = work(store, &r);
	if (!err)
		err = hu_store_exec(store, key ? "INSERT OR REPLACE INTO meta (key, value) VALUES "
						 "('redacted', 'with a key of its own')"
					       : "INSERT OR REPLACE INTO meta (key, value) VALUES "
						 "('redacted', 'with a key from the bundle')");
	if (!err)
		err = hu_store_exec(store, "COMMIT; UPDATE meta SET value = 'complete' WHERE key = "
					   "'state'");
	if (!err)
		err = write_anew(&store, path);
	return hu_err_in(err, "while names were replaced");
}
