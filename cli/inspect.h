/* cli/inspect.h - what the two forms of `holdup inspect` share: the questions to the store. */
#ifndef HU_CLI_INSPECT_H
#define HU_CLI_INSPECT_H

#include "cli/cli.h"

/* Columns of CLI_INSPECT_SOURCES. */
enum {
	S_ID,
	S_PATH,
	S_FORMAT,
	S_WHY,
	S_STATUS,
	S_ERROR,
	S_RECORDS,
	S_BYTES,
	S_SHA256,
	S_FIRST,
	S_LAST,
	S_CLOCK,
	S_CLOCK_HOW,
	S_OFFSET,
	S_SLACK,
	S_ALIGNED,
	S_REPEATS
};
#define CLI_INSPECT_SOURCES                                                                        \
	"SELECT id, path, format, why, status, error, records, bytes, sha256, first_ts, last_ts, " \
	"clock, clock_how, offset_ns, slack_ns, aligned, (SELECT o.path FROM source AS o WHERE "   \
	"o.id = "                                                                                  \
	"source.copy_of) FROM source "
#define CLI_INSPECT_LOSSES                                                                         \
	"SELECT text, kind, cpu, count, from_ts, to_ts, pos FROM loss WHERE source = ?1 ORDER BY " \
	"pos, kind, cpu, from_ts, text"
#define CLI_INSPECT_EVENTS                                                                         \
	"SELECT event, count, used FROM event_count WHERE source = ?1 ORDER BY count DESC, event"

/* Appends which line or bytes decided the format of that member, or what was tried in vain. */
void cli_inspect_why(const struct hu_bundle *bundle, struct hu_str path, struct hu_out *out);
HU_MUST_CHECK struct hu_err *cli_inspect_json(const struct hu_bundle *bundle,
					      struct hu_store *store, struct hu_out *out);

#endif
