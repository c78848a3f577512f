/* holdup inspect: why a member was taken for what it is, from its first bytes. */
#include "cli/inspect.h"

static const struct hu_member *member_of(const struct hu_bundle *bundle, struct hu_str path)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (hu_str_is(path, bundle->members[i].path))
			return &bundle->members[i];
	return NULL;
}

void cli_inspect_why(const struct hu_bundle *bundle, struct hu_str path, struct hu_out *out)
{
	const struct hu_member *member = member_of(bundle, path);

	if (member && member->explained)
		hu_out_puts(out, member->explained);
}
