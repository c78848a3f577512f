/* Texts of one kind each: a task's name, a host's, a release, a function, a counter's series. What
 * is the kernel's own stays; what somebody chose does not. */
#include "db/redact_parts.h"

#include <ctype.h>
#include <string.h>

/* Kernel threads by name. A "*" at the end: numbers, devices and the kernel's own words follow. */
static const char *const threads[] = {"swapper*",
				      "kthreadd",
				      "ksoftirqd/*",
				      "migration/*",
				      "cpuhp/*",
				      "rcu_*",
				      "rcub/*",
				      "rcuc/*",
				      "rcuo*",
				      "kswapd*",
				      "kcompactd*",
				      "khugepaged",
				      "ksmd",
				      "khungtaskd",
				      "kdevtmpfs",
				      "kauditd",
				      "oom_reaper",
				      "writeback",
				      "kblockd",
				      "kintegrityd",
				      "kthrotld",
				      "jbd2/*",
				      "ext4-*",
				      "ext4lazyinit",
				      "xfs*",
				      "xfsaild/*",
				      "btrfs*",
				      "nfsd",
				      "nfsv4*",
				      "nfsiod",
				      "lockd",
				      "rpciod",
				      "xprtiod",
				      "cifsd",
				      "cifs*",
				      "scsi_*",
				      "md*_raid*",
				      "mdadm",
				      "dm-*",
				      "dm_*",
				      "kdmflush*",
				      "kcryptd*",
				      "dmcrypt_write*",
				      "loop*",
				      "nvme-*",
				      "nbd*",
				      "irq/*",
				      "idle_inject/*",
				      "watchdog*",
				      "cryptd",
				      "kstrp",
				      "zswap*",
				      "mld",
				      "netns",
				      "ipv6_addrconf",
				      "edac-poller",
				      "devfreq_wq",
				      "blkcg_*",
				      "acpi_*",
				      "tpm_dev_wq",
				      "slub_flushwq",
				      "inet_frag_wq",
				      "mm_percpu_wq",
				      "pool_workqueue*",
				      "pr/*",
				      "psimon",
				      "kdamond*",
				      "kmmpd*",
				      "vhost-*",
				      "kvm*",
				      "ata_sff",
				      "ttm_swap",
				      "hwrng",
				      "khvcd",
				      "quota_*",
				      "bioset",
				      "deferwq",
				      "charger_manager",
				      "kmemstick",
				      "kpsmoused",
				      "ecryptfs*",
				      "fsnotify_mark",
				      "dmu_*",
				      "z_*",
				      "arc_*",
				      "txg_*",
				      "kcopyd*",
				      "raid5wq",
				      "crypto",
				      "events/*",
				      "flush-*",
				      "bdi-*",
				      "sync_supers",
				      "pdflush",
				      "kjournald*",
				      "aio/*",
				      "usbhid*",
				      "khubd",
				      "kseriod",
				      "stopper/*",
				      "kacpid*",
				      "cgwb_release",
				      "<idle>"};

/* "sda1", "vda-8", "3", "dm-2", "conver": what stands behind such a name. */
static bool own_rest(struct hu_redactor *r, struct hu_str rest)
{
	while (rest.len) {
		size_t n = 0;
		while (n < rest.len && (hu_redact_wordly(rest.at[n]) && rest.at[n] != '_'))
			n++;
		struct hu_str piece = {rest.at, n};
		if (n && !hu_redact_digits(piece) && !hu_redact_device(piece) &&
		    !hu_redact_word_stays(r, piece) && n > 3)
			return false;
		if (n < rest.len && !strchr("/:-_.+", rest.at[n]))
			return false;
		rest = hu_str_skip(rest, n + 1);
	}
	return true;
}

