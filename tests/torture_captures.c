/*
 * Which captures there are: the sound fixtures of all readers, the labelled incidents as folders
 * and as the archives they came in, or whole captures elsewhere. One at a time is laid out, with
 * its files in memory: the largest have some ten megabytes.
 */
#include "tests/torture.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support.h"
#include "tests/tree.h"

struct search {
	const char *folder, *only, *root;
	hu_capture_fn *fn;
	void *data;
	size_t found;
};

static void add_member(struct hu_capture *c, const char *at, const char *path)
{
	c->members = hu_realloc(c->members, (c->count + 1) * sizeof(*c->members));
	struct hu_member *m = &c->members[c->count];
	*m = (struct hu_member){.path = hu_strdup(hu_str(path))};
	if (!hu_test_slurp(at, &m->bytes)) {
		free(m->path);
		return;
	}
	c->count++;
	c->bytes += m->bytes.len;
}

/* All files below bundle/`below`. */
static void add_members(struct hu_capture *c, const char *below)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	char *folder = hu_test_format("%s/%s", c->bundle, below);

	hu_test_dir(folder, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *path = *below ? hu_test_format("%s/%s", below, names.at[i])
				    : hu_strdup(hu_str(names.at[i]));
		char *at = hu_test_format("%s/%s", c->bundle, path);

		if (hu_test_is_dir(at))
			add_members(c, path);
		else if (hu_test_is_file(at))
			add_member(c, at, path);
		free(path);
		free(at);
	}
	free(folder);
}

void hu_capture_deinit(struct hu_capture *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->members[i].path);
		hu_out_deinit(&c->members[i].bytes);
	}
	free(c->members);
	free(c->name);
	free(c->group);
	free(c->bundle);
	cJSON_Delete(c->score);
	*c = (struct hu_capture){0};
}

/* Lays out, calls, clears away. `from` is a file or a folder; `into` NULL: the bundle is the file.
 */
static void visit(struct search *s, const char *group, const char *name, const char *from,
		  const char *into, const cJSON *with, const char *dir, const cJSON *score)
{
	struct hu_capture c = {.name = hu_strdup(hu_str(name)), .group = hu_strdup(hu_str(group))};
	const char *base = strrchr(from, '/') + 1;
	const cJSON *other;

	if (s->only && fnmatch(s->only, name, 0) != 0) {
		hu_capture_deinit(&c);
		return;
	}
	c.root = hu_test_format("%s/run", s->root);
	mkdir(c.root, 0755);
	c.score = cJSON_Duplicate(score, true);
	c.single = !into;
	c.bundle = hu_test_format("%s/%s", c.root, into ? into : base);
	if (c.single) {
		hu_test_copy(from, c.bundle);
		add_member(&c, c.bundle, base);
	} else if (hu_test_is_dir(from) && !with) {
		hu_test_copy(from, c.bundle);
		add_members(&c, "");
	} else if (!with) {
		mkdir(c.bundle, 0755);
		if (!hu_test_unpack(from, c.bundle))
			printf("%s: cannot be unpacked\n", name);
		add_members(&c, "");
	} else {
		char *to = hu_test_format("%s/%s", c.bundle, base);
		mkdir(c.bundle, 0755);
		hu_test_copy(from, to);
		free(to);
		cJSON_ArrayForEach(other, with)
		{
			char *a = hu_test_format("%s/%s", dir, cJSON_GetStringValue(other));
			char *b = hu_test_format("%s/%s", c.bundle, cJSON_GetStringValue(other));
			hu_test_copy(a, b);
			free(a);
			free(b);
		}
		add_members(&c, "");
	}
	s->found++;
	s->fn(&c, s->data);
	hu_test_remove(c.root);
	free(c.root);
	hu_capture_deinit(&c);
}

static void visit_incident(struct search *s, const char *name, const cJSON *truth, const char *dir)
{
	const cJSON *score = cJSON_GetObjectItemCaseSensitive(truth, "score");
	char *packed = hu_test_format("%s/bundle.tar.zst", dir);
	char *folder = hu_test_format("%s/bundle", dir);
	char *long_name = hu_test_format("incidents/%s", name);
	char *archive_name = hu_test_format("archives/%s", name);

	if (hu_test_is_file(packed)) {
		visit(s, "incident", long_name, packed, "bundle", NULL, dir, score);
		visit(s, "archive", archive_name, packed, NULL, NULL, dir, score);
	} else {
		visit(s, "incident", long_name, folder, "bundle", NULL, dir, score);
	}
	free(packed);
	free(folder);
	free(long_name);
	free(archive_name);
}

/* A reader's fixture: its file alone, or with what it needs beside it. */
static void visit_fixture(struct search *s, const char *group, const char *name, const cJSON *truth,
			  const char *dir)
{
	const cJSON *with = cJSON_GetObjectItemCaseSensitive(truth, "with");
	const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(truth, "file"));
	char *from = hu_test_format("%s/%s", dir, file ? file : "");
	char *full = hu_test_format("%s/%s", group, name);
	bool many = cJSON_GetArraySize(with) > 0;

	/* what no reader takes has nothing to lose */
	if (file && !cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(truth, "format")))
		visit(s, group, full, from, many || hu_test_is_dir(from) ? "bundle" : NULL,
		      many ? with : NULL, dir, NULL);
	free(from);
	free(full);
}

static void visit_group(struct search *s, const char *group)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	char *folder = hu_test_format("%s/%s", s->folder, group);

	hu_test_dir(folder, &names);
	for (size_t i = 0; i < names.count; i++) {
		char *dir = hu_test_format("%s/%s", folder, names.at[i]);
		char *label = hu_test_format("%s/truth.json", dir);

		if (strncmp(names.at[i], "bad-", 4) != 0 && hu_test_is_file(label)) {
			cJSON *truth = hu_test_json(label);
			if (strcmp(group, "incidents") == 0)
				visit_incident(s, names.at[i], truth, dir);
			else
				visit_fixture(s, group, names.at[i], truth, dir);
			cJSON_Delete(truth);
		}
		free(dir);
		free(label);
	}
	free(folder);
}

size_t hu_captures(const char *folder, const char *labels, const char *only, const char *root,
		   hu_capture_fn *fn, void *data)
{
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct search s = {folder, only, root, fn, data, 0};
	cJSON *scores = labels ? hu_test_json(labels) : NULL;

	hu_test_dir(folder, &names);
	for (size_t i = 0; i < names.count; i++) {
		if (labels) {
			char *dir = hu_test_format("%s/%s", folder, names.at[i]);
			char *name = hu_test_format("captures/%s", names.at[i]);
			if (hu_test_is_dir(dir))
				visit(&s, "capture", name, dir, "bundle", NULL, dir,
				      cJSON_GetObjectItemCaseSensitive(scores, names.at[i]));
			free(dir);
			free(name);
		} else if (strcmp(names.at[i], "hostile") != 0 && strcmp(names.at[i], "lab") != 0) {
			visit_group(&s, names.at[i]);
		}
	}
	cJSON_Delete(scores);
	return s.found;
}
