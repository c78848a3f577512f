/*
 * tests/fuzz/fuzz.h - fuzz targets: a name, what is done with any bytes, how seeds are made of
 * fixtures, and, where a format has a shape, how bytes are changed within it. One program is all of
 * them under libFuzzer (build/fuzz/tests/fuzz_NAME, preset fuzz); replay.c feeds the same targets
 * under any compiler.
 *
 * What a target finds wrong by itself (invalid UTF-8 in a report, say) it tells with
 * hu_fuzz_wrong(), which ends the program as a crash does.
 */
#ifndef HU_FUZZ_H
#define HU_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/base.h"
#include "db/text.h"
#include "ingest/limits.h"

struct hu_fuzz_target {
	const char *name;
	void (*one)(struct hu_str in);
	/* Adds the inputs that a fixture (a file or a folder) makes; NULL: each file is one. */
	void (*seeds)(const char *path, void (*add)(void *to, struct hu_str in), void *to);
	/*
	 * Changes `size` bytes at `at`, which has room for `max`, and returns the new size; `seed`
	 * decides how. 0: it has no idea, and libFuzzer shall do it. NULL: it always shall.
	 */
	size_t (*mutate)(uint8_t *at, size_t size, size_t max, unsigned seed);
};

/* fuzz.c: readers, by their names, and what is listed there beside them. */
bool hu_fuzz_pick(const char *name);
const struct hu_fuzz_target *hu_fuzz_picked(void);
const char *hu_fuzz_name(size_t i); /* NULL at the end */
/* Each input in full depth; else the slow parts run for one input of so many. */
extern bool hu_fuzz_whole;
bool hu_fuzz_deep(struct hu_str in, uint32_t of);

_Noreturn void hu_fuzz_wrong(const char *fmt, ...) HU_PRINTF(1, 2);
void hu_fuzz_must(struct hu_err *err); /* what may not happen, whatever the bytes were */
/* Fails unless it is UTF-8 without control bytes but \n (and \t) and without what turns the
 * reading direction; `what` names it. */
void hu_fuzz_harmless(const char *what, struct hu_str text);
enum { HU_FUZZ_HTML, HU_FUZZ_MARKDOWN, HU_FUZZ_JSON, HU_FUZZ_TEXT, HU_FUZZ_PLAIN };
/* A page in one of these forms (those of enum hu_report_format) that strangers' texts went into. */
void hu_fuzz_page(int form, struct hu_str text);
void hu_fuzz_printable(const char *what, struct hu_str text); /* may turn it */

/* A file that holds these bytes, until hu_fuzz_file_end(); its path is good for that long. */
struct hu_fuzz_file {
	int fd;
	char path[64];
};
bool hu_fuzz_file(struct hu_str in, struct hu_fuzz_file *ret);
void hu_fuzz_file_end(struct hu_fuzz_file *file);
/* A folder for this process alone, in memory where that can be had; removed at exit. */
const char *hu_fuzz_folder(void);

/* The targets. reader.c and folder.c: which reader it is, says hu_fuzz_picked()->name. */
struct hu_reader_ops;
const struct hu_reader_ops *hu_fuzz_its_reader(void);
void hu_fuzz_read(const char *path, struct hu_str in);
void hu_fuzz_reader(struct hu_str in);
void hu_fuzz_reader_folder(struct hu_str in);
void hu_fuzz_folder_seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to);
extern const struct hu_fuzz_target hu_fuzz_probe, hu_fuzz_bundle, hu_fuzz_known, hu_fuzz_stacks,
	hu_fuzz_report, hu_fuzz_diff, hu_fuzz_cards, hu_fuzz_list, hu_fuzz_wire, hu_fuzz_elf;
/* cards.c: a store whose result tables are those of tests/data/report_NAME.sql; NULL: the file is
 * called otherwise. */
struct hu_store;
struct hu_store *hu_fuzz_results(const char *file);
struct hu_limits hu_fuzz_limits(void); /* bundle.c: of a bundle that is soon done */

/*
 * pack.c: several named pieces in one input: "HUPK", then for each piece one byte for the length of
 * its name, the name, four bytes (little endian) for the length of its bytes, the bytes. Any input
 * can be read so: what is missing is cut.
 */
void hu_pack_begin(struct hu_out *to);
void hu_pack_add(struct hu_out *to, struct hu_str name, struct hu_str bytes);
struct hu_piece {
	struct hu_str name, bytes;
};
bool hu_pack_next(struct hu_str *rest, struct hu_piece *ret); /* after hu_pack_open() */
struct hu_str hu_pack_open(struct hu_str in);
size_t hu_pack_mutate(uint8_t *at, size_t size, size_t max, unsigned seed);

/* mutate_*.c */
size_t hu_mutate_tracedat(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_perfdata(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_archive(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_elf(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_wire(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_json(uint8_t *at, size_t size, size_t max, unsigned seed);
size_t hu_mutate_json_pack(uint8_t *at, size_t size, size_t max, unsigned seed);

/* What mutators share: dice, and a buffer that is being changed. */
struct hu_dice {
	uint64_t state;
};
struct hu_dice hu_dice(unsigned seed);
uint32_t hu_dice_roll(struct hu_dice *d, uint32_t sides); /* 0 … sides - 1; 0 for 0 sides */
uint64_t hu_dice_number(struct hu_dice *d, uint64_t old); /* a number that breaks things */
struct hu_edit {
	uint8_t *at;
	size_t size, max;
};
/* Makes `from` bytes at `where` to `to` bytes, what is behind them moves. False: no room. */
bool hu_edit_resize(struct hu_edit *e, size_t where, size_t from, size_t to);
/* libFuzzer's own mutation of the `len` bytes at `where`; `fixed`: they stay so many. Returns how
 * many there are then. */
size_t hu_edit_mutate(struct hu_edit *e, size_t where, size_t len, bool fixed, struct hu_dice *d);
uint64_t hu_get(const uint8_t *at, size_t bytes, bool big);
void hu_set(uint8_t *at, size_t bytes, bool big, uint64_t value);

#endif
