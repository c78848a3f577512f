/*
 * analyzers/knownlib.h - the inside of the known-fix library (known*.c): entries as checked JSON,
 * the facts of one incident, and what a match is made of. Everybody else includes known.h.
 */
#ifndef HU_KNOWNLIB_H
#define HU_KNOWNLIB_H

#include "analyzers/known.h"
#include "analyzers/kver.h"

#include <cjson/cJSON.h>

/* Facts: a list, because there are a few dozen at most and every key may come many times. */
struct hu_fact {
	char *key, *value;
};
struct hu_facts {
	struct hu_fact *at;
	size_t count, cap;
};

/* The facts of a sample object: {"code": "lock.wait", "waiter.stack": ["a;b", "c"]}. */
struct hu_facts *hu_known_facts_of(const cJSON *sample);

/* One entry or one families file. `json` has passed the schema and the checks of knownload.c. */
struct hu_known_entry {
	char *file;	/* "shrinker-rwsem-reclaim.json": for complaints */
	cJSON *json;	/* owned */
	const char *id; /* borrowed from json */
	bool site;	/* a company's own */
};

struct hu_known_lib {
	struct hu_known_entry *entries; /* sorted by id */
	size_t count;
	struct hu_known_entry *families; /* files with named sets of frames */
	size_t family_files;
	/* The files that are compiled in are checked by the tests: a match need not do it again. */
	bool trust;
	bool site;	 /* what is added from now on is a company's own, and always checked */
	size_t left_out; /* files of the site that are not used */
	/* "id\tfile\n" of its entries that took the place of a built-in one */
	struct hu_out replaced;
};

/* Where complaints go: one line each. `to` may be NULL (only counted). */
struct hu_problems {
	struct hu_out *to;
	int count;
};
void hu_known_problem(struct hu_problems *p, const char *file, const char *path, const char *fmt,
		      ...) HU_PRINTF(4, 5);

/*
 * Adds one JSON text. What is wrong with it is said to `p`, and a bad file is left out: the rest
 * of the library stays usable. Families may come after the entries that name them:
 * hu_known_lib_finish() compares the two.
 */
void hu_known_lib_add(struct hu_known_lib *lib, const char *file, struct hu_str text,
		      struct hu_problems *p);
/* The files that are compiled in. `families_only`: entries come from elsewhere. */
void hu_known_lib_builtin(struct hu_known_lib *lib, bool families_only, struct hu_problems *p);
/* A file, or all *.json files of a folder, by name. */
void hu_known_lib_path(struct hu_known_lib *lib, const char *path, struct hu_problems *p);
/* What is compiled in and what the site adds, finished. `site` may be NULL. */
void hu_known_lib_load(struct hu_known_lib *lib, const struct hu_site *site, struct hu_problems *p);
/* The last component: what may be shown to others. */
const char *hu_known_file_name(const char *path);
/* After the last file: families, duplicates, and what one entry says twice; sorts. */
void hu_known_lib_finish(struct hu_known_lib *lib, struct hu_problems *p);
void hu_known_lib_deinit(struct hu_known_lib *lib);

/* Checks `value` against docs/known-fix.schema.json; `name` "entry" or "families". */
void hu_known_schema_check(const char *name, const cJSON *value, const char *file,
			   struct hu_problems *p);

/*
 * Patterns. A frame pattern is alternatives of names with '*' and of families:
 * "down_write|prealloc_*shrinker|@rwsem_write_wait". A stack pattern is a list of them, leaf
 * first, matched as an ordered subsequence: compilers drop frames. '>' before a frame says that it
 * comes right behind the one before, but for frames of @waiting: who called mutex_lock() names the
 * mutex, who called that caller does not. Facts may carry offsets, modules and compiler suffixes;
 * they are ignored.
 */
/* "? shrink_slab.constprop.0+0x12/0x90 [overlay]" is shrink_slab. */
struct hu_str hu_known_bare(struct hu_str frame);
bool hu_known_glob(const char *pattern, size_t len, struct hu_str text);
bool hu_known_frame(const struct hu_known_lib *lib, const char *pattern, struct hu_str frame);
/* What a frame pattern stands for, "a|b|c", at most *left names; for sentences. */
void hu_known_frame_text(const struct hu_known_lib *lib, const char *pattern, int *left,
			 struct hu_out *to);
/* Frames of `stack` that a pattern used go to *used, joined by " <- ". */
bool hu_known_stack(const struct hu_known_lib *lib, const cJSON *pattern, const char *stack,
		    struct hu_out *used);
/* True if the stack shows nothing but waiting itself: it cannot speak for or against a cause. */
bool hu_known_shallow(const struct hu_known_lib *lib, const char *stack);
const cJSON *hu_known_family(const struct hu_known_lib *lib, const char *name, size_t len);

/* What the changelogs of the bundle say of the library's commits and CVEs. */
enum hu_named_how {
	HU_NOT_NAMED,
	HU_NAMED_UNSURE, /* in a changelog that may be of another kernel: hu_changelog_why_not() */
	HU_NAMED_LATER,	 /* under a version newer than the running kernel */
	HU_NAMED,
};
struct hu_named {
	enum hu_named_how how;
	char *version, *path; /* where: the version it stands under, the member of the bundle */
	int64_t line;
};
struct hu_changelog;
/* *ret stays NULL if the bundle has no changelog. `release` and `version` are uname's -r and -v. */
HU_MUST_CHECK struct hu_err *hu_changelog_read(struct hu_store *store,
					       const struct hu_known_lib *lib, const char *release,
					       const char *version, struct hu_changelog **ret);
