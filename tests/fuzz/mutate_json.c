/*
 * Changes inside JSON, whatever its schema: a value becomes another one of its type, that of the
 * same key elsewhere, or one of another type; members and elements go, come twice, change places
 * and keys. What comes out can be parsed, but for one change in eight. An input is one document, or
 * several, one a line or one behind the other, or (hu_mutate_json_pack) those of a pack's pieces;
 * text between them stays.
 */
#include "tests/fuzz/fuzz.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spot {
	cJSON *item, *parent; /* parent NULL: the document */
};

struct document {
	cJSON *root;
	struct spot *at;
	size_t count, room;
};

struct span {
	size_t from, len;
};

static void collect(struct document *doc, cJSON *item, cJSON *parent)
{
	enum { MOST = 1 << 16 };

	if (doc->count == MOST)
		return;
	if (doc->count == doc->room) {
		doc->room = doc->room ? doc->room * 2 : 256;
		doc->at = hu_realloc(doc->at, doc->room * sizeof(*doc->at));
	}
	doc->at[doc->count++] = (struct spot){item, parent};
	for (cJSON *child = item->child; child; child = child->next)
		collect(doc, child, item);
}

static bool document_open(struct document *doc, const uint8_t *at, struct span span)
{
	*doc = (struct document){
		.root = cJSON_ParseWithLength((const char *)at + span.from, span.len)};
	if (doc->root)
		collect(doc, doc->root, NULL);
	return doc->root;
}

static void document_close(struct document *doc)
{
	cJSON_Delete(doc->root);
	free(doc->at);
}

/* Half of the time any value alike, else by way of the members, so that a long list is not all. */
static struct spot pick(const struct document *doc, struct hu_dice *d)
{
	struct spot spot = {doc->root, NULL};

	if (hu_dice_roll(d, 2))
		return doc->at[hu_dice_roll(d, (uint32_t)doc->count)];
	while (spot.item->child && hu_dice_roll(d, 12)) {
		int n = cJSON_GetArraySize(spot.item);
		spot.parent = spot.item;
		spot.item = cJSON_GetArrayItem(spot.item, (int)hu_dice_roll(d, (uint32_t)n));
	}
	return spot;
}

/* A value that has this key, or any value of the type where `key` is NULL. */
static const cJSON *pick_alike(const struct document *doc, const char *key, int type,
			       struct hu_dice *d)
{
	const cJSON *found = NULL;
	uint32_t seen = 0;

	for (size_t i = 0; i < doc->count; i++) {
		const cJSON *item = doc->at[i].item;
		if (key ? item->string && !strcmp(item->string, key) : (item->type & 0xff) == type)
			if (!hu_dice_roll(d, ++seen))
				found = item;
	}
	return found;
}

/* Takes `value`, which is nowhere yet, in place of what is there; the key stays. */
static void put(struct document *doc, struct spot spot, cJSON *value)
{
	if (!value)
		return;
	if (!spot.parent) {
		cJSON_Delete(doc->root);
		doc->root = value;
		return;
	}
	if (spot.item->string) {
		size_t len = strlen(spot.item->string) + 1;
		char *key = cJSON_malloc(len);
		memcpy(key, spot.item->string, len);
		cJSON_free(value->string);
		value->string = key;
	}
	cJSON_ReplaceItemViaPointer(spot.parent, spot.item, value);
}

/* Behind the others, or anywhere in a list. */
static void add(cJSON *parent, cJSON *value, const char *key, struct hu_dice *d)
{
	if (!value)
		return;
	if (cJSON_IsObject(parent))
		cJSON_AddItemToObject(parent, key ? key : "", value);
	else if (!cJSON_InsertItemInArray(
			 parent, (int)hu_dice_roll(d, (uint32_t)cJSON_GetArraySize(parent) + 1),
			 value))
		cJSON_Delete(value);
}

static char *changed_text(const char *old, struct hu_dice *d)
{
	enum { ROOM = 4096 };
	char *text = hu_alloc(ROOM + 1);
	size_t len = strnlen(old, ROOM);
	struct hu_edit e = {(uint8_t *)text, len, ROOM};

	memcpy(text, old, len);
	hu_edit_mutate(&e, 0, len, false, d);
	for (size_t i = 0; i < e.size; i++)
		text[i] = text[i] ? text[i] : '0';
	text[e.size] = 0;
	return text;
}

