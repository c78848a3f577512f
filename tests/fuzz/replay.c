/*
 * tests/fuzz/replay.c - feeds fixtures to a fuzz target without a fuzzer, so that the seeds and
 * what a fuzzer once found run in every ordinary test run.
 *
 *	replay [-a] [-o DIR] [-n MOST] TARGET PATH...
 *
 * walks the paths. Of the target's own folder (fixtures/TARGET, the only path, any with -a) all is
 * fed; of others' a few small ones each, or the time would grow with the square of the readers.
 * NAME.corpus.tar.zst is a packed corpus: each of its members is an input. With -o the inputs are
 * written to DIR instead: seeds for a fuzzer. With -n at most so many are fed, spread evenly, and
 * what was found.
 *
 *	replay -s FIXTURES KNOWN
 *
 * feeds two small inputs to every target but diff and cards (a fleet takes minutes there), in one
 *process: for valgrind.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/sha256.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 2 << 20, FEW = 3, SMALL_BYTES = 16 << 10 };

static struct {
	struct hu_str *at; /* owned bytes */
	char **from;
	size_t count;
} inputs;

struct walk {
	const char *path;
	size_t most_bytes, left;
};

static void add(void *to, struct hu_str in)
{
	struct walk *w = to;

	if (!w->left || in.len > w->most_bytes)
		return;
	w->left--;
	inputs.at = hu_realloc(inputs.at, (inputs.count + 1) * sizeof(*inputs.at));
	inputs.from = hu_realloc(inputs.from, (inputs.count + 1) * sizeof(*inputs.from));
	inputs.at[inputs.count] = (struct hu_str){hu_strdup(in), in.len};
	inputs.from[inputs.count++] = hu_strdup(hu_str(w->path));
}

static void unpack(struct walk *w)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;

	archive_read_support_format_tar(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open_filename(a, w->path, 65536) != ARCHIVE_OK)
		hu_fuzz_wrong("%s: %s", w->path, archive_error_string(a));
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
		char part[65536];
		if (archive_entry_filetype(entry) != AE_IFREG)
			continue;
		for (la_ssize_t n; (n = archive_read_data(a, part, sizeof(part))) > 0;)
			hu_out_bytes(&bytes, part, (size_t)n);
		add(w, hu_out_view(&bytes));
	}
	archive_read_free(a);
}

static void walk(struct walk *w, const char *path)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};
	const struct hu_fuzz_target *target = hu_fuzz_picked();

	w->path = path;
	if (hu_str_ends(hu_str(path), ".corpus.tar.zst")) {
		unpack(w);
		return;
	}
	/* what was found is an input as it is */
	if (target->seeds && !strstr(path, "/fuzz/found/")) {
		target->seeds(path, add, w);
		return;
	}
	if (hu_test_is_file(path)) {
		if (hu_test_slurp(path, &bytes))
			add(w, hu_out_view(&bytes));
		return;
	}
	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count && w->left; i++) {
		HU_CLEANUP(hu_freep) char *member = hu_test_format("%s/%s", path, names.at[i]);
		if (!hu_str_is(hu_str(names.at[i]), "ORIGIN") &&
		    !hu_str_is(hu_str(names.at[i]), "truth.json"))
			walk(w, member);
	}
}

static void save(const char *folder, struct hu_str in)
{
	struct hu_sha256 sha;
	char name[HU_SHA256_TEXT];

	hu_sha256_init(&sha);
	hu_sha256_add(&sha, in.at, in.len);
	hu_sha256_finish(&sha, name);
	name[40] = 0;
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", folder, name);
	if (!hu_test_spew(path, in))
		exit(1);
}

static void feed(size_t i)
{
	/* what crashes is the last one on stderr */
	fprintf(stderr, "%s: %s\n", hu_fuzz_picked()->name, inputs.from[i]);
	LLVMFuzzerTestOneInput((const uint8_t *)inputs.at[i].at, inputs.at[i].len);
}

static void forget(void)
{
	for (size_t i = 0; i < inputs.count; i++) {
		free((void *)(uintptr_t)inputs.at[i].at);
		free(inputs.from[i]);
	}
	free(inputs.at);
	free(inputs.from);
	inputs.at = NULL;
	inputs.from = NULL;
	inputs.count = 0;
}

