/* `holdup known list` and `show`: the library as text for a terminal of 80 columns. */
#include "analyzers/knownlib.h"

#include <string.h>

enum { WIDTH = 80 };

void hu_known_item_text(const char *list, const cJSON *item, struct hu_out *to)
{
	if (cJSON_IsString(item)) {
		hu_out_puts(to, item->valuestring);
	} else if (!strcmp(list, "commits")) {
		const char *hash = hu_known_text(item, "hash");
		const char *in = hu_known_text(item, "in");
		const char *does = hu_known_text(item, "does");
		bool fixes = !strcmp(does, "fixes");
		hu_out_printf(to, "%.12s%s%s", hash, *hash ? " " : "",
			      hu_known_text(item, "subject"));
		if (*in || !fixes)
			hu_out_printf(to, " (%s%s%s)", in, *in && !fixes ? ", " : "",
				      fixes ? "" : does);
		if (!*hash)
			hu_out_puts(to, " [hash not verified]");
	} else if (!strcmp(list, "workarounds")) {
		hu_out_printf(to, "%s Cost: %s", hu_known_text(item, "do"),
			      hu_known_text(item, "cost"));
	} else if (!strcmp(list, "facts")) {
		hu_out_printf(to, "%s Checked: %s", hu_known_text(item, "what"),
			      hu_known_text(item, "checked"));
	} else if (!strcmp(list, "backports")) {
		hu_out_printf(to, "%s %s", hu_known_text(item, "vendor"),
			      hu_known_text(item, "version"));
	}
}

void hu_known_tried_text(const cJSON *json, struct hu_out *to)
{
	const char *what = "";

	for (const cJSON *item = hu_known_first(hu_known_item(json, "tried")); item;
	     item = item->next) {
		const char *now = hu_known_text(item, "what");
		double ms = cJSON_GetNumberValue(hu_known_item(item, "worst_ms"));
		if (strcmp(what, now) != 0)
			hu_out_printf(to, "%sworst %s: ", to->len ? "; " : "", now);
		else
			hu_out_puts(to, ", ");
		what = now;
		hu_out_duration(to, (hu_ns)(ms * 1e6));
		hu_out_printf(to, " on %s", hu_known_text(item, "kernel"));
	}
}

/* Columns that UTF-8 text takes, near enough: continuation bytes take none. */
static size_t columns(struct hu_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return n;
}

/* Wraps at blanks; a word that is wider than a line gets a line of its own, whole. */
static void wrap(struct hu_out *to, const char *first, const char *indent, const char *text)
{
	struct hu_str rest = hu_str(text);
	size_t at = columns(hu_str(first));
	bool empty = true;

	hu_out_puts(to, first);
	for (struct hu_str word; (word = hu_str_word(&rest)).len;) {
		if (!empty && at + 1 + columns(word) > WIDTH) {
			hu_out_printf(to, "\n%s", indent);
			at = columns(hu_str(indent));
		} else if (!empty) {
			hu_out_putc(to, ' ');
			at++;
		}
		hu_out_str(to, word);
		at += columns(word);
		empty = false;
	}
	hu_out_putc(to, '\n');
}

static void heading(struct hu_out *to, const char *title)
{
	hu_out_printf(to, "\n%s\n", title);
}

static void bullets(struct hu_out *to, const cJSON *json, const char *list, const char *title)
{
	const cJSON *items = hu_known_item(json, list);

	if (!items || !items->child)
		return;
	heading(to, title);
	for (const cJSON *item = hu_known_first(items); item; item = item->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_known_item_text(list, item, &text);
		wrap(to, "  - ", "    ", text.at ? text.at : "");
	}
}

static void stack_line(struct hu_out *to, const cJSON *stack)
{

	for (const cJSON *frame = hu_known_first(stack); frame; frame = frame->next)
		hu_out_printf(to, "%s%s", frame == stack->child ? "" : " <- ", frame->valuestring);
}

static void predicates(struct hu_out *to, const cJSON *matches)
{

	heading(to, "Matches");
	for (const cJSON *predicate = hu_known_first(matches); predicate;
	     predicate = predicate->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out first = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_printf(&first, "  %-10s ", predicate->string);
		for (const cJSON *item = hu_known_first(predicate); item; item = item->next) {
			if (cJSON_IsArray(item)) {
				hu_out_clear(&text);
				stack_line(&text, item);
				wrap(to, first.at, "               ", text.at);
				hu_out_clear(&first);
				hu_out_puts(&first, "             ");
			} else {
				hu_out_printf(&text, "%s%s", text.len ? ", " : "",
					      item->valuestring);
			}
		}
		if (predicate->child && !cJSON_IsArray(predicate->child))
			wrap(to, first.at, "               ", text.at);
	}
}

static void refutations(struct hu_out *to, const cJSON *json)
{
	const cJSON *refutes = hu_known_item(json, "refutes");
	const cJSON *symbols = hu_known_item(json, "symbols");
	const cJSON *rules = hu_known_item(refutes, "facts");
	static const struct {
		const char *name, *text;
	} lists[] = {{"fixed", "With the fix, kallsyms has: "},
		     {"affected", "Without it, kallsyms has: "}};

	if (rules && rules->child)
		heading(to, "Ruled out by");
	for (const cJSON *item = hu_known_first(rules); item; item = item->next)
		wrap(to, "  - ", "    ", hu_known_text(item, "why"));
	bool any = false;
	for (size_t i = 0; i < 2; i++) {
		const cJSON *names = hu_known_item(symbols, lists[i].name);
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_puts(&text, lists[i].text);
		for (const cJSON *item = hu_known_first(names); item; item = item->next)
			hu_out_printf(&text, "%s%s", item == names->child ? "" : ", ",
				      item->valuestring);
		if (!names || !names->child)
			continue;
		if (!any)
			heading(to, "This kernel");
		any = true;
		wrap(to, "  - ", "    ", text.at);
	}
}