static cJSON *new_number(const struct document *doc, double old, struct hu_dice *d)
{
	static const double odd[] = {0,	   -1,	  1,	  0.5,	 1e-9,	      1e-308,
				     1e17, 1e300, -1e300, 1e308, 4294967296., 9007199254740991.,
				     1e6,  1e9,	  1e10,	  2,	 3,	      9223372036854775807.};
	const cJSON *other;
	bool whole = old > -9e18 && old < 9e18;

	switch (hu_dice_roll(d, 6)) {
	case 0:
		return cJSON_CreateNumber(odd[hu_dice_roll(d, sizeof(odd) / sizeof(odd[0]))]);
	case 1:
		other = pick_alike(doc, NULL, cJSON_Number, d);
		return cJSON_CreateNumber(other ? other->valuedouble : 0);
	case 2:
		return cJSON_CreateNumber(old * (1 + (double)hu_dice_roll(d, 64)) /
					  (1 + (double)hu_dice_roll(d, 64)));
	default:
		return cJSON_CreateNumber(
			(double)(int64_t)hu_dice_number(d, whole ? (uint64_t)(int64_t)old : 0));
	}
}

static cJSON *new_text(const struct document *doc, const char *old, struct hu_dice *d)
{
	static const char *const odd[] = {"",
					  "-",
					  "?",
					  "|",
					  ",",
					  "0",
					  "-1",
					  "18446744073709551615",
					  "9223372036854775808",
					  "1e9",
					  "true",
					  "null",
					  "a,b, c",
					  "a|b|c|d",
					  "=1+1",
					  "<script>x</script>",
					  "`x` [y](z) ](",
					  "\xe2\x80\xae\xff\xc0\x80",
					  "\x1b[31m\r\n\t\x01",
					  "2026-11-01T00:00:00Z",
					  "../../x"};
	const cJSON *other;
	cJSON *made;

	switch (hu_dice_roll(d, 8)) {
	case 0:
		return cJSON_CreateString(odd[hu_dice_roll(d, sizeof(odd) / sizeof(odd[0]))]);
	case 1:
	case 2:
		other = pick_alike(doc, NULL, cJSON_String, d);
		return cJSON_CreateString(other ? other->valuestring : "");
	case 3: { /* itself, many times */
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		for (uint32_t n = 1 + hu_dice_roll(d, 64); n-- && out.len < 4096;)
			hu_out_puts(&out, old);
		return cJSON_CreateString(out.at ? out.at : "");
	}
	default: {
		HU_CLEANUP(hu_freep) char *text = changed_text(old, d);
		made = cJSON_CreateString(text);
		return made;
	}
	}
}

static cJSON *new_type(const cJSON *old, struct hu_dice *d)
{
	char number[32];

	switch (hu_dice_roll(d, 8)) {
	case 0:
		return cJSON_CreateBool((int)hu_dice_roll(d, 2));
	case 1:
		return cJSON_CreateNumber(cJSON_IsString(old) ? strtod(old->valuestring, NULL) : 0);
	case 2:
		snprintf(number, sizeof(number), "%.15g",
			 cJSON_IsNumber(old) ? old->valuedouble : 0);
		return cJSON_CreateString(number);
	case 3:
		return cJSON_CreateArray();
	case 4:
		return cJSON_CreateObject();
	default:
		return cJSON_CreateNull();
	}
}

/* Another one of its type. */
static void change_value(struct document *doc, const struct document *from, struct spot spot,
			 struct hu_dice *d)
{
	cJSON *item = spot.item, *child;

	if (cJSON_IsNumber(item)) {
		put(doc, spot, new_number(from, item->valuedouble, d));
	} else if (cJSON_IsString(item)) {
		put(doc, spot, new_text(from, item->valuestring, d));
	} else if (cJSON_IsBool(item)) {
		put(doc, spot, cJSON_CreateBool(!cJSON_IsTrue(item)));
	} else if (cJSON_IsNull(item)) {
		put(doc, spot,
		    hu_dice_roll(d, 2) ? new_number(from, 0, d) : new_text(from, "x", d));
	} else if (!item->child) { /* an empty list gets what another list has */
		const cJSON *other = pick_alike(from, NULL, item->type & 0xff, d);
		put(doc, spot, cJSON_Duplicate(other ? other : item, true));
	} else { /* one of its own moves */
		int n = cJSON_GetArraySize(item);
		child = cJSON_DetachItemFromArray(item, (int)hu_dice_roll(d, (uint32_t)n));
		HU_CLEANUP(hu_freep)
		char *key = child->string ? hu_strdup(hu_str(child->string)) : NULL;
		add(item, child, key, d);
	}
}

