/* A report.json as one side of a comparison. It may come from anybody: every value is checked. */
#include "analyzers/side.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *get(const cJSON *node, const char *key)
{
	return node ? cJSON_GetObjectItemCaseSensitive(node, key) : NULL;
}

static const char *text(const cJSON *node, const char *key)
{
	return cJSON_GetStringValue(get(node, key));
}

/* No report of ours has more; they are compared each with each. */
enum { MOST_OPERATIONS = 5000, MOST_INCIDENTS = 1000 };

/* All numbers of a report are below 2^53, and those compared are not negative. */
static int64_t integer(const cJSON *node, const char *key)
{
	const cJSON *value = get(node, key);

	if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0) ||
	    value->valuedouble > 9007199254740991.0)
		return HU_OPEN;
	return (int64_t)value->valuedouble;
}

static double number(const cJSON *node, const char *key)
{
	const cJSON *value = get(node, key);

	return cJSON_IsNumber(value) && isfinite(value->valuedouble) ? value->valuedouble
								     : (double)NAN;
}

static size_t entries(const cJSON *array)
{
	return cJSON_IsArray(array) ? (size_t)cJSON_GetArraySize(array) : 0;
}

static void read_latency(const cJSON *array, struct hu_side_operation *to)
{
	const cJSON *row;

	to->buckets = hu_alloc((entries(array) + 1) * sizeof(*to->buckets));
	cJSON_ArrayForEach(row, array)
	{
		int64_t n[3];
		for (int i = 0; i < 3; i++) {
			const cJSON *value = cJSON_GetArrayItem(row, i);
			if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0) ||
			    value->valuedouble > 9007199254740991.0)
				break;
			n[i] = (int64_t)value->valuedouble;
			if (i == 2)
				to->buckets[to->bucket_count++] =
					(struct hu_side_bucket){n[0], n[1], n[2]};
		}
	}
}

static bool same_kind(const struct hu_side_operation *a, const char *name, const char *by)
{
	return !strcmp(a->name, name) && !strcmp(a->recorded_by, by);
}

static void read_operations(const cJSON *array, struct hu_side *to)
{
	const cJSON *row;

	to->have_operations = cJSON_IsArray(array);
	if (entries(array) > MOST_OPERATIONS)
		return;
	to->operations = hu_alloc((entries(array) + 1) * sizeof(*to->operations));
	cJSON_ArrayForEach(row, array)
	{
		struct hu_side_operation o = {
			.name = text(row, "name"),
			.recorded_by = text(row, "recorded_by"),
			.count = integer(row, "count"),
			.stalled = integer(row, "stalled"),
			.bursts = integer(row, "bursts"),
			.recorded_ns = integer(row, "recorded_ns"),
			.stalled_ns = integer(row, "stalled_ns"),
			.p50_ns = integer(row, "p50_ns"),
			.p90_ns = integer(row, "p90_ns"),
			.p99_ns = integer(row, "p99_ns"),
			.worst_ns = integer(row, "worst_ns"),
			.worst_open = cJSON_IsTrue(get(row, "worst_open")),
		};
		bool twice = false;
		if (!o.name || !o.recorded_by || o.count == HU_OPEN || o.stalled == HU_OPEN ||
		    o.stalled > o.count || !o.count)
			continue;
		for (size_t i = 0; i < to->operation_count; i++)
			twice |= same_kind(&to->operations[i], o.name, o.recorded_by);
		if (twice)
			continue;
		read_latency(get(row, "latency"), &o);
		to->operations[to->operation_count++] = o;
	}
}

