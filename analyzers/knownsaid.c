/*
 * What the changelogs in the bundle say of one entry, as sentences: that the fix is there, or what
 * was found and is not enough.
 */
#include "analyzers/knownlib.h"

#include <string.h>

/* The commits without which there is no fix: for a change that only helps, those of that release.
 */
static bool counts(const cJSON *entry, const cJSON *commit)
{
	const cJSON *affects = hu_known_item(entry, "affects");
	const char *does = hu_known_text(commit, "does");

	if (strcmp(hu_known_text(affects, "status"), "reduced") != 0)
		return !strcmp(does, "fixes");
	return (!strcmp(does, "fixes") || !strcmp(does, "helps")) &&
	       !strcmp(hu_known_text(commit, "in"), hu_known_text(affects, "fixed_in"));
}

/* What the changelogs say of one entry: of the commits that count, how many are named, and how. */
struct said {
	size_t needed;
	size_t named[HU_NAMED + 1];
	const cJSON *commit;	     /* the last one that is named */
	const struct hu_named *last; /* where */
};

static struct said said_of(const cJSON *entry, const struct hu_changelog *log)
{
	struct said said = {0};

	for (const cJSON *commit = hu_known_first(hu_known_item(entry, "commits")); log && commit;
	     commit = commit->next) {
		if (!counts(entry, commit))
			continue;
		const struct hu_named *n = hu_changelog_commit(log, commit);
		said.needed++;
		if (!n)
			continue;
		said.named[n->how]++;
		if (!said.last || n->how > said.last->how) {
			said.last = n;
			said.commit = commit;
		}
	}
	return said;
}

static void under(const struct hu_named *n, struct hu_out *text)
{
	if (*n->version)
		hu_out_printf(text, " under %s", n->version);
	hu_out_printf(text, " (%s, line %lld)", n->path, (long long)n->line);
}

bool hu_known_by_changelog(const cJSON *entry, const struct hu_changelog *log, struct hu_out *text)
{
	struct said said = said_of(entry, log);

	for (const cJSON *cve = hu_known_first(hu_known_item(entry, "cves")); log && cve;
	     cve = cve->next) {
		const struct hu_named *n = hu_changelog_cve(log, cve->valuestring);
		if (!n || n->how != HU_NAMED)
			continue;
		hu_out_printf(text, "the changelog of this kernel names %s", cve->valuestring);
		under(n, text);
		return true;
	}
	if (!said.needed || said.named[HU_NAMED] < said.needed)
		return false;
	hu_out_printf(text, "the changelog of this kernel names \"%s\"",
		      hu_known_text(said.commit, "subject"));
	if (said.needed > 1)
		hu_out_printf(text, " and %s that belong%s to the fix",
			      said.needed > 2 ? "the other commits" : "the other commit",
			      said.needed > 2 ? "" : "s");
	under(said.last, text);
	return true;
}

void hu_known_changelog_hints(const cJSON *entry, const struct hu_changelog *log,
			      struct hu_out *text)
{
	struct said said = said_of(entry, log);

	if (!said.last)
		return;
	hu_out_printf(text, "; the changelog in the bundle names \"%s\"",
		      hu_known_text(said.commit, "subject"));
	under(said.last, text);
	if (said.last->how == HU_NAMED)
		hu_out_printf(text, ", one of %zu commits that the fix needs", said.needed);
	else if (said.last->how == HU_NAMED_LATER)
		hu_out_puts(text, ", which is newer than this kernel");
	else
		hu_out_printf(text, ", but it does not count: %s", hu_changelog_why_not(log));
}
