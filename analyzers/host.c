/* Where the kernel comes from, by its release string and, for Debian, the package version that it
 * prints beside it. */
#include "analyzers/conclude.h"
#include "analyzers/kver.h"

#include <string.h>

static char *fact(struct hu_conclusion *c, const char *key)
{
	struct hu_rows *r = hu_rows_open(
		c->store, "SELECT value FROM fact WHERE key = ?1 ORDER BY source LIMIT 1");
	char *value = NULL;

	hu_rows_bind_text(r, 1, hu_str(key));
	if (hu_rows_next(r))
		value = hu_strdup(hu_rows_str(r, 0));
	hu_result_close(&c->err, r);
	return value;
}

void hu_conclude_host(struct hu_conclusion *c)
{
	HU_CLEANUP(hu_freep) char *release = fact(c, "kernel.release");
	HU_CLEANUP(hu_freep) char *version = fact(c, "kernel.version");
	struct hu_kver v;

	if (!release || !hu_kver_parse(hu_str(release), &v))
		return;
	hu_kver_learn_patch(&v, hu_str(version));
	HU_CLEANUP(hu_out_deinit) struct hu_out base = {0};
	hu_out_printf(&base, "%d.%d", v.major, v.minor);
	if (v.patch != HU_NONE)
		hu_out_printf(&base, ".%d", v.patch);
	if (v.rc)
		hu_out_printf(&base, "-rc%d", v.rc);
	hu_result(c->store, &c->err,
		  "INSERT INTO host (kernel_base, kernel_vendor) VALUES (?1, ?2)", "ss", base.at,
		  hu_train_id(v.train));
}
