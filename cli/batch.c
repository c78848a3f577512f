/* holdup batch: many bundles, each in its own worker process, one answer. */
#include "cli/batch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/redact.h"
#include "fleet/baseline.h"

enum { MOST_WORKERS = 1024, SETTLE_MS = 1000 };

static const struct cli_option options[] = {
	{'o', "output", "DIR", "the folder of the fleet, made or gone on with (needed)"},
	{'j', "jobs", "N", "bundles at a time (default: one per processor)"},
	{'f', "format", "LIST",
	 "reports of each bundle, of html, md, json and plain (default: the first three)"},
	{0, "keep-stores", NULL, "keep each bundle's store.db beside its reports"},
	{0, "timeout", "DURATION", "what a bundle may take (default 10min)"},
	{0, "max-memory", "SIZE", "memory that a bundle may take: 512M, 4G (default 4G)"},
	{0, "part", "K/N", "only the K-th of N parts, by the bundles' hashes"},
	{0, "watch", "DIR", "go on with what is dropped into this folder, until SIGINT or SIGTERM"},
	{0, "settle", "DURATION", "with --watch: how long an entry must not change (default 1s)"},
	{0, "baseline", "DIR", "an earlier fleet: the report says what is new since then"},
	CLI_NARROW,
	CLI_KNOWN,
	CLI_READING,
	CLI_REDACT,
	{'q', "quiet", NULL, "no progress, no complaints about bundles"},
	{0, NULL, NULL, NULL},
};

static int read_limits(const struct cli_input *in, struct cli_batch *batch)
{
	const char *timeout = cli_value(in, "timeout");
	const char *settle = cli_value(in, "settle");
	hu_ns ns;

	batch->limits = (struct hu_worker_limits){600, INT64_C(4) << 30};
	if (timeout) {
		if (!hu_str_duration(hu_str(timeout), &ns) || ns < HU_NS_PER_S)
			return cli_usage(in->command,
					 "--timeout %s: give a second or more, as 90s or 10min",
					 timeout);
		batch->limits.seconds = ns / HU_NS_PER_S;
	}
	int status = cli_max_memory(in, &batch->limits.bytes);
	if (status)
		return status;
	batch->settle_ms = SETTLE_MS;
	if (settle) {
		if (!hu_str_duration(hu_str(settle), &ns) || ns < HU_NS_PER_MS ||
		    ns > 3600 * HU_NS_PER_S)
			return cli_usage(in->command, "--settle %s: give up to an hour, as 1s",
					 settle);
		batch->settle_ms = (int)(ns / HU_NS_PER_MS);
	}
	snprintf(batch->limits_text, sizeof(batch->limits_text), "%" PRId64 "s/%" PRId64 "M",
		 batch->limits.seconds, batch->limits.bytes >> 20);
	return CLI_DONE;
}

