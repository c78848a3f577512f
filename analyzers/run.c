/* From a settled store to the result tables: build the model once, then one chapter after the
 * other. */
#include "analyzers/kept.h"
#include "analyzers/known.h"
#include "analyzers/oncpu.h"
#include "analyzers/states.h"
#include "analyzers/trouble.h"
#include "db/embedded.h"
#include "db/stage.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const result_tables[] = {
	"verdict",
	"analyzer_result",
	"incident",
	"incident_holder",
	"incident_link",
	"incident_evidence",
	"incident_note",
	"incident_fact",
	"incident_fix",
	"incident_fix_item",
	"figure_lane",
	"figure_bar",
	"figure_point",
	"figure_state",
	"graph_node",
	"flame",
	"flame_frame",
	"incident_stall",
	"incident_latency",
	"pressure",
	"pressure_shrinker",
	"host",
	"task_interval",
	"task_release",
	"operation_kind",
	"operation_latency",
	"task_time",
	"task_wait",
	"pressure_wait",
	"pressure_memcg",
	"long_shrinker",
	NULL,
};
/* clang-format on */

static bool is_readonly(struct hu_store *store)
{
	return sqlite3_db_readonly(hu_store_db(store), "main") == 1;
}

/*
 * A store that is being analysed is not complete: written without a journal, it is sound again only
 * when all is in it. Says so in a commit of its own.
 */
static struct hu_err *set_state(struct hu_store *store, const char *state)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	if (is_readonly(store))
		return NULL;
	hu_out_printf(&sql,
		      "UPDATE meta SET value = '%s' WHERE key = 'state';"
		      "DELETE FROM meta WHERE key = 'analysis' AND 'analysing' = '%s'",
		      state, state);
	return hu_store_exec(store, sql.at);
}

/* New result tables: in the store if it can be written, else TEMP ones of the same names, which
 * SQLite prefers. */
static struct hu_err *make_tables(struct hu_store *store)
{
	bool readonly = is_readonly(store);
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	for (const char *const *t = result_tables; *t; t++)
		hu_out_printf(&sql, "DROP TABLE IF EXISTS %s.%s;", readonly ? "temp" : "main", *t);
	struct hu_err *err = hu_store_exec(store, sql.at);
	if (err)
		return err;
	return readonly ? hu_store_exec_temp(store, (const char *)hu_sql_results)
			: hu_store_exec(store, (const char *)hu_sql_results);
}

static struct hu_err *look_at_sources(struct hu_conclusion *c, const char **kept)
{
	struct hu_rows *r = hu_rows_open(
		c->store,
		"SELECT path FROM source WHERE format IS NULL AND (why LIKE "
		"'%perf.data%' OR why LIKE '%CTF%' OR why LIKE '%ring buffer%') ORDER BY path "
		"LIMIT 1");

	if (hu_rows_next(r)) {
		c->unread = true;
		*kept = hu_model_string(c->m, hu_rows_str(r, 0));
		c->unread_path = *kept;
	}
	return hu_rows_close(r);
}

/* Ten thousand locks may have stalled somebody once each: the report tells of the worst, and how
 * many there are. */
enum { MAX_INCIDENTS = 50 };

static void say_more(struct hu_conclusion *c, size_t more)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_printf(
		&text,
		"%zu further causes, each of less stall time than those told here, are left out; "
		"narrow the "
		"analysis with `--lock`, `--task`, `--from` and `--to`, or raise `--threshold`.",
		more);
	hu_add_note(c, NULL, "caveat", text.at);
}

static void say_site(struct hu_conclusion *c)
{
	struct hu_str rest = hu_str(hu_known_notes(c->known)), line;

	while (hu_str_line(&rest, &line)) {
		HU_CLEANUP(hu_freep) char *text = hu_strdup(line);
		hu_add_note(c, NULL, "caveat", text);
	}
}

/* What the host of the analysis lacks is not said here: the report must not depend on it. */
static struct hu_err *say_unconfined(struct hu_conclusion *c)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT 1 FROM meta WHERE key = 'sandbox' AND value = 'off'");

	if (hu_rows_next(r))
		hu_add_note(c, NULL, "caveat",
			    "The bundle was read without the sandbox (`--no-sandbox`): had a file "
			    "in it been made to attack its reader, neither this report nor the "
			    "host that made it could be trusted.");
	return hu_rows_close(r);
}

static struct hu_err *say_redacted(struct hu_conclusion *c)
{
	struct hu_rows *r = hu_rows_open(c->store, "SELECT value FROM meta WHERE key = 'redacted'");

