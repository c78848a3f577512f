/*
 * tests/fuzz/fuzz_reader.c - any bytes, one reader, a store that is thrown away. Built once per
 *reader with -DHU_FUZZ_READER="name" under libFuzzer (preset fuzz), and once with replay.c beside
 *it under any compiler.
 *
 *	build/fuzz/tests/fuzz_tracedat -max_len=300000 -timeout=20 corpus/ fixtures/tracedat/<case>/
 */
#include "tests/fuzz/fuzz_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "db/store.h"
#include "ingest/reader.h"

static const struct hu_reader_ops *reader;

bool hu_fuzz_pick(const char *name)
{
	reader = NULL;
	for (size_t i = 0; hu_readers[i]; i++)
		if (strcmp(hu_readers[i]->name, name) == 0)
			reader = hu_readers[i];
	return reader != NULL;
}

#ifdef HU_FUZZ_READER
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!hu_fuzz_pick(HU_FUZZ_READER)) {
		fprintf(stderr, "no reader " HU_FUZZ_READER " in this build\n");
		exit(1);
	}
	return 0;
}
#endif

/* Only what the store itself could not do comes back: that is a bug, whatever the bytes were. */
static void must(struct hu_err *err)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", reader->name, hu_err_text(err));
	abort();
}

static void load(const char *path, size_t size)
{
	struct hu_store *store = NULL;
	struct hu_sink *sink = NULL;
	struct hu_source_info info = {
		.path = "fuzz",
		.format = reader->name,
		.why = "the fuzzer says so",
		.sha256 = "0000000000000000000000000000000000000000000000000000000000000000",
		.bytes = (int64_t)size,
		.clock = reader->clock,
	};

	must(hu_store_create(":memory:", &store));
	must(hu_store_begin(store, &info, &sink));
	must(hu_store_end(sink, hu_read(reader, path, NULL, sink)));
	must(hu_store_set_bundle(store, "fuzz", info.sha256, (int64_t)size, 1));
	must(hu_store_settle(store));
	hu_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hu_probe in = {.path = "fuzz"};
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	/* a copy of its own, so that a probe that reads behind the head is seen */
	in.head.len = size < HU_PROBE_BYTES ? size : HU_PROBE_BYTES;
	if (in.head.len) {
		char *head = malloc(in.head.len);

		if (head)
			memcpy(head, data, in.head.len);
		in.head.at = head;
	}
	reader->probe(&in);
	free((void *)(uintptr_t)in.head.at);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (size == 0 || write(fd, data, size) == (ssize_t)size)
		load(path, size);
	close(fd);
	return 0;
}
