/*
 * Names and lives of tasks: COMM, FORK and EXIT, and what perf record found when it began. The
 * names are the vocabulary's, so that a tracepoint and a COMM that say the same put one row.
 */
#include "ingest/perfdata_parts.h"
#include "ingest/vocabulary_private.h"

#include <stdlib.h>

enum { NAMED_MAX = 1 << 20 };

static void put_task(struct hu_perf_job *job, const struct hu_where *at, int32_t pid,
		     int32_t parent, enum hu_task_step step, struct hu_str comm)
{
	struct hu_task_state *task = hu_vocabulary_task(job->words, at->tid);
	struct hu_task row = {.at = *at, .tgid = pid, .parent = parent, .step = step};

	if (comm.len > sizeof(task->comm))
		comm.len = sizeof(task->comm);
	if (step == HU_TASK_NAMED && task->named && task->comm_len == comm.len &&
	    !memcmp(task->comm, comm.at, comm.len))
		return;
	row.comm = hu_intern(job->to, comm);
	if (comm.len) {
		task->named = true;
		task->comm_len = (unsigned char)comm.len;
		memmove(task->comm, comm.at, comm.len);
	}
	if (step == HU_TASK_EXITED)
		task->depth = 0;
	hu_put_task(job->to, &row);
}

static void put_name(struct hu_perf_job *job, const struct hu_where *at, int32_t pid,
		     struct hu_str comm, bool exec)
{
	if (at->tid < 0 || !comm.len)
		return;
	if (!at->tid) /* every CPU has one */
		hu_vocabulary_comm(job->words, at, 0, comm);
	else
		put_task(job, at, pid, HU_NONE, exec ? HU_TASK_EXECED : HU_TASK_NAMED, comm);
}

/* perf record writes down the tasks that it finds when it begins: those records have no time. */
static void remember_name(struct hu_perf_job *job, int32_t pid, int32_t tid, struct hu_str comm)
{
	if (job->now != HU_OPEN) {
		struct hu_where at = hu_perf_where(job, (uint64_t)job->now, HU_NONE, tid);
		if (!hu_vocabulary_task(job->words, tid)->named)
			put_name(job, &at, pid, comm, false);
		return;
	}
	if (job->named_count == NAMED_MAX || tid < 0)
		return;
	if ((job->named_count & (job->named_count - 1)) == 0)
		job->named = hu_realloc(job->named, (job->named_count ? job->named_count * 2 : 1) *
							    sizeof(*job->named));
	struct hu_perf_named *named = &job->named[job->named_count++];
	*named = (struct hu_perf_named){.pid = pid, .tid = tid};
	named->len = (uint8_t)(comm.len < sizeof(named->comm) ? comm.len : sizeof(named->comm));
	if (named->len)
		memcpy(named->comm, comm.at, named->len);
}

void hu_perf_put_named(struct hu_perf_job *job)
{
	for (size_t i = 0; i < job->named_count; i++) {
		const struct hu_perf_named *named = &job->named[i];
		struct hu_where at = {
			.ts = job->now, .pos = job->samples + 1, .cpu = HU_NONE, .tid = named->tid};
		put_name(job, &at, named->pid, (struct hu_str){named->comm, named->len}, false);
	}
	free(job->named);
	job->named = NULL;
	job->named_count = 0;
}

void hu_perf_see_comm(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said)
{
	int32_t pid = hu_perf_take_id(from), tid = hu_perf_take_id(from);
	struct hu_str comm = hu_until_nul(from->left);
	bool exec = record->misc & HU_PERF_MISC_13;

	if (from->bad)
		return;
	job->used[HU_PERF_COMM]++;
	if (!record->ts) {
		remember_name(job, pid, tid, comm);
		return;
	}
	struct hu_where at = hu_perf_where(job, record->ts, said->cpu, tid);
	put_name(job, &at, pid, comm, exec);
}

void hu_perf_see_fork(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said)
{
	int32_t pid = hu_perf_take_id(from), parent_pid = hu_perf_take_id(from);
	int32_t tid = hu_perf_take_id(from), parent = hu_perf_take_id(from);
	uint64_t time = hu_bytes_u64(from);

	if (from->bad || tid < 0)
		return;
	hu_perf_maps_fork(job->maps, parent_pid, pid);
	if (!record->ts && !time) /* was there when perf record began */
		return;
	struct hu_where at = hu_perf_where(job, record->ts ? record->ts : time, said->cpu, tid);
	char comm[16];
	struct hu_task_state *task = hu_vocabulary_task(job->words, parent);
	size_t len = task->named ? task->comm_len : 0;
	memcpy(comm, task->comm, len); /* the table may move */
	job->used[HU_PERF_FORK]++;
	hu_vocabulary_task(job->words, tid)->named = false; /* the number may have been another's */
	put_task(job, &at, pid, parent, HU_TASK_FORKED, (struct hu_str){comm, len});
}

void hu_perf_see_exit(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said)
{
	int32_t pid = hu_perf_take_id(from);

	hu_perf_take_id(from);
	int32_t tid = hu_perf_take_id(from);
	if (from->bad || tid < 0)
		return;
	struct hu_where at = hu_perf_where(job, record->ts, said->cpu, tid);
	job->used[HU_PERF_EXIT]++;
	put_task(job, &at, pid, HU_NONE, HU_TASK_EXITED, (struct hu_str){NULL, 0});
}

/* THREAD_MAP: the tasks that perf record was told to watch. */
void hu_perf_thread_map(struct hu_perf_job *job, struct hu_str body)
{
	struct hu_bytes from = {.left = body, .swap = job->head.swap};
	uint64_t count = hu_bytes_u64(&from);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t tid = hu_bytes_u64(&from);
		struct hu_str comm = hu_until_nul(hu_bytes_take(&from, 16));
		if (from.bad)
			return;
		if (tid && tid <= INT32_MAX && comm.len)
			remember_name(job, HU_NONE, (int32_t)tid, comm);
	}
}
