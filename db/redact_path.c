/* Paths: of the host whose capture it is, and of the bundle's own members. A path keeps its depth
 * and what every Linux system has; the names between are replaced one by one, so that what lay in
 * one folder still does. */
#include "db/redact_parts.h"

#include <string.h>

static bool listed(struct hu_str s, const char *const *list)
{
	for (; *list; list++)
		if (hu_str_is(s, *list))
			return true;
	return false;
}

/* "mm/vmscan.c:123": of the kernel's own sources. */
static bool source_path(struct hu_str s)
{
	static const char *const tops[] = {"arch",    "block", "crypto",   "drivers",  "fs",
					   "include", "init",  "io_uring", "ipc",      "kernel",
					   "lib",     "mm",    "net",	   "security", "sound",
					   "virt",    "certs", NULL};
	struct hu_str rest = s, line = s;
	struct hu_str file = hu_str_split(&line, ':');

	while (hu_str_starts(rest, "./"))
		rest = hu_str_skip(rest, 2);
	if (line.len && line.at != s.at && !hu_redact_digits(line))
		return false;
	return listed(hu_str_split(&rest, '/'), tops) &&
	       (hu_str_ends(file, ".c") || hu_str_ends(file, ".h") || hu_str_ends(file, ".S"));
}

static void put_name(struct hu_redactor *r, struct hu_str name, struct hu_out *to)
{
	static const char *const endings[] = {".so",   ".log", ".txt", ".conf", ".json",
					      ".dat",  ".gz",  ".xz",  ".zst",	".ko",
					      ".html", ".csv", ".xml", NULL};

	hu_redact_pseudonym(r, "path", name, to);
	for (const char *const *e = endings; *e; e++)
		if (hu_str_ends(name, *e))
			hu_out_puts(to, *e);
}

/* Of one absolute path, without colons. */
static void put_absolute(struct hu_redactor *r, struct hu_str path, struct hu_out *to)
{
	static const char *const roots[] = {"bin",   "boot",  "dev", "etc", "home",    "lib",
					    "lib64", "media", "mnt", "opt", "proc",    "root",
					    "run",   "sbin",  "srv", "sys", "devices", "tmp",
					    "usr",   "var",   NULL};
	static const char *const below[] = {"bin",
					    "sbin",
					    "lib",
					    "lib64",
					    "libexec",
					    "local",
					    "share",
					    "log",
					    "cache",
					    "tmp",
					    "lock",
					    "spool",
					    "x86_64-linux-gnu",
					    "aarch64-linux-gnu",
					    "modules",
					    "kernel",
					    NULL};
	bool system = false, words = false, chosen = false;
	size_t depth = 0;

	while (path.len) {
		struct hu_str name = hu_str_split(&path, '/');
		bool slash = name.at + name.len < path.at;
		if (!depth) {
			if (name.len) {
				depth++;
				system = listed(name, roots);
				words = hu_str_is(name, "proc") || hu_str_is(name, "sys") ||
					hu_str_is(name, "devices") || hu_str_is(name, "dev");
				if (system)
					hu_out_str(to, name);
				else
					put_name(r, name, to);
			}
		} else if (name.len) {
			depth++;
			chosen |=
				words && hu_str_is(name, "cgroup"); /* behind it: names of groups */
			bool stays =
				hu_redact_digits(name) || listed(name, below) ||
				hu_str_is(name, ".") || hu_str_is(name, "..") ||
				(words && (!chosen || hu_str_is(name, "cgroup")) &&
				 (hu_redact_device(name) || hu_redact_compound_stays(r, name))) ||
				(!path.len && hu_redact_find(&r->tasks, name));
			if (system && stays && !hu_redact_find(&r->secrets, name))
				hu_out_str(to, name);
			else
				put_name(r, name, to);
		}
		if (slash)
			hu_out_putc(to, '/');
	}
}

/* "/a:/b", "/a/b", "customers/a"; a word with a slash in it ("read/write") stays if its parts do.
 */
void hu_redact_path(struct hu_redactor *r, struct hu_str path, struct hu_out *to)
{
	if (source_path(path)) {
		hu_out_str(to, path);
		return;
	}
	if (memchr(path.at, ':', path.len)) {
		while (path.len) {
			struct hu_str one = hu_str_split(&path, ':');
			hu_redact_run(r, one, to);
			if (one.at + one.len < path.at)
				hu_out_putc(to, ':');
		}
		return;
	}
	if (path.at[0] == '/') {
		put_absolute(r, path, to);
		return;
	}
	while (path.len) {
		struct hu_str one = hu_str_split(&path, '/');
		hu_redact_run(r, one, to);
		if (one.at + one.len < path.at)
			hu_out_putc(to, '/');
	}
}

