/*
 * analyzers/known.h - the known-fix library: JSON files (analyzers/known/<id>.json, compiled in)
 * matched against the facts of one incident. A match is a candidate: it says which predicates
 * matched, which refute it, which could not be tested.
 */
#ifndef HU_KNOWN_H
#define HU_KNOWN_H

#include "db/store.h"
#include "db/text.h"

/* clang-format off */
/*
 * What an analyzer knows of an incident, as key and text; a key may come many times. Keys:
 *   code            lock.wait (blocked on a lock), gp.wait (blocked on an RCU grace period),
 *                   wait (blocked on anything else), oncpu.contention, reclaim.fault
 *   lock            "shrinker_rwsem", "rcu_state.exp_mutex"
 *   lock.type       "rwsem", "mutex", "spinlock", "percpu-rwsem"
 *   wanted, held    "write", "read"
 *   operation       "mount", "umount", "close" …
 *   waiter.stack    frames, leaf first, joined by ";"
 *   holder.stack    the same, of a task that held it (or spun, or allocated)
 *   holder.comm, holder.role, holder.how
 *   holder.doing    "super_cache_scan"
 *   dmesg           one kernel message
 * Absent keys are "untested", never "no".
 */
/* clang-format on */
struct hu_facts;
struct hu_facts *hu_facts_create(void);
void hu_facts_destroy(struct hu_facts *facts); /* NULL is fine */
void hu_facts_add(struct hu_facts *facts, const char *key, struct hu_str value);

/* Keeps them as rows of incident_fact. */
HU_MUST_CHECK struct hu_err *hu_facts_save(struct hu_store *store, const char *incident,
					   const struct hu_facts *facts);

/*
 * The library as one analysis uses it: what is compiled in, and the entries of a company's own
 * folders
 * (`site`), of which a bad one is left out and one with the id of a built-in entry takes its place.
 */
struct hu_known;
struct hu_site {
	const char *const *paths; /* files, or folders with *.json in them */
	size_t count;
};
/* `site` may be NULL; it and the store are borrowed until hu_known_close(). */
HU_MUST_CHECK struct hu_err *hu_known_open(struct hu_store *store, const struct hu_site *site,
					   struct hu_known **ret);
void hu_known_close(struct hu_known *known); /* NULL is fine */
/* What the report has to say of the site's entries, one sentence a line; empty for nothing. */
const char *hu_known_notes(const struct hu_known *known);

/*
 * Writes incident_fix and incident_fix_item rows for `incident`, best first; *ret gets how many
 * candidates there are. A cause whose fix this kernel has is written last, as applies = fixed, and
 * not counted.
 */
HU_MUST_CHECK struct hu_err *hu_known_match(struct hu_known *known, const struct hu_facts *facts,
					    const char *incident, int *ret);

/*
 * `holdup known list|show ID|check [FILE or FOLDER…]`: text to *to. check adds each problem as a
 * line, the samples of every entry against all entries included; *bad counts them. Without paths it
 * checks what is compiled in. `site` may be NULL.
 */
HU_MUST_CHECK struct hu_err *hu_known_list(const struct hu_site *site, struct hu_out *to);
HU_MUST_CHECK struct hu_err *hu_known_show(const char *id, const struct hu_site *site,
					   struct hu_out *to);
HU_MUST_CHECK struct hu_err *hu_known_check(const char *const *paths, size_t count,
					    struct hu_out *to, int *bad);
/*
 * `holdup known new`: a draft of an entry from the facts that an analysis saved for `incident`;
 * what a person has to write says TODO, and hu_known_check() names these.
 */
HU_MUST_CHECK struct hu_err *hu_known_draft(struct hu_store *store, const char *incident,
					    struct hu_out *to);
/* For whoever is about to use them: what is wrong with the site's entries and which built-in ones
 * they replace, one line each. */
void hu_known_site_say(const struct hu_site *site, struct hu_out *to);

#endif
