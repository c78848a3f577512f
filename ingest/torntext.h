/* ingest/torntext.h - what is wrong with a text whatever its format. */
#ifndef HU_TORNTEXT_H
#define HU_TORNTEXT_H

#include "db/sink.h"

/* Puts a loss for zeros in the text, and one for a last line without an end, unless the reader has;
 * `zeros`: they are part of the format, or the reader tells of them.
 */
void hu_torn_text(const char *path, bool zeros, struct hu_sink *to);
/* The first half of it, for a reader that has seen some while it read. */
void hu_torn_zeros(struct hu_str text, struct hu_sink *to);

#endif
