/*
 * fleet_truth TRUTH.tsv FLEETDIR: does a fleet.db say what bench/fleet-make knows? Every bundle
 * that it made, with host, kernel, role and causes; how many bundles each cause has; the damaged
 * ones by name.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "fleet/sql.h"
#include "tests/support.h"
#include "tests/test.h"

enum { PATH, KIND, TEMPLATE, HOST, KERNEL, ROLE, CAUSES, FIELDS };

/* An incident in the words of the truth: LOCK/ROLE, or the kind of trouble. */
static const char incident_word[] =
	"CASE WHEN i.signature LIKE 'reclaim.fault|%' OR i.signature LIKE 'shrinker|%' THEN "
	"substr(i.signature, 1, instr(i.signature, '|') - 1) || '/' || "
	"substr(substr(i.signature, instr(i.signature, '|') + 1), 1, "
	"instr(substr(i.signature, instr(i.signature, '|') + 1), '|') - 1) "
	"WHEN i.lock IS NOT NULL THEN i.lock || '/' || coalesce(i.role, '-') "
	"WHEN i.cause_key LIKE '%|cgroup_drain_dying' THEN 'cgroup_drain_dying/-' ELSE i.signature "
	"END";

struct truth {
	char *fields[FIELDS];
};

struct word {
	char *text;
	int64_t bundles;
};

struct check {
	sqlite3 *db;
	struct truth *at;
	size_t count;
	struct word words[64];
	size_t word_count;
};

static void read_truth(struct check *c, const char *path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_str line;

	if (!hu_test_slurp(path, &text))
		exit(1);
	struct hu_str rest = hu_out_view(&text);
	while (hu_str_line(&rest, &line)) {
		c->at = hu_realloc(c->at, (c->count + 1) * sizeof(*c->at));
		for (int i = 0; i < FIELDS; i++)
			c->at[c->count].fields[i] = hu_strdup(hu_str_split(&line, '\t'));
		c->count++;
	}
}

static void count_words(struct check *c, const char *causes)
{
	struct hu_str rest = hu_str(causes);

	while (rest.len && strcmp(causes, "-") != 0) {
		struct hu_str one = hu_str_split(&rest, ';');
		size_t i = 0;
		while (i < c->word_count && !hu_str_is(one, c->words[i].text))
			i++;
		if (i == c->word_count && i < 64)
			c->words[c->word_count++].text = hu_strdup(one);
		if (i < c->word_count)
			c->words[i].bundles++;
		else
			test_fail(__FILE__, __LINE__, "more than 64 causes: %.*s", (int)one.len,
				  one.at);
	}
}

static char *ask(struct check *c, const char *sql, const char *first)
{
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;

	if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		test_fail(__FILE__, __LINE__, "%s: %s", sql, sqlite3_errmsg(c->db));
		return NULL;
	}
	if (first)
		sqlite3_bind_text(stmt, 1, first, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
		text = hu_strdup(hu_str((const char *)sqlite3_column_text(stmt, 0)));
	sqlite3_finalize(stmt);
	return text;
}

static void check_text(struct check *c, const char *sql, const char *key, const char *want)
{
	char *got = ask(c, sql, key);

	CHECK_STR(got, want);
	free(got);
}

/* The words of its incidents, in order, with ";" between; "-": none. */
static char *causes_of(struct check *c, const char *key)
{
	char *sql = hu_test_format("SELECT coalesce(group_concat(word, ';'), '-') FROM (SELECT "
				   "DISTINCT %s AS word FROM "
				   "incident i WHERE i.bundle = ?1 ORDER BY i.rank)",
				   incident_word);
	char *got = ask(c, sql, key);

	free(sql);
	return got;
}

static void check_bundle(struct check *c, const struct truth *t)
{
	const char *base = strrchr(t->fields[PATH], '/') + 1;
	char *key =
		ask(c, "SELECT bundle FROM place WHERE path = ?1 OR path LIKE '%/' || ?1", base);

	TEST_CASE("%s, %s of %s", base, t->fields[KIND], t->fields[TEMPLATE]);
	if (!key) {
		test_fail(__FILE__, __LINE__, "is not in the fleet");
		return;
	}
	if (!strcmp(t->fields[KIND], "damaged")) {
		/* Named: among those without a verdict, or as a capture that could not be read
		 * whole. */
		check_text(c,
			   "SELECT max(NOT b.judged OR EXISTS (SELECT 1 FROM damage d WHERE "
			   "d.bundle = "
			   "b.key)) FROM bundle b WHERE b.key = ?1",
			   key, "1");
		free(key);
		return;
	}
	char *causes = causes_of(c, key);
	CHECK_STR(causes, t->fields[CAUSES]);
	count_words(c, t->fields[CAUSES]);
	check_text(c, "SELECT kernel_release FROM bundle WHERE key = ?1", key, t->fields[KERNEL]);
	check_text(c, "SELECT judged FROM bundle WHERE key = ?1", key,
		   strcmp(t->fields[CAUSES], "-") != 0 ? "1" : "0");
	if (!strcmp(t->fields[KIND], "good")) {
		check_text(c, "SELECT host FROM bundle WHERE key = ?1", key, t->fields[HOST]);
		check_text(c, "SELECT value FROM tag WHERE key = 'role' AND bundle = ?1", key,
			   t->fields[ROLE]);
	}
	free(causes);
	free(key);
}

/* The sums of table `cause`, told in the truth's words, are the truth's counts. */
static void check_counts(struct check *c)
{
	char *sql = hu_test_format("SELECT count(DISTINCT i.bundle) FROM incident i WHERE %s = ?1",
				   incident_word);
	char *sums = hu_test_format("SELECT sum(bundles) FROM cause c WHERE cause_key IN (SELECT "
				    "i.cause_key FROM incident "
				    "i WHERE %s = ?1)",
				    incident_word);

	for (size_t i = 0; i < c->word_count; i++) {
		char *want = hu_test_format("%" PRId64, c->words[i].bundles);
		TEST_CASE("%s", c->words[i].text);
		check_text(c, sql, c->words[i].text, want);
		check_text(c, sums, c->words[i].text, want);
		printf("%-36s %6s\n", c->words[i].text, want);
		free(want);
		free(c->words[i].text);
	}
	free(sql);
	free(sums);
	TEST_CASE("%s", "");
	char *all = hu_test_format("%zu", c->count);
	check_text(c, "SELECT count(DISTINCT path) FROM place", NULL, all);
	free(all);
}

int main(int argc, char **argv)
{
	struct check c = {0};

	if (argc != 3) {
		fprintf(stderr, "fleet_truth TRUTH.tsv FLEETDIR\n");
		return 2;
	}
	read_truth(&c, argv[1]);
	struct hu_err *err = hu_fleet_open(argv[2], &c.db);
	if (err) {
		CHECK_OK(err);
		return test_end();
	}
	for (size_t i = 0; i < c.count; i++)
		check_bundle(&c, &c.at[i]);
	check_counts(&c);
	sqlite3_close(c.db);
	for (size_t i = 0; i < c.count; i++)
		for (int k = 0; k < FIELDS; k++)
			free(c.at[i].fields[k]);
	free(c.at);
	return test_end();
}
