/*
 * Texts of many words: lines of the kernel log, sentences of readers, arguments of system calls. A
 * word stays if it is known to be no name; whatever else is replaced. What a bundle tells to be a
 * name is replaced wherever it stands.
 */
#include "db/redact_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words of their own, and halves of the names that people give to hosts and volumes. */
static bool half_of_names(struct hu_str s)
{
	static const char *const halves[] = {
		"node",	 "host", "server", "servers", "service", "services", "data",   "client",
		"guest", "test", "user",   "users",   "cluster", "master",   "site",   "cloud",
		"mail",	 "log",	 "local",  "remote",  "primary", "storage",  "volume", "volumes",
		"disk",	 "pool", "vm",	   "virt",    "compute", "gateway",  "net",    "worker",
		"main",	 "live", "stage",  "secure",  "private", "group",    "team",   "edge"};

	for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++)
		if (hu_str_is(s, halves[i]))
			return true;
	return false;
}

static bool in_words(struct hu_redactor *r, struct hu_str word)
{
	char low[32];

	if (word.len > sizeof(low))
		return false;
	for (size_t i = 0; i < word.len; i++)
		low[i] = (char)tolower((unsigned char)word.at[i]);
	return hu_redact_find(&r->words, (struct hu_str){low, word.len}) != 0;
}

/* "120s", "4kB", "10%" */
static bool amount(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && isdigit((unsigned char)s.at[n]))
		n++;
	if (!n || s.len - n > 3)
		return false;
	for (; n < s.len; n++)
		if (!isalpha((unsigned char)s.at[n]))
			return false;
	return true;
}

/* GFP_KERNEL, __GFP_COMP, CONFIG_LOCKDEP */
static bool constant(struct hu_str s)
{
	static const char *const begin[] = {
		"GFP_", "__GFP_", "CONFIG_",  "PF_",	  "CONSTRAINT_", "SIG", "MS_",	  "O_",
		"ERR_", "BIOS-",  "HARDIRQ-", "SOFTIRQ-", "RECLAIM_",	 "IN-", "CLONE_", "MNT_"};

	for (size_t i = 0; i < s.len; i++)
		if (islower((unsigned char)s.at[i]))
			return false;
	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (hu_str_starts(s, begin[i]))
			return true;
	return false;
}

/* "super_cache_scan" where nothing lists the kernel's functions: shrinkers must be known by name.
 */
static bool shrinker(struct hu_str s)
{
	return hu_redact_identifier(s) &&
	       (hu_str_ends(s, "_scan") || hu_str_ends(s, "_scan_objects"));
}

bool hu_redact_word_stays(struct hu_redactor *r, struct hu_str s)
{
	if (s.len <= 1 || hu_redact_digits(s) || in_words(r, s))
		return true;
	if (amount(s) || constant(s) || hu_redact_device(s) || shrinker(s))
		return true;
	return memchr(s.at, '_', s.len) && hu_redact_find(&r->functions, s);
}

bool hu_redact_compound_stays(struct hu_redactor *r, struct hu_str s)
{
	static const char between[] = "-_.+~#%\\";
	size_t words = 0, halves = 0;
	struct hu_str rest = s;

	if (hu_redact_word_stays(r, s) || hu_redact_is_pseudonym(s))
		return true;
	while (rest.len) {
		size_t n = 0;
		while (n < rest.len && !strchr(between, rest.at[n]))
			n++;
		struct hu_str piece = {rest.at, n};
		if (n && (!hu_redact_word_stays(r, piece) || hu_redact_find(&r->secrets, piece)))
			return false;
		words += n > 0;
		halves += half_of_names(piece);
		rest = hu_str_skip(rest, n + 1);
	}
	return words < 2 || !halves;
}

static bool put_known(struct hu_redactor *r, struct hu_str s, struct hu_out *to)
{
	uint32_t id = hu_redact_find(&r->secrets, s);

	if (id)
		hu_out_puts(to, r->for_secret[id - 1]);
	return id != 0;
}

