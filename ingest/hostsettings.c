/*
 * How the running kernel is set up: sysctl -a, /proc/modules, the address of a lock. A few lines to
 * a thousand; one reader per kind.
 */
#include "ingest/factfile.h"

#include <string.h>

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static void put_number(struct hu_sink *to, const char *key, uint64_t value)
{
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};

	hu_out_printf(&text, "%llu", (unsigned long long)value);
	hu_put_fact(to, key, hu_out_view(&text));
}

/* sysctl -a ---------------------------------------------------------------------------------- */

static bool setting(struct hu_str line, struct hu_str *key, struct hu_str *value)
{
	static const char *const roots[] = {"vm.",  "kernel.", "fs.",	"net.",	   "dev.",
					    "abi.", "debug.",  "user.", "crypto.", "sunrpc."};
	ptrdiff_t equals = hu_str_find(line, " =");

	if (equals <= 0 || ((size_t)equals + 2 < line.len && line.at[equals + 2] != ' '))
		return false;
	*key = (struct hu_str){line.at, (size_t)equals};
	*value = hu_str_trim(hu_str_skip(line, (size_t)equals + 2));
	if (hu_str_find(*key, " ") >= 0)
		return false;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (hu_str_starts(*key, roots[i]))
			return true;
	return false;
}

/* Those that change how long reclaim or a hung task takes to show, or what a log can hold. */
static const char *const settings[] = {
	"vm.vfs_cache_pressure",
	"vm.watermark_scale_factor",
	"vm.watermark_boost_factor",
	"vm.min_free_kbytes",
	"vm.swappiness",
	"vm.zone_reclaim_mode",
	"vm.drop_caches",
	"vm.dirty_ratio",
	"vm.dirty_background_ratio",
	"kernel.hung_task_timeout_secs",
	"kernel.hung_task_check_interval_secs",
	"kernel.hung_task_warnings",
	"kernel.hung_task_panic",
	"kernel.watchdog_thresh",
	"kernel.kptr_restrict",
	"kernel.perf_event_paranoid",
	"kernel.sched_schedstats",
	"kernel.lock_stat",
	"kernel.panic_on_warn",
};

static bool sysctl_line(struct hu_factfile_walk *w, struct hu_str line)
{
	struct hu_str key, value;

	if (!setting(line, &key, &value))
		return hu_str_starts(line, "sysctl: "); /* "permission denied on key" */
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!hu_str_is(key, settings[i]))
			continue;
		struct hu_out name HU_CLEANUP(hu_out_deinit) = {0};
		hu_out_printf(&name, "sysctl.%s", settings[i]);
		hu_factfile_once(w, i, name.at, value);
		w->listed++;
	}
	return true;
}

static struct hu_err *sysctl_read(const char *path, struct hu_sink *to)
{
	struct hu_factfile_walk w HU_CLEANUP(hu_factfile_deinit) = {.to = to};
	size_t bytes = 0;
	struct hu_err *err = hu_factfile_walk(path, &w, sysctl_line, &bytes);

	if (err)
		return err;
	if (w.listed)
		hu_put_event_count(to, hu_str("setting kept"), w.listed, true);
	if (w.understood > w.listed)
		hu_put_event_count(to, hu_str("setting not kept"), w.understood - w.listed, false);
	return hu_factfile_finish(&w, bytes, "sysctl setting");
}

static enum hu_match sysctl_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line, key, value;
	unsigned good = 0, bad = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (hu_factfile_head_line(in, &rest, &line)) {
		if (hu_str_starts(line, "sysctl: "))
			continue;
		if (setting(line, &key, &value))
			good++;
		else
			bad++;
	}
	return good && bad * 8 <= good ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

/* /proc/modules ------------------------------------------------------------------------------ */

struct module {
	struct hu_str name, taint;
};

/* kernel/module/procfs.c, m_show(): "name size refs users, Live 0x… (OE)" */
static bool parse_module(struct hu_str line, struct module *ret)
{
	struct hu_str name = hu_str_word(&line), state, address;
	uint64_t number;

	if (!name.len || !hu_str_u64(hu_str_word(&line), 10, &number) ||
	    !hu_str_i64(hu_str_word(&line), &(int64_t){0}) || !hu_str_word(&line).len)
		return false;
	state = hu_str_word(&line);
	address = hu_str_word(&line);
	if (!hu_str_is(state, "Live") && !hu_str_is(state, "Loading") &&
	    !hu_str_is(state, "Unloading"))
		return false;
	if (!hu_str_starts(address, "0x") || !hu_str_u64(address, 16, &number))
		return false;
	*ret = (struct module){name, hu_str_word(&line)};
	return true;
}

