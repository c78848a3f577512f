/*
 * JSON files to a library of entries: syntax, schema, and the rules that a schema cannot say.
 * Some hundred small files at most. A bad file is refused with its place and what was expected,
 * and the rest is used.
 */
#include "analyzers/knownlib.h"
#include "db/embedded.h"

#include <stdlib.h>
#include <string.h>

extern const struct hu_embedded hu_known_files[];

enum { FAMILY_DEPTH = 4 };

static void entry_deinit(struct hu_known_entry *e)
{
	free(e->file);
	cJSON_Delete(e->json);
	*e = (struct hu_known_entry){0};
}

static void push(struct hu_known_entry **list, size_t *count, struct hu_known_entry e)
{
	*list = hu_realloc(*list, (*count + 1) * sizeof(**list));
	(*list)[(*count)++] = e;
}

/* Takes the entry at `i` out of the list. */
static void drop(struct hu_known_entry *list, size_t *count, size_t i)
{
	entry_deinit(&list[i]);
	memmove(&list[i], &list[i + 1], (--*count - i) * sizeof(*list));
}

static void syntax_problem(struct hu_problems *p, const char *file, struct hu_str text,
			   const char *at)
{
	size_t line = 1, column = 1;

	for (const char *c = text.at; at && c < at && c < text.at + text.len; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	hu_known_problem(p, file, NULL, "not JSON: line %zu, column %zu cannot be understood", line,
			 column);
}

void hu_known_lib_add(struct hu_known_lib *lib, const char *file, struct hu_str text,
		      struct hu_problems *p)
{
	const char *end = NULL;
	text = text.at ? text : hu_str("");
	cJSON *json = cJSON_ParseWithLengthOpts(text.at, text.len, &end, false);

	if (!json) {
		syntax_problem(p, file, text, end);
		lib->left_out += lib->site;
		return;
	}
	while (end < text.at + text.len && (*end == ' ' || (*end >= '\t' && *end <= '\r')))
		end++;
	int before = p->count;
	if (end < text.at + text.len)
		syntax_problem(p, file, text, end);
	bool families = hu_known_item(json, "families") != NULL;
	if (!lib->trust || lib->site)
		hu_known_schema_check(families ? "families" : "entry", json, file, p);
	if (p->count > before) {
		cJSON_Delete(json);
		lib->left_out += lib->site;
		return;
	}
	struct hu_known_entry e = {hu_strdup(hu_str(file)), json, hu_known_text(json, "id"),
				   lib->site};
	if (families)
		push(&lib->families, &lib->family_files, e);
	else
		push(&lib->entries, &lib->count, e);
}

void hu_known_lib_builtin(struct hu_known_lib *lib, bool families_only, struct hu_problems *p)
{
	for (const struct hu_embedded *f = hu_known_files; f->name; f++) {
		struct hu_str text = {(const char *)f->bytes, f->len};
		HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
		hu_out_printf(&name, "%s.json", f->name);
		if (!families_only || hu_str_find(text, "\"families\"") >= 0)
			hu_known_lib_add(lib, name.at, text, p);
	}
}

/* The levels of families below one frame pattern; more than FAMILY_DEPTH where they go round. */
static int depth_of(const struct hu_known_lib *lib, const char *pattern, int level,
		    const char **unknown)
{
	int deepest = level;

	pattern += *pattern == '>';

	if (level > FAMILY_DEPTH)
		return level;
	while (*pattern) {
		size_t n = strcspn(pattern, "|");
		if (*pattern == '@') {
			const cJSON *frames = hu_known_family(lib, pattern + 1, n - 1);
			if (!frames)
				*unknown = pattern;
			for (const cJSON *item = hu_known_first(frames); item; item = item->next) {
				int d = depth_of(lib, item->valuestring, level + 1, unknown);
				deepest = d > deepest ? d : deepest;
			}
		}
		pattern += n + (pattern[n] == '|');
	}
	return deepest;
}

static void check_frame(const struct hu_known_lib *lib, const cJSON *frame, const char *file,
			const char *path, struct hu_problems *p)
{
	const char *unknown = NULL;

	if (depth_of(lib, frame->valuestring, 0, &unknown) > FAMILY_DEPTH)
		hu_known_problem(
			p, file, path,
			"\"%s\": these families go round, or nest deeper than %d; expected: "
			"families that end in names of functions",
			frame->valuestring, FAMILY_DEPTH);
	else if (unknown)
		hu_known_problem(p, file, path,
				 "no family is called \"%.*s\"; expected: one of families.json",
				 (int)strcspn(unknown, "|"), unknown);
}

static void check_stacks(const struct hu_known_lib *lib, const cJSON *predicates, const char *file,
			 const char *path, struct hu_problems *p)
{
	static const char *const names[] = {"waiter", "holder", "stack"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int s = 0;
		for (const cJSON *stack = hu_known_first(hu_known_item(predicates, names[i]));
		     stack; stack = stack->next) {
			int f = 0;
			for (const cJSON *frame = hu_known_first(stack); frame;
			     frame = frame->next) {
				HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
				hu_out_printf(&at, "%s.%s[%d][%d]", path, names[i], s, f++);
				check_frame(lib, frame, file, at.at, p);
				if (frame == stack->child && *frame->valuestring == '>')
					hu_known_problem(p, file, at.at,
							 "'>' needs a frame before it");
			}
			s++;
		}
	}
}

/* The list `list` of `object` may only name predicates of the entry. */
static void check_named(const cJSON *matches, const cJSON *object, const char *list,
			const char *file, const char *path, struct hu_problems *p)
{

	for (const cJSON *item = hu_known_first(hu_known_item(object, list)); item;
	     item = item->next) {
		if (!hu_known_item(matches, item->valuestring))
			hu_known_problem(p, file, path,
					 "\"%s\" names \"%s\", which is not among the predicates",
					 list, item->valuestring);
	}
}

/* Full stops that end a sentence: before a blank and a capital, or at the end. */
static int sentences(const char *text)
{
	int n = 0;

	for (const char *c = text; *c; c++)
		if ((*c == '.' || *c == '!' || *c == '?') &&
		    (!c[1] || (c[1] == ' ' && !(c[2] >= 'a' && c[2] <= 'z'))))
			n++;
	return n;
}

static void check_affects(const cJSON *json, const char *file, struct hu_problems *p)
{
	const cJSON *affects = hu_known_item(json, "affects");
	const char *fixed = hu_known_text(affects, "fixed_in");
	const char *from = hu_known_text(affects, "introduced");
	const char *status = hu_known_text(affects, "status");
	bool cure = !strcmp(status, "fixed") || !strcmp(status, "reduced");
	struct hu_kver a, b;

	if (cure && !*fixed)
		hu_known_problem(p, file, "$.affects.fixed_in",
				 "a version is expected where status is %s", status);
	if (!cure && *fixed)
		hu_known_problem(p, file, "$.affects.fixed_in",
				 "null is expected where status is %s", status);
	if (*fixed && *from && hu_kver_mainline(hu_str(from), &a) &&
	    hu_kver_mainline(hu_str(fixed), &b) && hu_kver_compare(&a, &b) >= 0)
		hu_known_problem(p, file, "$.affects",
				 "introduced (%s) is not before fixed_in (%s)", from, fixed);
}

static void check_entry(const struct hu_known_lib *lib, const struct hu_known_entry *e,
			struct hu_problems *p)
{
	static const char *const anchors[] = {"lock", "waiter", "holder", "stack", "dmesg"};
	const cJSON *matches = hu_known_item(e->json, "matches");
	const cJSON *symbols = hu_known_item(e->json, "symbols");
	bool anchored = false;
	int n = 0;

	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
	hu_out_printf(&name, "%s.json", e->id);
	if (strcmp(hu_known_file_name(e->file), name.at) != 0)
		hu_known_problem(p, e->file, "$.id", "the file should be called %s", name.at);
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
		anchored |= hu_known_item(matches, anchors[i]) != NULL;
	if (!anchored)
		hu_known_problem(p, e->file, "$.matches",
				 "one of lock, waiter, holder, stack and dmesg is expected");
	check_named(matches, matches, "needs", e->file, "$.matches", p);
	check_named(matches, matches, "decides", e->file, "$.matches", p);
	check_stacks(lib, matches, e->file, "$.matches", p);
	for (const cJSON *item =
		     hu_known_first(hu_known_item(hu_known_item(e->json, "refutes"), "facts"));
	     item; item = item->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
		hu_out_printf(&at, "$.refutes.facts[%d].match", n++);
		check_stacks(lib, hu_known_item(item, "match"), e->file, at.at, p);
		check_named(matches, item, "unless", e->file, at.at, p);
	}
	for (const cJSON *item = hu_known_first(hu_known_item(e->json, "tried")); item;
	     item = item->next)
		if (!(cJSON_GetNumberValue(hu_known_item(item, "worst_ms")) >= 0) ||
		    cJSON_GetNumberValue(hu_known_item(item, "worst_ms")) > 1e9)
			hu_known_problem(p, e->file, "$.tried",
					 "worst_ms is out of range; expected: milliseconds");
	n = sentences(hu_known_text(e->json, "explains"));
	if (n != 3)
		hu_known_problem(p, e->file, "$.explains", "three sentences are expected, not %d",
				 n);
	check_affects(e->json, e->file, p);
	for (const cJSON *item = hu_known_first(hu_known_item(symbols, "fixed")); item;
	     item = item->next)
		if (hu_known_lists(hu_known_item(symbols, "affected"), item->valuestring))
			hu_known_problem(p, e->file, "$.symbols",
					 "\"%s\" cannot tell fixed from affected: it is in both",
					 item->valuestring);
}

/* A name that another file of families has: its frames would change under the entries that use it.
 */
static void check_redefined(const struct hu_known_lib *lib, size_t file, const cJSON *family,
			    struct hu_problems *p)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};

	hu_out_printf(&at, "$.families.%s", family->string);
	for (size_t i = 0; i < file; i++)
		if (hu_known_item(hu_known_item(lib->families[i].json, "families"), family->string))
			hu_known_problem(
				p, lib->families[file].file, at.at,
				"%s has a family of this name already; expected: another name",
				hu_known_file_name(lib->families[i].file));
}