static void double_it(struct spot spot, struct hu_dice *d)
{
	uint32_t times = hu_dice_roll(d, 8) ? 1 : 1 + hu_dice_roll(d, 40);

	for (; times; times--)
		add(spot.parent, cJSON_Duplicate(spot.item, true), spot.item->string, d);
}

static void wrap(struct document *doc, struct spot spot, struct hu_dice *d)
{
	cJSON *inner = cJSON_Duplicate(spot.item, true);

	for (uint32_t n = hu_dice_roll(d, 4) ? 1 : 1 + hu_dice_roll(d, 60); inner && n; n--) {
		cJSON *outer = hu_dice_roll(d, 2) ? cJSON_CreateArray() : cJSON_CreateObject();
		add(outer, inner, spot.item->string, d);
		inner = outer;
	}
	put(doc, spot, inner);
}

static void rename_key(const struct document *from, struct spot spot, struct hu_dice *d)
{
	const cJSON *other = from->at[hu_dice_roll(d, (uint32_t)from->count)].item;
	HU_CLEANUP(hu_freep) char *key = NULL;

	if (!spot.item->string)
		return;
	key = hu_dice_roll(d, 2) && other->string ? hu_strdup(hu_str(other->string))
						  : changed_text(spot.item->string, d);
	cJSON *item = cJSON_DetachItemViaPointer(spot.parent, spot.item);
	add(spot.parent, item, key, d);
}

static void change(struct document *doc, const struct document *from, struct hu_dice *d)
{
	struct spot spot = pick(doc, d);
	const cJSON *other = NULL;
	uint32_t what = hu_dice_roll(d, 20);

	if (!spot.parent && what >= 8)
		what = 7;
	if (what < 8) {
		change_value(doc, from, spot, d);
	} else if (what < 11) { /* what has this key elsewhere */
		if (spot.item->string)
			other = pick_alike(from, spot.item->string, 0, d);
		if (other)
			put(doc, spot, cJSON_Duplicate(other, true));
		else
			change_value(doc, from, spot, d);
	} else if (what < 13) {
		cJSON_Delete(cJSON_DetachItemViaPointer(spot.parent, spot.item));
	} else if (what < 15) {
		double_it(spot, d);
	} else if (what == 15) {
		put(doc, spot, new_type(spot.item, d));
	} else if (what == 16) {
		rename_key(from, spot, d);
	} else if (what == 17) {
		wrap(doc, spot, d);
	} else if (what == 18) { /* any value of there */
		other = from->at[hu_dice_roll(d, (uint32_t)from->count)].item;
		put(doc, spot, cJSON_Duplicate(other, true));
	} else { /* a member of there that is not here, or once more */
		other = from->at[hu_dice_roll(d, (uint32_t)from->count)].item;
		add(spot.parent, cJSON_Duplicate(other, true), other->string, d);
	}
}

/* A document, and one to take values from, which may be the same. Returns its new length. */
static size_t change_span(struct hu_edit *e, struct span one, struct span other, struct hu_dice *d)
{
	enum { MANY = 20000 };
	struct document doc, from;
	char *text = NULL;
	size_t len = one.len;

	if (!document_open(&doc, e->at, one))
		return len;
	if (!document_open(&from, e->at, other) && !document_open(&from, e->at, one)) {
		document_close(&doc);
		return len;
	}
	for (uint32_t n = hu_dice_roll(d, 3) ? 1 : 1 + hu_dice_roll(d, 4); n--;) {
		if (doc.count > MANY) /* it was doubled and doubled again */
			break;
		change(&doc, &from, d);
		doc.count = 0;
		collect(&doc, doc.root, NULL);
	}
	text = cJSON_PrintUnformatted(doc.root);
	if (text && hu_edit_resize(e, one.from, one.len, strlen(text))) {
		len = strlen(text);
		memcpy(e->at + one.from, text, len);
	}
	cJSON_free(text);
	document_close(&doc);
	document_close(&from);
	return len;
}