void hu_changelog_destroy(struct hu_changelog *c); /* NULL is fine */
/* NULL: not named, or taken back later. */
const struct hu_named *hu_changelog_commit(const struct hu_changelog *c, const cJSON *commit);
const struct hu_named *hu_changelog_cve(const struct hu_changelog *c, const char *cve);
const char *hu_changelog_why_not(const struct hu_changelog *c); /* a sentence part */
/* Do they say that the running kernel has the entry's fix? `log` may be NULL. *text gets the
 * sentence.
 */
bool hu_known_by_changelog(const cJSON *entry, const struct hu_changelog *log, struct hu_out *text);
/* Adds what they say and what is not enough, for whoever has to find out. */
void hu_known_changelog_hints(const cJSON *entry, const struct hu_changelog *log,
			      struct hu_out *text);

/* Does this kernel have the fix? */
enum hu_applies { HU_AFFECTED, HU_UNKNOWN, HU_FIXED, HU_NOT_CONCERNED };
struct hu_kernel {
	const char *release; /* NULL: the bundle does not say, or says two */
	const char *version; /* "#1 SMP … Debian 6.1.192-2 …", NULL: not known */
	bool have_symbols, whole_symbols;
	bool (*has)(void *context, const char *symbol);
	bool have_btf; /* what it does not list may be there all the same */
	bool (*btf)(void *context, const char *symbol);
	bool have_config;
	/* "CONFIG_X=y", or "CONFIG_X": set to anything */
	bool (*set)(void *context, const char *option);
	void *context;
	const struct hu_changelog *changelog; /* NULL: the bundle has none */
};
struct hu_decision {
	enum hu_applies applies;
	const char *by;	  /* kallsyms, btf, config, changelog, backport, version, nothing */
	const char *here; /* the first release of this kernel's series with the fix; NULL: none is
			     known */
};
struct hu_decision hu_known_decide(const cJSON *entry, const struct hu_kernel *kernel,
				   struct hu_out *text);
/* Do kallsyms and BTF say opposite things of the entry's fix? *text gets how, a sentence part. */
bool hu_known_contradicts(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text);

/* *ret: the source of the running kernel's configuration; left alone where there is none. */
HU_MUST_CHECK struct hu_err *hu_known_config_find(struct hu_store *store, const char *release,
						  int64_t *ret);
/* "CONFIG_X=y"; "CONFIG_X": set to anything; "CONFIG_X=n": not set. */
bool hu_known_config_set(struct hu_store *store, int64_t source, const char *option);

/* The BTF files of the bundle that are the running kernel's; `release` may be NULL. */
struct hu_known_btf;
HU_MUST_CHECK struct hu_err *hu_known_btf_open(struct hu_store *store, const char *release,
					       struct hu_known_btf **ret);
void hu_known_btf_destroy(struct hu_known_btf *btf); /* NULL is fine */
bool hu_known_btf_any(const struct hu_known_btf *btf);
bool hu_known_btf_lists(const struct hu_known_btf *btf, const char *symbol);

/* Predicates of one entry against the facts. */
enum hu_tested { HU_MATCHED, HU_REFUTED, HU_UNTESTED };
struct hu_known_line {
	enum hu_tested how;
	char *text; /* a sentence part: "lock is shrinker_rwsem" */
};
struct hu_known_hit {
	const struct hu_known_entry *entry;
	bool candidate; /* required predicates matched, nothing decisive refuted */
	size_t matched, refuted, specificity;
	struct hu_known_line *lines;
	size_t count;
	struct hu_decision decision;
	struct hu_out decided;
};
void hu_known_test(const struct hu_known_lib *lib, const struct hu_known_entry *entry,
		   const struct hu_facts *facts, struct hu_known_hit *ret);
void hu_known_hit_line(struct hu_known_hit *hit, enum hu_tested how, struct hu_str text);
void hu_known_hit_deinit(struct hu_known_hit *hit);

/* JSON that has passed the schema: absent is "", NULL or an empty list. */
const char *hu_known_text(const cJSON *object, const char *name);
const cJSON *hu_known_item(const cJSON *object, const char *name);
const cJSON *hu_known_first(const cJSON *list); /* NULL if there is no list, or nothing in it */
bool hu_known_flag(const cJSON *object, const char *name);
bool hu_known_lists(const cJSON *list, const char *text);

/* The table of docs/known-fixes.md. */
void hu_known_markdown(const struct hu_known_lib *lib, struct hu_out *to);

/* "worst mount 6.41 s on 6.1.192, 11.6 ms on 6.12.95": what was measured; nothing if nothing was.
 */
void hu_known_tried_text(const cJSON *json, struct hu_out *to);

/* One element of the list `list` ("commits", "workarounds", …) as a sentence. */
void hu_known_item_text(const char *list, const cJSON *item, struct hu_out *to);

#endif
