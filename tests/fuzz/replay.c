/*
 * tests/fuzz/replay.c - feeds files to a fuzz target without a fuzzer: replay READER PATH... walks
 * the paths and gives every file below them to the reader, its own format or not. So the seeds, and
 * what a fuzzer once found, run in every ordinary test run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz_reader.h"
#include "tests/support.h"

enum { MOST_BYTES = 2 << 20 };

static size_t fed;

static void feed(const char *path)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};

	if (hu_test_is_file(path)) {
		if (hu_test_slurp(path, &bytes) && bytes.len <= MOST_BYTES) {
			/* what crashes is the last one on stderr */
			fprintf(stderr, "%s\n", path);
			LLVMFuzzerTestOneInput((const uint8_t *)bytes.at, bytes.len);
			fed++;
		}
		return;
	}
	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *member = hu_test_format("%s/%s", path, names.at[i]);

		feed(member);
		free(member);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: replay READER PATH...\n");
		return 2;
	}
	if (!hu_fuzz_pick(argv[1])) {
		fprintf(stderr, "no reader %s in this build\n", argv[1]);
		return 1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 2; i < argc; i++)
		feed(argv[i]);
	printf("%zu files, none of which broke %s\n", fed, argv[1]);
	return fed == 0;
}