/* The documents in it: from a bracket to the one that closes it. */
static size_t find_documents(const uint8_t *at, size_t size, struct span *all, size_t most)
{
	size_t count = 0, from = 0, depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < size && count < most; i++) {
		if (quoted) {
			i += at[i] == '\\';
			quoted = i >= size || at[i] != '"';
			if (quoted && at[i < size ? i : size - 1] == '\n')
				quoted = false, depth = 0; /* it is broken: the next line */
		} else if (at[i] == '"' && depth) {
			quoted = true;
		} else if (at[i] == '{' || at[i] == '[') {
			from = depth++ ? from : i;
		} else if ((at[i] == '}' || at[i] == ']') && depth && !--depth) {
			all[count++] = (struct span){from, i + 1 - from};
		}
	}
	return count;
}

static void copy_document(struct hu_edit *e, struct span one, size_t to)
{
	HU_CLEANUP(hu_freep) uint8_t *copy = hu_alloc(one.len + 1);

	memcpy(copy, e->at + one.from, one.len);
	copy[one.len] = '\n';
	if (hu_edit_resize(e, to, 0, one.len + 1))
		memcpy(e->at + to, copy, one.len + 1);
}

size_t hu_mutate_json(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	enum { MOST = 1024 };
	static struct span all[MOST];
	struct hu_edit e = {at, size, max};
	struct hu_dice d = hu_dice(seed);
	size_t count = hu_dice_roll(&d, 8) ? find_documents(at, size, all, MOST) : 0;

	if (!count)
		return 0;
	struct span one = all[hu_dice_roll(&d, (uint32_t)count)],
		    other = all[hu_dice_roll(&d, (uint32_t)count)];
	uint32_t what = count > 1 ? hu_dice_roll(&d, 12) : 12;
	if (what == 0) /* gone */
		hu_edit_resize(&e, one.from, one.len, 0);
	else if (what == 1) /* twice, or moved */
		copy_document(&e, one, other.from);
	else
		change_span(&e, one, hu_dice_roll(&d, 2) ? one : other, &d);
	return e.size;
}

size_t hu_mutate_json_pack(uint8_t *at, size_t size, size_t max, unsigned seed)
{
	enum { MOST = 8 };
	struct hu_edit e = {at, size, max};
	struct hu_dice d = hu_dice(seed);
	struct hu_str rest = hu_pack_open((struct hu_str){(const char *)at, size});
	struct hu_piece piece;
	struct span pieces[MOST], inner[2];
	size_t count = 0;

	if (!hu_dice_roll(&d, 16))
		return hu_pack_mutate(at, size, max, seed);
	while (count < MOST && hu_pack_next(&rest, &piece))
		if (piece.bytes.len)
			pieces[count++] = (struct span){(size_t)(piece.bytes.at - (const char *)at),
							piece.bytes.len};
	if (!count)
		return 0;
	struct span one = pieces[hu_dice_roll(&d, (uint32_t)count)],
		    other = pieces[hu_dice_roll(&d, (uint32_t)count)];
	size_t now = one.len;
	if (!hu_dice_roll(&d, 16)) { /* becomes the other */
		HU_CLEANUP(hu_freep) uint8_t *copy = hu_alloc(other.len + 1);
		memcpy(copy, at + other.from, other.len);
		if (hu_edit_resize(&e, one.from, one.len, other.len)) {
			memcpy(at + one.from, copy, other.len);
			now = other.len;
		}
	} else if (hu_dice_roll(&d, 12) && find_documents(at + one.from, one.len, &inner[0], 1) &&
		   find_documents(at + other.from, other.len, &inner[1], 1)) {
		inner[0].from += one.from;
		inner[1].from += other.from;
		now = one.len - inner[0].len + change_span(&e, inner[0], inner[1], &d);
	} else {
		now = hu_edit_mutate(&e, one.from, one.len, false, &d);
	}
	hu_set(e.at + one.from - 4, 4, false, now);
	return e.size;
}
