/*
 * The program when the machine fails: inject [-s STRIDE] [-l LAST] [-v] [-o FILE] HOLDUP INJECT.so
 * FIXTURES CAMPAIGN... runs the command of each campaign once for every allocation or system call
 * that the campaign is about (or for every STRIDE-th, of the first LAST calls), lets this one fail,
 * and holds what is left against an undisturbed run (inject_check.h). "all" means all campaigns; -o
 * appends a line of JSON for each.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/inject_check.h"
#include "tests/test.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SECONDS = 120 };
#else
enum { SECONDS = 60 };
#endif

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
static const struct inject_job jobs[] = {
	{"analyze", WORDS("analyze", "../mixed.tar", "-o", "out"), NULL, false, false},
	{"analyze-text", WORDS("analyze", "../text", "-o", "out"), NULL, false, false},
	{"analyze-again", WORDS("analyze", "../text", "-o", "out"), NULL, true, false},
	{"ingest", WORDS("ingest", "../text", "-o", "case.db"), NULL, false, false},
	{"report", WORDS("report", "out", "-f", "html", "-o", "page.html"),
	 WORDS("analyze", "../text", "-o", "out"), false, false},
	{"export", WORDS("export", "out", "--perfetto", "trace.perfetto"),
	 WORDS("analyze", "../text", "-o", "out"), false, false},
	{"batch", WORDS("batch", "../few", "-o", "fleet", "-j", "1"), NULL, false, true},
};

enum how { MEMORY_EACH, CALLS, CLOCK };

static const struct campaign {
	const char *name, *job;
	enum how how;
	const char *memory; /* "program:once", or of a clock: "back" */
	struct inject_plan plan;
} campaigns[] = {
	{"memory-each", "analyze-text", MEMORY_EACH, "program:once", {.nth = 0}},
	{"memory-each-on", "analyze-text", MEMORY_EACH, "program:on", {.nth = 0}},
	{"memory-workers", "analyze", MEMORY_EACH, "workers:once", {.nth = 0}},
	{"memory-workers-on", "analyze", MEMORY_EACH, "workers:on", {.nth = 0}},
#define CALL(name, job, who, kind, act, error, on)                                                 \
	{                                                                                          \
		name, job, CALLS, NULL,                                                            \
		{                                                                                  \
			who, kind, act, error, 0, on                                               \
		}                                                                                  \
	}
	CALL("eio", "analyze", INJECT_PROGRAM, INJECT_READS, INJECT_FAIL, EIO, false),
	CALL("eio-workers", "analyze", INJECT_WORKERS, INJECT_READS, INJECT_FAIL, EIO, false),
	CALL("eio-report", "report", INJECT_PROGRAM, INJECT_READS, INJECT_FAIL, EIO, false),
	CALL("looks", "analyze", INJECT_PROGRAM, INJECT_LOOKS, INJECT_FAIL, EIO, false),
	CALL("looks-workers", "analyze", INJECT_WORKERS, INJECT_LOOKS, INJECT_FAIL, EIO, false),
	CALL("short", "analyze", INJECT_PROGRAM, INJECT_READS, INJECT_HALF, 0, false),
	CALL("short-workers", "analyze", INJECT_WORKERS, INJECT_READS, INJECT_HALF, 0, false),
	CALL("short-writes", "analyze", INJECT_PROGRAM, INJECT_WRITES, INJECT_HALF, 0, false),
	CALL("short-writes-workers", "analyze", INJECT_WORKERS, INJECT_WRITES, INJECT_HALF, 0,
	     false),
	CALL("eintr", "analyze", INJECT_PROGRAM, INJECT_WAITS, INJECT_FAIL, EINTR, false),
	CALL("eintr-workers", "analyze", INJECT_WORKERS, INJECT_WAITS, INJECT_FAIL, EINTR, false),
	CALL("eintr-batch", "batch", INJECT_PROGRAM, INJECT_WAITS, INJECT_FAIL, EINTR, false),
	CALL("full", "analyze", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-on", "analyze", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, true),
	CALL("full-workers", "analyze", INJECT_WORKERS, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-again", "analyze-again", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC,
	     false),
	CALL("full-ingest", "ingest", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-report", "report", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-export", "export", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-batch", "batch", INJECT_PROGRAM, INJECT_WRITES, INJECT_FAIL, ENOSPC, false),
	CALL("full-batch-workers", "batch", INJECT_WORKERS, INJECT_WRITES, INJECT_FAIL, ENOSPC,
	     false),
	CALL("kill", "analyze", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-workers", "analyze", INJECT_WORKERS, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-again", "analyze-again", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-ingest", "ingest", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-report", "report", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-export", "export", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
	CALL("kill-batch", "batch", INJECT_PROGRAM, INJECT_CHANGES, INJECT_KILL, 0, false),
#undef CALL
	{"clock-back", "analyze", CLOCK, "back", {.nth = 0}},
	{"clock-falls", "analyze", CLOCK, "falls", {.nth = 0}},
};

static const char *preload;
static long stride = 1, last_call = LONG_MAX;
static int patience = SECONDS; /* for one run */
static bool verbose;

struct tally {
	long points, of[INJECT_OUTCOMES];
};

/* One run of the world's job with these in its environment; plan NULL: no tracer. */
static struct inject_end run_with(const struct inject_world *world, const struct inject_plan *plan,
				  const char *setting)
{
	HU_CLEANUP(hu_freep) char *tmpdir = hu_test_format("TMPDIR=%s", world->tmp);
	HU_CLEANUP(hu_freep) char *load = hu_test_format("LD_PRELOAD=%s", preload);
	HU_CLEANUP(hu_freep) char *count = hu_test_format("INJECT_COUNT=%s/count", world->root);
	const char *env[8] = {tmpdir};
	size_t n = 1;

	if (setting) {
		env[n++] = setting;
		env[n++] = load;
		env[n++] = count;
	}
#if defined(__SANITIZE_ADDRESS__) /* no leaks under ptrace(); a library that falls over NULL falls \
				   */
	env[n++] = "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0:handle_segv=0:"
		   "handle_abort=0:allocator_may_return_null=1";
#endif
	const struct inject_run run = {inject_world_argv((struct inject_world *)(uintptr_t)world),
				       env,
				       world->run,
				       world->out,
				       world->err,
				       patience};
	return plan ? inject_run(&run, plan) : inject_run_plain(&run);
}

static enum inject_outcome take(struct tally *tally, struct inject_world *world,
				const struct inject_end *end, bool killed, const char *name,
				long nth)
{
	TEST_CASE("%s %ld%s%s", name, nth, end->call ? " " : "", end->call ? end->call : "");
	test_checks++;
	enum inject_outcome outcome = inject_check(world, end, killed);
	tally->points++;
	tally->of[outcome]++;
	if (verbose) {
		HU_CLEANUP(hu_out_deinit) struct hu_out err = {0};
		static const char *const words[] = {"same", "said", "refused", "killed", "WRONG"};
		hu_test_slurp(world->err, &err);
		printf("%s %ld %s: %s, status %d: %s%s", name, nth, end->call ? end->call : "",
		       words[outcome], end->status, err.at, err.len ? "" : "\n");
	}
	if (outcome == INJECT_WRONG && test_failures > 40) {
		printf("too many\n");
		exit(1);
	}
	return outcome;
}

static void try_calls(const struct campaign *c, struct inject_world *world, struct tally *tally)
{
	struct inject_plan plan = c->plan;

	/* How many there are depends a little on who is faster: as long as there is one. */
	for (plan.nth = 1; plan.nth <= last_call; plan.nth += stride) {
		inject_world_reset(world);
		struct inject_end end = run_with(world, &plan, NULL);
		if (!end.struck)
			break;
		take(tally, world, &end, plan.act == INJECT_KILL && plan.who == INJECT_PROGRAM,
		     c->name, plan.nth);
	}
}

/* How often a clock was looked at, as the preloaded file counted. */
static long looks_at_clocks(const struct inject_world *world)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/count", world->root);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	long n = 0;

	if (hu_test_slurp(path, &text))
		sscanf(text.at, "%*d %*d %ld", &n);
	return n;
}

/*
 * What becomes of a worker without memory depends on what its parent has heard of it so far: of
 * allocations of one worker between two of its messages that end it at once, the first and then one
 * in ALONE are tried in runs of their own, and the others are as those.
 */
enum { ALONE = 97, WORKERS = 64 };
struct place {
	int worker;
	long said, since;
	enum inject_outcome outcome;
};

static struct place *place_of(struct place *places, int worker)
{
	size_t i = 0;

	while (i < WORKERS - 1 && places[i].worker && places[i].worker != worker)
		i++;
	if (places[i].worker != worker)
		places[i] = (struct place){worker, -1, 0, INJECT_WRONG};
	return &places[i];
}

/*
 * All allocations in one run: each is tried in a copy of the process that makes it (inject.c). A
 * copy that ended at once, with the sentence, is done with, or as others were that are like it; any
 * other gets a run of its own.
 */
static void try_each(const struct campaign *c, struct inject_world *world, struct tally *tally)
{
	HU_CLEANUP(hu_freep) char *log = hu_test_format("%s/each", world->root);
	HU_CLEANUP(hu_freep)
	char *setting = hu_test_format("INJECT_EACH=%s:%ld:%s", c->memory, stride, log);
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	bool of_workers = hu_str_starts(hu_str(c->memory), "workers");
	struct place places[WORKERS] = {0};
	struct hu_str rest, line;

	unlink(log);
	inject_world_reset(world);
	patience = SECONDS * 60; /* it makes some hundred thousand copies */
	struct inject_end end = run_with(world, NULL, setting);
	patience = SECONDS;
	CHECK_INT(end.status, world->status);
	if (!CHECK(hu_test_slurp(log, &text)))
		return;
	rest = hu_out_view(&text);
	while (hu_str_line(&rest, &line)) {
		struct place *place = NULL;
		int status, at, worker;
		long n, said;
		if (sscanf(line.at, "%ld %d %n", &n, &status, &at) < 2)
			continue;
		struct hu_str told = hu_str_skip(line, (size_t)at);
		if (!of_workers && status == 4 && hu_str_is(told, "holdup: out of memory|")) {
			tally->points++;
			tally->of[INJECT_REFUSED]++;
			continue;
		}
		if (of_workers && status == 4 && sscanf(told.at, "%d %ld", &worker, &said) == 2) {
			place = place_of(places, worker);
			if (place->said == said && place->outcome != INJECT_WRONG &&
			    ++place->since < ALONE) {
				tally->points++;
				tally->of[place->outcome]++;
				continue;
			}
			place->said = said;
			place->since = 0;
		}
		HU_CLEANUP(hu_freep)
		char *alone = hu_test_format("INJECT_MEMORY=%s:%ld", c->memory, n);
		inject_world_reset(world);
		end = run_with(world, NULL, alone);
		enum inject_outcome outcome = take(tally, world, &end, false, c->name, n);
		if (place)
			place->outcome = outcome;
	}
}

static void try_clock(const struct campaign *c, struct inject_world *world, struct tally *tally)
{
	HU_CLEANUP(hu_freep) char *none = hu_test_format("INJECT_CLOCK=%s:1000000000", c->memory);

	inject_world_reset(world);
	run_with(world, NULL, none);
	long most = looks_at_clocks(world);
	CHECK(most > 0);
	for (long n = 1; n <= most; n += stride) {
		HU_CLEANUP(hu_freep)
		char *setting = hu_test_format("INJECT_CLOCK=%s:%ld", c->memory, n);
		inject_world_reset(world);
		struct inject_end end = run_with(world, NULL, setting);
		take(tally, world, &end, false, c->name, n);
	}
}

static const struct inject_job *job_of(const char *name)
{
	TEST_EACH(i, jobs)
	if (!strcmp(jobs[i].name, name))
		return &jobs[i];
	return NULL;
}

static void run_campaign(const struct campaign *c, struct inject_world *world, const char *output)
{
	static void (*const ways[])(const struct campaign *, struct inject_world *,
				    struct tally *) = {try_each, try_calls, try_clock};
	struct tally tally = {0};

	TEST_CASE("%s", c->name);
	if (!inject_world_job(world, job_of(c->job)))
		return;
	ways[c->how](c, world, &tally);
	CHECK(tally.points > 0);
	HU_CLEANUP(hu_freep)
	char *line = hu_test_format("{\"campaign\": \"%s\", \"job\": \"%s\", \"stride\": %ld, "
				    "\"points\": %ld, \"same\": %ld, \"said\": %ld, "
				    "\"refused\": %ld, \"killed\": %ld, \"wrong\": %ld}",
				    c->name, c->job, stride, tally.points, tally.of[INJECT_SAME],
				    tally.of[INJECT_SAID], tally.of[INJECT_REFUSED],
				    tally.of[INJECT_KILLED], tally.of[INJECT_WRONG]);
	printf("%s\n", line);
	fflush(stdout);
	FILE *file = output ? fopen(output, "ae") : NULL;
	if (file) {
		fprintf(file, "%s\n", line);
		fclose(file);
	}
}

static bool is_wanted(const struct campaign *c, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], c->name) || !strcmp(names[i], "all"))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *output = NULL;
	struct inject_world world;
	int option;

	while ((option = getopt(argc, argv, "s:l:vo:")) != -1) {
		if (option == 's')
			stride = atol(optarg);
		else if (option == 'l')
			last_call = atol(optarg);
		else if (option == 'v')
			verbose = true;
		else if (option == 'o')
			output = optarg;
		else
			return 2;
	}
	if (argc - optind < 4 || stride < 1)
		return 2;
	if (!inject_possible()) {
		printf("skipped: system calls cannot be made to fail here (ptrace, x86-64)\n");
		return 77;
	}
	preload = argv[optind + 1];
	inject_world_begin(&world, argv[optind], argv[optind + 2]);
	TEST_EACH(i, campaigns)
	if (is_wanted(&campaigns[i], argv + optind + 3, argc - optind - 3))
		run_campaign(&campaigns[i], &world, output);
	inject_world_end(&world);
	return test_end();
}
