/*
 * manifest.json of capture/holdup-capture: what was recorded, how, for whom, and what could not be.
 * A few kilobytes of JSON that our own kit wrote, or somebody's script, or somebody by hand: every
 * key may be missing, and none but `schema` decides anything. docs/capture.md has the form.
 */
#include "db/text.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_FILE = 4 << 20,
	MAX_ITEMS = 1000,
	MAX_TEXT = 400,
	MAX_TAG = 64,
};

static const cJSON *below(const cJSON *at, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(at, key);
}

/* Empty where it is no string. Long ones are cut, in front of a character. */
static struct hu_str text_of(const cJSON *item)
{
	if (!cJSON_IsString(item) || !item->valuestring)
		return (struct hu_str){"", 0};
	struct hu_str text = hu_str_trim(hu_str(item->valuestring));
	if (text.len > MAX_TEXT)
		text.len = MAX_TEXT;
	while (text.len == MAX_TEXT && text.len &&
	       ((unsigned char)text.at[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

static void put_text(struct hu_sink *to, const char *key, const cJSON *item)
{
	struct hu_str text = text_of(item);

	if (text.len)
		hu_put_fact(to, key, text);
}

/* Counts: whole numbers that a double holds exactly. */
static bool whole(const cJSON *item, uint64_t *ret)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
	    item->valuedouble >= 9007199254740992.0)
		return false;
	*ret = (uint64_t)item->valuedouble;
	return (double)*ret == item->valuedouble;
}

static void put_number(struct hu_sink *to, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	hu_put_fact(to, key, hu_str(digits));
}

static void host(struct hu_sink *to, const cJSON *at)
{
	uint64_t value;

	put_text(to, "hostname", below(at, "hostname"));
	put_text(to, "kernel.release", below(at, "kernel"));
	put_text(to, "kernel.arch", below(at, "arch"));
	if (whole(below(at, "cpus"), &value) && value)
		put_number(to, "cpus", value);
	if (whole(below(at, "memory_kb"), &value) && value && value < UINT64_MAX / 1024)
		put_number(to, "memory_bytes", value * 1024);
}

/* "tag.role" for the group that this host belongs to. Keys come from a command line. */
static uint64_t tags(struct hu_sink *to, const cJSON *at)
{
	uint64_t strange = 0, count = 0;
	const cJSON *tag;

	cJSON_ArrayForEach(tag, at)
	{
		char key[MAX_TAG + 8];
		size_t len = tag->string ? strlen(tag->string) : 0;
		if (++count > MAX_ITEMS)
			return strange + 1;
		if (!len || len > MAX_TAG || !cJSON_IsString(tag) ||
		    strspn(tag->string, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_.-") != len) {
			strange++;
			continue;
		}
		snprintf(key, sizeof(key), "tag.%s", tag->string);
		put_text(to, key, tag);
	}
	return strange;
}

/* What the kit could not record is a loss of this bundle, in the kit's own words. */
static uint64_t missing(struct hu_sink *to, const cJSON *at)
{
	const struct hu_gap gap = {.from = HU_OPEN,
				   .to = HU_OPEN,
				   .count = HU_NONE,
				   .cpu = HU_NONE,
				   .kind = HU_LOSS_MISSING};
	uint64_t strange = 0, count = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, at)
	{
		struct hu_str what = text_of(below(item, "what")),
			      why = text_of(below(item, "why"));
		if (!what.len || ++count > MAX_ITEMS) {
			strange++;
			continue;
		}
		hu_put_loss(to, &gap, "not recorded: %.*s%s%.*s", (int)what.len, what.at,
			    why.len ? ": " : "", (int)why.len, why.at);
	}
	return strange;
}

static void tools(struct hu_sink *to, const cJSON *at)
{
	uint64_t count = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, at)
	{
		char key[MAX_TAG + 8];
		struct hu_str name = text_of(below(item, "name"));
		if (!name.len || name.len > MAX_TAG || ++count > MAX_ITEMS)
			continue;
		snprintf(key, sizeof(key), "tool.%.*s", (int)name.len, name.at);
		put_text(to, key, below(item, "version"));
	}
}

static uint64_t notes(struct hu_sink *to, const cJSON *at)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	uint64_t count = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, at)
	{
		struct hu_str text = text_of(item);
		if (!text.len || ++count > MAX_ITEMS)
			continue;
		hu_out_puts(&all, all.len ? "; " : "");
		hu_out_str(&all, text);
	}
	if (all.len)
		hu_put_fact(to, "capture.notes", (struct hu_str){all.at, all.len});
	return 0;
}

