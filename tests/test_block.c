/*
 * Blocks of columns: what is packed comes back, whatever the values; what is damaged is refused;
 * and SQL sees the rows, in the file and out of it.
 */
#include "db/block.h"
#include "db/events.h"
#include "db/rows.h"
#include "db/store.h"
#include "tests/support.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t seed = 1;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Column by column another kind of numbers. */
static int64_t value_of(int column, uint32_t row)
{
	static const int64_t edges[] = {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN + 1};

	switch (column) {
	case 0:
		return 7;
	case 1:
		return INT64_C(1000000000000) + row * INT64_C(12345) + (int64_t)(any() % 1000);
	case 2:
		return row;
	case 3:
		return (int64_t)any();
	case 4:
		return edges[any() % 6];
	case 5:
		return (int64_t)(any() % 70000);
	case 6:
		return -(int64_t)(any() % 200);
	default:
		return row % 2 ? INT64_MAX : INT64_MIN;
	}
}

static void check_round_trip(uint32_t rows, unsigned null_in)
{
	HU_CLEANUP(hu_freep) struct hu_block *block = hu_alloc(sizeof(*block));
	HU_CLEANUP(hu_freep) struct hu_cells *all = hu_alloc(rows * sizeof(*all));
	HU_CLEANUP(hu_freep) struct hu_block_column *back = hu_alloc(sizeof(*back));
	HU_CLEANUP(hu_out_deinit) struct hu_out packed = {0};

	block->columns = 9;
	for (uint32_t i = 0; i < rows; i++) {
		for (int c = 0; c < block->columns; c++) {
			bool null = null_in && c > 0 && any() % null_in == 0;
			all[i].null |= (uint32_t)null << c;
			all[i].value[c] = null ? 0 : value_of(c, i);
		}
		hu_block_add(block, &all[i]);
	}
	hu_block_pack(block, &packed);
	size_t wrong = 0;
	for (int c = 0; c < block->columns; c++) {
		if (!CHECK_OK(hu_block_unpack(hu_out_view(&packed), 9, c, rows, back)))
			continue;
		for (uint32_t i = 0; i < rows; i++)
			wrong += back->value[i] != all[i].value[c] ||
				 hu_block_null(back, i) != (all[i].null >> c & 1);
	}
	CHECK_INT(wrong, 0);
}

/* Any bytes: an error or values, and nothing outside of them (ASan looks). */
static void check_damage(void)
{
	HU_CLEANUP(hu_freep) struct hu_block *block = hu_alloc(sizeof(*block));
	HU_CLEANUP(hu_freep) struct hu_block_column *back = hu_alloc(sizeof(*back));
	HU_CLEANUP(hu_out_deinit) struct hu_out packed = {0};
	struct hu_cells cells = {0};
	size_t refused = 0;

	block->columns = 9;
	for (uint32_t i = 0; i < 100; i++) {
		for (int c = 0; c < 9; c++)
			cells.value[c] = value_of(c, i);
		hu_block_add(block, &cells);
	}
	hu_block_pack(block, &packed);
	for (size_t len = 0; len < packed.len; len++) {
		HU_CLEANUP(hu_freep) char *cut = malloc(len ? len : 1);
		memcpy(cut, packed.at, len);
		struct hu_err *err = hu_block_unpack((struct hu_str){cut, len}, 9, 8, 100, back);
		refused += err != NULL;
		hu_err_free(err);
	}
	CHECK_INT(refused, packed.len); /* the last column ends where the block ends */
	for (int i = 0; i < 20000; i++) {
		HU_CLEANUP(hu_freep) char *odd = malloc(packed.len);
		memcpy(odd, packed.at, packed.len);
		odd[any() % (i % 2 ? 200 : packed.len)] = (char)any();
		hu_err_free(hu_block_unpack((struct hu_str){odd, packed.len}, 9, (int)(any() % 9),
					    (uint32_t)(any() % 1100), back));
	}
}

static int64_t ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t ret = hu_rows_next(rows) ? hu_rows_int(rows, 0) : -1;

	CHECK_OK(hu_rows_close(rows));
	return ret;
}

enum { SWITCHES = 2500 }; /* two blocks and a half */

