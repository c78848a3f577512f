/* --known: a company's own known fixes. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int cli_site(const struct cli_input *in, struct hu_site *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out said = {0};
	const char **paths = cli_values(in, "known", &ret->count);

	ret->paths = paths;
	for (size_t i = 0; i < ret->count; i++)
		if (access(paths[i], R_OK) != 0)
			return cli_usage(in->command, "--known: cannot open %s: %s", paths[i],
					 strerror(errno));
	if (!ret->count)
		return CLI_DONE;
	hu_known_site_say(ret, &said);
	struct hu_str rest = hu_out_view(&said), line;
	while (hu_str_line(&rest, &line))
		cli_complain("%.*s", (int)line.len, line.at);
	return CLI_DONE;
}
