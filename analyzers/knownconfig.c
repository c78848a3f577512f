/* The running kernel's configuration, where the bundle has it: which of its files it is, and what
 * is set in it. */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <string.h>

/*
 * Is this the running kernel's configuration? /boot has one for every installed kernel, named after
 * it; one without a name, such as /proc/config.gz, is believed if it is of the same base version.
 */
static int config_fits(const char *release, struct hu_str path, struct hu_str version)
{
	struct hu_str name = hu_str(hu_known_file_name(path.at));
	struct hu_kver running, built;

	if (!release || !hu_kver_parse(hu_str(release), &running))
		return 0;
	if (hu_str_find(name, release) >= 0)
		return 2;
	if (hu_str_starts(name, "config-") || !hu_kver_parse(version, &built))
		return 0;
	return built.major == running.major && built.minor == running.minor;
}

struct hu_err *hu_known_config_find(struct hu_store *store, const char *release, int64_t *ret)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT s.id, s.path, f.value FROM source AS s LEFT JOIN fact AS f ON "
		       "f.source = s.id AND f.key = 'config.version' WHERE s.format = "
		       "'kconfig' AND s.status = 'complete' ORDER BY s.id");
	int best = 0;

	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_rows_str(rows, 1));
		int fit = config_fits(release, hu_str(path), hu_rows_str(rows, 2));
		if (fit > best) {
			best = fit;
			*ret = hu_rows_int(rows, 0);
		}
	}
	return hu_rows_close(rows);
}

bool hu_known_config_set(struct hu_store *store, int64_t source, const char *option)
{
	const char *equals = strchr(option, '=');

	if (equals && !strcmp(equals, "=n")) {
		HU_CLEANUP(hu_freep)
		char *name = hu_strdup((struct hu_str){option, (size_t)(equals - option)});
		return !hu_known_config_set(store, source, name);
	}
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT 1 FROM aggregate AS a JOIN name AS k ON k.id = a.key WHERE "
		       "a.source = ?1 AND (k.text = ?2 OR (?3 AND substr(k.text, 1, "
		       "length(?2) + 1) = ?2 || '=')) LIMIT 1");
	hu_rows_bind_int(rows, 1, source);
	hu_rows_bind_text(rows, 2, hu_str(option));
	hu_rows_bind_int(rows, 3, !equals);
	bool set = hu_rows_next(rows);
	hu_err_free(hu_rows_close(rows));
	return set;
}
