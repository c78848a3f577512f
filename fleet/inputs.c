/* Operands, folders, patterns and lists as one stream of bundles. */
#include "fleet/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/text.h"

/* A folder that is being gone through. */
struct walk {
	DIR *dir;
	char *path;    /* of the folder */
	char *shown;   /* what stands before an entry's name in what is shown: "" or "a/" */
	char *pattern; /* of the entries; NULL: all */
	bool found;    /* did one match? */
};

struct hu_inputs {
	char *const *operands;
	size_t count, at;
	const struct hu_inputs_ops *ops;
	void *data;

	struct walk walk;
	glob_t folders; /* in which a pattern's last part is looked for */
	size_t folder_at;
	bool globbing, glob_found;
	size_t fixed; /* of the pattern's folders: how much is not shown */

	FILE *list;
	const char *list_name;
	char *line;
	size_t line_cap;
};

struct hu_inputs *hu_inputs_create(char *const *operands, size_t count,
				   const struct hu_inputs_ops *ops, void *data)
{
	struct hu_inputs *inputs = hu_alloc(sizeof(*inputs));

	inputs->operands = operands;
	inputs->count = count;
	inputs->ops = ops;
	inputs->data = data;
	return inputs;
}

static void walk_end(struct walk *walk)
{
	if (walk->dir)
		closedir(walk->dir);
	free(walk->path);
	free(walk->shown);
	free(walk->pattern);
	*walk = (struct walk){0};
}

static void list_end(struct hu_inputs *inputs)
{
	if (inputs->list && inputs->list != stdin)
		fclose(inputs->list);
	inputs->list = NULL;
}

static void glob_end(struct hu_inputs *inputs)
{
	if (inputs->globbing)
		globfree(&inputs->folders);
	inputs->globbing = false;
}

void hu_inputs_destroy(struct hu_inputs *inputs)
{
	if (!inputs)
		return;
	walk_end(&inputs->walk);
	list_end(inputs);
	glob_end(inputs);
	free(inputs->line);
	free(inputs);
}

void hu_inputs_destroyp(struct hu_inputs **inputs)
{
	hu_inputs_destroy(*inputs);
	*inputs = NULL;
}

void hu_input_deinit(struct hu_input *input)
{
	free(input->path);
	free(input->shown);
	*input = (struct hu_input){0};
}

static char *join(const char *a, const char *b)
{
	char *both = NULL;
	size_t n = strlen(a);

	if (asprintf(&both, "%s%s%s", a, n && a[n - 1] != '/' ? "/" : "", b) < 0)
		hu_no_memory();
	return both;
}

