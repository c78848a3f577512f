/*
 * Runs that go wrong on purpose, one for each thing that a campaign looks for: what it does not
 * find here it would not find anywhere. In the child, when the program has done its work.
 */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support.h"
#include "tests/torture.h"

static void on_store(const char *root, const char *sql)
{
	char *path = hu_test_format("%s/out/store.db", root);
	sqlite3 *db = NULL;

	sqlite3_open(path, &db);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	free(path);
}

static cJSON *each(cJSON *list, const char *key, cJSON *(*make)(void))
{
	cJSON *item;

	cJSON_ArrayForEach(item, list) cJSON_ReplaceItemInObjectCaseSensitive(item, key, make());
	return list;
}

static cJSON *complete(void)
{
	return cJSON_CreateString("complete");
}

static cJSON *none(void)
{
	return cJSON_CreateNull();
}

static cJSON *zero(void)
{
	return cJSON_CreateNumber(0);
}

static cJSON *stranger(void)
{
	return cJSON_CreateString("a-stranger");
}

static void on_report(const char *root, const char *defect)
{
	char *path = hu_test_format("%s/out/report.json", root);
	cJSON *report = access(path, R_OK) == 0 ? hu_test_json(path) : NULL, *incident;

	if (report && strcmp(defect, "silent") == 0) {
		cJSON *sources = cJSON_GetObjectItemCaseSensitive(report, "sources");
		each(each(each(sources, "status", complete), "error", none), "loss_rows", zero);
	} else if (report && strcmp(defect, "counts") == 0) {
		cJSON *sources = cJSON_GetObjectItemCaseSensitive(report, "sources");
		cJSON_DeleteItemFromArray(sources, 0);
	} else if (report) {
		cJSON_ArrayForEach(incident, cJSON_GetObjectItemCaseSensitive(report, "incidents"))
			each(cJSON_GetObjectItemCaseSensitive(incident, "holders"), "comm",
			     stranger);
	}
	if (report) {
		char *text = cJSON_PrintUnformatted(report);
		hu_test_spew(path, hu_str(text));
		free(text);
	}
	cJSON_Delete(report);
	free(path);
}

static volatile int beyond = 4;
static void *volatile forgotten;

static void overrun(void)
{
	volatile char *at = malloc(4);

	at[beyond] = 1; /* AddressSanitizer ends it here */
	free((void *)(uintptr_t)at);
}

static void eat(void)
{
	for (size_t i = 0; i < 1536; i++) {
		char *block = malloc((size_t)1 << 20);
		if (!block) {
			fputs("holdup: out of memory\n", stderr);
			abort();
		}
		memset(block, 1, (size_t)1 << 20);
	}
}

int hu_run_defect(const char *defect, const char *root, int status)
{
	char *half = hu_test_format("%s/out/report.json", root);
	char *beside = hu_test_format("%s/.left", root);

	if (strcmp(defect, "status") == 0)
		status = status == 0 ? 1 : 0;
	else if (strcmp(defect, "fault") == 0)
		status = 4;
	else if (strcmp(defect, "crash") == 0)
		raise(SIGKILL);
	else if (strcmp(defect, "overrun") == 0)
		overrun();
	else if (strcmp(defect, "leak") == 0)
		for (int i = 0; i < 100; i++)
			forgotten = malloc(100);
	else if (strcmp(defect, "spin") == 0)
		for (volatile int i = 1; i;)
			;
	else if (strcmp(defect, "eat") == 0)
		eat();
	else if (strcmp(defect, "half") == 0)
		truncate(half, 100) < 0 ? abort() : (void)0;
	else if (strcmp(defect, "no-report") == 0)
		unlink(half);
	else if (strcmp(defect, "loading") == 0)
		on_store(root, "UPDATE meta SET value = 'loading' WHERE key = 'state'");
	else if (strcmp(defect, "litter") == 0)
		mkdir(beside, 0700);
	else if (strcmp(defect, "evidence") == 0)
		on_store(root, "UPDATE incident_evidence SET event_row = 999999999");
	if (strcmp(defect, "silent") == 0)
		on_store(root,
			 "UPDATE source SET status = 'complete', error = NULL; DELETE FROM loss");
	if (strcmp(defect, "silent") == 0 || strcmp(defect, "counts") == 0 ||
	    strcmp(defect, "stranger") == 0)
		on_report(root, defect);
	free(half);
	free(beside);
	return status;
}