static void put_source(struct hu_store *store, const char *path, int32_t tid)
{
	struct hu_source_info info = {
		.path = path, .format = "test", .why = "a test", .clock = HU_CLOCK_MONOTONIC};
	struct hu_sink *sink = NULL;

	if (!CHECK_OK(hu_store_begin(store, &info, &sink)))
		return;
	for (int i = 0; i < SWITCHES; i++) {
		struct hu_switch row = {
			.at = {.ts = i * 1000, .pos = (uint64_t)i + 1, .cpu = i % 3, .tid = tid},
			.next = i % 7 ? i % 7 : HU_NONE,
			.state = HU_STATE_SLEEPING};
		hu_put_switch(sink, &row);
	}
	CHECK_OK(hu_store_end(sink, NULL));
}

static const struct {
	const char *sql;
	int64_t is;
} asked[] = {
	{"SELECT count(*) FROM switch", 2 * SWITCHES},
	{"SELECT count(*) FROM switch WHERE source = 2", SWITCHES},
	{"SELECT count(*) FROM switch WHERE source = '2'", SWITCHES},
	{"SELECT count(*) FROM switch WHERE source = 3", 0},
	{"SELECT tid FROM switch WHERE rowid = 2500", 11},
	{"SELECT tid FROM switch WHERE rowid = 2501", 22},
	{"SELECT count(*) FROM switch WHERE rowid = 5001", 0},
	{"SELECT count(*) FROM switch WHERE rowid = 2.5", 0},
	{"SELECT count(*) FROM switch WHERE rowid > 1023 AND rowid <= 1026", 3},
	{"SELECT count(*) FROM switch WHERE rowid >= 4999", 2},
	{"SELECT count(*) FROM switch WHERE rowid < 2.5", 2},
	{"SELECT count(*) FROM switch WHERE rowid > 'a'", 0},
	{"SELECT count(*) FROM switch WHERE rowid IN (1, 2499, 2501, 9999)", 3},
	{"SELECT count(*) FROM switch WHERE next IS NULL", 2 * 358},
	{"SELECT sum(pos) FROM switch WHERE source = 1", INT64_C(2500) * 2501 / 2},
	{"SELECT rowid FROM switch ORDER BY rowid DESC LIMIT 1", 2 * SWITCHES},
	{"SELECT rowid FROM switch ORDER BY source, rowid LIMIT 1 OFFSET 2500", 2501},
	{"SELECT count(*) FROM switch_v WHERE state = 'sleeping'", 2 * SWITCHES},
	{"SELECT count(*) FROM wakeup", 0},
};

static void ask_all(struct hu_store *store)
{
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (!CHECK_INT(ask(store, asked[i].sql), asked[i].is))
			printf("%s\n", asked[i].sql);
}

static int64_t plainly(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	int64_t ret = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		ret = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return ret;
}

static void check_sql(void)
{
	HU_CLEANUP(hu_freep) char *folder = hu_test_tempdir();
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/store.db", folder);
	struct hu_store *store = NULL;
	int64_t first, last;

	if (!CHECK_OK(hu_store_create(path, &store)))
		return;
	put_source(store, "a", 11);
	put_source(store, "b", 22);
	CHECK_OK(hu_store_settle(store));
	ask_all(store);
	CHECK_OK(hu_store_window(store, "switch", 2, 1000000, 1002000, &first, &last));
	CHECK_INT(first, 3500);
	CHECK_INT(last, 3503);
	hu_store_close(store);
	CHECK_INT(plainly(path, "SELECT count(*) FROM switch"), 0);
	store = NULL;
	if (CHECK_OK(hu_store_open(path, false, &store)))
		ask_all(store);
	hu_store_close(store);
	store = NULL;
	if (CHECK_OK(hu_store_open(path, true, &store))) {
		CHECK_OK(hu_store_as_rows(store));
		ask_all(store);
		CHECK_OK(hu_store_window(store, "switch", 2, 1000000, 1002000, &first, &last));
		CHECK_INT(first, 3500);
		CHECK_INT(last, 3503);
		struct hu_events *e = hu_events_open(store, HU_EVENTS_SWITCH, 2, 2600, 2700);
		int64_t rows = 0;
		while (hu_events_next(e))
			rows += hu_events_rowid(e) == 2601 + rows;
		CHECK_OK(hu_events_close(e));
		CHECK_INT(rows, 100);
	}
	hu_store_close(store);
	CHECK_INT(plainly(path, "SELECT count(*) FROM switch"), 2 * SWITCHES);
	hu_test_remove(folder);
}

int main(void)
{
	static const uint32_t rows[] = {1, 2, 63, 64, 65, 1023, 1024};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_round_trip(rows[i], 0);
		check_round_trip(rows[i], 3);
		check_round_trip(rows[i], 1);
	}
	check_damage();
	check_sql();
	return test_end();
}
