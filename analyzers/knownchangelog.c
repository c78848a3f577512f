/*
 * What the changelogs in the bundle say of the library's fixes. A changelog has up to 60,000
 * entries, the library some hundred commits: one pass over the entries, each looked up among the
 * sorted names of what is sought. Done at most once per analysis, and only if an entry fits an
 * incident.
 */
#include "analyzers/knownlib.h"
#include "db/rows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "s" and a subject without case and punctuation, "c" and a CVE, "h" and 12 digits of a hash. */
struct sought {
	char *key;
	struct hu_named found, undone;
};

struct hu_changelog {
	struct sought *at;
	size_t count;
	char *running;	       /* the kernel's version as its packages count; NULL: not known */
	struct hu_out why_not; /* the last changelog that could not be used, and why */
};

static void named_deinit(struct hu_named *n)
{
	free(n->version);
	free(n->path);
}

void hu_changelog_destroy(struct hu_changelog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->at[i].key);
		named_deinit(&c->at[i].found);
		named_deinit(&c->at[i].undone);
	}
	free(c->at);
	free(c->running);
	hu_out_deinit(&c->why_not);
	free(c);
}

/* Letters and digits, lower case, one blank between words: "x86/bugs: Make" is "x86 bugs make". */
static void plain(struct hu_str text, char kind, struct hu_out *to)
{
	hu_out_clear(to);
	hu_out_putc(to, kind);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (isalnum(c) || c == '_')
			hu_out_putc(to, (char)tolower(c));
		else if (to->len > 1 && to->at[to->len - 1] != ' ')
			hu_out_putc(to, ' ');
	}
	while (to->len > 1 && to->at[to->len - 1] == ' ')
		to->at[--to->len] = '\0';
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct sought *)a)->key, ((const struct sought *)b)->key);
}

static struct sought *look_up(const struct hu_changelog *c, const char *key)
{
	struct sought want = {.key = (char *)(uintptr_t)key};

	return c->count ? bsearch(&want, c->at, c->count, sizeof(want), by_key) : NULL;
}

static void seek(struct hu_changelog *c, struct hu_str text, char kind)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	plain(text, kind, &key);
	if (key.len < 5)
		return;
	c->at = hu_realloc(c->at, (c->count + 1) * sizeof(*c->at));
	c->at[c->count++] = (struct sought){.key = hu_strdup(hu_out_view(&key))};
}

static struct hu_str hash_of(const cJSON *commit)
{
	struct hu_str hash = hu_str(hu_known_text(commit, "hash"));

	return (struct hu_str){hash.at, hash.len < 12 ? 0 : 12};
}

static void seek_all(struct hu_changelog *c, const struct hu_known_lib *lib)
{
	for (size_t i = 0; i < lib->count; i++) {
		const cJSON *json = lib->entries[i].json;
		for (const cJSON *commit = hu_known_first(hu_known_item(json, "commits")); commit;
		     commit = commit->next) {
			seek(c, hu_str(hu_known_text(commit, "subject")), 's');
			seek(c, hash_of(commit), 'h');
		}
		for (const cJSON *cve = hu_known_first(hu_known_item(json, "cves")); cve;
		     cve = cve->next)
			seek(c, hu_str(cve->valuestring), 'c');
	}
	if (c->count)
		qsort(c->at, c->count, sizeof(*c->at), by_key);
	size_t n = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (n && !strcmp(c->at[n - 1].key, c->at[i].key))
			free(c->at[i].key);
		else
			c->at[n++] = c->at[i];
	}
	c->count = n;
}

/* One source of the bundle and one entry in it. */
struct place {
	struct hu_str path, version;
	int64_t line;
	enum hu_named_how how;
};

/* Entries come newest first: of equals the first counts, and a sure one more than any other. */
static void note(struct hu_named *n, const struct place *at)
{
	if (n->how >= at->how)
		return;
	named_deinit(n);
	*n = (struct hu_named){at->how, hu_strdup(at->version), hu_strdup(at->path), at->line};
}

