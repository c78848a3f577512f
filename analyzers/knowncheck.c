/*
 * `holdup known check`: every file, then the confusion matrix: each sample must match its own entry
 * and no other, each negative sample must not match the entry that it stands in.
 */
#include "analyzers/knownlib.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* No entry is larger; what is, is no entry. */
enum { LARGEST = 1 << 20 };

static bool matches(const struct hu_known_lib *lib, const struct hu_known_entry *entry,
		    const struct hu_facts *facts)
{
	struct hu_known_hit hit;

	hu_known_test(lib, entry, facts, &hit);
	bool candidate = hit.candidate;
	hu_known_hit_deinit(&hit);
	return candidate;
}

static void check_samples(const struct hu_known_lib *lib, const struct hu_known_entry *own,
			  const char *list, bool positive, struct hu_problems *p)
{
	int n = 0;

	for (const cJSON *sample = hu_known_first(hu_known_item(own->json, list)); sample;
	     sample = sample->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};
		hu_out_printf(&path, "$.%s[%d]", list, n++);
		struct hu_facts *facts = hu_known_facts_of(hu_known_item(sample, "facts"));
		bool self = matches(lib, own, facts);
		if (positive && !self)
			hu_known_problem(p, own->file, path.at,
					 "this sample does not match its own entry");
		if (!positive && self)
			hu_known_problem(p, own->file, path.at,
					 "this negative sample matches the entry");
		for (size_t i = 0; positive && i < lib->count; i++)
			if (&lib->entries[i] != own && matches(lib, &lib->entries[i], facts))
				hu_known_problem(p, own->file, path.at,
						 "this sample also matches the entry %s",
						 lib->entries[i].id);
		hu_facts_destroy(facts);
	}
}

static struct hu_err *read_file(const char *path, struct hu_out *to)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return hu_err_os(errno, "%s", path);
	char buffer[16384];
	for (size_t n; to->len <= LARGEST && (n = fread(buffer, 1, sizeof(buffer), f)) > 0;)
		hu_out_bytes(to, buffer, n);
	struct hu_err *err = ferror(f) ? hu_err_os(errno, "%s", path) : NULL;
	fclose(f);
	return err;
}

static void add_file(struct hu_known_lib *lib, const char *path, struct hu_problems *p)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_err *err = read_file(path, &text);

	lib->left_out += lib->site && (err || text.len > LARGEST);
	if (err)
		hu_known_problem(p, path, NULL, "cannot be read: %s", hu_err_text(err));
	else if (text.len > LARGEST)
		hu_known_problem(p, path, NULL, "larger than 1 MiB: this is no entry");
	else
		hu_known_lib_add(lib, path, hu_out_view(&text), p);
	hu_err_free(err);
}

static int is_json(const struct dirent *d)
{
	return hu_str_ends(hu_str(d->d_name), ".json");
}

void hu_known_lib_path(struct hu_known_lib *lib, const char *path, struct hu_problems *p)
{
	struct stat st;
	struct dirent **names = NULL;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		add_file(lib, path, p);
		return;
	}
	int n = scandir(path, &names, is_json, alphasort);
	if (n < 0)
		hu_known_problem(p, path, NULL, "cannot be read: %s", strerror(errno));
	if (n == 0)
		hu_known_problem(p, path, NULL, "there is no .json file in this folder");
	for (int i = 0; i < n; i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out file = {0};
		hu_out_printf(&file, "%s/%s", path, names[i]->d_name);
		add_file(lib, file.at, p);
		free(names[i]);
	}
	free(names);
}

struct hu_err *hu_known_check(const char *const *paths, size_t count, struct hu_out *to, int *bad)
{
	struct hu_problems problems = {.to = to};
	struct hu_known_lib lib = {0};

	hu_known_lib_builtin(&lib, count > 0, &problems);
	for (size_t i = 0; i < count; i++)
		hu_known_lib_path(&lib, paths[i], &problems);
	hu_known_lib_finish(&lib, &problems);
	for (size_t i = 0; i < lib.count; i++) {
		check_samples(&lib, &lib.entries[i], "samples", true, &problems);
		check_samples(&lib, &lib.entries[i], "negatives", false, &problems);
	}
	hu_out_printf(to, "%zu %s in use, %d %s\n", lib.count, lib.count == 1 ? "entry" : "entries",
		      problems.count, problems.count == 1 ? "problem" : "problems");
	*bad = problems.count;
	hu_known_lib_deinit(&lib);
	return NULL;
}

void hu_known_site_say(const struct hu_site *site, struct hu_out *to)
{
	struct hu_problems problems = {.to = to};
	struct hu_known_lib lib = {0};

	hu_known_lib_load(&lib, site, &problems);
	struct hu_str rest = hu_out_view(&lib.replaced), line;
	while (hu_str_line(&rest, &line)) {
		struct hu_str id = hu_str_split(&line, '\t');
		hu_out_str(to, line);
		hu_out_puts(to, ": takes the place of the built-in entry ");
		hu_out_str(to, id);
		hu_out_putc(to, '\n');
	}
	hu_known_lib_deinit(&lib);
}