/* One word, without colons and slashes. */
static void put_word(struct hu_redactor *r, struct hu_str s, struct hu_out *to)
{
	struct hu_str end, dot;

	if (!s.len || put_known(r, s, to))
		return;
	while (s.len && strchr("-+.#%~\\", s.at[0])) {
		hu_out_putc(to, s.at[0]);
		s = hu_str_skip(s, 1);
	}
	end = hu_str_skip(s, s.len);
	while (s.len && strchr("-+.#%~\\", s.at[s.len - 1]))
		s.len--;
	end.len = (size_t)(end.at - (s.at + s.len));
	end.at = s.at + s.len;
	dot = s;
	struct hu_str major = hu_str_split(&dot, '.'), minor = hu_str_split(&dot, '.');
	if (major.len > 1 && major.at[0] == 'v') /* v0.17.0 */
		major = hu_str_skip(major, 1);
	if (!s.len || put_known(r, s, to))
		;
	else if (hu_redact_compound_stays(r, s))
		hu_out_str(to, s);
	else if (hu_redact_digits(major) && minor.len && isdigit((unsigned char)minor.at[0]))
		hu_redact_release(r, s, to);
	else
		hu_redact_pseudonym(r, "word", s, to);
	hu_out_str(to, end);
}

void hu_redact_run(struct hu_redactor *r, struct hu_str s, struct hu_out *to)
{
	static const char *const prefixes[] = {[HU_TOKEN_IP] = "ip",
					       [HU_TOKEN_MAC] = "mac",
					       [HU_TOKEN_UUID] = "uuid",
					       [HU_TOKEN_ID] = "id"};
	struct hu_str whole = s;
	uint64_t address;

	if (!s.len || put_known(r, s, to))
		return;
	while (s.len && strchr(".,:-", s.at[s.len - 1]))
		s.len--;
	while (s.len > 1 && s.at[0] == ':' && s.at[1] != ':') {
		hu_out_putc(to, ':');
		s = hu_str_skip(s, 1);
	}
	enum hu_token token = s.len ? hu_redact_token(s, &address) : HU_TOKEN_PLAIN;
	if (token == HU_TOKEN_PLAIN || (s.len && put_known(r, s, to))) {
		if (token == HU_TOKEN_PLAIN)
			hu_out_str(to, s);
	} else if (token == HU_TOKEN_ADDRESS) {
		hu_out_printf(to, "%s%016llx", hu_str_starts(s, "0x") ? "0x" : "",
			      (unsigned long long)(address + (uint64_t)r->shift));
	} else if (token != HU_TOKEN_OTHER) {
		hu_redact_pseudonym(r, prefixes[token], s, to);
	} else if (memchr(s.at, '@', s.len)) {
		hu_redact_pseudonym(r, "addr", s, to);
	} else if (memchr(s.at, '/', s.len)) {
		hu_redact_path(r, s, to);
	} else if (memchr(s.at, ':', s.len)) {
		struct hu_str rest = s;
		while (rest.len) {
			struct hu_str one = hu_str_split(&rest, ':');
			if (hu_redact_token(one, &address) != HU_TOKEN_OTHER)
				hu_redact_run(r, one, to);
			else
				put_word(r, one, to);
			if (one.at + one.len < rest.at)
				hu_out_putc(to, ':');
		}
	} else {
		put_word(r, s, to);
	}
	hu_out_str(to, hu_str_skip(whole, (size_t)(s.at - whole.at) + s.len));
}

/* Bytes of a run: what else there is parts words. */
static bool runs(char c)
{
	return hu_redact_wordly(c) || (unsigned char)c >= 0x80 || (c && strchr("-.:/@%+#~\\", c));
}

/* Is what stands at `at` named as a task by the words before or behind it? */
static bool told(struct hu_str text, size_t at)
{
	static const char *const before[] = {"Comm: ", "comm ", "comm: ", "comm=", "comm=\"",
					     "task ",  "task=", "task:",  "owner "};
	struct hu_str head = {text.at, at};
	size_t n = at;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (hu_str_ends(head, before[i]))
			return true;
	if (n && text.at[n - 1] == '(') { /* "process 184 (" */
		n--;
		while (n && (text.at[n - 1] == ' ' || isdigit((unsigned char)text.at[n - 1])))
			n--;
		return hu_str_ends((struct hu_str){text.at, n}, "rocess");
	}
	return at == 0 && hu_str_find(text, " invoked oom-killer") > 0;
}