static void try_text(struct hu_changelog *c, struct hu_str text, const struct place *at,
		     struct hu_out *key)
{
	plain(text, 's', key);
	struct sought *s = look_up(c, key->at);
	if (s)
		note(&s->found, at);
	if (!strncmp(key->at, "srevert ", 8)) {
		key->at[7] = 's';
		s = look_up(c, key->at + 7);
		if (s)
			note(&s->undone, at);
	}
}

/* The opening bracket that belongs to the closing one at the end of `s`, or -1. */
static ptrdiff_t group_at_end(struct hu_str s)
{
	static const char close[] = ")]}", open[] = "([{";
	const char *kind = s.len ? strchr(close, s.at[s.len - 1]) : NULL;
	int depth = 0;

	for (size_t i = s.len; kind && i-- > 0;) {
		depth += s.at[i] == *kind;
		depth -= s.at[i] == open[kind - close];
		if (!depth)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* "[mm] vmscan: … (Author) [1234567] {CVE-…}": as it is, without what stands behind, group by
 * group, and all of these without the tag in front. */
static void try_subject(struct hu_changelog *c, struct hu_str text, const struct place *at)
{
	enum { MOST_GROUPS = 6 };
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	for (int groups = 0; groups <= MOST_GROUPS; groups++) {
		text = hu_str_trim(text);
		while (text.len && strchr(".,;", text.at[text.len - 1]))
			text.len--;
		try_text(c, text, at, &key);
		if (text.len && text.at[0] == '[' && memchr(text.at, ']', text.len)) {
			struct hu_str rest = text;
			hu_str_split(&rest, ']');
			try_text(c, rest, at, &key);
		}
		ptrdiff_t open = group_at_end(text);
		if (open <= 0)
			return;
		text.len = (size_t)open;
	}
}

static size_t hex_run(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && isxdigit((unsigned char)s.at[n]))
		n++;
	return n;
}

/* CVE numbers and commit hashes, anywhere in the entry. */
static void try_marks(struct hu_changelog *c, struct hu_str text, const struct place *at)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	for (size_t i = 0; i < text.len;) {
		struct hu_str rest = hu_str_skip(text, i);
		size_t n = 1;
		char kind = 0;
		if (hu_str_starts(rest, "CVE-")) {
			for (n = 4; n < rest.len &&
				    (isdigit((unsigned char)rest.at[n]) || rest.at[n] == '-');)
				n++;
			kind = 'c';
		} else if (isalnum((unsigned char)rest.at[0])) {
			size_t hex = hex_run(rest);
			while (n < rest.len && isalnum((unsigned char)rest.at[n]))
				n++;
			kind = hex == n && n >= 12 && n <= 40 ? 'h' : 0;
		}
		if (kind) {
			plain((struct hu_str){rest.at, kind == 'h' ? 12 : n}, kind, &key);
			struct sought *s = look_up(c, key.at);
			if (s)
				note(&s->found, at);
		}
		i += n;
	}
}

/* "…el9uek" and "…el9" are two kernels of one base version; most versions of packages name nobody.
 */
static bool other_train(struct hu_str a, struct hu_str b)
{
	struct hu_kver x, y;

	if (!hu_kver_parse(a, &x) || !hu_kver_parse(b, &y))
		return false;
	return x.train > HU_TRAIN_CUSTOM && y.train > HU_TRAIN_CUSTOM && x.train != y.train;
}

/*
 * May this changelog speak for the running kernel? It may if it is of the same base version and
 * reaches up to it: an older one is of another package.
 */
static bool usable(struct hu_changelog *c, struct hu_str newest)
{
	size_t common;

	hu_out_clear(&c->why_not);
	if (!newest.len)
		hu_out_puts(&c->why_not, "it does not say which version it is of");
	else if (!c->running)
		hu_out_puts(&c->why_not,
			    "the bundle does not say which package version was running");
	else if (hu_kver_package(newest, hu_str(c->running), &common) < 0)
		hu_out_printf(&c->why_not, "it ends at %.*s, before the running kernel",
			      (int)newest.len, newest.at);
	else if (other_train(newest, hu_str(c->running)) ||
		 (hu_kver_package(newest, hu_str(c->running), &common) > 0 && common < 2))
		hu_out_printf(&c->why_not, "it is of %.*s, which is another kernel",
			      (int)newest.len, newest.at);
	return !c->why_not.len;
}

