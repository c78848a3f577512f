/*
 * The list of fuzz targets, libFuzzer's way in, and what targets share.
 *
 *	build/fuzz/tests/fuzz_tracedat -max_len=300000 -timeout=20 CORPUS SEEDS
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/utf8.h"
#include "ingest/reader.h"
#include "ingest/scratch.h"
#include "report/escape.h"

static const struct hu_fuzz_target *const others[] = {
	&hu_fuzz_probe,	 &hu_fuzz_bundle, &hu_fuzz_list, &hu_fuzz_wire,	 &hu_fuzz_known,
	&hu_fuzz_stacks, &hu_fuzz_report, &hu_fuzz_diff, &hu_fuzz_cards, &hu_fuzz_elf,
};
enum { OTHERS = sizeof(others) / sizeof(others[0]) };

static struct hu_fuzz_target picked;
bool hu_fuzz_whole;

const char *hu_fuzz_name(size_t i)
{
	size_t readers = 0;

	while (hu_readers[readers])
		readers++;
	return i < readers	      ? hu_readers[i]->name
	       : i < readers + OTHERS ? others[i - readers]->name
				      : NULL;
}

/* Where an input is none, its mutator leaves it to libFuzzer. */
static bool may_be_json(const char *reader)
{
	static const char *const readers[] = {"klogjson", "bpftracejson", "manifest",
					      "sadf",	  "iostat",	  "mpstat"};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i], reader) == 0)
			return true;
	return false;
}

/* Readers look at the text of JSON too, some before they parse it. */
static size_t mutate_reader_json(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	return seed % 2 ? hu_mutate_json(at, size, max, seed) : 0;
}

bool hu_fuzz_pick(const char *name)
{
	picked = (struct hu_fuzz_target){0};
	for (size_t i = 0; i < OTHERS; i++)
		if (strcmp(others[i]->name, name) == 0)
			picked = *others[i];
	for (size_t i = 0; hu_readers[i]; i++) {
		const struct hu_reader_ops *reader = hu_readers[i];
		if (strcmp(reader->name, name) != 0)
			continue;
		/* perfdata reads both: its folders hold what its files hold */
		bool folder = reader->folder_key && strcmp(name, "perfdata") != 0;
		picked = (struct hu_fuzz_target){
			.name = reader->name,
			.one = folder ? hu_fuzz_reader_folder : hu_fuzz_reader,
			.seeds = folder ? hu_fuzz_folder_seeds : NULL,
			.mutate = folder			  ? hu_pack_mutate
				  : strcmp(name, "tracedat") == 0 ? hu_mutate_tracedat
				  : strcmp(name, "perfdata") == 0 ? hu_mutate_perfdata
				  : may_be_json(name)		  ? mutate_reader_json
								  : NULL,
		};
		if (reader->prepare)
			reader->prepare();
	}
	return picked.name != NULL;
}

const struct hu_fuzz_target *hu_fuzz_picked(void)
{
	return &picked;
}

bool hu_fuzz_deep(struct hu_str in, uint32_t of)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < in.len; i++)
		hash = (hash ^ (unsigned char)in.at[i]) * 16777619u;
	return hu_fuzz_whole || (hash >> 8) % of == 0;
}

void hu_fuzz_wrong(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", picked.name);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void hu_fuzz_must(struct hu_err *err)
{
	if (err)
		hu_fuzz_wrong("%s", hu_err_text(err));
}

static bool turns(struct hu_str c)
{
	const unsigned char *b = (const void *)c.at;

	return c.len == 3 && b[0] == 0xe2 &&
	       ((b[1] == 0x80 &&
		 ((b[2] >= 0x8b && b[2] <= 0x8f) || (b[2] >= 0xa8 && b[2] <= 0xae))) ||
		(b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9));
}

static void check_text(const char *what, struct hu_str text, bool may_turn)
{
	for (struct hu_str rest = text; rest.len;) {
		struct hu_str c = {rest.at, hu_utf8_len(rest)};
		if (c.len && (*c.at == '\n' || *c.at == '\t' || !hu_utf8_control(c)) &&
		    (may_turn || !turns(c))) {
			rest = hu_str_skip(rest, c.len);
			continue;
		}
		size_t from = (size_t)(rest.at - text.at), back = from < 40 ? from : 40;
		hu_fuzz_wrong("%s: byte 0x%02x at %zu behind \"%.*s\"", what,
			      (unsigned char)*rest.at, from, (int)back, rest.at - back);
	}
}

void hu_fuzz_harmless(const char *what, struct hu_str text)
{
	check_text(what, text, false);
}

void hu_fuzz_printable(const char *what, struct hu_str text)
{
	check_text(what, text, true);
}

bool hu_fuzz_file(struct hu_str in, struct hu_fuzz_file *ret)
{
	ret->fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (ret->fd < 0)
		return false;
	snprintf(ret->path, sizeof(ret->path), "/proc/self/fd/%d", ret->fd);
	if (in.len && write(ret->fd, in.at, in.len) != (ssize_t)in.len) {
		close(ret->fd);
		return false;
	}
	return true;
}

void hu_fuzz_file_end(struct hu_fuzz_file *file)
{
	close(file->fd);
}

const char *hu_fuzz_folder(void)
{
	static struct hu_scratch *scratch;
	struct stat st;

	if (!scratch) {
		bool shm = stat("/dev/shm", &st) == 0 && S_ISDIR(st.st_mode) &&
			   access("/dev/shm", W_OK) == 0;
		hu_scratch_guard();
		hu_fuzz_must(hu_scratch_create(shm ? "/dev/shm" : NULL, "fuzz", &scratch));
		setenv("TMPDIR", hu_scratch_path(scratch), 1);
	}
	return hu_scratch_path(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its own, so that who reads behind the end is seen */
	char *copy = size ? malloc(size) : NULL;

	if (size && !copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	picked.one((struct hu_str){copy, size});
	free(copy);
	return 0;
}

#ifdef HU_FUZZ
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* The target is what the program is called: fuzz_kmsg. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr((*argv)[0], '/'), *name = slash ? slash + 1 : (*argv)[0];

	(void)argc;
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	if (!hu_fuzz_pick(name)) {
		fprintf(stderr, "no target %s in this build; there are:\n", name);
		for (size_t i = 0; hu_fuzz_name(i); i++)
			fprintf(stderr, "  %s\n", hu_fuzz_name(i));
		exit(1);
	}
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t done = picked.mutate ? picked.mutate(data, size, max, seed) : 0;

	return done ? done : LLVMFuzzerMutate(data, size, max);
}
#endif
