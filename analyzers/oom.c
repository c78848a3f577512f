/*
 * Tasks that the kernel killed for memory, from its own lines; the wordings of 3.10 to 7.x. A storm
 * is some dozen reports.
 */
#include "analyzers/trouble.h"

#include <stdlib.h>
#include <string.h>

enum { STORM = 5 }; /* so many kills: not one task that grew */

struct kill {
	int32_t tid;
	const char *comm, *text, *constraint, *memcg, *asker; /* NULL: not told */
	int64_t anon_kb;				      /* -1 */
	hu_ns at;					      /* case time, or HU_OPEN */
	struct hu_ref ref, report; /* the line that says killed; the one that opened it */
};
typedef HU_VEC(struct kill) kills;

/* The text behind `key` up to one of `ends` or the line's end; empty: no such key. */
static struct hu_str behind(struct hu_str line, const char *key, const char *ends)
{
	ptrdiff_t at = hu_str_find(line, key);

	if (at < 0)
		return (struct hu_str){NULL, 0};
	struct hu_str rest = hu_str_skip(line, (size_t)at + strlen(key));
	size_t n = 0;
	while (n < rest.len && !strchr(ends, rest.at[n]))
		n++;
	return (struct hu_str){rest.at, n};
}

/* mm/oom_kill.c: "Killed process 184 (memhog) total-vm:…", with "UID 0," before or behind the name
 * in some kernels. */
static bool parse_killed(struct hu_model *m, struct hu_str line, struct kill *ret)
{
	ptrdiff_t at = hu_str_find(line, "Killed process ");
	int64_t tid, kb;

	if (at < 0)
		return false;
	struct hu_str rest = hu_str_skip(line, (size_t)at + strlen("Killed process "));
	if (!hu_str_i64(behind(rest, "", " ,"), &tid) || tid <= 0 || tid > INT32_MAX)
		return false;
	/* A name may have brackets in it: what stands behind it ends it. */
	ptrdiff_t open = hu_str_find(rest, "("), close = hu_str_find(rest, ") total-vm");
	if (close < 0)
		close = hu_str_find(rest, "), ");
	if (close < 0)
		close = hu_str_find(rest, ")");
	ret->tid = (int32_t)tid;
	if (open >= 0 && close > open)
		ret->comm = hu_model_string(
			m, (struct hu_str){rest.at + open + 1, (size_t)(close - open - 1)});
	ret->anon_kb = hu_str_i64(behind(rest, "anon-rss:", "k,"), &kb) ? kb : -1;
	if (hu_str_find(line, "emory cgroup out of memory") >= 0)
		ret->constraint = "CONSTRAINT_MEMCG";
	return true;
}

/* What the lines before a kill told of it. */
struct told {
	int64_t source;
	int32_t pid;
	const char *constraint, *memcg, *asker;
	struct hu_ref report;
};

/* The same words in another log are the same kill, and that log may tell more of it. */
static bool known(kills *all, const struct kill *k)
{
	for (size_t i = 0; i < all->count; i++) {
		struct kill *have = &all->at[i];
		if (have->text != k->text || have->ref.source == k->ref.source)
			continue;
		if (!have->asker) {
			have->asker = k->asker;
			have->report = k->report;
		}
		have->constraint = have->constraint ? have->constraint : k->constraint;
		have->memcg = have->memcg ? have->memcg : k->memcg;
		have->at = have->at == HU_OPEN ? k->at : have->at;
		return true;
	}
	return false;
}

static void read_line(struct hu_conclusion *c, struct hu_rows *rows, struct told *told, kills *to)
{
	struct hu_str line = hu_rows_str(rows, 4);
	struct hu_ref ref = {"message", hu_rows_int(rows, 0), hu_rows_int(rows, 1),
			     hu_rows_int(rows, 2)};
	ptrdiff_t asks = hu_str_find(line, " invoked oom-killer");
	struct kill k = {.ref = ref,
			 .at = hu_rows_int_or(rows, 3, HU_OPEN),
			 .text = hu_model_string(c->m, line)};
	int64_t pid;

	if (ref.source != told->source)
		*told = (struct told){.source = ref.source};
	if (asks > 0) {
		told->asker = hu_model_string(c->m, (struct hu_str){line.at, (size_t)asks});
		told->report = ref;
		return;
	}
	if (hu_str_find(line, "oom-kill:constraint=") >= 0) {
		struct hu_str memcg = behind(line, "oom_memcg=", ",");
		told->constraint = hu_model_string(c->m, behind(line, "constraint=", ","));
		told->memcg = memcg.len ? hu_model_string(c->m, memcg) : NULL;
		told->pid = hu_str_i64(behind(line, ",pid=", ","), &pid) ? (int32_t)pid : 0;
		return;
	}
	if (!parse_killed(c->m, line, &k))
		return;
	k.asker = told->asker;
	k.report = told->report;
	if (told->pid == k.tid) {
		k.constraint = told->constraint;
		k.memcg = told->memcg;
	}
	if (!known(to, &k))
		HU_PUSH(to, k);
	*told = (struct told){.source = ref.source};
}

