/* Fields of raw event records: looked up once for each event, read by offset for each record. */
#include "ingest/tepfields.h"

#ifdef HU_HAVE_TRACECMD
#include <string.h>
#include <traceevent/event-parse.h>

struct hu_tep_place hu_tep_place_of(const struct tep_format_field *field)
{
	return (struct hu_tep_place){
		.offset = (uint32_t)field->offset,
		.size = (uint32_t)field->size,
		.is_signed = field->flags & TEP_FIELD_IS_SIGNED,
		.dynamic = field->flags & TEP_FIELD_IS_DYNAMIC,
		.relative = field->flags & TEP_FIELD_IS_RELATIVE,
	};
}

static enum hu_field_kind kind_of(const struct tep_format_field *field)
{
	if (field->flags & TEP_FIELD_IS_STRING)
		return HU_FIELD_TEXT;
	if (field->flags & (TEP_FIELD_IS_ARRAY | TEP_FIELD_IS_DYNAMIC))
		return HU_FIELD_OTHER;
	return HU_FIELD_NUMBER;
}

size_t hu_tep_places(const struct tep_event *event, struct hu_tep_place **ret,
		     struct hu_field *field)
{
	const struct tep_format_field *f;
	size_t count = 0;

	for (f = event->format.fields; f && count < HU_TEP_FIELDS_MAX; f = f->next)
		count++;
	*ret = hu_alloc((count + 1) * sizeof(**ret));
	f = event->format.fields;
	for (size_t i = 0; i < count; i++, f = f->next) {
		(*ret)[i] = hu_tep_place_of(f);
		field[i] = (struct hu_field){hu_str(f->name), kind_of(f), (uint32_t)f->size};
	}
	return count;
}

uint64_t hu_tep_load(const char *at, size_t size, bool swap)
{
	uint8_t b;
	uint16_t h;
	uint32_t w;
	uint64_t d;

	switch (size) {
	case 1:
		memcpy(&b, at, 1);
		return b;
	case 2:
		memcpy(&h, at, 2);
		return swap ? __builtin_bswap16(h) : h;
	case 4:
		memcpy(&w, at, 4);
		return swap ? __builtin_bswap32(w) : w;
	default:
		memcpy(&d, at, 8);
		return swap ? __builtin_bswap64(d) : d;
	}
}

bool hu_tep_number(const struct hu_tep_place *place, bool swap, struct hu_str record, uint64_t *ret)
{
	if ((uint64_t)place->offset + place->size > record.len ||
	    !(place->size == 1 || place->size == 2 || place->size == 4 || place->size == 8))
		return false;
	uint64_t value = hu_tep_load(record.at + place->offset, place->size, swap);
	if (place->is_signed && place->size < 8) {
		int unused = 64 - (int)place->size * 8;
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	}
	*ret = value;
	return true;
}

bool hu_tep_bytes(const struct hu_tep_place *place, bool swap, struct hu_str record,
		  struct hu_str *ret)
{
	uint64_t offset = place->offset, size = place->size;

	if (place->dynamic || place->relative) {
		if (offset + 4 > record.len)
			return false;
		uint64_t loc = hu_tep_load(record.at + offset, 4, swap);
		offset = (loc & 0xffff) + (place->relative ? place->offset + 4 : 0);
		size = loc >> 16;
	}
	if (offset + size > record.len)
		return false;
	*ret = (struct hu_str){record.at + offset, (size_t)size};
	return true;
}
#endif