/* A name that begins at `at` and ends where a word does; the longest. Its length, or 0. */
static size_t put_secret(struct hu_redactor *r, struct hu_str text, size_t at, struct hu_out *to)
{
	enum { LONGEST = 256 };
	struct hu_str rest = hu_str_skip(text, at);
	bool weak = told(text, at);
	size_t best = 0;
	const char *with = NULL;

	if (!weak &&
	    !hu_redact_find(&r->starts, (struct hu_str){rest.at, hu_redact_first_word(rest)}))
		return 0;
	for (size_t n = 1; n <= rest.len && n <= LONGEST; n++) {
		if (n < rest.len && hu_redact_wordly(rest.at[n]) &&
		    hu_redact_wordly(rest.at[n - 1]))
			continue;
		struct hu_str name = {rest.at, n};
		uint32_t id = hu_redact_find(&r->secrets, name);
		if (id)
			with = r->for_secret[id - 1];
		uint32_t other = !id && weak ? hu_redact_find(&r->weak, name) : 0;
		if (other)
			with = r->for_weak[other - 1];
		if (id || other)
			best = n;
	}
	if (best)
		hu_out_puts(to, with);
	return best;
}

/* Lock classes and what lockdep calls them: "(&examplefs_ilock){++++}", "lock(&examplefs_ilock);"
 */
static bool lock_class(struct hu_str text, size_t from, size_t to)
{
	struct hu_str head = {text.at, from}, tail = hu_str_skip(text, to);

	return hu_str_starts(tail, "){") || hu_str_ends(head, "lock(") ||
	       hu_str_ends(head, "lock(&");
}

static bool serial(struct hu_str text, size_t at)
{
	static const char *const words[] = {"serial", "serialnumber", "serial number", "s/n",
					    "sn",     "serial no",    "asset tag"};
	char low[24];
	size_t n = at;

	while (n && strchr(" :=#.\"'", text.at[n - 1]))
		n--;
	if (n == at)
		return false;
	size_t len = n < sizeof(low) - 1 ? n : sizeof(low) - 1;
	for (size_t i = 0; i < len; i++)
		low[i] = (char)tolower((unsigned char)text.at[n - len + i]);
	struct hu_str end = {low, len};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_str_ends(end, words[i]) &&
		    (end.len == strlen(words[i]) ||
		     !hu_redact_wordly(low[end.len - strlen(words[i]) - 1])))
			return at - n > 1 || text.at[n] != ' ';
	return false;
}

/* Behind "Kernel command line: ", and of the parameters that the kernel does not know: all of it.
 */
static bool put_command_line(struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	static const char *const before[] = {"ommand line: ", "ommand line parameters "};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		ptrdiff_t at = hu_str_find(text, before[i]);
		size_t n = at < 0 ? 0 : (size_t)at + strlen(before[i]);
		if (!n || n > 40 || n == text.len)
			continue;
		hu_out_bytes(to, text.at, n);
		hu_redact_pseudonym(r, "text", hu_str_skip(text, n), to);
		return true;
	}
	return false;
}

void hu_redact_text(struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	if (put_command_line(r, text, to))
		return;
	for (size_t i = 0, n; i < text.len; i += n) {
		bool begins = !i || !hu_redact_wordly(text.at[i - 1]);
		n = begins ? put_secret(r, text, i, to) : 0;
		if (n)
			continue;
		n = 1;
		if (!runs(text.at[i])) {
			hu_out_putc(to, text.at[i]);
			continue;
		}
		while (i + n < text.len && runs(text.at[i + n]))
			n++;
		struct hu_str run = {text.at + i, n};
		if (lock_class(text, i, i + n) && hu_redact_identifier(run))
			hu_out_str(to, run);
		else if (serial(text, i))
			hu_redact_pseudonym(r, "serial", run, to);
		else
			hu_redact_run(r, run, to);
	}
}

