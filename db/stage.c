/*
 * Clocks of the stages of a run. For measuring only, so it is one table for the process, and not
 * for threads: who works beside the stage is counted with it.
 */
#include "db/stage.h"

#include "db/base.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { STAGES = 64 };

static bool on;
static struct {
	const char *name;
	hu_ns wall, cpu;
} stages[STAGES];
static size_t count, current = STAGES;
static hu_ns wall_since, cpu_since;

static hu_ns wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * HU_NS_PER_S + ts.tv_nsec;
}

static hu_ns used(int who)
{
	struct rusage r;

	getrusage(who, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * HU_NS_PER_S +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * HU_NS_PER_US;
}

void hu_stages_on(void)
{
	on = true;
}

void hu_stage(const char *name)
{
	if (!on)
		return;
	hu_ns wall = wall_now(), cpu = used(RUSAGE_SELF) + used(RUSAGE_CHILDREN);
	if (current < STAGES) {
		stages[current].wall += wall - wall_since;
		stages[current].cpu += cpu - cpu_since;
	}
	wall_since = wall;
	cpu_since = cpu;
	current = STAGES;
	if (!name)
		return;
	for (current = 0; current < count && strcmp(stages[current].name, name) != 0;)
		current++;
	if (current == count && count < STAGES)
		stages[count++].name = name;
}

void hu_stages_print(FILE *to)
{
	hu_stage(NULL);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "timing %-28s %10.3f %10.3f\n", stages[i].name,
			(double)stages[i].wall / HU_NS_PER_MS,
			(double)stages[i].cpu / HU_NS_PER_MS);
}