static int by_time(const void *a, const void *b)
{
	const struct kill *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->ref.source != y->ref.source)
		return x->ref.source < y->ref.source ? -1 : 1;
	return x->ref.row < y->ref.row ? -1 : x->ref.row > y->ref.row;
}

struct name_count {
	const char *name;
	size_t n;
};
typedef HU_VEC(struct name_count) counts;

static int most_first(const void *a, const void *b)
{
	const struct name_count *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void count_name(counts *to, const char *name)
{
	struct name_count fresh = {name ? name : "?", 1};

	for (size_t i = 0; i < to->count; i++)
		if (!strcmp(to->at[i].name, fresh.name)) {
			to->at[i].n++;
			return;
		}
	HU_PUSH(to, fresh);
}

/* "memhog 11 times, trace-cmd 3 times and 2 others" */
static void say_counts(const counts *all, const char *unit, struct hu_out *to)
{
	enum { TOLD = 3 };

	for (size_t i = 0; i < all->count && i < TOLD; i++) {
		hu_out_printf(to, "%s%s", i ? ", " : "", all->at[i].name);
		if (all->at[i].n > 1)
			hu_out_printf(to, " %zu %s", all->at[i].n, unit);
	}
	if (all->count > TOLD)
		hu_out_printf(to, " and %zu other%s", all->count - TOLD,
			      all->count == TOLD + 1 ? "" : "s");
}

static const char *word_of(const char *constraint)
{
	static const char *const known[][2] = {
		{"CONSTRAINT_MEMCG", "in a memory cgroup"},
		{"CONSTRAINT_CPUSET", "on the nodes of a cpuset"},
		{"CONSTRAINT_MEMORY_POLICY", "on the nodes of a memory policy"},
		{NULL, NULL},
	};

	for (size_t i = 0; constraint && known[i][0]; i++)
		if (!strcmp(constraint, known[i][0]))
			return known[i][1];
	return NULL;
}

static void say_title(struct hu_conclusion *c, const struct kill *k, size_t count,
		      const counts *victims, struct hu_out *to)
{
	const char *where = word_of(k->constraint);

	hu_out_printf(to, "%s%s%s: the kernel killed ",
		      count >= STORM ? "OOM storm" : "Out of memory", where ? " " : "",
		      where ? where : "");
	if (count == 1) {
		hu_say_task(c, k->tid, k->comm, to);
		return;
	}
	if (victims->count == 1)
		hu_out_printf(to, "%zu tasks called %s", count, victims->at[0].name);
	else
		hu_out_printf(to, "%zu tasks, %s most of all", count, victims->at[0].name);
	if (k[0].at != HU_OPEN && k[count - 1].at != HU_OPEN && k[count - 1].at > k[0].at) {
		hu_out_puts(to, " in ");
		hu_out_duration(to, k[count - 1].at - k[0].at);
	}
}

static void say_summary(const struct kill *k, size_t count, const counts *victims,
			struct hu_out *to)
{
	counts askers = {0}, groups = {0};
	int64_t largest = -1;

	hu_out_printf(to, "%zu OOM kill%s in the kernel log", count, count == 1 ? "" : "s");
	if (k->at != HU_OPEN) {
		hu_out_puts(to, count == 1 ? " at " : " from ");
		hu_out_stamp(to, k->at);
		if (count > 1 && k[count - 1].at != HU_OPEN) {
			hu_out_puts(to, " to ");
			hu_out_stamp(to, k[count - 1].at);
		}
	}
	hu_out_puts(to, ": ");
	say_counts(victims, "times", to);
	for (size_t i = 0; i < count; i++) {
		if (k[i].asker)
			count_name(&askers, k[i].asker);
		if (k[i].memcg)
			count_name(&groups, k[i].memcg);
		if (k[i].anon_kb > largest)
			largest = k[i].anon_kb;
	}
	if (largest >= 0) {
		hu_out_puts(to, count == 1 ? ", with " : ", the largest with ");
		hu_out_grouped(to, largest / 1024);
		hu_out_puts(to, " MiB of anonymous memory");
	}
	hu_out_putc(to, '.');
	if (k->constraint && !strcmp(k->constraint, "CONSTRAINT_NONE"))
		hu_out_puts(to, " The whole host was out of memory.");
	if (groups.count) {
		qsort(groups.at, groups.count, sizeof(groups.at[0]), most_first);
		hu_out_puts(to, " At its limit: ");
		say_counts(&groups, "times", to);
		hu_out_putc(to, '.');
	}
	if (askers.count) {
		qsort(askers.at, askers.count, sizeof(askers.at[0]), most_first);
		hu_out_puts(to, " Who needed the memory: ");
		say_counts(&askers, "times", to);
		hu_out_putc(to, '.');
	}
	free(askers.at);
	free(groups.at);
}

static void say_proofs(struct hu_conclusion *c, struct hu_trouble *t, const struct kill *k,
		       size_t count)
{
	enum { TOLD = 4 };

	for (size_t i = 0; i < count; i++) {
		/* The first ones and the last: when it began and ended. */
		if (i >= TOLD && i + 1 != count)
			continue;
		if (!i && k->report.table) {
			struct hu_out *claim = hu_trouble_proof(t, k->report);
			hu_out_printf(claim, "%s could not get memory: the report of the first",
				      k->asker);
		}
		struct hu_out *claim = hu_trouble_proof(t, k[i].ref);
		hu_say_task(c, k[i].tid, k[i].comm, claim);
		hu_out_printf(claim, " was killed: %zu of %zu", i + 1, count);
	}
}

static void conclude(struct hu_conclusion *c, struct hu_troubles *to, const struct kill *k,
		     size_t count)
{
	struct hu_trouble *t = hu_trouble_new(to, HU_TROUBLE_OOM);
	bool memcg = k->constraint && !strcmp(k->constraint, "CONSTRAINT_MEMCG");
	counts victims = {0};

	for (size_t i = 0; i < count; i++)
		count_name(&victims, k[i].comm);
	qsort(victims.at, victims.count, sizeof(victims.at[0]), most_first);
	say_title(c, k, count, &victims, &t->title);
	hu_out_str(&t->sentence, hu_out_view(&t->title));
	say_summary(k, count, &victims, &t->summary);
	hu_out_printf(&t->signature, "oom|%s|%s", k->constraint ? k->constraint : "?",
		      victims.at[0].name);
	hu_out_puts(&t->cause, memcg ? "a memory cgroup at its limit" : "no memory left");
	t->confidence = "high"; /* docs/evidence.md: the kernel says what it did */
	say_proofs(c, t, k, count);
	hu_out_puts(hu_trouble_remark(t, "caveat"),
		    "Who was killed is who had most memory, not always who took the last of it. No "
		    "stall is put down to this by itself: reclaim and grace periods are slow on "
		    "such a host, and each stalled call is judged for itself.");
	hu_out_puts(
		hu_trouble_remark(t, "action"),
		memcg ? "Find out whether the cgroup's limit (`memory.max`) or its load is wrong; "
			"`memory.events` counts the kills of each cgroup."
		      : "Read the task list of the first report in the log (it has each task's "
			"memory), and limit whoever grew by a memory cgroup of its own.");
	free(victims.at);
}

void hu_find_ooms(struct hu_conclusion *c, struct hu_troubles *to)
{
	kills all = {0};
	struct told told = {0};
	struct hu_rows *rows = hu_rows_open(
		c->store,
		"SELECT x.rowid, x.source, x.pos, x.ts + s.offset_ns, n.text FROM message "
		"AS x JOIN source AS s ON s.id = x.source JOIN name AS n ON n.id = x.text "
		"WHERE s.copy_of IS NULL AND (n.text LIKE '%Killed process %' OR n.text "
		"LIKE '%oom-kill:constraint=%' OR n.text LIKE '% invoked oom-killer%') "
		"ORDER BY x.source, x.pos, x.rowid");

	while (hu_rows_next(rows))
		read_line(c, rows, &told, &all);
	hu_result_close(&c->err, rows);
	if (all.count)
		qsort(all.at, all.count, sizeof(all.at[0]), by_time);
	/* One incident for each kind of limit: the host's, or cgroups'. */
	while (all.count) {
		kills one = {0}, rest = {0};
		const char *first = all.at[0].constraint ? all.at[0].constraint : "";
		for (size_t i = 0; i < all.count; i++) {
			const char *mine = all.at[i].constraint ? all.at[i].constraint : "";
			if (!strcmp(mine, first))
				HU_PUSH(&one, all.at[i]);
			else
				HU_PUSH(&rest, all.at[i]);
		}
		conclude(c, to, one.at, one.count);
		free(one.at);
		free(all.at);
		all.at = rest.at;
		all.count = rest.count;
		all.cap = rest.cap;
	}
	free(all.at);
}