static bool filesystem(struct hu_str s)
{
	static const char *const names[] = {
		"tmpfs",   "overlay", "ext4",	"ext3",	     "ext2",	 "xfs",	    "btrfs",
		"proc",	   "sysfs",   "devpts", "mqueue",    "cgroup",	 "cgroup2", "devtmpfs",
		"nfs",	   "nfs4",    "fuse",	"vfat",	     "bind",	 "none",    "securityfs",
		"tracefs", "debugfs", "bpf",	"hugetlbfs", "squashfs", "ramfs",   "nsfs",
		"autofs",  "shm",     "",	"rw",	     "ro"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hu_str_is(s, names[i]))
			return true;
	return false;
}

/* Arguments of a system call: what stands in quotes is somebody's, unless it is a file system. */
void hu_redact_detail(struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	while (text.len) {
		size_t n = 0;
		while (n < text.len && text.at[n] != '"')
			n++;
		hu_redact_text(r, (struct hu_str){text.at, n}, to);
		if (n == text.len)
			return;
		text = hu_str_skip(text, n + 1);
		for (n = 0; n < text.len && text.at[n] != '"'; n++)
			n += text.at[n] == '\\';
		if (n > text.len)
			n = text.len;
		struct hu_str inside = {text.at, n};
		hu_out_putc(to, '"');
		if (filesystem(inside))
			hu_out_str(to, inside);
		else if (memchr(inside.at, '/', inside.len))
			hu_redact_text(r, inside, to);
		else
			hu_redact_pseudonym(r, "text", inside, to);
		if (n < text.len)
			hu_out_putc(to, '"');
		text = hu_str_skip(text, n + 1);
	}
}

static void learn(struct hu_redactor *r, struct hu_str comm)
{
	enum { COMM_MAX = 15 }; /* TASK_COMM_LEN; workers' names are longer, and stay */
	HU_CLEANUP(hu_out_deinit) struct hu_out with = {0};

	comm = hu_str_trim(comm);
	if (!comm.len || comm.len > COMM_MAX || hu_redact_task_stays(r, comm))
		return;
	hu_redact_task(r, comm, &with);
	hu_redact_secret(r, comm, with.at);
}

/* What stands between `from` and the first of the ends that is there. */
static void learn_between(struct hu_redactor *r, struct hu_str line, const char *from,
			  const char *const *ends)
{
	ptrdiff_t at = hu_str_find(line, from);

	if (at < 0)
		return;
	struct hu_str rest = hu_str_skip(line, (size_t)at + strlen(from));
	for (; *ends; ends++) {
		ptrdiff_t end = hu_str_find(rest, *ends);
		if (end <= 0)
			continue;
		learn(r, (struct hu_str){rest.at, (size_t)end});
		return;
	}
}

void hu_redact_learn(struct hu_redactor *r, struct hu_str line)
{
	static const char *const tainted[] = {" Not tainted", " Tainted:", " Kdump:", NULL};
	static const char *const killed[] = {") total-vm", "), ", ")", NULL};
	static const char *const pid[] = {",pid=", NULL};
	static const char *const state[] = {" state:", NULL};
	static const char *const owner[] = {":", NULL};

	learn_between(r, line, "Comm: ", tainted);
	learn_between(r, line, ",task=", pid);
	learn_between(r, line, "task:", state);
	learn_between(r, line, "likely owned by task ", owner);
	ptrdiff_t at = hu_str_find(line, "rocess ");
	if (at >= 0) {
		struct hu_str rest = hu_str_skip(line, (size_t)at + strlen("rocess "));
		while (rest.len && isdigit((unsigned char)rest.at[0]))
			rest = hu_str_skip(rest, 1);
		if (hu_str_starts(rest, " ("))
			learn_between(r, rest, " (", killed);
	}
	at = hu_str_find(line, " invoked oom-killer");
	if (at > 0)
		learn(r, (struct hu_str){line.at, (size_t)at});
	at = hu_str_find(line, " blocked for more than");
	ptrdiff_t task = hu_str_find(line, "task ");
	if (at > 0 && task >= 0 && task < at) {
		struct hu_str name = {line.at + task + 5, (size_t)(at - task) - 5};
		while (name.len && name.at[name.len - 1] != ':')
			name.len--;
		if (name.len)
			learn(r, (struct hu_str){name.at, name.len - 1});
	}
}