	if (hu_rows_next(r)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_puts(&text, "Redacted (`--redact`, ");
		hu_out_str(&text, hu_rows_str(r, 0));
		hu_out_puts(&text,
			    "): pseudonyms stand for the names of hosts and users' tasks, for "
			    "paths, network addresses and words of the log that are not known "
			    "to be harmless; the same pseudonym is the same name.");
		hu_add_note(c, NULL, "caveat", text.at);
	}
	return hu_rows_close(r);
}

struct hu_err *hu_analyze(struct hu_store *store, const struct hu_options *options)
{
	return hu_analyze_with(store, options, NULL);
}

struct hu_err *hu_analyze_with(struct hu_store *store, const struct hu_options *options,
			       const struct hu_site *site)
{
	struct hu_model model;
	struct hu_causes causes = {0};
	struct hu_spins spins = {0};
	struct hu_troubles troubles = {0};
	const char *kept = NULL;
	struct hu_err *err = set_state(store, "analysing");

	if (!err)
		err = make_tables(store);
	if (err)
		return err;
	hu_stage("model");
	err = hu_model_build(store, options, &model);
	hu_stage("known fixes");
	struct hu_conclusion c = {.m = &model,
				  .causes = &causes,
				  .spins = &spins,
				  .troubles = &troubles,
				  .store = store,
				  .err = err};
	if (!c.err)
		c.err = look_at_sources(&c, &kept);
	if (!c.err)
		c.err = hu_known_open(store, site, &c.known);
	if (!c.err)
		c.err = hu_store_exec(store, "BEGIN");
	if (!c.err) {
		c.lossy = model.lossy;
		hu_stage("causes");
		hu_causes_find(&model, &causes);
		for (size_t i = 0; i < causes.at.count; i++)
			snprintf(causes.at.at[i].id, sizeof(causes.at.at[i].id), "I%zu", i + 1);
		for (size_t i = 0; i < causes.at.count && i < MAX_INCIDENTS; i++) {
			struct hu_cause *cause = &causes.at.at[i];
			hu_stage("chain");
			hu_conclude_chain(&c, cause);
			hu_stage("incident");
			hu_conclude_incident(&c, cause, (int)i + 1);
			hu_stage("evidence");
			hu_conclude_evidence(&c, cause);
			hu_stage("figure");
			hu_conclude_figure(&c, cause);
			hu_stage("flame");
			hu_conclude_flame(&c, cause);
			hu_stage("audit");
			hu_conclude_audit(&c, cause);
			hu_stage("fixes");
			hu_conclude_fixes(&c, cause);
		}
		if (causes.at.count > MAX_INCIDENTS)
			say_more(&c, causes.at.count - MAX_INCIDENTS);
		hu_stage("spins");
		hu_spins_find(&c, &spins);
		for (size_t i = 0; i < spins.at.count && i < MAX_INCIDENTS; i++) {
			struct hu_spin *spin = &spins.at.at[i];
			size_t rank = (causes.at.count < MAX_INCIDENTS ? causes.at.count
								       : MAX_INCIDENTS) +
				      i + 1;
			snprintf(spin->id, sizeof(spin->id), "I%zu", causes.at.count + i + 1);
			hu_conclude_spin(&c, spin, (int)rank);
			hu_conclude_spin_figure(&c, spin);
			hu_conclude_spin_flame(&c, spin);
		}
		hu_stage("contradictions");
		hu_conclude_contradictions(&c);
		hu_stage("troubles");
		hu_troubles_find(&c, &troubles);
		hu_conclude_troubles(&c);
		hu_conclude_trouble_figures(&c);
		hu_stage("host");
		hu_conclude_host(&c);
		hu_stage("pressure");
		hu_conclude_pressure(&c);
		hu_stage("questions");
		hu_conclude_questions(&c);
		hu_stage("states");
		hu_conclude_states(&c);
		hu_stage("operations");
		hu_conclude_operations(&c);
		hu_stage("verdict");
		hu_conclude_verdict(&c);
		hu_stage("commit");
		say_site(&c);
		if (!c.err)
			c.err = say_unconfined(&c);
		if (!c.err)
			c.err = say_redacted(&c);
		if (!c.err && !is_readonly(store))
			c.err = hu_store_keep_cited(store);
		if (!c.err && !is_readonly(store))
			c.err = hu_results_keep(store, options, site);
		err = hu_store_exec(store, c.err ? "ROLLBACK" : "COMMIT");
		if (c.err)
			hu_err_free(err);
		else
			c.err = err;
	}
	if (!c.err)
		c.err = set_state(store, "complete");
	hu_stage(NULL);
	hu_known_close(c.known);
	hu_troubles_deinit(&troubles);
	hu_spins_deinit(&spins);
	hu_causes_deinit(&causes);
	hu_model_deinit(&model);
	return c.err;
}
