/*
 * tests/fuzz/replay.c - feeds files to a fuzz target without a fuzzer: replay READER PATH... walks
 * the paths and gives the files below them to the reader: of its own folder all, so that the seeds
 * and what a fuzzer once found run in every ordinary test run; of others' a few small ones each, or
 * the time would grow with the square of the readers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz_reader.h"
#include "tests/support.h"

enum { MOST_BYTES = 2 << 20, FEW = 3, SMALL_BYTES = 16 << 10 };

static size_t fed;

static void feed(const char *path, size_t most_bytes, size_t *left)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};

	if (!*left)
		return;
	if (hu_test_is_file(path)) {
		if (hu_test_slurp(path, &bytes) && bytes.len <= most_bytes) {
			/* what crashes is the last one on stderr */
			fprintf(stderr, "%s\n", path);
			LLVMFuzzerTestOneInput((const uint8_t *)bytes.at, bytes.len);
			fed++;
			--*left;
		}
		return;
	}
	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *member = hu_test_format("%s/%s", path, names.at[i]);
		bool told = hu_str_is(hu_str(names.at[i]), "ORIGIN") ||
			    hu_str_is(hu_str(names.at[i]), "truth.json");

		if (!told)
			feed(member, most_bytes, left);
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
	char *own = hu_test_format("/%s", argv[1]);
	for (int i = 2; i < argc; i++) {
		bool mine = hu_str_ends(hu_str(argv[i]), own) || argc == 3;
		size_t left = mine ? SIZE_MAX : FEW;

		feed(argv[i], mine ? MOST_BYTES : SMALL_BYTES, &left);
	}
	free(own);
	printf("%zu files, none of which broke %s\n", fed, argv[1]);
	return fed == 0;
}