const char *hu_inputs_why_not(const char *path, const char *name, bool (*is_own)(const char *path))
{
	static const struct {
		const char *end, *why;
	} ends[] = {
		{".part", "it is still being copied, by its name"},
		{".filepart", "it is still being copied, by its name"},
		{".crdownload", "it is still being copied, by its name"},
		{".tmp", "a temporary file, by its name"},
		{"~", "a backup copy, by its name"},
		{".sha256", "a checksum, by its name"},
		{".sha512", "a checksum, by its name"},
		{".md5", "a checksum, by its name"},
		{"SHA256SUMS", "a list of checksums, by its name"},
		{".asc", "a signature, by its name"},
		{".sig", "a signature, by its name"},
	};
	struct stat st;

	if (*name == '.')
		return "hidden";
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (hu_str_ends(hu_str(name), ends[i].end))
			return ends[i].why;
	/* One that cannot be looked at is a bundle: it will be told as one that could not be read.
	 */
	if (stat(path, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return "neither a folder nor a regular file";
	return S_ISDIR(st.st_mode) && is_own(path) ? "holdup wrote it" : NULL;
}

static bool has_manifest(const char *folder)
{
	HU_CLEANUP(hu_freep) char *path = join(folder, "manifest.json");

	return access(path, F_OK) == 0;
}

static bool is_pattern(const char *path)
{
	struct stat st;

	return strpbrk(path, "*?[") && lstat(path, &st) < 0;
}

/* "a/b*" + "/x?": where the last part begins. */
static size_t last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static void give(struct hu_input *ret, char *path, char *shown)
{
	*ret = (struct hu_input){.path = path, .shown = shown};
}

static struct hu_err *walk_begin(struct walk *walk, const char *path, const char *shown,
				 const char *pattern)
{
	walk->dir = opendir(path);
	if (!walk->dir)
		return hu_err_os(errno, "cannot open %s", path);
	walk->path = hu_strdup(hu_str(path));
	walk->shown = hu_strdup(hu_str(shown));
	walk->pattern = pattern ? hu_strdup(hu_str(pattern)) : NULL;
	return NULL;
}

/* The next bundle in this folder; without one the walk is over. */
static struct hu_err *walk_next(struct hu_inputs *inputs, struct hu_input *ret, bool *more)
{
	struct walk *walk = &inputs->walk;
	struct dirent *e;

	*more = false;
	while (errno = 0, (e = readdir(walk->dir))) {
		const char *name = e->d_name;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (walk->pattern && fnmatch(walk->pattern, name, FNM_PERIOD) != 0)
			continue;
		HU_CLEANUP(hu_freep) char *path = join(walk->path, name);
		const char *why = hu_inputs_why_not(path, name, inputs->ops->is_own);
		if (why) {
			inputs->ops->left_out(inputs->data, path, why);
			continue;
		}
		walk->found = *more = true;
		give(ret, path, join(walk->shown, name));
		path = NULL;
		return NULL;
	}
	struct hu_err *err =
		errno ? hu_err_os(errno, "cannot list the folder %s", walk->path) : NULL;
	inputs->glob_found |= walk->found;
	walk_end(walk);
	return err;
}

/* The folders in which the last part of a pattern may have matches. Few, beside the matches. */
static void glob_begin(struct hu_inputs *inputs, const char *pattern)
{
	size_t last = last_part(pattern), magic = strcspn(pattern, "*?[");
	HU_CLEANUP(hu_freep) char *folder = hu_strdup((struct hu_str){pattern, last});

	inputs->fixed = last_part(strndupa(pattern, magic));
	glob(*folder ? folder : "./", GLOB_ONLYDIR | GLOB_NOSORT, NULL, &inputs->folders);
	inputs->folder_at = 0;
	inputs->globbing = true;
	inputs->glob_found = false;
}

/* Begins the next folder of the pattern; false: there is none, and *ret tells of no match at all.
 */
static bool glob_next(struct hu_inputs *inputs, struct hu_input *ret, bool *more)
{
	const char *pattern = inputs->operands[inputs->at - 1];
	size_t last = last_part(pattern);

	while (inputs->folder_at < inputs->folders.gl_pathc) {
		const char *folder = inputs->folders.gl_pathv[inputs->folder_at++];
		const char *shown =
			last && strlen(folder) > inputs->fixed ? folder + inputs->fixed : "";
		struct hu_err *err = walk_begin(&inputs->walk, folder, shown, pattern + last);
		if (!err)
			return true;
		inputs->ops->left_out(inputs->data, folder, hu_err_text(err));
		hu_err_free(err);
	}
	glob_end(inputs);
	*more = !inputs->glob_found;
	if (*more) /* it is told as a bundle that is not there */
		give(ret, hu_strdup(hu_str(pattern)), hu_strdup(hu_str(pattern)));
	return false;
}

/* "64 hex digits", two blanks or a blank and a star, a path: what sha256sum writes. */
static bool take_stated(struct hu_str *line, char ret[HU_SHA256_TEXT])
{
	enum { DIGITS = HU_SHA256_TEXT - 1 };
	struct hu_str hex = {line->at, DIGITS};

	if (line->len < DIGITS + 3 || line->at[DIGITS] != ' ' ||
	    (line->at[DIGITS + 1] != ' ' && line->at[DIGITS + 1] != '*'))
		return false;
	for (size_t i = 0; i < DIGITS; i++)
		if (!memchr("0123456789abcdef", hex.at[i], 16))
			return false;
	memcpy(ret, hex.at, DIGITS);
	ret[DIGITS] = '\0';
	*line = hu_str_skip(*line, DIGITS + 2);
	return true;
}

static struct hu_err *list_next(struct hu_inputs *inputs, struct hu_input *ret, bool *more)
{
	ssize_t n;

	*more = false;
	while (errno = 0, (n = getline(&inputs->line, &inputs->line_cap, inputs->list)) >= 0) {
		struct hu_str line = {inputs->line, (size_t)n};
		char stated[HU_SHA256_TEXT] = "";
		while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
			line.len--;
		if (!line.len || *line.at == '#')
			continue;
		if (memchr(line.at, '\0', line.len))
			return hu_err(
				HU_ERR_USAGE,
				"%s has bytes in it that no path has: it is no list of bundles",
				inputs->list_name);
		take_stated(&line, stated);
		give(ret, hu_strdup(line), hu_strdup(line));
		memcpy(ret->stated, stated, sizeof(stated));
		*more = true;
		return NULL;
	}
	struct hu_err *err =
		ferror(inputs->list) ? hu_err_os(errno, "cannot read %s", inputs->list_name) : NULL;
	list_end(inputs);
	return err;
}

/* The next operand: begins a walk, a pattern or a list, or is a bundle itself (*more). */
static struct hu_err *operand(struct hu_inputs *inputs, struct hu_input *ret, bool *more)
{
	const char *path = inputs->operands[inputs->at++];
	struct stat st;

	*more = false;
	if (!strcmp(path, "-") || *path == '@') {
		inputs->list_name = *path == '-' ? "standard input" : path + 1;
		inputs->list = *path == '-' ? stdin : fopen(path + 1, "re");
		return inputs->list ? NULL : hu_err_os(errno, "cannot open the list %s", path + 1);
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && !inputs->ops->is_own(path) &&
	    !has_manifest(path))
		return walk_begin(&inputs->walk, path, "", NULL);
	if (is_pattern(path)) {
		glob_begin(inputs, path);
		return NULL;
	}
	struct hu_str name = hu_str(path);
	while (name.len > 1 && name.at[name.len - 1] == '/')
		name.len--;
	const char *slash = memrchr(name.at, '/', name.len);
	if (slash && name.len > 1)
		name = hu_str_skip(name, (size_t)(slash - name.at) + 1);
	*more = true;
	give(ret, hu_strdup(hu_str(path)), hu_strdup(name));
	return NULL;
}

struct hu_err *hu_inputs_next(struct hu_inputs *inputs, struct hu_input *ret, bool *more)
{
	struct hu_err *err = NULL;

	*more = false;
	while (!err && !*more) {
		if (inputs->walk.dir)
			err = walk_next(inputs, ret, more);
		else if (inputs->list)
			err = list_next(inputs, ret, more);
		else if (inputs->globbing)
			glob_next(inputs, ret, more);
		else if (inputs->at < inputs->count)
			err = operand(inputs, ret, more);
		else
			break;
	}
	return err;
}

static void nobody(void *data, const char *path, const char *why)
{
	(void)data;
	(void)path;
	(void)why;
}

static bool never(const char *path)
{
	(void)path;
	return false;
}

int64_t hu_inputs_count(char *const *operands, size_t count)
{
	static const struct hu_inputs_ops ops = {never, nobody};
	int64_t n = 0;
	bool more = true;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(operands[i], "-"))
			return -1;
	HU_CLEANUP(hu_inputs_destroyp)
	struct hu_inputs *inputs = hu_inputs_create(operands, count, &ops, NULL);
	while (more) {
		struct hu_input one = {0};
		struct hu_err *err = hu_inputs_next(inputs, &one, &more);
		n += more && !err;
		hu_input_deinit(&one);
		if (err) {
			hu_err_free(err);
			return -1;
		}
	}
	return n;
}
