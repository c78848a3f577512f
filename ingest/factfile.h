/* ingest/factfile.h - one walk over the lines of a small file that says things about the host. */
#ifndef HU_FACTFILE_H
#define HU_FACTFILE_H

#include "db/text.h"
#include "ingest/reader.h"

/* Zero-initialise with `to`; free with hu_factfile_deinit(). */
struct hu_factfile_walk {
	struct hu_sink *to;
	uint64_t pos, understood, strange, first_strange;
	uint64_t seen; /* bits: facts that are put once */
	struct hu_out list;
	uint64_t listed;
};

void hu_factfile_deinit(struct hu_factfile_walk *w);
/* Calls take() for each line that is not blank, trimmed; it returns whether it understood. */
HU_MUST_CHECK struct hu_err *hu_factfile_walk(const char *path, struct hu_factfile_walk *w,
					      bool (*take)(struct hu_factfile_walk *w,
							   struct hu_str line),
					      size_t *bytes);
/* Losses and totals. An error if nothing was understood: "holds no `what`". */
HU_MUST_CHECK struct hu_err *hu_factfile_finish(struct hu_factfile_walk *w, size_t bytes,
						const char *what);
/* Both. */
HU_MUST_CHECK struct hu_err *hu_factfile_read(const char *path, struct hu_sink *to,
					      bool (*take)(struct hu_factfile_walk *w,
							   struct hu_str line),
					      const char *what);
/* The first value for `bit` (0 to 63) that is not empty. */
void hu_factfile_once(struct hu_factfile_walk *w, unsigned bit, const char *key,
		      struct hu_str value);

/* The next line of a probe's head that has something on it, trimmed; false at the end, and where
 * the head ends inside a line. */
bool hu_factfile_head_line(const struct hu_probe *in, struct hu_str *rest, struct hu_str *line);
/* No control characters. */
bool hu_factfile_is_text(struct hu_str s);

#endif
