/*
 * measure FILE COMMAND... - runs it with its output thrown away, and appends a line to FILE:
 * seconds by the clock, processor seconds (with its children), KiB of memory of its own, KiB with
 * mapped files. FILE gets nothing if it fails.
 *
 * Memory is of all processes that are there at the same time, looked at every few milliseconds: the
 * sum of the largest that each has had (VmHWM), and of what is its own now and cannot be given back
 * to a file that it came from (RssAnon).
 */
#include "db/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_NS = 4000000 };

struct memory {
	long own, all;
};

static long number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

static void look_at(long pid, struct memory *sum)
{
	char path[64], text[8192];

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return;
	ssize_t n = read(file, text, sizeof(text) - 1);
	close(file);
	if (n <= 0)
		return;
	text[n] = 0;
	sum->all += number_behind(text, "VmHWM:");
	sum->own += number_behind(text, "RssAnon:");
}

/* It and those that it and its threads started. */
static void look(long pid, int depth, struct memory *sum)
{
	char path[96], text[4096];

	look_at(pid, sum);
	snprintf(path, sizeof(path), "/proc/%ld/task", pid);
	DIR *tasks = depth < 8 ? opendir(path) : NULL;
	for (struct dirent *e; tasks && (e = readdir(tasks));) {
		snprintf(path, sizeof(path), "/proc/%ld/task/%.20s/children", pid, e->d_name);
		int file = *e->d_name == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = file < 0 ? 0 : read(file, text, sizeof(text) - 1);
		if (file >= 0)
			close(file);
		text[n > 0 ? n : 0] = 0;
		char *at = text, *end;
		for (long child; (child = strtol(at, &end, 10)) > 0; at = end)
			look(child, depth + 1, sum);
	}
	if (tasks)
		closedir(tasks);
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {0, LOOK_NS};
	struct timespec from, to;
	struct rusage used;
	int status;
	struct memory peak = {0};

	if (argc < 3) {
		fputs("usage: measure FILE COMMAND...\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (!child) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDOUT_FILENO);
		execvp(argv[2], argv + 2);
		fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	while (wait4(child, &status, WNOHANG, &used) == 0) {
		struct memory now = {0};
		look(child, 0, &now);
		peak.own = now.own > peak.own ? now.own : peak.own;
		peak.all = now.all > peak.all ? now.all : peak.all;
		nanosleep(&pause, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 1;
	FILE *file = fopen(argv[1], "ae");
	if (!file)
		return 1;
	fprintf(file, "%.4f %.4f %ld %ld\n",
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
		seconds(used.ru_utime) + seconds(used.ru_stime), peak.own, peak.all);
	return fclose(file) != 0;
}