static bool is_thread(struct hu_redactor *r, struct hu_str comm)
{
	if (hu_str_starts(comm, "kworker/")) { /* "kworker/u8:3-ext4-rsv-con": a work queue */
		struct hu_str rest = hu_str_skip(comm, strlen("kworker/"));
		size_t n = 0;
		while (n < rest.len && strchr("0123456789:uRH", rest.at[n]))
			n++;
		return n > 0;
	}
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		size_t n = strlen(threads[i]);
		if (threads[i][n - 1] != '*'
			    ? hu_str_is(comm, threads[i])
			    : comm.len >= n - 1 && !memcmp(comm.at, threads[i], n - 1) &&
				      own_rest(r, hu_str_skip(comm, n - 1)))
			return true;
	}
	return false;
}

/* "mountloop/3" without its number. */
static struct hu_str stem(struct hu_str comm)
{
	size_t n = comm.len;

	while (n && isdigit((unsigned char)comm.at[n - 1]))
		n--;
	return n > 1 && n < comm.len && comm.at[n - 1] == '/' ? (struct hu_str){comm.at, n - 1}
							      : comm;
}

bool hu_redact_task_stays(struct hu_redactor *r, struct hu_str comm)
{
	struct hu_str name = stem(comm);

	if (!comm.len || hu_str_is(comm, "<...>") || hu_str_is(comm, "unknown"))
		return true;
	if ((comm.at[0] == ':' || hu_str_starts(comm, "tid ")) && /* perf, where no name is known */
	    hu_redact_digits(hu_str_skip(comm, comm.at[0] == ':' ? 1 : 4)))
		return true;
	if (name.at[0] == '(' && name.at[name.len - 1] == ')' && name.len > 2)
		name = (struct hu_str){name.at + 1, name.len - 2};
	if (name.at[0] == '[' && name.at[name.len - 1] == ']' && name.len > 2)
		name = (struct hu_str){name.at + 1, name.len - 2};
	return hu_redact_find(&r->tasks, name) || is_thread(r, name);
}

void hu_redact_task(struct hu_redactor *r, struct hu_str comm, struct hu_out *to)
{
	struct hu_str name = stem(comm);

	if (hu_redact_task_stays(r, comm)) {
		hu_out_str(to, comm);
		return;
	}
	hu_redact_pseudonym(r, "task", name, to);
	hu_out_str(to, hu_str_skip(comm, name.len));
}

void hu_redact_host(struct hu_redactor *r, struct hu_str host, struct hu_out *to)
{
	if (!host.len || hu_str_is(host, "(none)") || hu_str_is(host, "localhost"))
		hu_out_str(to, host);
	else
		hu_redact_pseudonym(r, "host", host, to);
}

static bool vendor_word(struct hu_redactor *r, struct hu_str s)
{
	static const char *const counted[] = {"el",	"fc",	"deb", "bpo", "rc",
					      "ubuntu", "amzn", "cm",  "ky",  "oe",
					      "tl",	"rt",	"v",   "al",  "uek"};
	static const char *const words[] = {"azure",   "aws",	     "gcp",	"gke",	  "oracle",
					    "generic", "cloud",	     "lts",	"zen",	  "arch",
					    "MANJARO", "pve",	     "lp",	"tip",	  "next",
					    "dirty",   "default",    "raspi",	"rpi",	  "cip",
					    "xanmod",  "longterm",   "kvm",	"gentoo", "smp",
					    "SMP",     "lowlatency", "preempt", "uek",	  "Unraid"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_str_is(s, words[i]))
			return true;
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		if (!hu_str_starts(s, counted[i]))
			continue;
		struct hu_str rest = hu_str_skip(s, strlen(counted[i]));
		size_t n = 0;
		while (n < rest.len && (isdigit((unsigned char)rest.at[n]) || rest.at[n] == 'u'))
			n++;
		if (n && n == rest.len)
			return true;
	}
	/* "g1a2b3c4d5e6f": a commit, which is nobody's name */
	return hu_redact_digits(s) || hu_redact_word_stays(r, s);
}

