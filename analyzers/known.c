/*
 * hu_known_match(): the facts of one incident against the whole library, and the candidates into
 * incident_fix and incident_fix_item. Runs once per incident: parsing the compiled-in files each
 * time costs less than keeping them.
 */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static bool has_symbol(void *context, const char *symbol)
{
	bool present = false;

	hu_store_symbol(context, symbol, &present);
	return present;
}

/*
 * People cut kallsyms to what they think they need, so "not there" is only said of a list that is
 * long, and holds what every kernel has, data of which lists without CONFIG_KALLSYMS_ALL have none.
 */
static bool whole_symbols(struct hu_store *store)
{
	static const char *const always[] = {
		"schedule", "vfs_read", "mntput", "do_exit", "kthread_create_on_node", "init_task"};
	int64_t count = 0;

	struct hu_rows *rows = hu_rows_open(store, "SELECT max(count) FROM symbols");
	if (hu_rows_next(rows))
		count = hu_rows_int(rows, 0);
	hu_err_free(hu_rows_close(rows));
	if (count < 20000)
		return false;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!has_symbol(store, always[i]))
			return false;
	return true;
}

/* What the bundle states of the host, if all sources agree; *ret stays NULL otherwise. */
static struct hu_err *agreed_fact(struct hu_store *store, const char *key, char **ret)
{
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT DISTINCT trim(value) FROM fact WHERE key = ?1");

	hu_rows_bind_text(rows, 1, hu_str(key));
	while (hu_rows_next(rows)) {
		char *value = *ret ? NULL : hu_strdup(hu_rows_str(rows, 0));
		free(*ret);
		*ret = value;
		if (!value)
			break;
	}
	return hu_rows_close(rows);
}

static int compare_hits(const void *a, const void *b)
{
	const struct hu_known_hit *x = a, *y = b;
	bool xf = x->decision.applies == HU_FIXED, yf = y->decision.applies == HU_FIXED;

	if (xf != yf)
		return xf - yf;
	if (x->matched != y->matched)
		return x->matched < y->matched ? 1 : -1;
	if (x->specificity != y->specificity)
		return x->specificity < y->specificity ? 1 : -1;
	if (x->refuted != y->refuted)
		return x->refuted < y->refuted ? -1 : 1;
	if (x->decision.applies != y->decision.applies)
		return (int)x->decision.applies - (int)y->decision.applies;
	return strcmp(x->entry->id, y->entry->id);
}

/* A decided candidate; false if this kernel rules it out without a word worth saying. */
static bool decide(struct hu_known_hit *hit, const struct hu_kernel *kernel)
{
	const cJSON *json = hit->entry->json;

	for (const cJSON *symbol =
		     hu_known_first(hu_known_item(hu_known_item(json, "refutes"), "symbols"));
	     symbol; symbol = symbol->next)
		if (kernel->have_symbols && kernel->has(kernel->context, symbol->valuestring))
			return false;
	hit->decision = hu_known_decide(json, kernel, &hit->decided);
	if (hit->decision.applies == HU_NOT_CONCERNED)
		return false;
	const char *status = hu_known_text(hu_known_item(json, "affects"), "status");
	if (hit->decision.applies == HU_FIXED && !strcmp(status, "fixed")) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&text, "this kernel has the fix, so this is not the cause (%s)",
			      hit->decided.at);
		hu_known_hit_line(hit, HU_REFUTED, hu_out_view(&text));
		hit->refuted++;
	}
	return true;
}

struct writer {
	sqlite3 *db;
	sqlite3_stmt *fix, *item;
	const char *incident;
	struct hu_err *err;
};

static void bind(sqlite3_stmt *stmt, int n, struct hu_str text)
{
	sqlite3_bind_text64(stmt, n, text.at ? text.at : "", text.len, SQLITE_TRANSIENT,
			    SQLITE_UTF8);
}

static void step(struct writer *w, sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) != SQLITE_DONE && !w->err)
		w->err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(w->db));
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

static void put_item(struct writer *w, const char *fix, const char *kind, int rank,
		     struct hu_str text)
{
	if (!text.len)
		return;
	bind(w->item, 1, hu_str(w->incident));
	bind(w->item, 2, hu_str(fix));
	bind(w->item, 3, hu_str(kind));
	sqlite3_bind_int(w->item, 4, rank);
	bind(w->item, 5, text);
	step(w, w->item);
}

