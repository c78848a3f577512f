/* Parts of the perf.data reader that captures alone do not corner: order, address spaces, ELF. */
#include "tests/test.h"

#include "db/text.h"
#include "ingest/perfdata_elf.h"
#include "ingest/perfdata_parts.h"

#include <stdlib.h>

/* Order: a COMM record is its header and, last, its stamp. */

enum { ROUND = -1, UNTIMED = 0 };

static void put(struct hu_out *to, int64_t ts)
{
	uint32_t type = ts == ROUND ? HU_PERF_FINISHED_ROUND : HU_PERF_COMM;
	uint16_t head[2] = {0, ts == ROUND ? 8 : 16};
	uint64_t stamp = (uint64_t)ts;

	hu_out_bytes(to, (const char *)&type, sizeof(type));
	hu_out_bytes(to, (const char *)head, sizeof(head));
	if (ts != ROUND)
		hu_out_bytes(to, (const char *)&stamp, sizeof(stamp));
}

static void check_order(const int64_t *in, size_t count, const char *want, uint64_t late)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, got = {0};
	struct hu_perf_events events = {.same = true, .time = -1, .id_at = -1, .end_time = 8};
	struct hu_perf_event any = {0}, *list[] = {&any};
	struct hu_perf_record record;

	for (size_t i = 0; i < count; i++)
		put(&bytes, in[i]);
	events.at = list;
	events.count = 1;
	struct hu_perf_order order = {.stream = {.left = hu_out_view(&bytes)}, .events = &events};
	while (hu_perf_order_next(&order, &record))
		if (record.type == HU_PERF_COMM)
			hu_out_printf(&got, "%" PRIu64 " ", record.ts);
	CHECK_STR(got.at ? got.at : "", want);
	CHECK_INT(order.late, late);
	hu_perf_order_deinit(&order);
}

static void orders(void)
{
	static const struct {
		const char *name;
		int64_t in[16];
		size_t count;
		const char *want;
		uint64_t late;
	} cases[] = {
		{"nothing", {0}, 0, "", 0},
		{"no rounds", {3, 1, 2}, 3, "1 2 3 ", 0},
		{"two CPUs, one round", {1, 3, 5, 2, 4, ROUND}, 6, "1 2 3 4 5 ", 0},
		{"a round is done when the next has ended",
		 {1, 5, 2, ROUND, 7, 4, ROUND, 6, ROUND},
		 9,
		 "1 2 4 5 6 7 ",
		 0},
		{"newest first, as a backward buffer is read", {5, 4, 3, 2, 1}, 5, "1 2 3 4 5 ", 0},
		{"equal stamps stay as they are", {2, 2, 1, 1}, 4, "1 1 2 2 ", 0},
		{"without a stamp: when it is met", {3, UNTIMED, 1}, 3, "0 1 3 ", 0},
		{"too late by two rounds", {8, ROUND, 9, ROUND, 10, ROUND, 1}, 7, "8 9 1 10 ", 1},
	};

	TEST_EACH(i, cases)
	{
		TEST_CASE("%s", cases[i].name);
		check_order(cases[i].in, cases[i].count, cases[i].want, cases[i].late);
	}
	TEST_CASE("a long shuffle");
	int64_t many[5000];
	HU_CLEANUP(hu_out_deinit) struct hu_out want = {0};
	for (int64_t i = 0; i < 5000; i++) {
		many[i] = (i * 3571) % 5000 + 1; /* 3571 is prime: every number once */
		hu_out_printf(&want, "%" PRId64 " ", i + 1);
	}
	check_order(many, 5000, want.at, 0);
}

/* Address spaces. */

static void add(struct hu_perf_maps *maps, int32_t pid, uint64_t start, uint64_t end,
		const char *file)
{
	hu_perf_maps_add(maps, pid,
			 &(struct hu_perf_mapping){
				 .start = start, .len = end - start, .file = hu_str(file)});
}

static void check_frame(struct hu_perf_maps *maps, int32_t pid, uint64_t ip, const char *want)
{
	struct hu_perf_frame frame;

	hu_perf_maps_user(maps, pid, ip, &frame);
	CHECK_STR_IS(frame.symbol, want);
}

