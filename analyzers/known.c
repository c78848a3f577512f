/*
 * The facts of one incident against the whole library, and the candidates into incident_fix and
 * incident_fix_item. What the bundle says of its kernel is asked once for all incidents; its
 * changelog, the largest part of that, not before an entry fits one.
 */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct hu_known {
	struct hu_store *store;
	struct hu_known_lib lib;
	struct hu_kernel kernel;
	char *release, *version;
	struct hu_known_btf *btf;
	int64_t config; /* source of the running kernel's configuration; 0: none */
	struct hu_changelog *changelog;
	bool changelog_read;
	struct hu_out notes;
};

static bool has_symbol(void *context, const char *symbol)
{
	const struct hu_known *known = context;
	bool present = false;

	hu_store_symbol(known->store, symbol, &present);
	return present;
}

static bool btf_lists(void *context, const char *symbol)
{
	const struct hu_known *known = context;

	return hu_known_btf_lists(known->btf, symbol);
}

static bool option_set(void *context, const char *option)
{
	const struct hu_known *known = context;

	return hu_known_config_set(known->store, known->config, option);
}

/*
 * People cut kallsyms to what they think they need, so "not there" is only said of a list that is
 * long, and holds what every kernel has, data of which lists without CONFIG_KALLSYMS_ALL have none.
 */
static bool whole_symbols(struct hu_known *known)
{
	static const char *const always[] = {
		"schedule", "vfs_read", "mntput", "do_exit", "kthread_create_on_node", "init_task"};
	int64_t count = 0;

	struct hu_rows *rows =
		hu_rows_open(known->store, "SELECT max(count) FROM symbols JOIN source ON "
					   "source.id = source WHERE format <> 'btf'");
	if (hu_rows_next(rows))
		count = hu_rows_int(rows, 0);
	hu_err_free(hu_rows_close(rows));
	if (count < 20000)
		return false;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!has_symbol(known, always[i]))
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
	/* The file's name alone: where it lies is nobody's business who reads the report. */
	bind(w->fix, 10,
	     hu_str(hit->entry->site ? hu_known_file_name(hit->entry->file) : "built-in"));
	if (hit->decision.here)
		bind(w->fix, 11, hu_str(hit->decision.here));
	step(w, w->fix);
	put_list(w, hit, "commits", "commit");
	put_list(w, hit, "workarounds", "workaround");
	put_list(w, hit, "references", "link");
	put_list(w, hit, "verify", "verify");
	put_list(w, hit, "consequences", "consequence");
	HU_CLEANUP(hu_out_deinit) struct hu_out tried = {0};
	hu_known_tried_text(json, &tried);
	put_item(w, hit->entry->id, "tried", 1, hu_out_view(&tried));
	put_lines(w, hit, HU_MATCHED, "matched");
	put_lines(w, hit, HU_REFUTED, "refuted");
	put_lines(w, hit, HU_UNTESTED, "untested");
}

static struct hu_err *write_hits(struct hu_store *store, const char *incident,
				 const struct hu_known_hit *hits, size_t count)
{
	struct writer w = {.db = hu_store_db(store), .incident = incident};

	if (sqlite3_prepare_v2(w.db, "INSERT INTO incident_fix VALUES (?,?,?,?,?,?,?,?,?,?,?)", -1,
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

/* What the site's entries change, for the report. */
static void note_site(struct hu_known *known)
{
	struct hu_str rest = hu_out_view(&known->lib.replaced), line;

	while (hu_str_line(&rest, &line)) {
		struct hu_str id = hu_str_split(&line, '\t');
		hu_out_printf(
			&known->notes,
			"The known fix `%.*s` is that of the site's own library (%.*s), in place "
			"of the built-in one.\n",
			(int)id.len, id.at, (int)line.len, line.at);
	}
	if (known->lib.left_out)
		hu_out_printf(
			&known->notes,
			"%zu %s of the site's library of known fixes could not be used; `holdup "
			"known check` says why.\n",
			known->lib.left_out, known->lib.left_out == 1 ? "file" : "files");
}

/* Symbols of two kernels in one bundle: the report has to say which of them was believed. */
static void note_contradiction(struct hu_known *known)
{
	for (size_t i = 0; i < known->lib.count; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		if (!hu_known_contradicts(known->lib.entries[i].json, &known->kernel, &text))
			continue;
		hu_out_printf(&known->notes, "The bundle's %s; kallsyms is believed.\n", text.at);
		return;
	}
}

struct hu_err *hu_known_open(struct hu_store *store, const struct hu_site *site,
			     struct hu_known **ret)
{
	struct hu_known *known = hu_alloc(sizeof(*known));
	struct hu_problems problems = {0};

	known->store = store;
	struct hu_err *err = agreed_fact(store, "kernel.release", &known->release);
	if (!err)
		err = agreed_fact(store, "kernel.version", &known->version);
	if (!err)
		err = hu_known_config_find(store, known->release, &known->config);
	if (!err)
		err = hu_known_btf_open(store, known->release, &known->btf);
	if (err) {
		hu_known_close(known);
		return err;
	}
	known->kernel = (struct hu_kernel){
		.release = known->release,
		.version = known->version,
		.have_symbols = hu_store_have_symbols(store),
		.has = has_symbol,
		.have_btf = hu_known_btf_any(known->btf),
		.btf = btf_lists,
		.have_config = known->config != 0,
		.set = option_set,
		.context = known,
	};
	known->kernel.whole_symbols = known->kernel.have_symbols && whole_symbols(known);
	hu_known_lib_load(&known->lib, site, &problems);
	note_site(known);
	note_contradiction(known);
	*ret = known;
	return NULL;
}

void hu_known_close(struct hu_known *known)
{
	if (!known)
		return;
	hu_known_lib_deinit(&known->lib);
	hu_changelog_destroy(known->changelog);
	hu_known_btf_destroy(known->btf);
	hu_out_deinit(&known->notes);
	free(known->release);
	free(known->version);
	free(known);
}

const char *hu_known_notes(const struct hu_known *known)
{
	return known->notes.at ? known->notes.at : "";
}

static struct hu_err *read_changelog(struct hu_known *known)
{
	if (known->changelog_read)
		return NULL;
	known->changelog_read = true;
	struct hu_err *err = hu_changelog_read(known->store, &known->lib, known->release,
					       known->version, &known->changelog);
	known->kernel.changelog = known->changelog;
	return hu_err_in(err, "reading the kernel package's changelog");
}

struct hu_err *hu_known_match(struct hu_known *known, const struct hu_facts *facts,
			      const char *incident, int *ret)
{
	struct hu_known_hit *hits = hu_alloc((known->lib.count + 1) * sizeof(*hits));
	struct hu_err *err = NULL;
	size_t count = 0;

	*ret = 0;
	for (size_t i = 0; i < known->lib.count && !err; i++) {
		struct hu_known_hit *hit = &hits[count];
		hu_known_test(&known->lib, &known->lib.entries[i], facts, hit);
		if (hit->candidate)
			err = read_changelog(known);
		if (!err && hit->candidate && decide(hit, &known->kernel))
			count++;
		else
			hu_known_hit_deinit(hit);
	}
	if (count)
		qsort(hits, count, sizeof(*hits), compare_hits);
	if (!err)
		err = write_hits(known->store, incident, hits, count);
	for (size_t i = 0; i < count; i++) {
		*ret += hits[i].decision.applies != HU_FIXED;
		hu_known_hit_deinit(&hits[i]);
	}
	free(hits);
	return err;
}
