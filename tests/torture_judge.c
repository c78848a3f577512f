/*
 * Is a run over a broken capture as it must be? A few comparisons with the run over the whole one:
 * what it says is lost, and what it claims. A missing row is a fault only if nothing tells of it.
 */
#include "tests/torture.h"

#include <string.h>

#include "tests/checks.h"
#include "tests/score.h"
#include "tests/support.h"

const char *const hu_wrong_names[HU_WRONGS] = {"exit status", "sanitizer", "time",   "memory",
					       "silent loss", "refuted",   "report", "halves"};

static const char *text_of(const cJSON *in, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in, key));

	return text ? text : "";
}

static const cJSON *item_of(const cJSON *in, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(in, key);
}

/* The table of exit statuses, from what the sources say of themselves. */
static void judge_exit(struct hu_run *run)
{
	struct hu_out *why = &run->broken[HU_WRONG_EXIT];
	size_t usable = 0, nothing = 0;
	int want;

	for (size_t i = 0; i < run->count; i++) {
		const struct hu_source_told *s = &run->sources[i];
		bool some = strcmp(s->status, "complete") == 0 || strcmp(s->status, "partial") == 0;
		usable += s->read && some;
		nothing += s->read && !some;
	}
	want = !usable ? 3 : nothing ? 1 : 0;
	if (run->status >= 128) /* told already */
		return;
	if (run->status != want)
		hu_out_printf(why, "status %d; by its sources it is %d\n", run->status, want);
	if (run->status && !run->said.len && !run->published)
		hu_out_printf(why, "status %d, and not a word\n", run->status);
	if (run->status < 2 && !run->published)
		hu_out_printf(why, "status %d without a report\n", run->status);
}

/* What every report keeps, whatever it tells. */
static void judge_report(struct hu_run *run)
{
	static const char *const always[] = {
		"{\"path\":\"/schema\",\"is\":\"holdup.report.v1\"}",
		"{\"path\":\"/verdict/sentence\",\"present\":true}",
		"{\"path\":\"/verdict/outcome\",\"one_of\":[\"found\",\"clear\",\"undecided\","
		"\"not_assessed\"]}",
		"{\"path\":\"/bundle/sha256\",\"present\":true}",
		"{\"path\":\"/analyzers\",\"present\":true}",
		"{\"all\":\"/incidents/*/chain/*/share\",\"at_least\":0,\"at_most\":1.000001}",
		"{\"all\":\"/incidents/*/confidence\",\"one_of\":[\"high\",\"medium\",\"low\"]}",
	};
	struct hu_out *why = &run->broken[HU_WRONG_REPORT];
	const cJSON *source;
	size_t i = 0;

	for (size_t k = 0; k < sizeof(always) / sizeof(always[0]); k++) {
		cJSON *rule = cJSON_Parse(always[k]);
		struct hu_out said HU_CLEANUP(hu_out_deinit) = {0};
		if (!hu_test_check(run->report, rule, &said))
			hu_out_printf(why, "%s\n", said.at);
		cJSON_Delete(rule);
	}
	/* The same sources as the store's, with the same counts. */
	cJSON_ArrayForEach(source, item_of(run->report, "sources"))
	{
		const struct hu_source_told *s = i < run->count ? &run->sources[i] : NULL;
		const cJSON *records = item_of(source, "records");
		const cJSON *losses = item_of(source, "loss_rows");
		i++;
		if (!s || strcmp(text_of(source, "path"), s->path) != 0 ||
		    strcmp(text_of(source, "status"), s->status) != 0 || !cJSON_IsNumber(records) ||
		    records->valuedouble != (double)s->records || !cJSON_IsNumber(losses) ||
		    losses->valuedouble != (double)s->losses)
			hu_out_printf(why, "source %zu is not the store's\n", i);
		else if (strcmp(s->status, "complete") != 0 && !*s->error)
			hu_out_printf(why, "%s is %s without a reason\n", s->path, s->status);
		else if (strcmp(s->status, "complete") != 0 && s->read &&
			 strcmp(text_of(source, "error"), s->error) != 0)
			hu_out_printf(why, "%s: the report keeps its error back\n", s->path);
	}
	if (i != run->count)
		hu_out_printf(why, "%zu sources of %zu\n", i, run->count);
}