static void check_family(const struct hu_known_lib *lib, const struct hu_known_entry *e,
			 const cJSON *family, struct hu_problems *p)
{
	int n = 0;

	for (const cJSON *frame = hu_known_first(hu_known_item(family, "frames")); frame;
	     frame = frame->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out at = {0};
		hu_out_printf(&at, "$.families.%s.frames[%d]", family->string, n++);
		check_frame(lib, frame, e->file, at.at, p);
		if (*frame->valuestring == '>')
			hu_known_problem(p, e->file, at.at, "'>' has no meaning in a family");
	}
}

/* One file after the other; what fails is dropped before anybody asks it for a family. */
static void check_families(struct hu_known_lib *lib, bool names_only, struct hu_problems *p)
{
	for (size_t i = 0; i < lib->family_files;) {
		const struct hu_known_entry *e = &lib->families[i];
		int before = p->count;
		for (const cJSON *family = hu_known_first(hu_known_item(e->json, "families"));
		     family && (e->site || !lib->trust); family = family->next) {
			if (!names_only)
				check_family(lib, e, family, p);
			else if (e->site)
				check_redefined(lib, i, family, p);
		}
		if (p->count > before) {
			lib->left_out += e->site;
			drop(lib->families, &lib->family_files, i);
		} else {
			i++;
		}
	}
}

