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

/*
 * Writes incident_fix and incident_fix_item rows for `incident`, best first; *ret gets how many
 * candidates there are. A cause whose fix this kernel has is written last, as applies = fixed, and
 * not counted.
 */
HU_MUST_CHECK struct hu_err *hu_known_match(struct hu_store *store, const struct hu_facts *facts,
					    const char *incident, int *ret);

/*
 * `holdup known list|show ID|check [FILE or FOLDER…]`: text to *to. check adds each problem as a
 * line, the samples of every entry against all entries included; *bad counts them. Without paths it
 * checks what is compiled in.
 */
HU_MUST_CHECK struct hu_err *hu_known_list(struct hu_out *to);
HU_MUST_CHECK struct hu_err *hu_known_show(const char *id, struct hu_out *to);
HU_MUST_CHECK struct hu_err *hu_known_check(const char *const *paths, size_t count,
					    struct hu_out *to, int *bad);

#endif