/* Words of names of captures and of the files that kits and sosreports have. */
static const char *const capture_words[] = {"trace",	  "tracefs",	"dat",
					    "data",	  "perf",	"dmesg",
					    "kmsg",	  "journal",	"txt",
					    "log",	  "json",	"xml",
					    "csv",	  "err",	"out",
					    "bin",	  "start",	"end",
					    "before",	  "after",	"tail",
					    "head",	  "T",		"t",
					    "l",	  "o",		"report",
					    "script",	  "header",	"cpu",
					    "tp",	  "lock",	"contention",
					    "sched",	  "timehist",	"bpftrace",
					    "holders",	  "bcc",	"klockstat",
					    "funcslower", "offcputime", "stack",
					    "stacks",	  "kallsyms",	"config",
					    "cmdline",	  "uname",	"a",
					    "version",	  "os",		"release",
					    "sysctl",	  "modules",	"clocks",
					    "window",	  "lttng",	"kernel",
					    "ctf",	  "metadata",	"channel0",
					    "ust",	  "uid",	"0",
					    "64",	  "bit",	"sar",
					    "sa",	  "sadf",	"B",
					    "vmstat",	  "iostat",	"mpstat",
					    "pidstat",	  "free",	"slabtop",
					    "numastat",	  "top",	"ps",
					    "strace",	  "mounts",	"mount",
					    "mountinfo",  "meminfo",	"zoneinfo",
					    "slabinfo",	  "buddyinfo",	"slab",
					    "proc",	  "samples",	"psi",
					    "memory",	  "io",		"pressure",
					    "stat",	  "schedstat",	"diskstats",
					    "interrupts", "softirqs",	"loadavg",
					    "lockdep",	  "facts",	"host",
					    "manifest",	  "address",	"kprobe",
					    "events",	  "format",	"formats",
					    "options",	  "per",	"trace_pipe_raw",
					    "tools",	  "notes",	"sos",
					    "commands",	  "logs",	"process",
					    "filesys",	  "numa",	"block",
					    "etc",	  "var",	"sys",
					    "fs",	  "cgroup",	"boot",
					    "usr",	  "lib",	"messages",
					    "syslog",	  "kern",	"console",
					    "serial",	  "journalctl", "no",
					    "pager",	  "changelog",	"Debian",
					    "gz",	  "xz",		"zst",
					    "btf",	  "vmlinux",	"bundle",
					    "ftrace",	  "stats",	"available",
					    "w",	  "x",		"d",
					    "u",	  "r",		"xt",
					    "m",	  "verbatim",	"seed",
					    "thp",	  "cgroups",	"limits",
					    "current",	  "max",	"saved",
					    "cmdlines",	  "clock",	"raw",
					    "callpath",	  "v6",		"v7",
					    "rcu",	  "zone",	"reclaim",
					    "memcg",	  "locks",	"wait",
					    "hold",	  NULL};

/* "sos_commands/kernel/dmesg_-T", "trace.dat", "config-6.1.0-50-amd64" */
void hu_redact_member(struct hu_redactor *r, struct hu_str path, struct hu_out *to)
{
	static const char *const versioned[] = {"config-", "System.map-", "vmlinux-", "changelog-"};

	while (path.len) {
		struct hu_str name = hu_str_split(&path, '/'), rest = name;
		bool slash = name.at + name.len < path.at, stays = true, said = false;

		for (size_t i = 0; i < 4 && !said; i++)
			if (hu_str_starts(name, versioned[i])) {
				said = true;
				hu_out_puts(to, versioned[i]);
				hu_redact_release(r, hu_str_skip(name, strlen(versioned[i])), to);
			}
		while (rest.len && stays) {
			size_t n = 0;
			while (n < rest.len && !strchr("._-", rest.at[n]))
				n++;
			struct hu_str word = {rest.at, n};
			stays = !n || hu_redact_digits(word) || listed(word, capture_words) ||
				(hu_redact_device(word) && !hu_str_starts(word, "host"));
			/* sar22 */
			stays |= n > 2 && n < 6 && hu_str_starts(word, "sa");
			rest = hu_str_skip(rest, n + 1);
		}
		if (said)
			;
		else if (stays && !hu_redact_find(&r->secrets, name))
			hu_out_str(to, name);
		else
			put_name(r, name, to);
		if (slash)
			hu_out_putc(to, '/');
	}
}