static const struct hu_source_told *source_of(const struct hu_run *run, const char *path)
{
	for (size_t i = 0; i < run->count; i++)
		if (strcmp(run->sources[i].path, path) == 0)
			return &run->sources[i];
	return NULL;
}

/* Something is told, of whatever source, that was not told of the whole capture. */
static bool tells_more(const struct hu_run *whole, const struct hu_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct hu_source_told *s = &run->sources[i];
		const struct hu_source_told *before = source_of(whole, s->path);
		if (strcmp(s->status, "complete") != 0 && *s->error &&
		    (!before || strcmp(before->error, s->error) != 0))
			return true;
	}
	return false;
}

static bool tells(const struct hu_source_told *before, const struct hu_source_told *after)
{
	bool partial = strcmp(after->status, "complete") != 0 && *after->error;

	/* A loss that was not told before. */
	for (struct hu_str rest = hu_str(after->lost), line; hu_str_line(&rest, &line);) {
		HU_CLEANUP(hu_freep) char *loss = hu_strdup(line);
		if (!strstr(before->lost, loss))
			return true;
	}
	return (partial && (strcmp(before->status, after->status) != 0 ||
			    strcmp(before->error, after->error) != 0)) ||
	       after->losses > before->losses;
}

static bool is_text(const struct hu_out *bytes)
{
	return !memchr(bytes->len ? bytes->at : "", '\0', bytes->len);
}

/* The member is the source, or one of the files of a folder that is read as one: nothing lists what
 * such a folder should hold. */
static bool is_of(const char *member, const char *source)
{
	size_t len = strlen(source);

	return strcmp(source, ".") == 0 || hu_str_ends(hu_str(source), member) ||
	       (strncmp(member, source, len) == 0 && member[len] == '/');
}

/* Every event that the whole capture has is read, or something says that one is not. */
static void judge_losses(const struct hu_capture *c, const struct hu_case *k,
			 const struct hu_run *whole, struct hu_run *run)
{
	const struct hu_member *m = &c->members[k->member];
	struct hu_out *why = &run->broken[HU_WRONG_SILENT];

	if (!run->published) {
		if (!run->said.len)
			hu_out_puts(why, "no report, and no word why\n");
		return;
	}
	/* Nobody can tell a text that was cut between two lines from one that ended there. */
	if (k->at_line && is_text(&m->bytes))
		return;
	for (size_t i = 0; i < whole->count; i++) {
		const struct hu_source_told *before = &whole->sources[i];
		const struct hu_source_told *after = source_of(run, before->path);
		bool gone = k->harm >= HU_HARM_MISSING && is_of(m->path, before->path);
		if (!before->read || gone)
			continue;
		if (!after) {
			if (!tells_more(whole, run))
				hu_out_printf(why, "%s is gone\n", before->path);
			continue;
		}
		/* What has lost its head may be a text with a table in it: that is told. */
		if (after->read && strcmp(before->format, after->format) != 0)
			continue;
		int64_t had = before->counted ? before->counted : before->records;
		int64_t has = before->counted ? after->counted : after->records;
		/* Of a text, a bit can make one line of two, or a remark of a line. */
		if (k->harm == HU_HARM_FLIP && is_text(&m->bytes) && has + 1 >= had)
			continue;
		if (!after->read ? *after->error != '\0' : has >= had || tells(before, after))
			continue;
		if (!tells_more(whole, run))
			hu_out_printf(why, "%s: %lld of %lld records, and no word of the others\n",
				      before->path, (long long)has, (long long)had);
	}
}

