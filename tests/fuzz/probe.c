/* All readers' probes on one input, and what explains them. A pack: paths and first bytes. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/probe.h"
#include "tests/support.h"

static void probe(struct hu_piece piece, bool is_dir, bool deep)
{
	HU_CLEANUP(hu_freep) char *path = hu_strdup(piece.name);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_probe in = {.path = path, .is_dir = is_dir};
	const struct hu_reader_ops *reader, *again;
	const char *why = NULL, *why_again = NULL;

	in.head.len = piece.bytes.len < HU_PROBE_BYTES ? piece.bytes.len : HU_PROBE_BYTES;
	HU_CLEANUP(hu_freep)
	char *head = in.head.len ? malloc(in.head.len) : NULL; /* who reads on behind it is seen */
	if (in.head.len)
		memcpy(head, piece.bytes.at, in.head.len);
	in.head.at = head;
	/* Two formats in one file are said to be a bug of ours; a file can be made to be so. */
	hu_err_free(hu_probe_checked(&in, &reader, &why));
	again = hu_probe(&in, &why_again);
	if (!why || !*why || again != reader || why_again != why)
		hu_fuzz_wrong("probing is not pure: %s, then %s", why, why_again);
	if (deep)
		hu_probe_explain(&in, &text);
	hu_probe_knows(&in);
}

static void one(struct hu_str in)
{
	struct hu_str rest = hu_pack_open(in);
	struct hu_piece piece;

	for (int n = 0; n < 16 && hu_pack_next(&rest, &piece); n++) {
		probe(piece, false, hu_fuzz_deep(in, 16));
		probe(piece, true, hu_fuzz_deep(in, 16));
	}
}

static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out pack = {0};
	const char *slash = strrchr(path, '/');

	if (hu_test_is_file(path) && hu_test_slurp(path, &bytes)) {
		hu_pack_begin(&pack);
		struct hu_str head = {bytes.at,
				      bytes.len < HU_PROBE_BYTES ? bytes.len : HU_PROBE_BYTES};
		hu_pack_add(&pack, hu_str(slash ? slash + 1 : path), head);
		add(to, hu_out_view(&pack));
		return;
	}
	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *member = hu_test_format("%s/%s", path, names.at[i]);
		if (!hu_str_is(hu_str(names.at[i]), "ORIGIN") &&
		    !hu_str_is(hu_str(names.at[i]), "truth.json"))
			seeds(member, add, to);
	}
}

const struct hu_fuzz_target hu_fuzz_probe = {"probe", one, seeds, hu_pack_mutate};