static bool modules_line(struct hu_factfile_walk *w, struct hu_str line)
{
	struct module m;

	if (!parse_module(line, &m))
		return false;
	/* O: built out of the tree. A fix that changes an interface can break just these. */
	if (hu_str_find(m.taint, "O") > 0) {
		if (w->listed++)
			hu_out_putc(&w->list, ' ');
		hu_out_str(&w->list, m.name);
	}
	return true;
}

static struct hu_err *modules_read(const char *path, struct hu_sink *to)
{
	struct hu_factfile_walk w HU_CLEANUP(hu_factfile_deinit) = {.to = to};
	size_t bytes = 0;
	struct hu_err *err = hu_factfile_walk(path, &w, modules_line, &bytes);

	if (err)
		return err;
	if (w.understood)
		put_number(to, "modules.count", w.understood);
	if (w.listed)
		hu_put_fact(to, "modules.out_of_tree", hu_out_view(&w.list));
	return hu_factfile_finish(&w, bytes, "module");
}

static enum hu_match modules_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct module m;
	unsigned good = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (hu_factfile_head_line(in, &rest, &line)) {
		if (!parse_module(line, &m))
			return HU_MATCH_NO;
		good++;
	}
	return good ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

/* The address of a lock ---------------------------------------------------------------------- */

/* "lock shrinker_rwsem 0xffffffff9594b860", or lines grepped from kallsyms. */
static bool parse_lock(struct hu_str line, struct hu_str *name, uint64_t *address)
{
	struct hu_str first = hu_str_word(&line), second = hu_str_word(&line),
		      third = hu_str_word(&line);

	if (hu_str_trim(line).len)
		return false;
	if (hu_str_is(first, "lock") && hu_str_starts(third, "0x")) {
		*name = second;
		return hu_str_u64(third, 16, address);
	}
	if (first.len != 16 || second.len != 1 || !third.len || !hu_str_u64(first, 16, address))
		return false;
	*name = third;
	/* On some kernels data has a code letter too: then the name has to say that it is a lock.
	 */
	if (strchr("tTA", second.at[0]))
		return hu_str_ends(third, "_rwsem") || hu_str_ends(third, "_sem") ||
		       hu_str_ends(third, "_mutex");
	return strchr("bBdDrRgGsSVv", second.at[0]) != NULL;
}

static bool lock_line(struct hu_factfile_walk *w, struct hu_str line)
{
	struct hu_str name;
	uint64_t address;

	if (!parse_lock(line, &name, &address) || name.len > 128)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!word_char(name.at[i]) && name.at[i] != '.')
			return false;
	if (!address)
		return true; /* hidden from whoever made the file */
	struct hu_out key HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_out value HU_CLEANUP(hu_out_deinit) = {0};
	hu_out_printf(&key, "lock.%.*s.address", (int)name.len, name.at);
	/* A fact is put once per key. */
	struct hu_str have = hu_out_view(&w->list);
	while (have.len)
		if (hu_str_is(hu_str_split(&have, '\n'), key.at))
			return true;
	hu_out_puts(&w->list, key.at);
	hu_out_putc(&w->list, '\n');
	hu_out_printf(&value, "0x%llx", (unsigned long long)address);
	hu_put_fact(w->to, key.at, hu_out_view(&value));
	return true;
}

static struct hu_err *lockaddress_read(const char *path, struct hu_sink *to)
{
	return hu_factfile_read(path, to, lock_line, "lock with an address");
}

static enum hu_match lockaddress_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line, name;
	uint64_t address;
	unsigned good = 0;

	/* A longer list of symbols is kallsyms', which comes first. */
	if (in->is_dir || in->head.len >= HU_PROBE_BYTES)
		return HU_MATCH_NO;
	while (hu_factfile_head_line(in, &rest, &line)) {
		if (!parse_lock(line, &name, &address))
			return HU_MATCH_NO;
		good++;
	}
	return good ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_sysctl = {
	.name = "sysctl",
	.reads = "sysctl -a",
	.clock = HU_CLOCK_NONE,
	.probe = sysctl_probe,
	.read = sysctl_read,
};

const struct hu_reader_ops hu_reader_modules = {
	.name = "modules",
	.reads = "/proc/modules",
	.clock = HU_CLOCK_NONE,
	.probe = modules_probe,
	.read = modules_read,
};

const struct hu_reader_ops hu_reader_lockaddress = {
	.name = "lockaddress",
	.reads = "the address of a lock, one \"lock NAME 0x…\" a line",
	.clock = HU_CLOCK_NONE,
	.probe = lockaddress_probe,
	.read = lockaddress_read,
};
