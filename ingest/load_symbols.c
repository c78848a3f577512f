/*
 * The bundle's symbols, before its first reader runs: out of a kallsyms, or lent by a capture that
 * carries a list of its own. By what a member begins with; its name only says whether unpacking it
 * is worth the time.
 */
#include "ingest/around.h"
#include "ingest/load_parts.h"
#include "ingest/probe.h"
#include "db/text.h"

#include <string.h>

/* Looks at member `i` if symbols may be in it; NULL: no reader takes it. `packed`: a name with this
 * in it is worth being unpacked. */
static const struct hu_reader_ops *look(const struct hu_loading *to, size_t i, const char *packed,
					struct hu_opened *open)
{
	const struct hu_member *member = &to->bundle->members[i];
	const char *why;

	if (!member->file || member->part_count || (to->no_symbols && to->no_symbols[i]))
		return NULL;
	to->ops->step(to->with, HU_PHASE_SYMBOLS, i);
	if (hu_load_fault)
		hu_load_fault(HU_PHASE_SYMBOLS, member->path);
	struct hu_err *err = hu_opened_begin(open, member);
	if (!err && strstr(member->path, packed))
		err = hu_opened_unpack(open, to->bundle);
	const struct hu_probe probe = {.path = member->path, .head = {open->head, open->head_len}};
	const struct hu_reader_ops *reader = err ? NULL : hu_probe(&probe, &why);
	hu_err_free(err);
	return reader;
}

static void lend_symbols(const struct hu_loading *to, struct hu_around *around)
{
	const struct hu_bundle *bundle = to->bundle;

	for (size_t i = 0; i < bundle->count && !hu_around_get(around)->symbols; i++) {
		HU_CLEANUP(hu_opened_deinit) struct hu_opened open = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out release = {0};

		const struct hu_reader_ops *reader = look(to, i, ".dat.", &open);
		if (!reader || !reader->symbols)
			continue;
		reader->symbols(open.file, &text, &release);
		hu_around_lend_symbols(around, bundle->members[i].path, &text,
				       hu_out_view(&release));
	}
}

void hu_load_symbols(const struct hu_loading *to, struct hu_around *around)
{
	const struct hu_bundle *bundle = to->bundle;

	for (size_t i = 0; i < bundle->count && !hu_around_get(around)->symbols; i++) {
		HU_CLEANUP(hu_opened_deinit) struct hu_opened open = {0};
		const struct hu_reader_ops *reader = look(to, i, "kallsyms", &open);
		if (reader && !strcmp(reader->name, "kallsyms"))
			hu_around_add_symbols(around, open.file);
	}
	/* Alone there is nobody to lend them to. */
	if (bundle->count > 1)
		lend_symbols(to, around);
}
