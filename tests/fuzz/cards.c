/*
 * Cards of a fleet, one a line, as other machines send them: into a fleet.db, and its report in all
 * forms. `holdup merge` reads them outside of the sandbox.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/embedded.h"
#include "db/rows.h"
#include "fleet/build.h"
#include "fleet/card.h"
#include "fleet/report.h"
#include "tests/support.h"

/* Itself is its baseline, for every other. */
static void report(const char *folder, const char *baseline)
{
	static const int forms[] = {HU_FUZZ_HTML, HU_FUZZ_MARKDOWN, HU_FUZZ_JSON};

	for (int form = HU_FLEET_HTML; form <= HU_FLEET_JSON; form++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		hu_fuzz_must(hu_fleet_report(folder, baseline, (enum hu_fleet_format)form, &out));
		hu_fuzz_page(forms[form], hu_out_view(&out));
	}
	hu_fuzz_must(hu_fleet_export(folder));
}

/* Merged with itself it stays what it is. */
static void merge(const char *folder)
{
	HU_CLEANUP(hu_freep) char *other = hu_test_format("%s/merged", hu_fuzz_folder());
	HU_CLEANUP(hu_out_deinit) struct hu_out before = {0}, after = {0};
	struct hu_fleet *fleet = NULL;

	mkdir(other, 0700);
	hu_fuzz_must(hu_fleet_begin(other, &fleet));
	hu_fuzz_must(hu_fleet_add_part(fleet, folder));
	hu_fuzz_must(hu_fleet_add_part(fleet, folder));
	hu_fuzz_must(hu_fleet_finish(fleet));
	hu_fleet_end(fleet);
	hu_fuzz_must(hu_fleet_report(folder, NULL, HU_FLEET_JSON, &before));
	hu_fuzz_must(hu_fleet_report(other, NULL, HU_FLEET_JSON, &after));
	if (before.len != after.len || memcmp(before.at, after.at, after.len) != 0)
		hu_fuzz_wrong("a fleet is another one when it is merged with itself:\n%s\n%s",
			      before.at, after.at);
	hu_test_remove(other);
}

static void one(struct hu_str in)
{
	HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/fleet", hu_fuzz_folder());
	struct hu_str rest = in, line;
	struct hu_fleet *fleet = NULL;
	int taken = 0;

	mkdir(folder, 0700);
	hu_fuzz_must(hu_fleet_begin(folder, &fleet));
	for (int n = 0; n < 32 && hu_str_line(&rest, &line); n++) {
		struct hu_err *err = hu_fleet_add(fleet, line);
		if (err && hu_err_code(err) != HU_ERR_BAD_INPUT &&
		    hu_err_code(err) != HU_ERR_UNSUPPORTED)
			hu_fuzz_must(err);
		taken += !err;
		hu_err_free(err);
	}
	/* writing it takes longer than all the rest */
	if (taken && hu_fuzz_deep(in, 3)) {
		hu_fuzz_must(hu_fleet_finish(fleet));
		hu_fleet_end(fleet);
		report(folder, in.len % 2 ? folder : NULL);
		if (in.len % 4 == 0)
			merge(folder);
	} else {
		hu_fleet_end(fleet);
	}
	hu_test_remove(folder);
}

struct hu_store *hu_fuzz_results(const char *file)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	struct hu_store *store = NULL;

	if (!hu_str_starts(hu_str(strrchr(file, '/') + 1), "report_") || !hu_test_slurp(file, &sql))
		return NULL;
	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_store_set_bundle(store, "case-1", "00ff", 4711, 61));
	hu_fuzz_must(hu_store_settle(store));
	hu_fuzz_must(hu_store_exec(store, (const char *)hu_sql_results));
	hu_fuzz_must(hu_store_exec(store, sql.at));
	return store;
}

/* The cards of the result tables that tests/data/report_*.sql fill, and of bundles without any;
 * `path` is that folder. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};

	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/%s", path, names.at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out card = {0};
		const struct hu_card_meta meta = {
			.path = hu_str(names.at[i]),
			.name = hu_str("case"),
			.content = hu_str("00"),
			.options = hu_str("threshold=100000000"),
			.report = hu_str("bundles/00/report.html"),
		};
		HU_CLEANUP(hu_store_closep) struct hu_store *store = hu_fuzz_results(file);
		if (!store)
			continue;
		struct hu_err *err = hu_card_make(store, &meta, &card);
		if (err) {
			hu_err_free(err);
			hu_out_clear(&card);
			hu_card_failed(&meta, (enum hu_card_reason)(i % HU_CARD_REASONS),
				       hu_str("it is damaged"), &card);
		}
		hu_out_putc(&card, '\n');
		if (card.len < 20000) {
			add(to, hu_out_view(&card));
			hu_out_str(&all, hu_out_view(&card));
		}
	}
	if (all.len)
		add(to, hu_out_view(&all));
}

const struct hu_fuzz_target hu_fuzz_cards = {"cards", one, seeds, hu_mutate_json};
