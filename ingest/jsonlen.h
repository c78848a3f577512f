/* ingest/jsonlen.h - where a JSON object ends in a longer text, for parsers that want it whole. */
#ifndef HU_JSONLEN_H
#define HU_JSONLEN_H

#include "db/base.h"

/* The bytes of the object that `text` begins with; 0: its end is missing. *lines (NULL: nobody
 * asks) gets the newlines in it. */
size_t hu_json_object_len(struct hu_str text, uint64_t *lines);

#endif
