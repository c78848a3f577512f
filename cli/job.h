/*
 * cli/job.h - what becomes of one open bundle: loaded, narrowed, analysed, its reports written. The
 * job of "holdup analyze", and of each worker of "holdup batch".
 */
#ifndef HU_CLI_JOB_H
#define HU_CLI_JOB_H

#include "cli/cli.h"
#include "report/report.h"

enum { CLI_FORMATS = 4 }; /* of reports in files: html, md, json, plain */

struct cli_job {
	const struct cli_input *in; /* for the narrowing options */
	const char *store;	    /* where the store is made */
	struct hu_site site;
	bool wanted[CLI_FORMATS]; /* reports */
	bool quiet;
	/* Takes a finished report. */
	struct hu_err *(*write)(void *data, const char *file, struct hu_str bytes);
	void *data;
};

/* -f: html, md and json; without it all three. Complains of anything else. */
int cli_job_formats(const struct cli_input *in, bool wanted[CLI_FORMATS]);
const char *cli_job_file(size_t format); /* "report.html" */

/*
 * An exit status; where it is CLI_FAULT or the store could not be made there are no reports, and
 * *store stays NULL. Otherwise *store is analysed, and *loaded says what was read. Complains.
 */
int cli_job_run(const struct cli_job *job, struct hu_bundle *bundle, struct hu_loaded *loaded,
		struct hu_store **store);

#endif
