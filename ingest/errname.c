/* Errors by name: the generic numbers, which all but a few old architectures share. */
#include "ingest/errname.h"

#include <string.h>

bool hu_errname_number(struct hu_str name, int64_t *ret)
{
	enum { ERRNO_MAX = 133 };
	/* include/linux/errno.h: what a call returns when a signal came. */
	static const struct {
		const char *name;
		int number;
	} inner[] = {{"ERESTARTSYS", 512},
		     {"ERESTARTNOINTR", 513},
		     {"ERESTARTNOHAND", 514},
		     {"ERESTART_RESTARTBLOCK", 516},
		     {"ENOTSUPP", 524}};

	for (int i = 1; i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);
		if (!known || !hu_str_is(name, known))
			continue;
		*ret = -i;
		return true;
	}
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		if (!hu_str_is(name, inner[i].name))
			continue;
		*ret = -inner[i].number;
		return true;
	}
	return false;
}