static struct hu_err *read_source(struct hu_changelog *c, struct hu_store *store, int64_t source,
				  struct hu_str path, bool sure)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT a.pos, t.text, k.text FROM aggregate AS a JOIN name AS t "
		       "ON t.id = a.\"table\" JOIN name AS k ON k.id = a.key WHERE "
		       "a.source = ?1 ORDER BY a.pos");
	struct place at = {.path = path};

	hu_rows_bind_int(rows, 1, source);
	while (hu_rows_next(rows)) {
		struct hu_str version = hu_rows_str(rows, 1), text = hu_rows_str(rows, 2);
		size_t common;
		hu_str_word(&version); /* "changelog" */
		at.line = hu_rows_int(rows, 0);
		at.version = hu_str_trim(version);
		at.how = !sure ? HU_NAMED_UNSURE : HU_NAMED;
		if (sure && hu_kver_package(at.version, hu_str(c->running), &common) > 0)
			at.how = HU_NAMED_LATER;
		try_subject(c, text, &at);
		try_marks(c, text, &at);
	}
	return hu_rows_close(rows);
}

/* Debian's packages count "6.1.192-2", which only its uname -v has; everybody else's release says
 * it. */
static char *running_version(const char *release, const char *version)
{
	struct hu_kver v;

	if (!release || !hu_kver_parse(hu_str(release), &v))
		return NULL;
	if (v.train != HU_TRAIN_DEBIAN)
		return hu_strdup(hu_str(release));
	struct hu_str rest = hu_str(version);
	ptrdiff_t at = hu_str_find(rest, "Debian ");
	if (at >= 0) {
		rest = hu_str_skip(rest, (size_t)at + strlen("Debian "));
		return hu_strdup(hu_str_word(&rest));
	}
	return v.patch == HU_NONE ? NULL : hu_strdup(hu_str(release));
}

struct hu_err *hu_changelog_read(struct hu_store *store, const struct hu_known_lib *lib,
				 const char *release, const char *version,
				 struct hu_changelog **ret)
{
	struct hu_rows *rows = hu_rows_open(
		store,
		"SELECT s.id, s.path, f.value FROM source AS s LEFT JOIN fact AS f ON f.source "
		"= s.id AND f.key = 'changelog.newest' WHERE s.format = 'changelog' ORDER BY "
		"s.id");
	struct hu_changelog *c = NULL;
	struct hu_err *err = NULL;

	while (!err && hu_rows_next(rows)) {
		if (!c) {
			c = hu_alloc(sizeof(*c));
			c->running = running_version(release, version);
			seek_all(c, lib);
		}
		HU_CLEANUP(hu_freep) char *path = hu_strdup(hu_rows_str(rows, 1));
		bool sure = usable(c, hu_rows_str(rows, 2));
		err = read_source(c, store, hu_rows_int(rows, 0), hu_str(path), sure);
	}
	struct hu_err *end = hu_rows_close(rows);
	if (err)
		hu_err_free(end);
	else
		err = end;
	if (err) {
		hu_changelog_destroy(c);
		return err;
	}
	*ret = c;
	return NULL;
}

static const struct hu_named *named(const struct hu_changelog *c, struct hu_str text, char kind)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out key = {0};

	plain(text, kind, &key);
	const struct sought *s = look_up(c, key.at);
	if (!s || s->found.how == HU_NOT_NAMED)
		return NULL;
	/* Newest first: a revert that stands above the entry came after it. */
	if (s->undone.how >= s->found.how && s->undone.line < s->found.line)
		return NULL;
	return &s->found;
}

const struct hu_named *hu_changelog_commit(const struct hu_changelog *c, const cJSON *commit)
{
	const struct hu_named *subject = named(c, hu_str(hu_known_text(commit, "subject")), 's');
	const struct hu_named *hash = named(c, hash_of(commit), 'h');

	return !subject || (hash && hash->how > subject->how) ? hash : subject;
}

const struct hu_named *hu_changelog_cve(const struct hu_changelog *c, const char *cve)
{
	return named(c, hu_str(cve), 'c');
}

const char *hu_changelog_why_not(const struct hu_changelog *c)
{
	return c->why_not.at ? c->why_not.at : "";
}