/* "6.1.0-50-amd64" as it is; of "6.1.0-acme3" the end is somebody's. */
void hu_redact_release(struct hu_redactor *r, struct hu_str release, struct hu_out *to)
{
	while (release.len) {
		size_t n = 0;
		while (n < release.len && !strchr("-.+_~ ", release.at[n]))
			n++;
		struct hu_str piece = {release.at, n};
		if (vendor_word(r, piece) || !n)
			hu_out_str(to, piece);
		else
			hu_redact_pseudonym(r, "local", piece, to);
		if (n < release.len)
			hu_out_putc(to, release.at[n]);
		release = hu_str_skip(release, n + 1);
	}
}

void hu_redact_symbol(struct hu_redactor *r, struct hu_str symbol, bool user, struct hu_out *to)
{
	uint64_t address;

	if (hu_redact_token(symbol, &address) == HU_TOKEN_ADDRESS)
		hu_redact_run(r, symbol, to);
	else if (hu_str_starts(symbol, "bpf_prog_")) /* bpf_prog_HASH_name */
		hu_out_str(to, (struct hu_str){symbol.at, symbol.len < 25 ? symbol.len : 25});
	else if (hu_str_is(symbol, "[unknown]") || hu_str_is(symbol, "unknown") ||
		 (!user && hu_redact_identifier(symbol)))
		hu_out_str(to, symbol);
	else
		hu_redact_pseudonym(r, "fn", symbol, to);
}

/* shrinker_rwsem, rcu_state+0x38, &type->s_umount_key#33: the kernel's sources have it. */
void hu_redact_lock(struct hu_redactor *r, struct hu_str name, struct hu_out *to)
{
	if (hu_str_starts(name, "hashed ")) {
		hu_out_str(to, name);
		return;
	}
	for (size_t i = 0; i < name.len; i++)
		if (!hu_redact_wordly(name.at[i]) && !strchr("&->.#()+ /:*[]", name.at[i])) {
			hu_redact_text(r, name, to);
			return;
		}
	if (name.len && strchr("/.-+", name.at[0]))
		hu_redact_text(r, name, to);
	else
		hu_out_str(to, name);
}

/* What a row is about: "vda1", "all", "node.0", "eth0"; mount points and whatever is named. */
static void put_about(struct hu_redactor *r, struct hu_str about, struct hu_out *to)
{
	if (hu_redact_digits(about) || hu_redact_device(about))
		hu_out_str(to, about);
	else
		hu_redact_run(r, about, to);
}

/* "kswapd0-45", "thread.backup job-77" */
static void put_command(struct hu_redactor *r, struct hu_str s, struct hu_out *to)
{
	if (hu_str_starts(s, "thread.")) {
		hu_out_puts(to, "thread.");
		s = hu_str_skip(s, strlen("thread."));
	}
	size_t n = s.len;
	while (n && s.at[n - 1] != '-')
		n--;
	struct hu_str comm = {s.at, n ? n - 1 : s.len};
	hu_redact_task(r, comm, to);
	hu_out_str(to, hu_str_skip(s, comm.len));
}

/* The group's name stands between its family and the file:
 * "cgroup.system.slice/a.memory.stat.anon". */
static bool put_group(struct hu_redactor *r, struct hu_str s, struct hu_out *to)
{
	static const char *const files[] = {".memory.", ".cpu.", ".io.",     ".pids.",
					    ".memory",	".irq.", ".cpuset.", ".cgroup."};
	ptrdiff_t at = -1;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && at < 0; i++)
		for (size_t k = s.len; k-- > 0 && at < 0;)
			if (hu_str_starts(hu_str_skip(s, k), files[i]))
				at = (ptrdiff_t)k;
	if (at < 0)
		return false;
	if (at > 0)
		hu_redact_pseudonym(r, "group", (struct hu_str){s.at, (size_t)at}, to);
	hu_out_str(to, hu_str_skip(s, (size_t)at));
	return true;
}

