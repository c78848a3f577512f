/* The table `name`: a text's new form follows from the columns that refer to it. */
#include "db/redact_store.h"
#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

enum form { TASK, SYMBOL, MODULE, FUNCTION, LOCK, WORDS, DETAIL, EVENT, SERIES, KEY };

/* Which column, and where the form depends on more than the column: on what (0: on nothing). */
static const struct column {
	const char *table, *column, *also;
	enum form form;
} columns[] = {
	{"task", "comm", NULL, TASK},
	{"span", "comm", NULL, TASK},
	{"snapshot", "comm", NULL, TASK},
	{"snapshot", "blocker_comm", NULL, TASK},
	{"stack", "symbol", "module", SYMBOL},
	{"stack", "module", NULL, MODULE},
	{"lock_event", "function", NULL, FUNCTION},
	{"span", "function", NULL, FUNCTION},
	{"shrink", "function", NULL, FUNCTION},
	{"syscall", "name", NULL, FUNCTION},
	{"io", "kind", NULL, FUNCTION},
	{"lock_event", "name", NULL, LOCK},
	{"span", "name", NULL, LOCK},
	{"span", "label", NULL, WORDS},
	{"aggregate", "table", NULL, WORDS},
	{"aggregate", "unit", NULL, WORDS},
	{"aggregate", "key", "table", KEY},
	{"message", "text", NULL, WORDS},
	{"snapshot", "text", NULL, WORDS},
	{"syscall", "detail", NULL, DETAIL},
	{"sample", "event", NULL, EVENT},
	{"counter", "series", NULL, SERIES},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

bool hu_redact_names_know(const char *table, const char *column)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (!strcmp(columns[i].table, table) && !strcmp(columns[i].column, column))
			return true;
	return false;
}

struct names {
	struct hu_store *store;
	struct hu_redactor *r;
	struct hu_rows *text, *update, *insert, *split;
	char **done; /* by name.id: its new form; NULL: nobody has asked for it yet */
	size_t count;
	struct hu_texts users;	/* modules of programs, not of the kernel */
	struct hu_texts added;	/* new texts … */
	int64_t first_added;	/* … whose ids begin here */
	struct hu_texts tables; /* texts of aggregate.table by … */
	int64_t splits;
};

static void run(struct hu_rows *rows)
{
	while (hu_rows_next(rows))
		;
	hu_rows_reset(rows);
}

static char *text_of(struct names *n, int64_t id)
{
	hu_rows_bind_int(n->text, 1, id);
	char *text = hu_rows_next(n->text) ? hu_strdup(hu_rows_str(n->text, 0)) : NULL;
	hu_rows_reset(n->text);
	return text;
}

static bool system_library(struct hu_str s)
{
	static const char *const names[] = {"[vdso]",
					    "vdso",
					    "[unknown]",
					    "unknown",
					    "[vsyscall]",
					    "[kernel.kallsyms]",
					    "[guest.kernel.kallsyms]"};
	static const char *const stems[] = {"libc.so",	"libpthread.so", "libm.so",  "libstdc++.so",
					    "ld-linux", "libdl.so",	 "librt.so", "libgcc_s.so"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hu_str_is(s, names[i]))
			return true;
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (hu_str_starts(s, stems[i]))
			return true;
	return false;
}

/* A kernel's module stays: its functions are what the analysis reads. */
static bool module_stays(struct names *n, struct hu_str module)
{
	return system_library(module) || hu_redact_find(&n->r->tasks, module) ||
	       (hu_redact_identifier(module) && !hu_redact_find(&n->users, module));
}

static void put_module(struct names *n, struct hu_str module, struct hu_out *to)
{
	if (module_stays(n, module))
		hu_out_str(to, module);
	else if (memchr(module.at, '/', module.len))
		hu_redact_path(n->r, module, to);
	else
		hu_redact_pseudonym(n->r, "bin", module, to);
}

/* "umount/123 ffff8881044460e0 &type->s_umount_key#33 at deactivate_super" */
static void put_held(struct names *n, struct hu_str key, struct hu_out *to)
{
	for (size_t at = key.len; at-- > 0;) {
		if (key.at[at] != '/')
			continue;
		struct hu_str rest = hu_str_skip(key, at + 1), before = rest;
		struct hu_str number = hu_str_split(&rest, ' '), word = hu_str_split(&rest, ' ');
		uint64_t address;
		if (!hu_redact_digits(number) || !hu_str_u64(word, 16, &address))
			continue;
		hu_redact_task(n->r, (struct hu_str){key.at, at}, to);
		hu_out_putc(to, '/');
		hu_out_str(to, number);
		hu_out_putc(to, ' ');
		hu_redact_run(n->r, word, to);
		if (rest.at > before.at && rest.len) {
			hu_out_putc(to, ' ');
			hu_redact_lock(n->r, rest, to);
		}
		return;
	}
	hu_redact_text(n->r, key, to);
}

