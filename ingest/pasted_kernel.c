/*
 * Which kernel a text is about, and the heads of the tables and commands in it. Narrow: a version
 * that may be somebody else's kernel (where a fix landed) is not taken.
 */
#include "ingest/pasted_parts.h"

#include <ctype.h>
#include <string.h>

static bool is_ident(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "5.4", "5.4.251", "6.1.0-rc3", "5.4.0-150-generic" at the start of s; its parts in *numbers. */
static size_t version_len(struct hu_str s, int *numbers, bool *flavoured)
{
	size_t i = 0;
	uint64_t major = 0;

	*numbers = 0;
	*flavoured = false;
	while (i < s.len && is_digit(s.at[i])) {
		size_t from = i;
		while (i < s.len && is_digit(s.at[i]))
			i++;
		if (i - from > 4)
			return 0;
		if (!(*numbers)++)
			hu_str_u64((struct hu_str){s.at + from, i - from}, 10, &major);
		if (*numbers == 3 || i + 1 >= s.len || s.at[i] != '.' || !is_digit(s.at[i + 1]))
			break;
		i++;
	}
	if (*numbers < 2 || major < 2 || major > 15)
		return 0;
	if (i + 1 < s.len && (s.at[i] == '-' || s.at[i] == '+') && is_ident(s.at[i + 1])) {
		while (i < s.len && (is_ident(s.at[i]) || strchr("-.+~", s.at[i])))
			i++;
		while (strchr("-.+~", s.at[i - 1]))
			i--;
		*flavoured = true;
	}
	return i;
}

/* Sentences about where a fix landed name kernels that nobody ran. */
static bool about_a_fix(struct hu_str line)
{
	static const char *const words[] = {
		"fix",	 "merge",    "upstream", "mainline",
		"since", "backport", "patch",	 "Fix",
		"Merge", "landed",   "until",	 "before",
		"after", "later",    "upgrade",	 "\xe5\x90\x88\xe5\x85\xa5",
		"newer", "older",    NULL,
	};

	for (const char *const *w = words; *w; w++)
		if (hu_str_find(line, *w) >= 0)
			return true;
	return false;
}

static bool known_flavour(struct hu_str release)
{
	static const char *const parts[] = {
		"generic", "amd64", ".el7",  ".el8",	".el9",	      ".el1",	".fc",	   "azure",
		"-aws",	   "-gcp",  "cloud", "default", "lts",	      "x86_64", "aarch64", "arm64",
		".amzn",   ".an",   ".oe",   ".tl",	"lowlatency", "oracle", "uek",	   NULL,
	};

	for (const char *const *p = parts; *p; p++)
		if (hu_str_find(release, *p) >= 0)
			return true;
	return false;
}

static void state(struct hu_pasted_kernel *k, int rank, struct hu_str release, const char *how,
		  uint64_t pos)
{
	k->seen++;
	if (rank < k->rank)
		return;
	if (rank == k->rank) {
		if (!hu_str_eq(release, hu_out_view(&k->release)) && !k->conflict) {
			k->conflict = true;
			hu_out_str(&k->other, release);
		}
		return;
	}
	k->rank = rank;
	k->pos = pos;
	k->conflict = false;
	hu_out_clear(&k->release);
	hu_out_clear(&k->other);
	hu_out_str(&k->release, release);
	hu_out_clear(&k->how);
	hu_out_puts(&k->how, how);
}

enum { RANK_LINK = 1, RANK_WORDS, RANK_UNAME };

/* Every "word VERSION" of the line, and every flavoured version alone. */
static void versions_of(struct hu_pasted_kernel *k, struct hu_str line, uint64_t pos)
{
	bool fix = about_a_fix(line);

	for (size_t i = 0; i < line.len; i++) {
		int numbers;
		bool flavoured;
		if (!is_digit(line.at[i]) ||
		    (i && (is_ident(line.at[i - 1]) || strchr(".-/@=~", line.at[i - 1])) &&
		     !(line.at[i - 1] == 'v' && (i == 1 || !is_ident(line.at[i - 2])))))
			continue;
		size_t n = version_len(hu_str_skip(line, i), &numbers, &flavoured);
		if (!n) {
			while (i < line.len && (is_ident(line.at[i]) || line.at[i] == '.'))
				i++;
			continue;
		}
		struct hu_str release = {line.at + i, n};
		struct hu_str before = hu_str_trim((struct hu_str){line.at, i});
		if (hu_str_ends(before, " v") || hu_str_is(before, "v"))
			before = hu_str_trim((struct hu_str){before.at, before.len - 1});
		if (hu_str_ends(before, "version"))
			before = hu_str_trim((struct hu_str){before.at, before.len - 7});
		while (before.len && strchr(":=", before.at[before.len - 1]))
			before = hu_str_trim((struct hu_str){before.at, before.len - 1});
		bool named = hu_str_ends(before, "Linux") || hu_str_ends(before, "linux") ||
			     hu_str_ends(before, "kernel") || hu_str_ends(before, "Kernel") ||
			     hu_str_ends(before, "uname -r") ||
			     hu_str_ends(before, "\xe5\x86\x85\xe6\xa0\xb8");
		if (flavoured && numbers == 3 && (named || known_flavour(release)) && !fix)
			state(k, RANK_UNAME, release, "stated in text", pos);
		else if (named && numbers == 3 && !fix)
			state(k, RANK_WORDS, release, "stated in text", pos);
		i += n;
	}
}

void hu_pasted_kernel_deinit(struct hu_pasted_kernel *k)
{
	hu_out_deinit(&k->release);
	hu_out_deinit(&k->how);
	hu_out_deinit(&k->other);
}

void hu_pasted_kernel_take(struct hu_pasted_kernel *k, struct hu_str line, uint64_t pos)
{
	if (line.len > 65536)
		line.len = 65536;
	/* A link into the source of one release: elixir.bootlin.com/linux/v5.4.251/source/… */
	struct hu_str rest = line;
	for (ptrdiff_t at; (at = hu_str_find(rest, "linux/v")) >= 0;) {
		int numbers;
		bool flavoured;
		rest = hu_str_skip(rest, (size_t)at + 7);
		size_t n = version_len(rest, &numbers, &flavoured);
		if (n && n < rest.len && rest.at[n] == '/' && numbers >= 2)
			state(k, RANK_LINK, (struct hu_str){rest.at, n},
			      "stated in text: a link to the source of this release", pos);
	}
	versions_of(k, line, pos);
}

void hu_pasted_kernel_end(struct hu_pasted_kernel *k, struct hu_sink *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};

	if (!k->rank)
		return;
	if (k->conflict) {
		hu_out_printf(&how, "the text names several kernels: %s, %s", k->release.at,
			      k->other.at);
		hu_put_fact(to, "kernel.release.how", hu_out_view(&how));
		return;
	}
	hu_out_printf(&how, "%s, line %llu", k->how.at, (unsigned long long)k->pos);
	hu_put_fact(to, "kernel.release", hu_out_view(&k->release));
	hu_put_fact(to, "kernel.release.how", hu_out_view(&how));
}

