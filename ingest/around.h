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
/* The same with the list that the capture `path` carries; takes what is in `text`. */
void hu_around_lend_symbols(struct hu_around *around, const char *path, struct hu_out *text,
			    struct hu_str release);
/*
 * The symbols for a capture of the kernel `release` (empty: it does not say); NULL: none. Those
 * that another capture carries are not for another kernel; that is said as a loss, and that they
 * are used as the fact "symbols.from".
 */
struct hu_symtab *hu_around_symbols(const struct hu_surroundings *around, struct hu_str release,
				    struct hu_sink *to);
const struct hu_surroundings *hu_around_get(const struct hu_around *around); /* borrowed */

#endif
