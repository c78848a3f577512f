/* ingest/around.h - what readers may ask of the rest of the bundle (struct hu_surroundings). */
#ifndef HU_AROUND_H
#define HU_AROUND_H

#include "ingest/bundle.h"
#include "ingest/reader.h"

struct hu_around;

struct hu_around *hu_around_create(const struct hu_bundle *bundle); /* NULL: no files */
void hu_around_destroy(struct hu_around *around);		    /* NULL is fine */
void hu_around_destroyp(struct hu_around **around);
/* Takes this kallsyms for the symbols, unless there are some already. A file that cannot be read or
 * shows no address changes nothing: its own reader says what is wrong with it. */
void hu_around_add_symbols(struct hu_around *around, const char *file);
const struct hu_surroundings *hu_around_get(const struct hu_around *around); /* borrowed */

#endif