bool hu_pasted_kernel_only(struct hu_str text)
{
	struct hu_str line;
	bool stated = false;
	int lines = 0;

	while (hu_str_line(&text, &line)) {
		int numbers;
		bool flavoured;
		line = hu_str_trim(line);
		if (!line.len)
			continue;
		if (++lines > 2)
			return false;
		static const char *const words[] = {
			"Linux ", "Kernel: ", "kernel: ", "Kernel ", "kernel ", NULL};
		for (const char *const *w = words; *w; w++) {
			if (!hu_str_starts(line, *w))
				continue;
			struct hu_str rest = hu_str_trim(hu_str_skip(line, strlen(*w)));
			size_t n = version_len(rest, &numbers, &flavoured);
			rest = hu_str_skip(rest, n);
			/* "Linux 6.1.0 (host) 11/22/26 _x86_64_ (2 CPU)" is sar's banner. */
			stated |= n && numbers == 3 && (!rest.len || rest.at[0] == '.') &&
				  rest.len < 2;
		}
	}
	return stated;
}

bool hu_pasted_sar_header(struct hu_str line)
{
	static const char *const columns[] = {
		"pgpgin/s", "pgscank/s", "kbmemfree", "pswpin/s",
		"%iowait",  "runq-sz",	 "pgsteal/s", NULL,
	};
	int known = 0, rates = 0;

	for (int i = 0; i < 32; i++) {
		struct hu_str word = hu_str_word(&line);
		if (!word.len)
			break;
		rates += hu_str_ends(word, "/s") || hu_str_starts(word, "%") ||
			 hu_str_starts(word, "kb");
		for (const char *const *c = columns; *c; c++)
			known += hu_str_is(word, *c);
	}
	return known && rates >= 3;
}

bool hu_pasted_funcslower(struct hu_str line)
{
	line = hu_str_trim(line);
	if (hu_str_starts(line, "$ ") || hu_str_starts(line, "# "))
		line = hu_str_skip(line, 2);
	struct hu_str tool = hu_str_word(&line);
	if (hu_str_is(tool, "sudo"))
		tool = hu_str_word(&line);
	while (memchr(tool.at ? tool.at : "", '/', tool.len))
		hu_str_split(&tool, '/');
	if (!hu_str_is(tool, "funcslower") && !hu_str_is(tool, "funcslower-bpfcc") &&
	    !hu_str_is(tool, "funcslower.py"))
		return false;
	/* A command has a function to look at; "funcslower is a tool" is prose. */
	struct hu_str first = hu_str_word(&line);
	return first.len && (first.at[0] == '-' || memchr(first.at, '_', first.len));
}
