/* holdup inspect: why a member was taken for what it is, from its first bytes. */
#include "cli/inspect.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ingest/bundle_parts.h"
#include "ingest/probe.h"

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
	char head[HU_PROBE_BYTES];
	size_t len = 0;
	ssize_t n;

	if (!member || !member->file)
		return;
	int fd = open(member->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return;
	while (len < sizeof(head) && (n = read(fd, head + len, sizeof(head) - len)) > 0)
		len += (size_t)n;
	close(fd);
	const struct hu_probe probe = {member->path, member->part_count != 0, {head, len}};
	/* What is packed once more would have to be unpacked again. */
	if (!hu_sniff_compressed(probe.head))
		hu_probe_explain(&probe, out);
}
