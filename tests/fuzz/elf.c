/* A program or library that came with a capture: names of its functions. */
#include "tests/fuzz/fuzz.h"

#include "ingest/perfdata_elf.h"

static void one(struct hu_str in)
{
	struct hu_fuzz_file file;
	struct hu_str name;

	if (!hu_fuzz_file(in, &file))
		return;
	struct hu_perf_elf *elf = hu_perf_elf_open(file.path);
	for (uint64_t at = 0; elf && at < UINT64_C(1) << 40; at = at < 0x4000 ? at + 0x101 : at * 2)
		if (hu_perf_elf_find(elf, at, &name)) {
			volatile char last =
				name.len ? name.at[name.len - 1] : 0; /* is it there? */
			(void)last;
		}
	hu_perf_elf_close(elf);
	hu_fuzz_file_end(&file);
}

const struct hu_fuzz_target hu_fuzz_elf = {"elf", one, NULL, NULL};
