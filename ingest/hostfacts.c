/*
 * Which kernel, which distribution, which boot parameters: uname -a, /proc/version, os-release,
 * /proc/cmdline. One reader per kind, told apart by content, since people name such files as they
 * like.
 */
#include "ingest/factfile.h"

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* uname -------------------------------------------------------------------------------------- */

struct uname {
	struct hu_str host, release, version, arch;
};

static bool is_release(struct hu_str s)
{
	size_t dots = 0;

	if (!s.len || s.at[0] < '1' || s.at[0] > '9')
		return false;
	for (size_t i = 0; i < s.len; i++)
		dots += s.at[i] == '.';
	return dots > 0;
}

static struct hu_str last_word(struct hu_str *s)
{
	*s = hu_str_trim(*s);
	size_t from = s->len;

	while (from && s->at[from - 1] != ' ')
		from--;
	struct hu_str word = hu_str_skip(*s, from);
	s->len = from;
	return word;
}

static bool is_arch(struct hu_str s)
{
	static const char *const names[] = {
		"x86_64", "i386",   "i486",    "i586",	  "i686",  "aarch64", "armv6l",
		"armv7l", "armv8l", "ppc64",   "ppc64le", "s390x", "riscv64", "loongarch64",
		"mips",	  "mips64", "sparc64", "ia64",	  "alpha", "unknown"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hu_str_is(s, names[i]))
			return true;
	return false;
}

/* "Linux guest 6.1.0 #1 SMP … x86_64 GNU/Linux", as coreutils prints it with -a. */
static bool parse_uname(struct hu_str s, struct uname *ret)
{
	struct uname u = {0};

	if (!hu_str_is(hu_str_word(&s), "Linux"))
		return false;
	u.host = hu_str_word(&s);
	u.release = hu_str_word(&s);
	s = hu_str_trim(s);
	if (!is_release(u.release) || !hu_str_starts(s, "#"))
		return false;
	struct hu_str version = s, word = last_word(&version);
	if (hu_str_is(word, "GNU/Linux") || hu_str_is(word, "Linux"))
		word = last_word(&version);
	else
		version = s, word = last_word(&version);
	if (!is_arch(word))
		return false;
	/* machine, processor, hardware platform: some distributions print all three */
	for (struct hu_str shorter = version; is_arch(word); word = last_word(&shorter)) {
		if (!hu_str_is(word, "unknown"))
			u.arch = word;
		version = shorter;
	}
	u.version = hu_str_trim(version);
	*ret = u;
	return u.version.len > 0;
}

/* "Linux version 6.1.0 (builder) (compiler) #1 SMP …": fs/proc/version.c */
static bool parse_version(struct hu_str s, struct uname *ret)
{
	struct uname u = {0};

	if (!hu_str_starts(s, "Linux version "))
		return false;
	s = hu_str_skip(s, 14);
	u.release = hu_str_word(&s);
	ptrdiff_t at = hu_str_find(s, ") #");
	if (!is_release(u.release) || at < 0)
		return false;
	u.version = hu_str_skip(s, (size_t)at + 2);
	*ret = u;
	return true;
}

static bool uname_line(struct hu_factfile_walk *w, struct hu_str line)
{
	struct uname u;

	if (!parse_uname(line, &u) && !parse_version(line, &u))
		return false;
	hu_factfile_once(w, 0, "kernel.release", u.release);
	hu_factfile_once(w, 1, "kernel.version", u.version);
	hu_factfile_once(w, 2, "kernel.arch", u.arch);
	hu_factfile_once(w, 3, "hostname", u.host);
	return true;
}

static struct hu_err *uname_read(const char *path, struct hu_sink *to)
{
	return hu_factfile_read(path, to, uname_line, "uname -a or /proc/version line");
}

static enum hu_match uname_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct uname u;

	if (in->is_dir || !hu_factfile_head_line(in, &rest, &line) ||
	    (!parse_uname(line, &u) && !parse_version(line, &u)))
		return HU_MATCH_NO;
	/* A boot log begins with the same words. */
	while (hu_factfile_head_line(in, &rest, &line))
		if (!parse_uname(line, &u) && !parse_version(line, &u))
			return HU_MATCH_NO;
	return HU_MATCH_LIKELY;
}

/* os-release --------------------------------------------------------------------------------- */