static int by_size(const void *a, const void *b)
{
	size_t x = ((const struct hu_str *)a)->len, y = ((const struct hu_str *)b)->len;

	return x < y ? -1 : x > y;
}

/* Two small inputs of each target, of those that are not tiny. */
static int sample(const char *fixtures, const char *known)
{
	enum { TINY = 64, LARGE = 24 << 10 };
	size_t fed = 0;

	for (size_t n = 0; hu_fuzz_name(n); n++) {
		const char *name = hu_fuzz_name(n);
		if (strcmp(name, "diff") == 0 || strcmp(name, "cards") == 0)
			continue;
		hu_fuzz_pick(name);
		HU_CLEANUP(hu_freep) char *own = hu_test_format("%s/%s", fixtures, name);
		HU_CLEANUP(hu_freep) char *other = hu_test_format("%s/kmsg", fixtures);
		bool about_known = strcmp(name, "known") == 0 || strcmp(name, "stacks") == 0;
		struct walk w = {own, LARGE, 200};
		walk(&w, about_known ? known : hu_test_is_dir(own) ? own : other);
		size_t first = 0, last = inputs.count;
		if (last)
			qsort(inputs.at, last, sizeof(*inputs.at), by_size);
		while (first + 1 < last && inputs.at[first].len < TINY)
			first++;
		for (size_t i = first; i < last && i <= first + 1; i++) {
			size_t which = i == first ? first : first + (last - first) / 2;
			fprintf(stderr, "%s: %zu bytes\n", name, inputs.at[which].len);
			LLVMFuzzerTestOneInput((const uint8_t *)inputs.at[which].at,
					       inputs.at[which].len);
			fed++;
		}
		forget();
	}
	printf("%zu inputs, none of which broke anything\n", fed);
	return fed == 0;
}

int main(int argc, char **argv)
{
	const char *folder = NULL;
	size_t most = SIZE_MAX, fed = 0;
	bool sampled = false, all = false;

	for (int option; (option = getopt(argc, argv, "ao:n:s")) != -1;)
		if (option == 'a')
			all = true;
		else if (option == 'o')
			folder = optarg;
		else if (option == 'n')
			most = strtoul(optarg, NULL, 10);
		else if (option == 's')
			sampled = true;
		else
			return 2;
	argv += optind;
	argc -= optind;
	hu_fuzz_whole = true;
	if (sampled)
		return argc == 2 ? sample(argv[0], argv[1]) : 2;
	if (argc < 1) {
		for (size_t i = 0; hu_fuzz_name(i); i++)
			puts(hu_fuzz_name(i));
		return 0;
	}
	if (!hu_fuzz_pick(argv[0])) {
		fprintf(stderr, "no target %s in this build\n", argv[0]);
		return 1;
	}
	HU_CLEANUP(hu_freep) char *own = hu_test_format("/%s", argv[0]);
	HU_CLEANUP(hu_freep) char *corpus = hu_test_format("/%s.corpus.tar.zst", argv[0]);
	for (int i = 1; i < argc; i++) {
		struct hu_str path = hu_str(argv[i]);
		bool mine = all || argc == 2 || hu_str_ends(path, own) ||
			    hu_str_ends(path, corpus) ||
			    (hu_fuzz_picked()->seeds && !hu_str_ends(path, ".zst"));
		struct walk w = {argv[i], mine ? MOST_BYTES : SMALL_BYTES, mine ? SIZE_MAX : FEW};
		walk(&w, argv[i]);
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (size_t i = 0; i < inputs.count; i++)
		if (folder)
			save(folder, inputs.at[i]);
		else if (most >= inputs.count || strstr(inputs.from[i], "/fuzz/found/") ||
			 i * most / inputs.count != (i + 1) * most / inputs.count) {
			feed(i);
			fed++;
		}
	printf("%zu inputs, none of which broke %s\n", fed, argv[0]);
	bool none = inputs.count == 0;
	forget();
	return none;
}