static void read_incidents(const cJSON *array, struct hu_side *to)
{
	const cJSON *row;

	if (entries(array) > MOST_INCIDENTS)
		return;
	to->incidents = hu_alloc((entries(array) + 1) * sizeof(*to->incidents));
	cJSON_ArrayForEach(row, array)
	{
		const cJSON *victim = get(row, "victim"), *holder = get(row, "holder"),
			    *fix = cJSON_GetArrayItem(get(row, "known_fixes"), 0);
		struct hu_side_incident in = {
			.id = text(row, "id"),
			.signature = text(row, "signature"),
			.title = text(row, "title"),
			.confidence = text(row, "confidence"),
			.operation = text(victim, "operation"),
			.lock = text(get(row, "lock"), "name"),
			.holder = text(holder, "comm"),
			.role = text(holder, "role"),
			.how = text(holder, "how"),
			.fix = text(fix, "id"),
			.fix_applies = text(fix, "applies"),
			.fixed_in = text(fix, "fixed_in"),
			.stalled = integer(victim, "stalled"),
			.operations = integer(victim, "operations"),
			.worst_ns = integer(victim, "worst_ns"),
			.total_ns = integer(victim, "total_ns"),
			.longest_hold_ns = integer(holder, "longest_hold_ns"),
			.worst_open = cJSON_IsTrue(get(victim, "worst_open")),
		};
		if (!in.id)
			in.id = "?";
		if (in.signature)
			to->incidents[to->incident_count++] = in;
	}
}

static void read_head(const cJSON *json, struct hu_side *to)
{
	const cJSON *host = get(json, "host"), *kernel = get(host, "kernel"),
		    *verdict = get(json, "verdict"), *window = get(json, "window"),
		    *pressure = get(json, "pressure"), *source;

	to->name = text(get(json, "bundle"), "name");
	to->sha256 = text(get(json, "bundle"), "sha256");
	to->hostname = text(host, "hostname");
	to->kernel = text(kernel, "release");
	to->base = text(kernel, "base");
	to->vendor = text(kernel, "vendor");
	to->arch = text(kernel, "arch");
	to->cpus = integer(host, "cpus");
	to->memory_bytes = integer(host, "memory_bytes");
	to->from = text(window, "from");
	to->duration_ns = integer(window, "duration_ns");
	to->outcome = text(verdict, "outcome");
	to->sentence = text(verdict, "sentence");
	to->threshold_ns = integer(verdict, "threshold_ns");
	to->lossy = cJSON_IsTrue(get(verdict, "lossy"));
	to->kswapd_ns = integer(pressure, "kswapd_ns");
	to->direct_ns = integer(pressure, "direct_ns");
	to->slabs_scanned = integer(pressure, "slabs_scanned");
	to->scanned_pages = integer(pressure, "scanned_pages");
	to->psi_some = number(pressure, "psi_memory_some_max");
	cJSON_ArrayForEach(source, get(json, "sources"))
	{
		int64_t n = integer(source, "loss_rows");
		to->losses += n == HU_OPEN || n > 1000000000 ? 0 : n;
	}
}

struct hu_err *hu_side_read(struct hu_str report, const char *word, struct hu_side *ret)
{
	cJSON *json = cJSON_ParseWithLength(report.at ? report.at : "", report.len);
	const char *schema = text(json, "schema");

	*ret = (struct hu_side){.json = json, .word = word};
	if (!schema || strcmp(schema, "holdup.report.v1") != 0) {
		struct hu_err *err =
			hu_err(HU_ERR_BAD_INPUT,
			       json ? "JSON, but no report of holdup's" : "this is no JSON");
		hu_side_deinit(ret);
		return err;
	}
	read_head(json, ret);
	read_operations(get(json, "operations"), ret);
	read_incidents(get(json, "incidents"), ret);
	if (entries(get(json, "operations")) > MOST_OPERATIONS ||
	    entries(get(json, "incidents")) > MOST_INCIDENTS) {
		hu_side_deinit(ret);
		return hu_err(HU_ERR_BAD_INPUT,
			      "more kinds of operations or more causes than a report has");
	}
	if (!ret->outcome || !ret->sentence || ret->threshold_ns == HU_OPEN) {
		hu_side_deinit(ret);
		return hu_err(HU_ERR_BAD_INPUT, "a report without a verdict");
	}
	return NULL;
}

void hu_side_deinit(struct hu_side *side)
{
	for (size_t i = 0; i < side->operation_count; i++)
		free(side->operations[i].buckets);
	free(side->operations);
	free(side->incidents);
	cJSON_Delete(side->json);
	*side = (struct hu_side){0};
}
