/* db/embedded.h - files that are compiled into the program (cmake/embed.cmake writes the tables).
 */
#ifndef HU_EMBEDDED_H
#define HU_EMBEDDED_H

#include <stddef.h>

struct hu_embedded {
	const char *name;	    /* base name without its suffix; NULL ends the table */
	const unsigned char *bytes; /* a NUL follows them */
	size_t len;
};

extern const unsigned char hu_sql_schema[], hu_sql_results[], hu_sql_views[], hu_sql_diff[];
extern const unsigned char hu_redact_words[], hu_redact_tasks[];

#endif
