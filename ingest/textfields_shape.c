/*
 * The sets of fields that events of one name are printed with: each is an event type of its own to
 * the vocabulary. Mostly one, so they are a list.
 */
#include "ingest/textfields_shape.h"

#include <stdlib.h>

enum { SHAPES_MAX = 16 };

struct hu_text_shape_entry {
	struct hu_text_shape shown;
	struct hu_text_shape_entry *next;
	const void *form;
	size_t count;
	char *text; /* the names, one behind the other */
	uint16_t len[HU_TEXT_FIELDS];
};

static bool has(const struct hu_text_shape_entry *shape, const struct hu_text_values *v)
{
	const char *at = shape->text;

	if (shape->form != v->form || shape->count != v->count)
		return false;
	if (v->form)
		return true;
	for (size_t i = 0; i < v->count; i++) {
		if (shape->len[i] != v->name[i].len ||
		    memcmp(at, v->name[i].at, shape->len[i]) != 0)
			return false;
		at += shape->len[i];
	}
	return true;
}

static uint32_t field_kind(const struct hu_text_values *v, size_t i)
{
	switch (v->as[i]) {
	case HU_TEXT_AS_WORDS:
		return HU_FIELD_TEXT;
	case HU_TEXT_AS_NUMBER:
		return hu_text_looks_like_number(v->value[i]) ? HU_FIELD_NUMBER : HU_FIELD_TEXT;
	default:
		return HU_FIELD_NUMBER;
	}
}

static struct hu_text_shape_entry *add(struct hu_text_shapes *all, struct hu_vocabulary *words,
				       struct hu_str event, const struct hu_text_values *v)
{
	struct hu_field field[HU_TEXT_FIELDS];
	struct hu_text_shape_entry *shape = hu_alloc(sizeof(*shape));
	size_t total = 0;

	for (size_t i = 0; i < v->count; i++) {
		field[i] = (struct hu_field){v->name[i], field_kind(v, i), 0};
		total += v->name[i].len;
	}
	shape->text = hu_alloc(total + 1);
	shape->form = v->form;
	shape->count = v->count;
	total = 0;
	for (size_t i = 0; i < v->count; i++) {
		memcpy(shape->text + total, v->name[i].at, v->name[i].len);
		shape->len[i] = (uint16_t)v->name[i].len;
		total += v->name[i].len;
	}
	shape->shown.kind = hu_vocabulary_add(words, &(struct hu_event_type){
							     .name = event,
							     .field = field,
							     .fields = v->count,
						     });
	shape->shown.used = hu_vocabulary_uses(shape->shown.kind);
	shape->next = all->first;
	all->first = shape;
	all->count++;
	all->used |= shape->shown.used;
	return shape;
}

struct hu_text_shape *hu_text_shape_of(struct hu_text_shapes *all, struct hu_vocabulary *words,
				       struct hu_str event, const struct hu_text_values *v)
{
	for (struct hu_text_shape_entry *shape = all->first; shape; shape = shape->next)
		if (has(shape, v))
			return &shape->shown;
	return all->count < SHAPES_MAX ? &add(all, words, event, v)->shown : NULL;
}

struct hu_text_shape *hu_text_shape_idle(struct hu_text_shapes *all, struct hu_vocabulary *words,
					 struct hu_str event)
{
	static const struct hu_text_values none;

	for (struct hu_text_shape_entry *shape = all->first; shape; shape = shape->next)
		if (!shape->shown.used)
			return &shape->shown;
	return all->first ? &all->first->shown : &add(all, words, event, &none)->shown;
}

void hu_text_shapes_deinit(struct hu_text_shapes *all)
{
	while (all->first) {
		struct hu_text_shape_entry *shape = all->first;
		all->first = shape->next;
		free(shape->text);
		free(shape);
	}
}