/* "kworker/u4:4-ex", "275 kworker/u4:4-ex", "func [module]" … */
static void put_task_or_text(struct names *n, struct hu_str key, struct hu_out *to)
{
	struct hu_str rest = key, number = hu_str_split(&rest, ' ');

	if (hu_redact_task_stays(n->r, key) ||
	    (hu_redact_digits(number) && rest.len && hu_redact_task_stays(n->r, rest)))
		hu_out_str(to, key);
	else
		hu_redact_text(n->r, key, to);
}

/* Of a table that some tool printed: tasks, functions, stacks, whatever its script joins. */
static void put_key(struct names *n, struct hu_str key, const char *table, struct hu_out *to)
{
	struct hu_str of = hu_str(table);

	if (hu_str_is(of, "locks held"))
		put_held(n, key, to);
	else if (hu_str_is(of, "config"))
		hu_redact_option(n->r, key, to);
	else if (hu_str_starts(of, "changelog ") && !memchr(key.at, '@', key.len))
		hu_out_str(to, key); /* of the kernel's package, which others have, too */
	else if (hu_str_starts(of, "lock_stat"))
		hu_redact_lock(n->r, key, to);
	else
		put_task_or_text(n, key, to);
}

static void put_form(struct names *n, const struct column *c, struct hu_str text, const char *also,
		     struct hu_out *to)
{
	switch (c->form) {
	case TASK:
		hu_redact_task(n->r, text, to);
		break;
	case SYMBOL:
		hu_redact_symbol(n->r, text, also && !module_stays(n, hu_str(also)), to);
		break;
	case FUNCTION:
		hu_redact_symbol(n->r, text, false, to);
		break;
	case MODULE:
		put_module(n, text, to);
		break;
	case LOCK:
		hu_redact_lock(n->r, text, to);
		break;
	case WORDS:
		hu_redact_text(n->r, text, to);
		break;
	case DETAIL:
		hu_redact_detail(n->r, text, to);
		break;
	case EVENT:
		hu_redact_event(n->r, text, to);
		break;
	case SERIES:
		hu_redact_series(n->r, text, to);
		break;
	case KEY:
		put_key(n, text, also ? also : "", to);
	}
	if (!to->at)
		hu_out_puts(to, "");
}

/* The first form that a text gets is written in its place; another is a text of its own. */
static void settle(struct names *n, size_t column, int64_t id, int64_t also, const char *form)
{
	bool fresh;

	if (!n->done[id]) {
		n->done[id] = hu_strdup(hu_str(form));
		return;
	}
	if (!strcmp(n->done[id], form))
		return;
	uint32_t added = hu_texts_add(&n->added, hu_str(form), &fresh);
	if (fresh) {
		hu_rows_bind_int(n->insert, 1, n->first_added + added - 1);
		hu_rows_bind_text(n->insert, 2, hu_str(form));
		run(n->insert);
	}
	hu_rows_bind_int(n->split, 1, (int64_t)column);
	hu_rows_bind_int(n->split, 2, id);
	hu_rows_bind_int(n->split, 3, also);
	hu_rows_bind_int(n->split, 4, n->first_added + added - 1);
	run(n->split);
	n->splits++;
}

static struct hu_err *read_column(struct names *n, size_t i)
{
	const struct column *c = &columns[i];
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};

	hu_out_printf(&sql,
		      "SELECT DISTINCT \"%s\", %s%s%s FROM \"%s\" WHERE \"%s\" IS NOT NULL "
		      "ORDER BY 1, 2",
		      c->column, c->also ? "\"" : "0", c->also ? c->also : "", c->also ? "\"" : "",
		      c->table, c->column);
	struct hu_rows *rows = hu_rows_open(n->store, sql.at);
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out form = {0};
		int64_t id = hu_rows_int(rows, 0), also = hu_rows_int_or(rows, 1, 0);
		HU_CLEANUP(hu_freep) char *text = text_of(n, id);
		HU_CLEANUP(hu_freep) char *other = also ? text_of(n, also) : NULL;
		if (!text || id <= 0 || (size_t)id >= n->count)
			continue;
		put_form(n, c, hu_str(text), other, &form);
		settle(n, i, id, also, form.at);
	}
	return hu_rows_close(rows);
}

/* Modules below which no kernel's function was called: programs and their libraries. */
static struct hu_err *find_programs(struct names *n)
{
	bool fresh = true;

