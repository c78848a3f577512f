/* --redact: from a store with names to one with pseudonyms, before anything else is made of it. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/redact.h"

/* Fewer are guessed too soon; more are a mistake. */
enum { KEY_LEAST = 16, KEY_MOST = 1 << 20 };

static struct hu_err *read_key(const char *path, struct hu_out *to)
{
	char piece[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return hu_err_os(errno, "cannot open the key %s", path);
	while ((n = read(fd, piece, sizeof(piece))) > 0 && to->len <= KEY_MOST)
		hu_out_bytes(to, piece, (size_t)n);
	int errnum = errno;
	close(fd);
	if (n < 0)
		return hu_err_os(errnum, "cannot read the key %s", path);
	if (to->len < KEY_LEAST || to->len > KEY_MOST)
		return hu_err(HU_ERR_USAGE,
			      "the key %s has %zu bytes: give a file of %d to %d that nobody can "
			      "guess, as \"head -c 32 /dev/urandom\" makes one",
			      path, to->len, KEY_LEAST, KEY_MOST);
	return NULL;
}

/* Read once: the workers of a batch are not let near it. */
static struct hu_out key;

const struct hu_str *cli_redact_key(void)
{
	static struct hu_str view;

	view = hu_out_view(&key);
	return key.len ? &view : NULL;
}

int cli_redact_check(const struct cli_input *in)
{
	const char *task = cli_value(in, "task"), *path = cli_value(in, "redact-key");
	uint64_t tid;

	if (!cli_value(in, "redact"))
		return path ? cli_usage(in->command, "--redact-key without --redact") : CLI_DONE;
	if (task && !hu_str_u64(hu_str(task), 10, &tid))
		return cli_usage(
			in->command,
			"--task %s: with --redact tasks have other names; give a thread id", task);
	hu_out_clear(&key);
	struct hu_err *err = path ? read_key(path, &key) : NULL;
	if (!err)
		return CLI_DONE;
	cli_complain("%s", hu_err_text(err));
	hu_err_free(err);
	return CLI_USAGE;
}

int cli_redact(const struct cli_input *in, const char *path, struct hu_store **store)
{
	if (!cli_value(in, "redact"))
		return CLI_DONE;
	hu_store_close(*store);
	*store = NULL;
	struct hu_err *err = hu_redact_store(path, cli_redact_key());
	if (!err)
		err = hu_store_open(path, true, store);
	return err ? cli_fail_output(err) : CLI_DONE;
}
