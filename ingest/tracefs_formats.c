/* Event formats and lists of names, in the form that they have in a trace.dat. */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/tracefs_formats.h"

#include <string.h>

enum {
	FORMATS_MAX = 64 << 20, /* all of them */
	TEXT_MAX = 64 << 20	/* saved_cmdlines, printk_formats */
};

static void put_number(struct hu_out *to, bool big_endian, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		hu_out_putc(to, (char)(value >> 8 * (big_endian ? bytes - 1 - i : i)));
}

static struct hu_str header(struct hu_tracefs *folder, const char *path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	static const char *const parts[] = {"header_page", "header_event"};

	for (size_t i = 0; i < 2; i++) {
		struct hu_str text = hu_tracefs_text(folder, HU_TRACEFS_TEXT_MAX, "%s/events/%s",
						     path, parts[i]);
		/* Nobody reads the second, but the library wants one. */
		if (!text.len && i)
			text = hu_str("# compressed entry header\n");
		hu_out_bytes(&out, parts[i], strlen(parts[i]) + 1);
		put_number(&out, folder->file->big_endian, text.len, 8);
		hu_out_str(&out, text);
	}
	return hu_tracefs_keep(folder, &out);
}

/* The formats of one system; returns how many. */
static uint32_t formats(struct hu_tracefs *folder, const char *path, const char *system,
			struct hu_out *to)
{
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names events = hu_tracefs_list("%s/events/%s", path, system);
	uint32_t count = 0;

	for (int i = 0; i < events.count && to->len < FORMATS_MAX; i++) {
		struct hu_str text =
			hu_tracefs_text(folder, HU_TRACEFS_TEXT_MAX, "%s/events/%s/%s/format", path,
					system, events.of[i]->d_name);
		if (!text.len)
			continue;
		put_number(to, folder->file->big_endian, text.len, 8);
		hu_out_str(to, text);
		count++;
	}
	return count;
}

static void add_events(struct hu_tracefs *folder, const char *path)
{
	HU_CLEANUP(hu_tracefs_names_deinit)
	struct hu_tracefs_names systems = hu_tracefs_list("%s/events", path);
	HU_CLEANUP(hu_out_deinit) struct hu_out ftrace = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out events = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	bool big = folder->file->big_endian;
	uint32_t count = 0;

	for (int i = 0; i < systems.count && events.len < FORMATS_MAX; i++) {
		const char *system = systems.of[i]->d_name;
		HU_CLEANUP(hu_out_deinit) struct hu_out of = {0};
		uint32_t found = formats(folder, path, system, &of);
		if (!found)
			continue;
		struct hu_out *to = strcmp(system, "ftrace") ? &events : &ftrace;
		if (to == &events) {
			hu_out_bytes(to, system, strlen(system) + 1);
			count++;
		}
		put_number(to, big, found, 4);
		hu_out_bytes(to, of.at, of.len);
	}
	if (!ftrace.len)
		put_number(&ftrace, big, 0, 4);
	put_number(&all, big, count, 4);
	hu_out_bytes(&all, events.at ? events.at : "", events.len);
	folder->file->ftrace_formats = hu_tracefs_keep(folder, &ftrace);
	folder->file->event_formats = hu_tracefs_keep(folder, &all);
}

static struct hu_str sized(struct hu_tracefs *folder, const char *path, const char *name,
			   size_t bytes)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	struct hu_str text = hu_tracefs_text(folder, TEXT_MAX, "%s/%s", path, name);

	put_number(&out, folder->file->big_endian, text.len, bytes);
	hu_out_str(&out, text);
	return hu_tracefs_keep(folder, &out);
}

void hu_tracefs_add_formats(struct hu_tracefs *folder, const char *path)
{
	struct hu_trace_file *file = folder->file;

	file->header = header(folder, path);
	add_events(folder, path);
	file->printk = sized(folder, path, "printk_formats", 4);
	file->cmdlines = sized(folder, path, "saved_cmdlines", 8);
}

#endif
