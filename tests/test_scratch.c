/* Scratch folders: a signal in the middle leaves none behind. */
#include "tests/bundles.h"
#include "tests/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/scratch.h"

/* A signal in the middle leaves no folder behind. */
static void signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, 0};

	TEST_EACH(i, numbers)
	{
		HU_CLEANUP(hu_freep) char *note = bundles_path("note");
		char path[4096] = "";
		int status = 0;
		TEST_CASE("signal %d", numbers[i]);
		pid_t child = fork();
		if (child == 0) {
			struct hu_scratch *scratch = NULL;
			hu_scratch_guard();
			if (hu_scratch_create(NULL, "test", &scratch))
				_exit(1);
			char *file = hu_scratch_file(scratch, "x");
			bundles_write(file, "x", 1);
			bundles_write(note, hu_scratch_path(scratch),
				      strlen(hu_scratch_path(scratch)));
			free(file);
			free(note);
			if (numbers[i])
				raise(numbers[i]);
			exit(0);
		}
		waitpid(child, &status, 0);
		CHECK_INT(WIFSIGNALED(status) ? WTERMSIG(status) : 0, numbers[i]);
		FILE *in = fopen(note, "re");
		CHECK(in && fread(path, 1, sizeof(path) - 1, in) > 0);
		if (in)
			fclose(in);
		CHECK(access(path, F_OK) != 0 && errno == ENOENT);
	}
}

int main(void)
{
	if (!bundles_begin())
		return 1;
	signals();
	return bundles_end() ? test_end() : 1;
}