static void trace(struct hu_sink *to, const cJSON *at)
{
	uint64_t value;

	if (whole(below(at, "records"), &value))
		put_number(to, "capture.records", value);
	if (whole(below(at, "overwritten"), &value))
		put_number(to, "capture.overwritten", value);
	/* A return that the kernel could not follow (kretprobe's nmissed) is an event lost. */
	if (whole(below(at, "probes_missed"), &value) && value) {
		const struct hu_gap gap = {.from = HU_OPEN,
					   .to = HU_OPEN,
					   .count = (int64_t)value,
					   .cpu = HU_NONE,
					   .kind = HU_LOSS_MISSING};
		hu_put_loss(to, &gap, "%llu hits of probes that the kernel could not record",
			    (unsigned long long)value);
	}
}

static struct hu_err *manifest_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	if (file.text.len > MAX_FILE)
		return hu_err(HU_ERR_BAD_INPUT, "too large for a manifest");
	cJSON *root = cJSON_ParseWithLength(file.text.at, file.text.len);
	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		hu_put_totals(to, 0, file.text.len);
		return hu_err(HU_ERR_BAD_INPUT, "is no JSON object, or one that is cut");
	}
	put_text(to, "capture.schema", below(root, "schema"));
	put_text(to, "capture.version", below(below(root, "generator"), "version"));
	put_text(to, "capture.profile", below(root, "profile"));
	put_text(to, "capture.arguments", below(root, "arguments"));
	put_text(to, "capture.ended_by", below(below(root, "window"), "ended_by"));
	put_text(to, "capture.start_ns", below(below(root, "window"), "start_ns"));
	put_text(to, "capture.end_ns", below(below(root, "window"), "end_ns"));
	put_text(to, "capture.trigger_ns", below(below(root, "window"), "trigger_ns"));
	put_text(to, "kernel.lockdown", below(root, "lockdown"));
	host(to, below(root, "host"));
	trace(to, below(root, "trace"));
	tools(to, below(root, "tools"));
	uint64_t strange = tags(to, below(root, "tags")) + missing(to, below(root, "missing")) +
			   notes(to, below(root, "notes"));
	cJSON_Delete(root);
	if (strange) {
		const struct hu_gap gap = {.from = HU_OPEN,
					   .to = HU_OPEN,
					   .count = (int64_t)strange,
					   .cpu = HU_NONE,
					   .kind = HU_LOSS_UNPARSED};
		hu_put_loss(to, &gap, "entries that are no tag, or name nothing: %llu",
			    (unsigned long long)strange);
	}
	hu_put_totals(to, 1, file.text.len);
	return NULL;
}

/* The schema is the first key. */
static enum hu_match manifest_probe(const struct hu_probe *in)
{
	struct hu_str head = hu_str_trim(in->head);

	if (in->is_dir || !hu_str_starts(head, "{"))
		return HU_MATCH_NO;
	head = hu_str_trim(hu_str_skip(head, 1));
	if (!hu_str_starts(head, "\"schema\""))
		return HU_MATCH_NO;
	head = hu_str_trim(hu_str_skip(head, strlen("\"schema\"")));
	if (!hu_str_starts(head, ":"))
		return HU_MATCH_NO;
	head = hu_str_trim(hu_str_skip(head, 1));
	return hu_str_starts(head, "\"holdup.capture.v1\"") ? HU_MATCH_CERTAIN : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_manifest = {
	.name = "manifest",
	.reads = "manifest.json of holdup-capture: what was recorded, by what, and what could not "
		 "be",
	.clock = HU_CLOCK_NONE,
	.probe = manifest_probe,
	.read = manifest_read,
};