static void spaces(void)
{
	static const struct hu_surroundings nothing;
	struct hu_perf_maps *maps = hu_perf_maps_create(&nothing);

	TEST_CASE("address spaces");
	add(maps, 1, 0x1000, 0x5000, "/usr/bin/a");
	check_frame(maps, 1, 0xfff, "(unknown)");
	check_frame(maps, 1, 0x1000, "(a) +0x0");
	check_frame(maps, 1, 0x4fff, "(a) +0x3fff");
	check_frame(maps, 1, 0x5000, "(unknown)");
	check_frame(maps, 2, 0x1000, "(unknown)");

	add(maps, 1, 0x2000, 0x3000, "/lib/b.so");
	check_frame(maps, 1, 0x1fff, "(a) +0xfff");
	check_frame(maps, 1, 0x2000, "(b.so) +0x0");
	check_frame(maps, 1, 0x3000, "(a) +0x2000");

	uint64_t version = hu_perf_maps_version(maps, 1);
	hu_perf_maps_fork(maps, 1, 2);
	CHECK_INT(hu_perf_maps_version(maps, 2), version);
	add(maps, 2, 0x0800, 0x4800, "//anon");
	check_frame(maps, 2, 0x2000, "(anon) +0x1800");
	check_frame(maps, 2, 0x4800, "(a) +0x3800");
	check_frame(maps, 1, 0x2000, "(b.so) +0x0");
	CHECK_INT(hu_perf_maps_version(maps, 1), version);
	CHECK(hu_perf_maps_version(maps, 2) != version);

	add(maps, 1, 0x9000, 0x9000, "empty");
	add(maps, 1, UINT64_MAX - 0x10, 0x10, "wraps");
	check_frame(maps, 1, 0x9000, "(unknown)");

	hu_perf_maps_destroy(maps);
}

static void kernels(void)
{
	struct hu_perf_kernel *kernel = hu_perf_kernel_create();

	TEST_CASE("the kernel's own");
	static const struct {
		const char *file;
		const char *name;
	} modules[] = {
		{"[ext4]", "ext4"},
		{"/lib/modules/6.1.0/kernel/fs/nfs/nfs-v4.ko.xz", "nfs_v4"},
	};
	TEST_EACH(i, modules)
	{
		uint64_t start = UINT64_C(0xffffffffc0000000) + i * 0x10000;
		hu_perf_kernel_map(kernel,
				   &(struct hu_perf_mapping){.start = start,
							     .len = 0x8000,
							     .file = hu_str(modules[i].file)});
		CHECK_STR_IS(hu_perf_kernel_module(kernel, start + 0x7fff), modules[i].name);
		CHECK_STR_IS(hu_perf_kernel_module(kernel, start + 0x8000), "");
	}
	struct hu_str name;
	uint64_t at;
	CHECK(!hu_perf_kernel_reference(kernel, &name, &at));
	hu_perf_kernel_map(kernel,
			   &(struct hu_perf_mapping){.start = UINT64_C(0xffffffff81000000),
						     .len = 0x1000000,
						     .offset = UINT64_C(0xffffffff81000000),
						     .file = hu_str("[kernel.kallsyms]_stext")});
	CHECK(hu_perf_kernel_reference(kernel, &name, &at));
	CHECK_STR_IS(name, "_stext");
	hu_perf_kernel_symbol(kernel, 0x1000, 0x10, hu_str("bpf_prog_1"));
	CHECK(hu_perf_kernel_made(kernel, 0x100f, &name, &at));
	CHECK_INT(at, 0xf);
	CHECK(!hu_perf_kernel_made(kernel, 0x1010, &name, &at));
	hu_perf_kernel_destroy(kernel);
}

/* Functions of programs: this program is one. */

#ifdef HU_HAVE_LIBELF
static const char *as_archived(void *with, const char *path_end)
{
	(void)with;
	return strcmp(path_end, ".build-id/ab/cdef/elf") == 0 ? "/proc/self/exe" : NULL;
}

/* Where in the file the function lies, by /proc/self/maps. */
static uint64_t place_of(void (*function)(void))
{
	FILE *maps = fopen("/proc/self/maps", "r");
	uint64_t at = (uint64_t)(uintptr_t)function, start, end, offset, ret = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) ==
			    3 &&
		    at >= start && at < end)
			ret = at - start + offset;
	if (maps)
		fclose(maps);
	return ret;
}

static void functions(void)
{
	static const struct hu_surroundings around = {.file = as_archived};
	struct hu_perf_maps *maps = hu_perf_maps_create(&around);
	uint64_t at = place_of(spaces);
	struct hu_str name;

	TEST_CASE("functions of programs");
	add(maps, 1, 0x10000, 0x10000000, "/usr/bin/prog");
	hu_perf_maps_build_id(maps, hu_str("/usr/bin/prog"), hu_str("abcdef"));
	check_frame(maps, 1, 0x10000 + at, "(prog) spaces");
	check_frame(maps, 1, 0x10001 + at, "(prog) spaces");
	check_frame(maps, 1, 0xfffffff, "(prog) +0xffeffff");
	hu_perf_maps_destroy(maps);

	CHECK(!hu_perf_elf_open("/dev/null"));
	CHECK(!hu_perf_elf_open("/etc/passwd"));
	CHECK(!hu_perf_elf_open("/nonexistent"));
	struct hu_perf_elf *elf = hu_perf_elf_open("/proc/self/exe");
	CHECK(elf && !hu_perf_elf_find(elf, UINT64_MAX, &name));
	hu_perf_elf_close(elf);
}
#endif

int main(void)
{
	orders();
	spaces();
	kernels();
#ifdef HU_HAVE_LIBELF
	functions();
#endif
	return test_end();
}
