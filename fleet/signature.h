/*
 * fleet/signature.h - did a file or folder change? Names, sizes, times and inodes, no contents: a
 * look before and one after, or two looks with a pause between.
 */
#ifndef HU_SIGNATURE_H
#define HU_SIGNATURE_H

#include "fleet/seen.h"

/*
 * Of the file, or of all that is in the folder, in whatever order it is listed. False, with errno
 * set: the path itself cannot be looked at. `writing` (NULL: do not ask) is set where some file is
 * open for writing, as far as this host knows (fcntl(2), F_SETLEASE: of our own files, and not over
 * the network). SIGIO is to be ignored for that.
 */
bool hu_signature(const char *path, struct hu_key *ret, bool *writing);

#endif