static void show(const struct hu_known_entry *e, struct hu_out *to)
{
	const cJSON *json = e->json, *affects = hu_known_item(json, "affects");
	const char *from = hu_known_text(affects, "introduced");
	const char *fixed = hu_known_text(affects, "fixed_in");
	const char *status = hu_known_text(affects, "status");

	hu_out_printf(to, "%s\n", e->id);
	if (e->site)
		hu_out_printf(to, "(of the site's own library: %s)\n", hu_known_file_name(e->file));
	wrap(to, "", "", hu_known_text(json, "title"));
	hu_out_putc(to, '\n');
	wrap(to, "", "", hu_known_text(json, "explains"));
	heading(to, "Kernels");
	hu_out_printf(to, "  Introduced in: %s\n", *from ? from : "not known");
	if (!strcmp(status, "by_design"))
		hu_out_puts(to, "  Fixed in: none; it is how the kernel works\n");
	else
		hu_out_printf(to, "  %s in: %s\n",
			      strcmp(status, "reduced") ? "Fixed" : "Improved, not ended,",
			      *fixed ? fixed : "no release known to this library");
	HU_CLEANUP(hu_out_deinit) struct hu_out tried = {0};
	hu_known_tried_text(json, &tried);
	if (tried.len)
		wrap(to, "  Tried (verified: lab): ", "    ", tried.at);
	predicates(to, hu_known_item(json, "matches"));
	bullets(to, json, "confirm", "What confirms it against its look-alikes");
	refutations(to, json);
	bullets(to, json, "commits", "Commits");
	bullets(to, json, "backports", "Verified backports, the first release with the fix");
	bullets(to, json, "consequences", "Consequences for modules outside the kernel tree");
	bullets(to, json, "workarounds", "Workarounds");
	bullets(to, json, "verify", "How to see that a change helped");
	bullets(to, json, "facts", "What was checked, and how");
	bullets(to, json, "references", "References");
}

struct hu_err *hu_known_show(const char *id, const struct hu_site *site, struct hu_out *to)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	struct hu_err *err = hu_err(
		HU_ERR_USAGE, "no known fix is called \"%s\"; `holdup known list` shows all", id);

	hu_known_lib_load(&lib, site, &problems);
	for (size_t i = 0; i < lib.count; i++)
		if (!strcmp(lib.entries[i].id, id)) {
			hu_err_free(err);
			err = NULL;
			show(&lib.entries[i], to);
		}
	hu_known_lib_deinit(&lib);
	return err;
}

static const char *fixed_text(const cJSON *json)
{
	const cJSON *affects = hu_known_item(json, "affects");
	const char *fixed = hu_known_text(affects, "fixed_in");

	if (*fixed)
		return fixed;
	return strcmp(hu_known_text(affects, "status"), "open") ? "by design" : "open";
}

static const char *tilde(const cJSON *json)
{
	const char *status = hu_known_text(hu_known_item(json, "affects"), "status");

	return strcmp(status, "reduced") ? "" : "~";
}

void hu_known_markdown(const struct hu_known_lib *lib, struct hu_out *to)
{
	hu_out_puts(to, "| id | cause | lock or place | fixed in | verified |\n"
			"|---|---|---|---|---|\n");
	for (size_t i = 0; i < lib->count; i++) {
		const cJSON *json = lib->entries[i].json;
		const cJSON *locks = hu_known_item(hu_known_item(json, "matches"), "lock");
		hu_out_printf(to, "| `%s` | %s | ", lib->entries[i].id,
			      hu_known_text(json, "title"));
		for (const cJSON *item = hu_known_first(locks); item; item = item->next)
			hu_out_printf(to, "%s`%s`", item == locks->child ? "" : ", ",
				      item->valuestring);
		hu_out_printf(to, "%s | %s%s | %s |\n", locks ? "" : "by its stack", tilde(json),
			      fixed_text(json), hu_known_item(json, "tried") ? "lab" : "");
	}
}

struct hu_err *hu_known_list(const struct hu_site *site, struct hu_out *to)
{
	struct hu_problems problems = {0};
	struct hu_known_lib lib = {0};
	size_t width = 2, own = 0;

	hu_known_lib_load(&lib, site, &problems);
	for (size_t i = 0; i < lib.count; i++)
		width = strlen(lib.entries[i].id) > width ? strlen(lib.entries[i].id) : width;
	hu_out_printf(to, "%-*s  %-9s  %s\n", (int)width, "ID", "FIXED IN", "TITLE");
	for (size_t i = 0; i < lib.count; i++) {
		const cJSON *json = lib.entries[i].json;
		HU_CLEANUP(hu_out_deinit) struct hu_out in = {0};
		own += lib.entries[i].site;
		hu_out_printf(&in, "%s%s", tilde(json), fixed_text(json));
		hu_out_printf(to, "%-*s  %-9s  %s%s\n", (int)width, lib.entries[i].id, in.at,
			      lib.entries[i].site ? "* " : "", hu_known_text(json, "title"));
	}
	hu_out_printf(to, "\n%zu entries. ~: improved in that release, not ended.\n", lib.count);
	if (own)
		hu_out_printf(to, "%zu of the site's own library, marked *.\n", own);
	hu_known_lib_deinit(&lib);
	return NULL;
}
