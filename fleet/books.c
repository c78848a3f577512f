/* What is done and what counts, over a journal. */
#include "fleet/books.h"

#include <stdlib.h>
#include <string.h>

#include "fleet/worker.h"

/* So many records, or so long, may be done again after a power loss. */
enum { SYNC_RECORDS = 64, SYNC_MS = 2000 };

struct hu_books {
	struct hu_home *home;
	struct hu_journal *journal;
	struct hu_str tool, limits;
	struct hu_seen before; /* content that this tool did in earlier runs → its record */
	struct hu_seen owners; /* folder in bundles/ that was written again → by which tool */
	struct hu_seen given;  /* content → its record, or -1 - the slot that is at it */
	char **busy;	       /* per slot: the path of what it is at, as in a record */
	size_t slots;
	struct hu_out text; /* of the record that was read last */
	char **orphans;	    /* folders in bundles/ that may belong to nobody now */
	size_t orphan_count;
	int unsynced;
	int64_t unsynced_since;
};

/* All but letters, digits and a few signs as "_": a name that no shell and no page stumbles over.
 */
char *hu_books_folder(const char *name, struct hu_str sha256)
{
	enum { LONGEST = 80, HASH = 16 };
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	for (const char *c = name; *c && out.len < LONGEST; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') ||
			     (out.len && (*c == '-' || *c == '.' || *c == '+'));
		hu_out_putc(&out, plain ? *c : '_');
	}
	if (out.len)
		hu_out_putc(&out, '-');
	hu_out_str(&out, (struct hu_str){sha256.at, sha256.len < HASH ? sha256.len : HASH});
	return hu_strdup(hu_out_view(&out));
}

