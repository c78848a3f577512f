/* ingest/tracefs_formats.h - the texts of a copied tracefs as sections of a trace.dat. */
#ifndef HU_TRACEFS_FORMATS_H
#define HU_TRACEFS_FORMATS_H

#include "ingest/tracefs_folder.h"

/* Fills header, formats, printk and cmdlines of folder->file, whose big_endian is set, with what
 * lies below `path`. */
void hu_tracefs_add_formats(struct hu_tracefs *folder, const char *path);

#endif
