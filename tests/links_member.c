/* A member of a bundle as numbered lines. Shaped for a text of a few megabytes, asked a few times.
 */
#include "tests/links_member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

bool hu_lines_binary(const char *format)
{
	return strcmp(format, "tracedat") == 0 || strcmp(format, "perfdata") == 0 ||
	       strcmp(format, "ctf") == 0 || strcmp(format, "tracefs") == 0;
}

/* A line of `trace-cmd report -t` that is a record: "comm-tid [cpu] stamp: name: …". */
static bool is_record(const char *line)
{
	const char *cpu = strstr(line, " [");

	if (!cpu)
		return false;
	cpu += 2;
	cpu += strspn(cpu, "0123456789");
	if (*cpu != ']')
		return false;
	cpu += 1 + strspn(cpu + 1, " ");
	size_t digits = strspn(cpu, "0123456789.");
	return digits && cpu[digits] == ':';
}

static void run_tool(struct hu_lines *lines, const char *format, const char *file)
{
	HU_CLEANUP(hu_freep) char *command = NULL;
	bool ftrace = strcmp(format, "tracedat") == 0;
	char *line = NULL;
	size_t cap = 0;

	lines->records = true;
	if (ftrace)
		command = hu_test_format("trace-cmd report -t -i '%s' 2>/dev/null", file);
	else if (strcmp(format, "perfdata") == 0)
		command = hu_test_format(
			"perf script -f --ns -G -F comm,tid,time,event -i '%s' 2>/dev/null", file);
	else
		return;
	FILE *pipe = popen(command, "r");
	if (!pipe)
		return;
	while (getline(&line, &cap, pipe) > 0)
		if (ftrace ? is_record(line) : *line != '\n')
			hu_out_puts(&lines->text, line);
	free(line);
	pclose(pipe);
	lines->there = lines->text.len > 0;
}

/* The member's text, or what its tool prints. */
bool hu_lines_open(struct hu_lines *lines, const struct hu_bundle *bundle, const char *path,
		   const char *format)
{
	if (lines->path && strcmp(lines->path, path) == 0)
		return true;
	free(lines->path);
	lines->path = hu_strdup(hu_str(path));
	hu_out_clear(&lines->text);
	lines->there = lines->records = false;
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		if (strcmp(m->path, path) != 0 || !m->file)
			continue;
		if (hu_lines_binary(format))
			run_tool(lines, format, m->file);
		else
			lines->there = hu_test_slurp(m->file, &lines->text);
		return true;
	}
	return false;
}

/* Line `number`, from 1, of the text; false if there are not so many. */
bool hu_lines_at(const struct hu_lines *lines, int64_t number, struct hu_out *ret)
{
	const char *at = lines->text.at, *end = lines->text.at + lines->text.len, *stop;

	for (; number > 1 && at; number--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || at >= end || number < 1)
		return false;
	stop = memchr(at, '\n', (size_t)(end - at));
	hu_out_clear(ret);
	hu_out_bytes(ret, at, (size_t)((stop ? stop : end) - at));
	return true;
}

void hu_lines_deinit(struct hu_lines *lines)
{
	free(lines->path);
	hu_out_deinit(&lines->text);
}