static int compare(struct hu_str a, struct hu_str b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* A tool as the number that the table of owners has for it. */
static int64_t number_of(struct hu_str tool)
{
	return (int64_t)(hu_key_of(tool).a >> 1);
}

static void each_record(void *data, int64_t at, struct hu_str payload)
{
	struct hu_books *books = data;
	struct hu_str folder, tool;
	struct hu_record r;
	struct hu_key key;

	if (hu_record_parse_owner(payload, &folder, &tool))
		hu_seen_put(&books->owners, hu_key_of(folder), number_of(tool));
	else if (hu_record_parse(payload, &r) && hu_str_eq(r.tool, books->tool) &&
		 !hu_record_passing(&r) && hu_key_parse(r.content, &key))
		hu_seen_put(&books->before, key, at);
}

struct hu_err *hu_books_open(struct hu_home *home, const char *tool, const char *limits,
			     struct hu_journal_found *found, struct hu_books **ret)
{
	HU_CLEANUP(hu_books_closep) struct hu_books *books = hu_alloc(sizeof(*books));
	HU_CLEANUP(hu_freep) char *path = hu_home_file(home, "journal");

	books->home = home;
	books->tool = hu_str(tool);
	books->limits = hu_str(limits);
	struct hu_err *err = hu_journal_open(path, each_record, books, found, &books->journal);
	if (err)
		return err;
	*ret = books;
	books = NULL;
	return NULL;
}

void hu_books_close(struct hu_books *books)
{
	if (!books)
		return;
	hu_journal_close(books->journal);
	hu_seen_deinit(&books->before);
	hu_seen_deinit(&books->owners);
	hu_seen_deinit(&books->given);
	hu_out_deinit(&books->text);
	for (size_t i = 0; i < books->slots; i++)
		free(books->busy[i]);
	for (size_t i = 0; i < books->orphan_count; i++)
		free(books->orphans[i]);
	free(books->busy);
	free(books->orphans);
	free(books);
}

void hu_books_closep(struct hu_books **books)
{
	hu_books_close(*books);
	*books = NULL;
}

static struct hu_err *read_record(struct hu_books *books, int64_t at, struct hu_record *ret)
{
	struct hu_err *err = hu_journal_read(books->journal, at, &books->text);

	if (!err && !hu_record_parse(hu_out_view(&books->text), ret))
		err = hu_err(HU_ERR_BUG, "a record of the journal is none");
	return err;
}

/* Is there something in bundles/ under this name that has lost its record to a twin? Judged when
 * all is done: another bundle may have the same place. */
static void orphan(struct hu_books *books, struct hu_str folder)
{
	char *name = hu_strdup(folder);

	for (size_t i = 0; i < books->orphan_count; i++)
		if (!strcmp(books->orphans[i], name)) {
			free(name);
			return;
		}
	if (!*name || *name == '-' || *name == '.' || strchr(name, '/') ||
	    !hu_home_has(books->home, name)) {
		free(name);
		return;
	}
	books->orphans =
		hu_realloc(books->orphans, (books->orphan_count + 1) * sizeof(*books->orphans));
	books->orphans[books->orphan_count++] = name;
}

/* Are the reports there that this record tells of, and would the same limits end it the same way?
 */
static bool stands(struct hu_books *books, const struct hu_record *record)
{
	HU_CLEANUP(hu_freep) char *folder = hu_strdup(record->folder);
	const int64_t *owner = hu_seen_get(&books->owners, hu_key_of(record->folder));

	if (hu_record_limited(record, books->limits))
		return false;
	return !strcmp(folder, "-") ||
	       (hu_home_has(books->home, folder) && (!owner || *owner == number_of(books->tool)));
}

static void set_busy(struct hu_books *books, size_t slot, const char *shown)
{
	while (books->slots <= slot) {
		books->busy = hu_realloc(books->busy, (books->slots + 1) * sizeof(*books->busy));
		books->busy[books->slots++] = NULL;
	}
	free(books->busy[slot]);
	books->busy[slot] = shown ? hu_strdup(hu_str(shown)) : NULL;
}

struct hu_err *hu_books_ask(struct hu_books *books, const struct hu_books_claim *claim,
			    enum hu_books_answer *ret, struct hu_record *other)
{
	struct hu_str shown = hu_str(claim->shown), content = hu_str(claim->content);
	struct hu_key key;
	struct hu_err *err = NULL;

	*ret = HU_BOOKS_TWIN;
	*other = (struct hu_record){0};
	if (!hu_key_parse(content, &key))
		return hu_err(HU_ERR_BUG, "a bundle without a hash");
	const int64_t *given = hu_seen_get(&books->given, key);
	if (given && *given == -1 - (int64_t)claim->slot)
		given = NULL; /* itself, which is begun again */
	if (given && *given < 0)
		other->shown = hu_str(books->busy[-1 - *given]);
	else if (given)
		err = read_record(books, *given, other);
	if (err)
		return err;
	if (given && compare(shown, other->shown) >= 0) {
		HU_CLEANUP(hu_freep)
		char *mine =
			hu_books_folder(claim->name, other->bundle.len ? other->bundle : content);
		if (compare(shown, other->shown) != 0)
			orphan(books, hu_str(mine));
		return NULL;
	}
	if (given) /* it has to give way */
		orphan(books, other->folder);

	const int64_t *before = hu_seen_get(&books->before, key);
	if (before)
		err = read_record(books, *before, other);
	if (err)
		return err;
	if (before && stands(books, other)) {
		bool same = hu_str_eq(shown, other->shown);
		if (same)
			hu_seen_put(&books->given, key, *before);
		*ret = same ? HU_BOOKS_DONE : HU_BOOKS_LATER;
		if (same || !claim->late)
			return NULL;
	}
	*ret = HU_BOOKS_TO_DO;
	hu_seen_put(&books->given, key, -1 - (int64_t)claim->slot);
	set_busy(books, claim->slot, claim->shown);
	return NULL;
}

/* It was done. Does it count, or has a twin come that sorts before it? */
static struct hu_err *settle(struct hu_books *books, size_t slot, int64_t at,
			     const struct hu_record *record)
{
	struct hu_record other = {0};
	struct hu_err *err = NULL;
	struct hu_key key;

	if (!hu_key_parse(record->content, &key))
		return hu_err(HU_ERR_BUG, "a record without a hash");
	const int64_t *given = hu_seen_get(&books->given, key);
	if (!given || *given == -1 - (int64_t)slot) {
		hu_seen_put(&books->given, key, at);
		return NULL;
	}
	if (*given < 0)
		other.shown = hu_str(books->busy[-1 - *given]);
	else
		err = read_record(books, *given, &other);
	if (err)
		return err;
	bool mine = compare(record->shown, other.shown) <= 0;
	orphan(books, mine ? other.folder : record->folder);
	if (mine)
		hu_seen_put(&books->given, key, at);
	return NULL;
}

static struct hu_err *append(struct hu_books *books, const struct hu_out *text, int64_t *at)
{
	struct hu_err *err = hu_journal_add(books->journal, hu_out_view(text), at);

	if (!err && !books->unsynced++)
		books->unsynced_since = hu_now_ms();
	return err;
}

/*
 * Reports in place of others, which other options may have made: that has to be known before it is
 * so, or else a record of those would be taken to tell of these.
 */
static struct hu_err *publish(struct hu_books *books, size_t slot, const struct hu_record *record)
{
	HU_CLEANUP(hu_freep) char *folder = hu_strdup(record->folder);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	int64_t at;

	if (hu_home_has(books->home, folder)) {
		hu_record_put_owner(record->folder, books->tool, &text);
		struct hu_err *err = append(books, &text, &at);
		if (!err)
			err = hu_books_sync(books, false);
		if (err)
			return err;
		hu_seen_put(&books->owners, hu_key_of(record->folder), number_of(books->tool));
	}
	return hu_home_publish(books->home, slot, folder);
}

struct hu_err *hu_books_add(struct hu_books *books, size_t slot, const struct hu_record *record)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_err *err = NULL;
	int64_t at = 0;

	if (!hu_str_is(record->folder, "-"))
		err = publish(books, slot, record);
	if (err)
		return err;
	hu_record_put(record, &text);
	err = append(books, &text, &at);
	if (!err)
		err = settle(books, slot, at, record);
	set_busy(books, slot, NULL);
	return err;
}