/* Of one id the site's own comes first. */
static int by_id(const void *a, const void *b)
{
	const struct hu_known_entry *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	if (!order)
		order = y->site - x->site;
	return order ? order : strcmp(x->file, y->file);
}

static void check_entries(struct hu_known_lib *lib, struct hu_problems *p)
{
	for (size_t i = 0; i < lib->count;) {
		int before = p->count;
		if (lib->entries[i].site || !lib->trust)
			check_entry(lib, &lib->entries[i], p);
		if (p->count > before) {
			lib->left_out += lib->entries[i].site;
			drop(lib->entries, &lib->count, i);
		} else {
			i++;
		}
	}
}

/* Entries are sorted and sound: the first of each id stays. */
static void drop_doubles(struct hu_known_lib *lib, struct hu_problems *p)
{
	for (size_t i = 1; i < lib->count;) {
		const struct hu_known_entry *first = &lib->entries[i - 1], *e = &lib->entries[i];
		if (strcmp(e->id, first->id) != 0) {
			i++;
			continue;
		}
		if (first->site && !e->site) {
			hu_out_printf(&lib->replaced, "%s\t%s\n", first->id,
				      hu_known_file_name(first->file));
		} else {
			hu_known_problem(
				p, e->file, "$.id",
				"\"%s\" is the id of %s already; expected: an id of its own", e->id,
				first->file);
			lib->left_out += e->site;
		}
		drop(lib->entries, &lib->count, i);
	}
}

void hu_known_lib_finish(struct hu_known_lib *lib, struct hu_problems *p)
{
	if (lib->count)
		qsort(lib->entries, lib->count, sizeof(*lib->entries), by_id);
	check_families(lib, true, p);
	check_families(lib, false, p);
	check_entries(lib, p);
	drop_doubles(lib, p);
}

void hu_known_lib_load(struct hu_known_lib *lib, const struct hu_site *site, struct hu_problems *p)
{
	struct hu_problems none = {0};

	lib->trust = true;
	hu_known_lib_builtin(lib, false, &none);
	lib->site = true;
	for (size_t i = 0; site && i < site->count; i++)
		hu_known_lib_path(lib, site->paths[i], p);
	hu_known_lib_finish(lib, p);
}

const char *hu_known_file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void hu_known_lib_deinit(struct hu_known_lib *lib)
{
	for (size_t i = 0; i < lib->count; i++)
		entry_deinit(&lib->entries[i]);
	for (size_t i = 0; i < lib->family_files; i++)
		entry_deinit(&lib->families[i]);
	free(lib->entries);
	free(lib->families);
	hu_out_deinit(&lib->replaced);
	*lib = (struct hu_known_lib){0};
}
