/* Steps at which tests kill. Asks the environment once; without the variable it costs a branch. */
#include "fleet/step.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t steps, kill_at = -1;
static bool asked, counting, in_worker;

static void ask(void)
{
	const char *text = getenv("HOLDUP_TEST_KILL");
	const char *role = in_worker ? "worker:" : "parent:";
	uint64_t n;

	asked = true;
	kill_at = 0;
	if (!text)
		return;
	counting = !strcmp(text, "count");
	if (!strncmp(text, role, strlen(role)) && hu_str_u64(hu_str(text + strlen(role)), 10, &n))
		kill_at = (int64_t)n;
}

void hu_step(const char *what)
{
	(void)what; /* for whoever looks with a debugger */
	if (!asked)
		ask();
	if (++steps == kill_at)
		raise(SIGKILL);
}

bool hu_step_tears(const char *what)
{
	(void)what;
	if (!asked)
		ask();
	return steps + 1 == kill_at;
}

void hu_step_worker(int64_t first)
{
	in_worker = true;
	asked = false;
	steps = first;
}

void hu_step_report(void)
{
	if (counting)
		fprintf(stderr, "%" PRId64 " steps\n", steps);
}

const char *hu_step_misbehaves(const char *name)
{
	static const char *const ways[] = {"hang", "crash", "eat",   "exit",
					   "kill", "full",  "change"};
	const char *text = getenv("HOLDUP_TEST_WORKER");
	struct hu_str list = hu_str(text);

	while (list.len) {
		struct hu_str one = hu_str_split(&list, ',');
		struct hu_str how = hu_str_split(&one, ':');
		for (size_t i = 0; hu_str_is(one, name) && i < sizeof(ways) / sizeof(ways[0]); i++)
			if (hu_str_is(how, ways[i]))
				return ways[i];
	}
	return NULL;
}