static bool assignment(struct hu_str line, struct hu_str *key, struct hu_str *value)
{
	*value = line;
	*key = hu_str_split(value, '=');
	if (!key->len || key->len == line.len)
		return false;
	for (size_t i = 0; i < key->len; i++)
		if (!word_char(key->at[i]))
			return false;
	if (!value->len || (value->at[0] != '"' && value->at[0] != '\''))
		return true;
	/* os-release(5): as in a shell; a quote within has a backslash. What is quoted in part, or
	 * goes on behind, is no line that anybody wrote. */
	char quote = value->at[0];
	if (value->len < 2 || value->at[value->len - 1] != quote)
		return false;
	*value = (struct hu_str){value->at + 1, value->len - 2};
	for (size_t i = 0; i < value->len; i++) {
		if (value->at[i] == quote)
			return false;
		i += quote == '"' && value->at[i] == '\\';
	}
	return true;
}

static bool osrelease_line(struct hu_factfile_walk *w, struct hu_str line)
{
	static const struct {
		const char *key, *fact;
	} keys[] = {
		{"PRETTY_NAME", "os.pretty_name"}, {"ID", "os.id"},
		{"VERSION_ID", "os.version_id"},   {"VERSION_CODENAME", "os.version_codename"},
		{"ID_LIKE", "os.id_like"},
	};
	struct hu_str key, value;

	if (line.at[0] == '#')
		return true;
	if (!assignment(line, &key, &value))
		return false;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (hu_str_is(key, keys[i].key))
			hu_factfile_once(w, i, keys[i].fact, value);
	return true;
}

static struct hu_err *osrelease_read(const char *path, struct hu_sink *to)
{
	return hu_factfile_read(path, to, osrelease_line, "KEY=value line");
}

static enum hu_match osrelease_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line, key, value;
	bool id = false, name = false;
	unsigned good = 0, bad = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (hu_factfile_head_line(in, &rest, &line)) {
		if (line.at[0] == '#')
			continue;
		if (!assignment(line, &key, &value)) {
			bad++;
			continue;
		}
		good++;
		id |= hu_str_is(key, "ID");
		name |= hu_str_is(key, "PRETTY_NAME") || hu_str_is(key, "NAME");
	}
	return id && name && bad * 4 <= good ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

/* /proc/cmdline ------------------------------------------------------------------------------ */

/* Words of which one line with one or two is a kernel's command line and nothing else. */
static unsigned boot_words(struct hu_str line)
{
	static const char *const begins[] = {
		"BOOT_IMAGE=",
		"root=",
		"console=",
		"initrd=",
		"crashkernel=",
		"mitigations=",
		"rootflags=",
		"rootfstype=",
		"init=",
		"panic=",
		"clocksource=",
		"tsc=",
		"net.ifnames=",
		"rd.",
		"systemd.",
		"intel_iommu=",
		"isolcpus=",
		"nohz_full=",
		"transparent_hugepage=",
		"cgroup_",
		"earlyprintk=",
		"loglevel=",
		"audit=",
		"selinux=",
		"apparmor=",
	};
	static const char *const whole[] = {"ro",      "rw",	"quiet", "splash",
					    "nokaslr", "nosmt", "debug"};
	unsigned found = 0;
	struct hu_str word;

	while ((word = hu_str_word(&line)).len) {
		for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
			found += hu_str_starts(word, begins[i]);
		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			found += hu_str_is(word, whole[i]);
	}
	return found;
}

static bool cmdline_line(struct hu_factfile_walk *w, struct hu_str line)
{
	if (w->seen || !boot_words(line))
		return false;
	hu_factfile_once(w, 0, "cmdline", line);
	return true;
}

static struct hu_err *cmdline_read(const char *path, struct hu_sink *to)
{
	return hu_factfile_read(path, to, cmdline_line, "kernel command line");
}

static enum hu_match cmdline_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line, second;

	if (in->is_dir || !hu_factfile_head_line(in, &rest, &line) ||
	    hu_factfile_head_line(in, &rest, &second) || !hu_factfile_is_text(line))
		return HU_MATCH_NO;
	unsigned need = hu_str_find(hu_str(in->path), "cmdline") >= 0 ? 1 : 2;
	struct hu_str words = line, first = hu_str_word(&words);
	/* A shell line ("dracut --kernel-cmdline …") begins with a program. */
	if (!boot_words(first) && hu_str_find(first, "=") < 0)
		return HU_MATCH_NO;
	return boot_words(line) >= need ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_uname = {
	.name = "uname",
	.reads = "uname -a, /proc/version",
	.clock = HU_CLOCK_NONE,
	.probe = uname_probe,
	.read = uname_read,
};

const struct hu_reader_ops hu_reader_osrelease = {
	.name = "osrelease",
	.reads = "os-release",
	.clock = HU_CLOCK_NONE,
	.probe = osrelease_probe,
	.read = osrelease_read,
};

const struct hu_reader_ops hu_reader_cmdline = {
	.name = "cmdline",
	.reads = "/proc/cmdline",
	.clock = HU_CLOCK_NONE,
	.probe = cmdline_probe,
	.read = cmdline_read,
};
