/* A file that is written piece by piece and appears whole, or not at all. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/scratch.h"

struct cli_stream {
	FILE *to;
	char *path, *made; /* made NULL: written in place */
	struct hu_scratch *scratch;
};

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return hu_strdup(hu_str("."));
	return hu_strdup((struct hu_str){path, slash == path ? 1 : (size_t)(slash - path)});
}

struct hu_err *cli_stream_begin(const char *path, struct cli_stream **ret)
{
	HU_CLEANUP(cli_stream_freep) struct cli_stream *s = hu_alloc(sizeof(*s));
	struct stat st;

	if (!path || !strcmp(path, "-")) {
		s->path = hu_strdup(hu_str("standard output"));
		s->to = stdout;
	} else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		/* A device or a pipe is written to, never replaced. */
		if (S_ISDIR(st.st_mode))
			return hu_err_os(EISDIR, "cannot write %s", path);
		s->path = hu_strdup(hu_str(path));
		s->to = fopen(path, "we");
	} else {
		HU_CLEANUP(hu_freep) char *folder = folder_of(path);
		s->path = hu_strdup(hu_str(path));
		struct hu_err *err = cli_scratch(folder, &s->scratch);
		if (err)
			return err;
		s->made = hu_scratch_file(s->scratch, "file");
		s->to = fopen(s->made, "wxe");
	}
	if (!s->to)
		return hu_err_os(errno, "cannot write %s", s->path);
	*ret = s;
	s = NULL;
	return NULL;
}

struct hu_err *cli_stream_put(struct cli_stream *stream, struct hu_str bytes)
{
	if (bytes.len && fwrite(bytes.at, 1, bytes.len, stream->to) != bytes.len)
		return hu_err_os(errno, "cannot write %s", stream->path);
	return NULL;
}

struct hu_err *cli_stream_end(struct cli_stream *stream)
{
	int failed = stream->to == stdout ? fflush(stdout) : fclose(stream->to);

	stream->to = NULL;
	if (!failed && stream->made)
		failed = rename(stream->made, stream->path);
	return failed ? hu_err_os(errno, "cannot write %s", stream->path) : NULL;
}

void cli_stream_freep(struct cli_stream **stream)
{
	struct cli_stream *s = *stream;

	if (!s)
		return;
	if (s->to && s->to != stdout)
		fclose(s->to);
	hu_scratch_destroy(s->scratch);
	free(s->made);
	free(s->path);
	free(s);
	*stream = NULL;
}