void hu_redact_series(struct hu_redactor *r, struct hu_str series, struct hu_out *to)
{
	static const char *const own[] = {"proc.", "psi.", "free.", "vmstat.", "mpstat.", "numa."};
	static const char *const device[] = {"sar.", "iostat.", "pidstat."};
	static const char *const group[] = {"cgroup.", "psi.cgroup."};

	for (size_t i = 0; i < 2; i++)
		if (hu_str_starts(series, group[i])) {
			struct hu_str rest = hu_str_skip(series, strlen(group[i]));
			hu_out_puts(to, group[i]);
			if (!put_group(r, rest, to))
				hu_redact_run(r, rest, to);
			return;
		}
	for (size_t i = 0; i < 3; i++) {
		if (!hu_str_starts(series, device[i]))
			continue;
		hu_out_puts(to, device[i]);
		struct hu_str rest = hu_str_skip(series, strlen(device[i]));
		struct hu_str column = hu_str_split(&rest, '.');
		hu_out_str(to, column);
		if (rest.at && rest.len) {
			hu_out_putc(to, '.');
			(i == 2 ? put_command : put_about)(r, rest, to);
		}
		return;
	}
	if (hu_str_starts(series, "proc.interrupts.") || hu_str_starts(series, "proc.disk.")) {
		struct hu_str rest = hu_str_skip(series, 5), kind = hu_str_split(&rest, '.');
		hu_out_puts(to, "proc.");
		hu_out_str(to, kind);
		while (rest.len) {
			hu_out_putc(to, '.');
			put_about(r, hu_str_split(&rest, '.'), to);
		}
		return;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (hu_str_starts(series, own[i])) {
			hu_out_str(to, series);
			return;
		}
	hu_redact_text(r, series, to);
}

/* A tracepoint, a kernel function with a probe's ending, a word of ours; a probe's own name is
 * whatever somebody typed. */
void hu_redact_event(struct hu_redactor *r, struct hu_str event, struct hu_out *to)
{
	static const char *const kinds[] = {"sys_enter_",
					    "sys_exit_",
					    "syscall_entry_",
					    "syscall_exit_",
					    "syscalls:sys_",
					    "sched_",
					    "sched:",
					    "lock:",
					    "contention_",
					    "mm_",
					    "vmscan:",
					    "kmem:",
					    "kmem_",
					    "block:",
					    "block_",
					    "ext4_",
					    "ext4:",
					    "jbd2_",
					    "jbd2:",
					    "xfs_",
					    "xfs:",
					    "irq:",
					    "irq_",
					    "softirq_",
					    "timer:",
					    "timer_",
					    "hrtimer_",
					    "rcu_",
					    "rcu:",
					    "workqueue_",
					    "workqueue:",
					    "writeback",
					    "signal_",
					    "cgroup_",
					    "oom:",
					    "PERF_RECORD_",
					    "/proc/",
					    "lttng_",
					    "net_",
					    "tcp_",
					    "percpu_",
					    "compaction",
					    "migrate:",
					    "cycles",
					    "cpu-clock",
					    "task-clock",
					    "cpu_clock",
					    "instructions",
					    "context-switches",
					    "perf ",
					    "kernel "};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (hu_str_starts(event, kinds[i])) {
			hu_out_str(to, event);
			return;
		}
	struct hu_str name = event;
	static const char *const endings[] = {"__return", "_ret", "_entry", "_exit"};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (hu_str_ends(name, endings[i]) && name.len > strlen(endings[i]))
			name.len -= strlen(endings[i]);
	if (hu_redact_find(&r->functions, name))
		hu_out_str(to, event);
	else
		hu_redact_text(r, event, to);
}

/* CONFIG_LOCALVERSION="-acme": switches and numbers stay. */
void hu_redact_option(struct hu_redactor *r, struct hu_str option, struct hu_out *to)
{
	struct hu_str rest = option, name = hu_str_split(&rest, '=');
	uint64_t n;

	hu_out_str(to, name);
	if (name.len == option.len)
		return;
	hu_out_putc(to, '=');
	if (rest.len <= 1 || hu_str_u64(rest, 10, &n) || hu_str_u64(rest, 16, &n))
		hu_out_str(to, rest);
	else
		hu_redact_pseudonym(r, "text", rest, to);
}