static int read_counts(const struct cli_input *in, struct cli_batch *batch)
{
	const char *jobs = cli_value(in, "jobs"), *part = cli_value(in, "part");
	uint64_t n;
	cpu_set_t cpus;

	if (jobs) {
		if (!hu_str_u64(hu_str(jobs), 10, &n) || !n || n > MOST_WORKERS)
			return cli_usage(in->command, "--jobs %s: give a number from 1 to %d", jobs,
					 MOST_WORKERS);
		batch->workers = n;
	} else {
		batch->workers = sched_getaffinity(0, sizeof(cpus), &cpus) == 0
					 ? (size_t)CPU_COUNT(&cpus)
					 : 1;
	}
	if (!part)
		return CLI_DONE;
	struct hu_str of = hu_str(part), k = hu_str_split(&of, '/');
	if (!hu_str_u64(k, 10, &batch->part) || !hu_str_u64(of, 10, &batch->parts) ||
	    !batch->part || batch->part > batch->parts)
		return cli_usage(in->command, "--part %s: give K/N, the K-th of N parts, as 3/64",
				 part);
	return CLI_DONE;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void hash_file(struct hu_sha256 *sha, const char *path)
{
	char piece[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	hu_sha256_add(sha, "file", 4);
	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		hu_sha256_add(sha, piece, (size_t)n);
	if (fd >= 0)
		close(fd);
}

/* A file, or the .json files of a folder in the order of their names. */
static void hash_known(struct hu_sha256 *sha, const char *path)
{
	DIR *dir = opendir(path);
	HU_CLEANUP(hu_freep) char **names = NULL;
	size_t count = 0;
	struct dirent *e;

	if (!dir) {
		hash_file(sha, path);
		return;
	}
	while ((e = readdir(dir)))
		if (hu_str_ends(hu_str(e->d_name), ".json")) {
			names = hu_realloc(names, (count + 1) * sizeof(*names));
			if (asprintf(&names[count++], "%s/%s", path, e->d_name) < 0)
				hu_no_memory();
		}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof(*names), by_text);
	for (size_t i = 0; i < count; i++) {
		hash_file(sha, names[i]);
		free(names[i]);
	}
}

/*
 * What changes a result, in one spelling; and `tool`, which also changes with the program itself:
 * two builds of one version may know different fixes.
 */
static void describe(const struct cli_input *in, struct cli_batch *batch)
{
	static const char *const narrowing[] = {"from", "to", "task", "lock"};
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out tool = {0};
	char hex[HU_SHA256_TEXT];
	const char *threshold = cli_value(in, "threshold");
	hu_ns ns = 100 * HU_NS_PER_MS;
	struct hu_sha256 sha;

	if (threshold)
		hu_str_duration(hu_str(threshold), &ns);
	hu_out_printf(&out, "threshold=%" PRId64, ns);
	for (size_t i = 0; i < sizeof(narrowing) / sizeof(narrowing[0]); i++)
		if (cli_value(in, narrowing[i])) {
			hu_out_printf(&out, " %s=", narrowing[i]);
			cli_put_json(&out, hu_str(cli_value(in, narrowing[i])));
		}
	if (batch->site.count) {
		hu_sha256_init(&sha);
		for (size_t i = 0; i < batch->site.count; i++)
			hash_known(&sha, batch->site.paths[i]);
		hu_sha256_finish(&sha, hex);
		hu_out_printf(&out, " known=%.16s", hex);
	}
	size_t count;
	HU_CLEANUP(hu_freep) const char **given = cli_values(in, "limit", &count);
	for (size_t i = 0; i < count; i++) {
		hu_out_puts(&out, " limit=");
		cli_put_json(&out, hu_str(given[i]));
	}
	if (cli_value(in, "no-sandbox"))
		hu_out_puts(&out, " no-sandbox");
	if (batch->redact) {
		HU_CLEANUP(hu_freep) char *which = hu_redact_name(batch->redact, "key", "");
		hu_out_printf(&out, " redact=%s", which);
	}
	batch->options = hu_strdup(hu_out_view(&out));

	hu_out_printf(&tool, "%s %s", HU_VERSION, batch->options);
	for (size_t i = 0; i < CLI_FORMATS; i++)
		if (batch->wanted[i])
			hu_out_printf(&tool, " %s", cli_job_file(i));
	if (batch->keep_stores)
		hu_out_puts(&tool, " store.db");
	/* A reader that it stops costs its member alone: then the result is another one. */
	hu_out_printf(&tool, " memory=%" PRId64, batch->limits.bytes);
	hu_sha256_init(&sha);
	hu_sha256_add(&sha, tool.at, tool.len);
	hash_file(&sha, "/proc/self/exe");
	hu_sha256_finish(&sha, hex);
	snprintf(batch->tool, sizeof(batch->tool), "%.16s", hex);
}

static int check_operands(const struct cli_input *in, const struct cli_batch *batch)
{
	if (!batch->target || !*batch->target)
		return cli_usage(in->command, "into which folder? Give it with -o");
	if (!in->count && !batch->watch)
		return cli_usage(in->command, "which bundles?");
	if (batch->watch && batch->parts)
		return cli_usage(in->command, "--watch takes all that is dropped: no --part");
	for (size_t i = 0; i < in->count; i++)
		if (!*in->operands[i])
			return cli_usage(in->command, "a bundle without a name");
	for (size_t i = 0; i < in->count; i++)
		if (*in->operands[i] == '@' && access(in->operands[i] + 1, R_OK) < 0)
			return cli_fail(
				hu_err_os(errno, "cannot open the list %s", in->operands[i] + 1),
				NULL);
	return CLI_DONE;
}

/* Hosts and bundles are counted: in all of them a name must have the same pseudonym. */
static int check_redact(const struct cli_input *in, struct cli_batch *batch)
{
	int status = cli_redact_check(in);

	if (!status && cli_value(in, "redact") && !cli_redact_key())
		status = cli_usage(in->command, "--redact needs --redact-key FILE here: a fleet is "
						"told apart by its hosts' names");
	batch->redact = status ? NULL : cli_redact_key();
	return status;
}

static int run(const struct cli_input *in)
{
	struct cli_batch batch = {.in = in,
				  .target = cli_value(in, "output"),
				  .watch = cli_value(in, "watch"),
				  .baseline = cli_value(in, "baseline"),
				  .keep_stores = cli_value(in, "keep-stores"),
				  .quiet = cli_value(in, "quiet")};

	int status = cli_job_formats(in, batch.wanted);
	if (!status)
		status = cli_reading_check(in);
	if (!status)
		status = check_redact(in, &batch);
	if (!status)
		status = cli_narrow_check(in);
	if (!status)
		status = read_limits(in, &batch);
	if (!status)
		status = read_counts(in, &batch);
	if (!status)
		status = check_operands(in, &batch);
	struct hu_err *err =
		!status && batch.baseline ? hu_baseline_check(batch.baseline, batch.target) : NULL;
	if (err)
		status = cli_fail(err, "--baseline");
	if (!status)
		status = cli_site(in, &batch.site);
	if (!status) {
		describe(in, &batch);
		status = cli_batch_run(&batch);
	}
	free(batch.options);
	free((void *)batch.site.paths);
	return status;
}

const struct cli_command cli_batch = {
	.name = "batch",
	.synopsis = "PATH... -o DIR [OPTION...]",
	.summary = "analyse many bundles, and say what holds up the fleet",
	.details =
		"A PATH is a folder, each entry of which is a bundle; a bundle that is a file; a "
		"pattern in quotes ('cap/*/x*'), each match of which is a bundle; @FILE or -, a "
		"list with a bundle in each line. A folder with a manifest.json in it is a bundle "
		"itself. Bundles of the same content count once.\n"
		"Each is analysed in a process of its own: one that crashes, hangs or needs too "
		"much costs itself alone, and is listed with the reason. Makes DIR/fleet.db, "
		"fleet.html, fleet.md and fleet.json, and the reports of each bundle in "
		"DIR/bundles/.\n"
		"A run that was killed, or had no space left, goes on where it was when it is "
		"started again; bundles that did not change are not done again.\n"
		"Exit status: 0 done; 1 some bundle has no verdict; 2 wrong usage, or another run "
		"is at work in DIR; 3 no bundle has one; 4 an internal fault, or DIR cannot be "
		"written.\n"
		"  holdup batch captures/ -o fleet\n"
		"  holdup batch @list --part 3/64 -o part3",
	.options = options,
	.run = run,
};
