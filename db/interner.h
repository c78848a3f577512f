/* db/interner.h - texts and caller trees, each once, numbered from 1 in the order of arrival. */
#ifndef HU_INTERNER_H
#define HU_INTERNER_H

#include "db/table.h"

struct hu_interned_text {
	size_t at;
	uint32_t len;
};

struct hu_texts {
	struct hu_table table;
	struct hu_interned_text *text; /* by id - 1 */
	uint32_t count, cap;
	char *bytes;
	size_t len, bytes_cap;
};

/* The text's id; *fresh says whether it came just now. The empty text is 0. */
uint32_t hu_texts_add(struct hu_texts *t, struct hu_str text, bool *fresh);
struct hu_str hu_texts_get(const struct hu_texts *t, uint32_t id); /* until the next add */
void hu_texts_deinit(struct hu_texts *t);

struct hu_interned_frame {
	uint32_t caller, symbol, module;
};

struct hu_frames {
	struct hu_table table;
	struct hu_interned_frame *frame; /* by id - 1 */
	uint32_t count, cap;
};

uint32_t hu_frames_add(struct hu_frames *f, struct hu_interned_frame frame, bool *fresh);
void hu_frames_deinit(struct hu_frames *f);

#endif