/* The incident of the whole capture that is about the same lock. One that is only told by where it
 * was taken is some lock. */
static bool same_lock(const cJSON *a, const cJSON *b)
{
	const cJSON *lock = item_of(a, "lock"), *other = item_of(b, "lock");

	if (!hu_score_named(lock))
		return true;
	if (!cJSON_IsObject(lock) || !cJSON_IsObject(other))
		return cJSON_IsObject(lock) == cJSON_IsObject(other);
	return (*text_of(lock, "address") &&
		strcmp(text_of(lock, "address"), text_of(other, "address")) == 0) ||
	       strcmp(text_of(lock, "name"), text_of(other, "name")) == 0;
}

/* What told the name of a task may be gone: then its number stands for it. */
static bool has_holder(const cJSON *incident, const cJSON *wanted)
{
	const char *comm = text_of(wanted, "comm");
	const cJSON *tid = item_of(wanted, "tid"), *holder;

	cJSON_ArrayForEach(holder, item_of(incident, "holders"))
	{
		if (strcmp(text_of(holder, "comm"), comm) == 0)
			return true;
		if (hu_str_starts(hu_str(comm), "tid ") && cJSON_IsNumber(tid) &&
		    cJSON_Compare(item_of(holder, "tid"), tid, true))
			return true;
	}
	return false;
}

/* A holder that the whole capture, of the same lock, does not have. */
static void judge_holders(const struct hu_run *whole, struct hu_run *run, const cJSON *incident)
{
	const cJSON *holder, *other;

	cJSON_ArrayForEach(holder, item_of(incident, "holders"))
	{
		bool known = false;
		if (strcmp(text_of(holder, "how"), "signature") == 0)
			continue;
		cJSON_ArrayForEach(other, item_of(whole->report, "incidents")) known |=
			same_lock(incident, other) && has_holder(other, holder);
		if (!known)
			hu_out_printf(&run->broken[HU_WRONG_FOUND],
				      "%s (%s) as a holder, which the whole capture does not say: "
				      "%s\n",
				      text_of(holder, "comm"), text_of(holder, "how"),
				      text_of(incident, "title"));
	}
}

/* No answer that the whole capture refutes. */
static void judge_found(const struct hu_capture *c, const struct hu_run *whole, struct hu_run *run)
{
	const char *outcome = text_of(item_of(run->report, "verdict"), "outcome");
	const char *before = text_of(item_of(whole->report, "verdict"), "outcome");
	struct hu_out *why = &run->broken[HU_WRONG_FOUND];
	const cJSON *incident;

	if (strcmp(outcome, "found") != 0 && strcmp(outcome, "undecided") != 0)
		return;
	if (c->score) {
		struct hu_out said HU_CLEANUP(hu_out_deinit) = {0};
		struct hu_out was HU_CLEANUP(hu_out_deinit) = {0};
		if (hu_score_judge(c->score, run->report, &said) == HU_WRONG &&
		    hu_score_judge(c->score, whole->report, &was) != HU_WRONG)
			hu_out_printf(why, "%s\n", said.at);
		return;
	}
	if (strcmp(before, "clear") == 0 && strcmp(outcome, "found") == 0)
		hu_out_printf(why, "found where the whole capture is clear: %s\n",
			      text_of(item_of(run->report, "verdict"), "sentence"));
	if (strcmp(before, "found") == 0)
		cJSON_ArrayForEach(incident, item_of(run->report, "incidents"))
			judge_holders(whole, run, incident);
}

void hu_run_judge(const struct hu_capture *c, const struct hu_case *k, const struct hu_run *whole,
		  struct hu_run *run)
{
	judge_exit(run);
	if (run->report)
		judge_report(run);
	if (!k || run->status >= 99) /* it was not heard to its end */
		return;
	judge_losses(c, k, whole, run);
	if (run->report && whole->report)
		judge_found(c, whole, run);
}
