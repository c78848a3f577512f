/* Interning for sinks and the store alike: look-ups of known things are the usual case by far. */
#include "db/interner.h"

#include <stdlib.h>
#include <string.h>

struct text_key {
	const struct hu_texts *t;
	struct hu_str text;
};

static bool same_text(const void *ctx, uint32_t id)
{
	const struct text_key *key = ctx;

	return hu_str_eq(hu_texts_get(key->t, id), key->text);
}

struct hu_str hu_texts_get(const struct hu_texts *t, uint32_t id)
{
	if (!id || id > t->count)
		return (struct hu_str){"", 0};
	const struct hu_interned_text *text = &t->text[id - 1];
	return (struct hu_str){t->bytes + text->at, text->len};
}

uint32_t hu_texts_add(struct hu_texts *t, struct hu_str text, bool *fresh)
{
	*fresh = false;
	if (!text.len)
		return 0;
	uint32_t hash = hu_hash(text.at, text.len);
	struct text_key key = {t, text};
	uint32_t *slot = hu_table_slot(&t->table, hash, same_text, &key);
	if (*slot)
		return *slot;
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->text = hu_realloc(t->text, sizeof(*t->text) * t->cap);
	}
	if (t->len + text.len > t->bytes_cap) {
		t->bytes_cap = (t->len + text.len) * 2;
		t->bytes = hu_realloc(t->bytes, t->bytes_cap);
	}
	memcpy(t->bytes + t->len, text.at, text.len);
	t->text[t->count] = (struct hu_interned_text){t->len, (uint32_t)text.len};
	t->len += text.len;
	hu_table_fill(&t->table, slot, hash, ++t->count);
	*fresh = true;
	return t->count;
}

void hu_texts_deinit(struct hu_texts *t)
{
	hu_table_deinit(&t->table);
	free(t->text);
	free(t->bytes);
	*t = (struct hu_texts){0};
}

struct frame_key {
	const struct hu_frames *f;
	struct hu_interned_frame frame;
};

static bool same_frame(const void *ctx, uint32_t id)
{
	const struct frame_key *key = ctx;
	const struct hu_interned_frame *have = &key->f->frame[id - 1];

	return have->caller == key->frame.caller && have->symbol == key->frame.symbol &&
	       have->module == key->frame.module;
}

uint32_t hu_frames_add(struct hu_frames *f, struct hu_interned_frame frame, bool *fresh)
{
	uint32_t hash = hu_hash(&frame, sizeof(frame));
	struct frame_key key = {f, frame};
	uint32_t *slot = hu_table_slot(&f->table, hash, same_frame, &key);

	*fresh = !*slot;
	if (*slot)
		return *slot;
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->frame = hu_realloc(f->frame, sizeof(*f->frame) * f->cap);
	}
	f->frame[f->count] = frame;
	hu_table_fill(&f->table, slot, hash, ++f->count);
	return f->count;
}

void hu_frames_deinit(struct hu_frames *f)
{
	hu_table_deinit(&f->table);
	free(f->frame);
	*f = (struct hu_frames){0};
}