	while (fresh) { /* a few turns: frames of programs are called by frames of programs */
		struct hu_rows *rows = hu_rows_open(
			n->store,
			n->users.count
				? "SELECT DISTINCT m.text, u.text FROM stack AS s JOIN name "
				  "AS m ON m.id = s.module JOIN stack AS c ON c.id = "
				  "s.caller JOIN name AS u ON u.id = c.module"
				: "SELECT DISTINCT text, NULL FROM stack JOIN name ON name.id "
				  "= module WHERE caller IS NULL");
		bool first = !n->users.count;
		fresh = false;
		while (hu_rows_next(rows)) {
			struct hu_str module = hu_rows_str(rows, 0);
			bool now = false;
			if ((first || hu_redact_find(&n->users, hu_rows_str(rows, 1))) &&
			    !hu_redact_word_stays(n->r, module))
				hu_texts_add(&n->users, module, &now);
			fresh |= now;
		}
		struct hu_err *err = hu_rows_close(rows);
		if (err)
			return err;
	}
	return NULL;
}

static struct hu_err *write_splits(struct names *n)
{
	for (size_t i = 0; i < COLUMNS && n->splits; i++) {
		const struct column *c = &columns[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out which = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
		hu_out_printf(&which,
			      "FROM temp.redact_split AS x WHERE x.place = %zu AND x.old = "
			      "\"%s\".\"%s\" AND x.also = ",
			      i, c->table, c->column);
		if (c->also)
			hu_out_printf(&which, "coalesce(\"%s\".\"%s\", 0)", c->table, c->also);
		else
			hu_out_puts(&which, "0");
		hu_out_printf(&sql,
			      "UPDATE \"%s\" SET \"%s\" = (SELECT x.new %s) WHERE EXISTS (SELECT "
			      "1 FROM temp.redact_split WHERE place = %zu) AND EXISTS (SELECT 1 "
			      "%s)",
			      c->table, c->column, which.at, i, which.at);
		struct hu_err *err = hu_store_exec(n->store, sql.at);
		if (err)
			return err;
	}
	return hu_store_exec(n->store, "DROP TABLE temp.redact_split");
}

/* Texts that nothing refers to (names of clocks' proofs, frames that got a name) say nothing any
 * more. */
static void write_names(struct names *n)
{
	for (size_t id = 1; id < n->count; id++) {
		hu_rows_bind_int(n->update, 1, (int64_t)id);
		hu_rows_bind_text(n->update, 2, hu_str(n->done[id] ? n->done[id] : ""));
		run(n->update);
	}
}

static struct hu_err *first_of(struct hu_err *a, struct hu_err *b)
{
	if (a)
		hu_err_free(b);
	return a ? a : b;
}

struct hu_err *hu_redact_names(struct hu_store *store, struct hu_redactor *r)
{
	struct names n = {.store = store, .r = r};
	struct hu_err *err = hu_store_exec(
		store, "CREATE TEMP TABLE redact_split (place INTEGER, old INTEGER, also INTEGER, "
		       "new INTEGER, PRIMARY KEY (place, old, also)) WITHOUT ROWID");
	struct hu_rows *rows = hu_rows_open(store, "SELECT coalesce(max(id), 0) + 1 FROM name");

	if (hu_rows_next(rows))
		n.count = (size_t)hu_rows_int(rows, 0);
	err = first_of(err, hu_rows_close(rows));
	if (err)
		return err;
	n.first_added = (int64_t)n.count;
	n.done = hu_alloc((n.count + 1) * sizeof(*n.done));
	n.text = hu_rows_open(store, "SELECT text FROM name WHERE id = ?1");
	n.update = hu_rows_open(store, "UPDATE name SET text = ?2 WHERE id = ?1");
	n.insert = hu_rows_open(store, "INSERT INTO name (id, text) VALUES (?1, ?2)");
	n.split = hu_rows_open(store, "INSERT INTO temp.redact_split VALUES (?1, ?2, ?3, ?4)");
	err = find_programs(&n);
	for (size_t i = 0; i < COLUMNS && !err; i++)
		err = read_column(&n, i);
	if (!err)
		write_names(&n);
	err = first_of(err, hu_rows_close(n.text));
	err = first_of(err, hu_rows_close(n.update));
	err = first_of(err, hu_rows_close(n.insert));
	err = first_of(err, hu_rows_close(n.split));
	if (!err)
		err = write_splits(&n);
	for (size_t i = 0; i < n.count; i++)
		free(n.done[i]);
	free(n.done);
	hu_texts_deinit(&n.users);
	hu_texts_deinit(&n.added);
	return err;
}