struct hu_err *hu_books_sync(struct hu_books *books, bool only_if_due)
{
	bool due = books->unsynced >= SYNC_RECORDS ||
		   (books->unsynced && hu_now_ms() - books->unsynced_since >= SYNC_MS);

	if (!books->unsynced || (only_if_due && !due))
		return NULL;
	struct hu_err *err = hu_home_sync(books->home);
	if (!err)
		err = hu_journal_sync(books->journal);
	books->unsynced = 0;
	return err;
}

struct hu_err *hu_books_take_up(struct hu_books *books)
{
	struct hu_err *err = NULL;
	size_t slot = books->slots; /* none that is at work */

	for (size_t i = 0; i < books->before.cap && !err; i++) {
		const struct hu_seen_entry *e = &books->before.entries[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		struct hu_record record;
		if (!e->key.a && !e->key.b)
			continue;
		err = hu_journal_read(books->journal, e->value, &text);
		if (!err && hu_record_parse(hu_out_view(&text), &record) && stands(books, &record))
			err = settle(books, slot, e->value, &record);
	}
	return err;
}

/* This folder has a record that counts. */
static void adopt(struct hu_books *books, struct hu_str folder)
{
	for (size_t i = 0; i < books->orphan_count; i++)
		if (hu_str_is(folder, books->orphans[i])) {
			free(books->orphans[i]);
			books->orphans[i--] = books->orphans[--books->orphan_count];
		}
}

struct hu_err *hu_books_list(struct hu_books *books, hu_books_each *each, void *data)
{
	struct hu_seen sorted = books->given;
	struct hu_record record;
	struct hu_err *err = NULL;

	sorted.entries = hu_alloc(sorted.cap * sizeof(*sorted.entries));
	if (sorted.cap)
		memcpy(sorted.entries, books->given.entries, sorted.cap * sizeof(*sorted.entries));
	size_t n = hu_seen_sort(&sorted);
	for (size_t i = 0; i < n && !err; i++) {
		if (sorted.entries[i].value < 0) /* it is at work */
			continue;
		err = read_record(books, sorted.entries[i].value, &record);
		if (err)
			break;
		adopt(books, record.folder);
		err = each(data, &record);
	}
	hu_seen_deinit(&sorted);
	while (!err && books->orphan_count) {
		char *name = books->orphans[--books->orphan_count];
		hu_home_drop(books->home, name);
		free(name);
	}
	return err;
}
