/*
 * Two files that claim to be report.json, as tickets have them: read, compared, and the comparison
 * in all its forms. `holdup diff` reads them outside of the sandbox.
 */
#include "tests/fuzz/fuzz.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/side.h"
#include "db/rows.h"
#include "report/diff.h"
#include "tests/support.h"

static void compare(const struct hu_side *before, const struct hu_side *after)
{
	static const enum hu_report_format forms[] = {HU_REPORT_HTML, HU_REPORT_MARKDOWN,
						      HU_REPORT_JSON, HU_REPORT_TEXT};
	static struct hu_store *store; /* making one takes longer than all the rest */

	if (!store)
		hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_compare(before, after, store));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		hu_fuzz_must(hu_report_diff(store, forms[i], false, &out));
		hu_fuzz_page(forms[i], hu_out_view(&out));
	}
	hu_fuzz_must(hu_store_exec(store, "DROP TABLE diff_side; DROP TABLE diff_verdict; DROP "
					  "TABLE diff_reason; DROP TABLE diff_operation; DROP "
					  "TABLE diff_incident;"));
}

static void one(struct hu_str in)
{
	struct hu_str rest = hu_pack_open(in);
	struct hu_side sides[2] = {{0}};
	struct hu_piece piece;
	int read = 0;

	for (; read < 2 && hu_pack_next(&rest, &piece); read++) {
		struct hu_err *err =
			hu_side_read(piece.bytes, read ? "AFTER" : "BEFORE", &sides[read]);
		hu_err_free(err);
		if (err)
			break;
	}
	if (read == 2)
		compare(&sides[0], &sides[1]);
	hu_side_deinit(&sides[0]);
	hu_side_deinit(&sides[1]);
}

/* Members that comparing does not read, and that are long. */
static void drop_unread(cJSON *json)
{
	static const char *const names[] = {
		"generator", "analyzers", "caveats", "next_capture", "actions",	    "ruled_out",
		"facts",     "holders",	  "chain",   "evidence",     "association", "estimate",
		"summary",   "cause",	  "commits", "stack",	     "shrinkers",   "workarounds",
		"tried",     "backports", "why",     "references",   "detail"};
	cJSON *next;

	for (cJSON *child = json->child; child; child = next) {
		next = child->next;
		bool unread = false;
		for (size_t i = 0; child->string && i < sizeof(names) / sizeof(names[0]); i++)
			unread |= !strcmp(child->string, names[i]);
		if (unread)
			cJSON_Delete(cJSON_DetachItemViaPointer(json, child));
		else
			drop_unread(child);
	}
}

/* Lists keep their first elements, texts some lines. */
static void shorten(cJSON *item)
{
	enum { TEXT = 200 };
	int most = item->child && cJSON_IsArray(item->child) ? 12 : 3;

	while (cJSON_IsArray(item) && cJSON_GetArrayItem(item, most))
		cJSON_DeleteItemFromArray(item, most);
	if (cJSON_IsString(item) && strlen(item->valuestring) > TEXT)
		item->valuestring[TEXT] = 0;
	for (cJSON *child = item->child; child; child = child->next)
		shorten(child);
}

static bool golden(const char *path, struct hu_out *to)
{
	HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/golden/report.json", path);

	return hu_test_is_file(file) && hu_test_slurp(file, to);
}

static bool written(const char *path, struct hu_out *to)
{
	/* a report of thousands takes seconds */
	HU_CLEANUP(hu_store_closep)
	struct hu_store *store = strstr(path, "thousands") ? NULL : hu_fuzz_results(path);

	if (store)
		hu_fuzz_must(hu_report(store, HU_REPORT_JSON, false, to));
	return store;
}

/* A report beside itself, as of another bundle, and beside the one before it. `path` is a folder of
 * incidents, which have golden reports, or of tables that reports are made of. Inputs are some
 * pages long: more are tried. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out before = {0};

	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *one = hu_test_format("%s/%s", path, names.at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out report = {0};
		if (!golden(one, &report) && !written(one, &report))
			continue;
		cJSON *json = cJSON_ParseWithLength(report.at, report.len);
		drop_unread(json);
		shorten(json);
		for (int other = 0; other < 2; other++) {
			HU_CLEANUP(hu_out_deinit) struct hu_out pack = {0};
			char *text = cJSON_PrintUnformatted(json);
			struct hu_str after = hu_str(text);
			hu_pack_begin(&pack);
			if (before.len) {
				hu_pack_add(&pack, hu_str(""), hu_out_view(&before));
				hu_pack_add(&pack, hu_str(""), after);
				add(to, hu_out_view(&pack));
			}
			hu_out_clear(&before);
			hu_out_str(&before, after);
			cJSON_free(text);
			cJSON_DeleteItemFromObject(cJSON_GetObjectItem(json, "bundle"), "sha256");
		}
		cJSON_Delete(json);
	}
}

const struct hu_fuzz_target hu_fuzz_diff = {"diff", one, seeds, hu_mutate_json_pack};
