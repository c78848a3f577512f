/*
 * Any bytes, one reader. Rows are dropped, or for one input of sixteen go through a store that is
 * thrown away: making one costs more than most readers do.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "db/batch.h"
#include "db/store.h"
#include "ingest/reader.h"
#include "ingest/symtab.h"

const struct hu_reader_ops *hu_fuzz_its_reader(void)
{
	size_t i = 0;

	while (strcmp(hu_readers[i]->name, hu_fuzz_picked()->name) != 0)
		i++;
	return hu_readers[i];
}

static void drop(void *to, const struct hu_batch *batch)
{
	(void)to;
	if (batch->rows > HU_BATCH_ROWS || batch->text_len > HU_BATCH_TEXT)
		hu_fuzz_wrong("a batch of %u rows and %u bytes", batch->rows, batch->text_len);
	for (uint32_t i = 0; i < batch->rows; i++)
		if (!batch->row[i].word || batch->row[i].word >= HU_WORD_END)
			hu_fuzz_wrong("row %u is a %u", i, batch->row[i].word);
}

/* What a bundle with a kallsyms has for its members: functions in the kernel's text, and one per
 * page of a module. */
static const struct hu_surroundings *around(void)
{
	static struct hu_surroundings around;
	static struct hu_out text;

	if (around.symbols)
		return &around;
	for (unsigned i = 0; i < 4096; i++)
		hu_out_printf(&text, "ffffffff%08x %c f%u%s\n", 0x81000000 + i * 0x800,
			      i % 5 ? 'T' : 't', i, i % 97 ? "" : ".constprop.0");
	hu_out_puts(&text, "ffffffffa9b3a2e0 d shrinker_rwsem\n");
	for (unsigned i = 0; i < 64; i++)
		hu_out_printf(&text, "ffffffffc0%06x t g%u\t[ext4]\n", i * 0x1000, i);
	around.path = "fuzz";
	around.symbols = hu_symtab_create(hu_out_view(&text), NULL);
	return &around;
}

/* A list of symbols is asked, too: any bytes may be one. */
static void ask(struct hu_str in)
{
	struct hu_symtab *table = hu_symtab_create(in, NULL);
	struct hu_symbol symbol;

	hu_symtab_filtered(table);
	for (unsigned i = 0; i < 64; i++)
		if (hu_symtab_find(table, UINT64_MAX - ((uint64_t)i << i), &symbol) &&
		    symbol.name.len > in.len)
			hu_fuzz_wrong("a name of %zu bytes", symbol.name.len);
	hu_symtab_destroy(table);
}

static void load(const struct hu_reader_ops *reader, const char *path, size_t size, bool symbols)
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

	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_store_begin(store, &info, &sink));
	hu_fuzz_must(hu_store_end(sink, hu_read(reader, path, symbols ? around() : NULL, sink)));
	hu_fuzz_must(hu_store_set_bundle(store, "fuzz", info.sha256, (int64_t)size, 1));
	hu_fuzz_must(hu_store_settle(store));
	hu_store_close(store);
}

static void glance(const struct hu_reader_ops *reader, const char *path, bool symbols)
{
	struct hu_sink *sink = hu_sink_create(drop, NULL);
	struct hu_err *err = hu_read(reader, path, symbols ? around() : NULL, sink);

	if (err && hu_err_code(err) == HU_ERR_BUG)
		hu_fuzz_must(err);
	hu_err_free(err);
	hu_sink_flush(sink);
	hu_sink_destroy(sink);
}

void hu_fuzz_read(const char *path, struct hu_str in)
{
	const struct hu_reader_ops *reader = hu_fuzz_its_reader();
	bool symbols = in.len % 2;

	if (hu_fuzz_deep(in, 16))
		load(reader, path, in.len, symbols);
	else
		glance(reader, path, symbols);
	if (strcmp(reader->name, "kallsyms") == 0)
		ask(in);
	if (reader->symbols) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out release = {0};
		reader->symbols(path, &text, &release);
	}
}

void hu_fuzz_reader(struct hu_str in)
{
	struct hu_probe probe = {.path = "fuzz"};
	struct hu_fuzz_file file;

	/* a copy of its own, so that a probe that reads behind the head is seen */
	probe.head.len = in.len < HU_PROBE_BYTES ? in.len : HU_PROBE_BYTES;
	char *head = probe.head.len ? malloc(probe.head.len) : NULL;
	if (head)
		memcpy(head, in.at, probe.head.len);
	else
		probe.head.len = 0;
	probe.head.at = head;
	hu_fuzz_its_reader()->probe(&probe);
	free(head);
	if (!hu_fuzz_file(in, &file))
		return;
	hu_fuzz_read(file.path, in);
	hu_fuzz_file_end(&file);
}