static void put_list(struct writer *w, const struct hu_known_hit *hit, const char *list,
		     const char *kind)
{
	int rank = 0;

	for (const cJSON *item = hu_known_first(hu_known_item(hit->entry->json, list)); item;
	     item = item->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_known_item_text(list, item, &text);
		put_item(w, hit->entry->id, kind, ++rank, hu_out_view(&text));
	}
}

static void put_lines(struct writer *w, const struct hu_known_hit *hit, enum hu_tested how,
		      const char *kind)
{
	int rank = 0;

	for (size_t i = 0; i < hit->count; i++)
		if (hit->lines[i].how == how)
			put_item(w, hit->entry->id, kind, ++rank, hu_str(hit->lines[i].text));
}

static void put_hit(struct writer *w, const struct hu_known_hit *hit, int rank)
{
	static const char *const applies[] = {"affected", "unknown", "fixed"};
	const cJSON *json = hit->entry->json;
	const char *fixed = hu_known_text(hu_known_item(json, "affects"), "fixed_in");

	bind(w->fix, 1, hu_str(w->incident));
	sqlite3_bind_int(w->fix, 2, rank);
	bind(w->fix, 3, hu_str(hit->entry->id));
	bind(w->fix, 4, hu_str(hu_known_text(json, "title")));
	bind(w->fix, 5, hu_str(applies[hit->decision.applies]));
	bind(w->fix, 6, hu_str(hit->decision.by));
	bind(w->fix, 7, hu_out_view(&hit->decided));
	if (*fixed)
		bind(w->fix, 8, hu_str(fixed));
	bind(w->fix, 9, hu_str(hu_known_text(json, "explains")));
	step(w, w->fix);
	put_list(w, hit, "commits", "commit");
	put_list(w, hit, "workarounds", "workaround");
	put_list(w, hit, "references", "link");
	put_list(w, hit, "verify", "verify");
	put_list(w, hit, "consequences", "consequence");
	put_lines(w, hit, HU_MATCHED, "matched");
	put_lines(w, hit, HU_REFUTED, "refuted");
	put_lines(w, hit, HU_UNTESTED, "untested");
}

static struct hu_err *write_hits(struct hu_store *store, const char *incident,
				 const struct hu_known_hit *hits, size_t count)
{
	struct writer w = {.db = hu_store_db(store), .incident = incident};

	if (sqlite3_prepare_v2(w.db, "INSERT INTO incident_fix VALUES (?,?,?,?,?,?,?,?,?)", -1,
			       &w.fix, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(w.db, "INSERT INTO incident_fix_item VALUES (?,?,?,?,?)", -1,
			       &w.item, NULL) != SQLITE_OK)
		w.err = hu_err(HU_ERR_STORE, "%s", sqlite3_errmsg(w.db));
	for (size_t i = 0; i < count && !w.err; i++)
		put_hit(&w, &hits[i], (int)i + 1);
	sqlite3_finalize(w.fix);
	sqlite3_finalize(w.item);
	return hu_err_in(w.err, "writing the known fixes of %s", incident);
}

struct hu_err *hu_known_match(struct hu_store *store, const struct hu_facts *facts,
			      const char *incident, int *ret)
{
	HU_CLEANUP(hu_freep) char *release = NULL;
	HU_CLEANUP(hu_freep) char *version = NULL;
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {.trust = true};

	*ret = 0;
	struct hu_err *err = agreed_fact(store, "kernel.release", &release);
	if (!err)
		err = agreed_fact(store, "kernel.version", &version);
	if (err)
		return err;
	struct hu_kernel kernel = {
		.release = release,
		.version = version,
		.have_symbols = hu_store_have_symbols(store),
		.has = has_symbol,
		.context = store,
	};
	kernel.whole_symbols = kernel.have_symbols && whole_symbols(store);

	hu_known_lib_builtin(&lib, false, &problems);
	hu_known_lib_finish(&lib, &problems);
	struct hu_known_hit *hits = hu_alloc((lib.count + 1) * sizeof(*hits));
	size_t count = 0;
	for (size_t i = 0; i < lib.count; i++) {
		struct hu_known_hit *hit = &hits[count];
		hu_known_test(&lib, &lib.entries[i], facts, hit);
		if (hit->candidate && decide(hit, &kernel))
			count++;
		else
			hu_known_hit_deinit(hit);
	}
	if (count)
		qsort(hits, count, sizeof(*hits), compare_hits);
	err = write_hits(store, incident, hits, count);
	for (size_t i = 0; i < count; i++) {
		*ret += hits[i].decision.applies != HU_FIXED;
		hu_known_hit_deinit(&hits[i]);
	}
	free(hits);
	hu_known_lib_deinit(&lib);
	return err;
}
