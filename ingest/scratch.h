/*
 * ingest/scratch.h - private folders that do not outlive the program.
 *
 * A scratch folder holds files, and folders, HU_SCRATCH_DEPTH deep at most. It is mode 0700,
 * carries the mark of holdup's own output (so that a later run over the folder around it never
 * takes it for a capture), and is removed with all its files when it is destroyed, at exit and on a
 * deadly signal. Only SIGKILL leaves one behind, which the next run removes: whose mark nobody has
 * locked is nobody's.
 */
#ifndef HU_SCRATCH_H
#define HU_SCRATCH_H

#include "db/base.h"

/* The file that marks a folder as holdup's own, and what it begins with. */
#define HU_OUTPUT_MARK ".holdup"
#define HU_OUTPUT_MARK_TEXT "made by holdup"

enum { HU_SCRATCH_DEPTH = 12 }; /* more would not be removed */

struct hu_scratch;

/*
 * Below `parent`; NULL: below $TMPDIR, or /tmp, and what killed runs left there goes. Its name
 * begins with `prefix`.
 */
HU_MUST_CHECK struct hu_err *hu_scratch_create(const char *parent, const char *prefix,
					       struct hu_scratch **ret);
/* Removes the folder and its files. NULL is fine. */
void hu_scratch_destroy(struct hu_scratch *scratch);
void hu_scratch_destroyp(struct hu_scratch **scratch);
/* Frees the handle alone: the folder has been moved to where it shall stay. */
void hu_scratch_keep(struct hu_scratch *scratch);

const char *hu_scratch_path(const struct hu_scratch *scratch); /* borrowed */
/* The path of a file in it, made or not; the caller frees it. */
char *hu_scratch_file(const struct hu_scratch *scratch, const char *name);
/*
 * The path of a new file in a folder of its own, so that its base name may be the one that it has
 * in the bundle: some texts say what they are by nothing else (/proc/pressure/memory). `folder` is
 * ours; `name` may be a stranger's path: its last part is taken, escaped and cut as need be.
 */
HU_MUST_CHECK struct hu_err *hu_scratch_place(const struct hu_scratch *scratch, const char *folder,
					      const char *name, char **ret);
/* Removes such a file with its folder; free()s the path. NULL is fine. */
void hu_scratch_clear(char *file);

/* Is there the mark in this folder? */
bool hu_scratch_marked(const char *folder);

/*
 * Removes folders of this user with this prefix below `parent`, whose process is gone: at once if
 * they were made since this host was booted, else (of another host, or before) when they are a day
 * old. `may_go` is asked with the path of each; false keeps it. NULL: all may.
 */
void hu_scratch_sweep(const char *parent, const char *prefix,
		      bool (*may_go)(void *data, const char *folder), void *data);
/*
 * Keeps others from sweeping a marked folder away that becomes a scratch folder by a swap, until
 * the descriptor is closed. -1: not possible here.
 */
int hu_scratch_hold(const char *folder);

/* From now on deadly signals and exit() remove what is left. For main() alone, once. */
void hu_scratch_guard(void);

#endif
