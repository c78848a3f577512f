/* What printed events do not say themselves: on which machine they were, and what their probes are
 * on. */
#include "ingest/mapped.h"
#include "ingest/textfields_private.h"

bool hu_text_is_x86_64(const struct hu_surroundings *around, struct hu_str sample)
{
	static const char *const files[] = {"uname.txt", "uname", "uname_-a", "proc/version"};
	static const char *const marks[] = {"entry_SYSCALL_64", "__x64_sys_", "do_syscall_64"};

	for (size_t i = 0; around->file && i < sizeof(files) / sizeof(files[0]); i++) {
		struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
		const char *path = around->file(around->with, files[i]);
		struct hu_err *err = path ? hu_mapped_open(path, &file) : NULL;
		hu_err_free(err);
		if (file.text.len > HU_PROBE_BYTES)
			file.text.len = HU_PROBE_BYTES;
		if (path && !err && hu_str_find(file.text, "x86_64") >= 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (sample.len && memmem(sample.at, sample.len, marks[i], strlen(marks[i])))
			return true;
	return false;
}

void hu_text_probe_list(const struct hu_surroundings *around, struct hu_mapped *ret)
{
	static const char *const files[] = {"kprobe_events.txt", "kprobe_events", "dynamic_events",
					    "dynamic_events.txt"};

	for (size_t i = 0; around->file && !ret->text.len && i < 4; i++) {
		const char *path = around->file(around->with, files[i]);
		if (path)
			hu_err_free(hu_mapped_open(path, ret));
	}
}

/*
 * "p:lk/down_read_trylock down_read_trylock sem=%di", "r64:lk/ret ext4:ext4_sync_file+0x4 …": what
 * /sys/kernel/tracing/kprobe_events has.
 */
uint64_t hu_text_listed_function(struct hu_text_symbols *symbols, struct hu_str list,
				 struct hu_str event)
{
	struct hu_str left = list, line;

	while (hu_str_line(&left, &line)) {
		struct hu_str probe = hu_str_word(&line), place = hu_str_word(&line), module = {0};
		uint64_t offset = 0;
		if (!hu_str_starts(probe, "p") && !hu_str_starts(probe, "r") &&
		    !hu_str_starts(probe, "f"))
			continue;
		hu_str_split(&probe, ':');
		if (hu_str_find(probe, "/") >= 0)
			hu_str_split(&probe, '/');
		if (!hu_str_eq(probe, event) || !place.len)
			continue;
		if (hu_str_find(place, ":") >= 0)
			module = hu_str_split(&place, ':');
		if (hu_str_find(place, "/") >= 0)
			return 0; /* a uprobe's path */
		struct hu_str function = hu_str_split(&place, '+');
		if (place.len && !hu_text_hex(place, &offset) && !hu_str_u64(place, 10, &offset))
			return 0;
		if (!function.len || (function.at[0] >= '0' && function.at[0] <= '9'))
			return 0;
		return hu_text_symbols_address(symbols, function, module, offset);
	}
	return 0;
}
