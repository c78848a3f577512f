/* Sentences about an incident, or about all of them, in the order in which they were said. */
#include "analyzers/conclude.h"

void hu_add_note(struct hu_conclusion *c, const char *incident, const char *kind, const char *text)
{
	hu_result(c->store, &c->err,
		  "INSERT INTO incident_note (incident, kind, rank, text) VALUES (?1, ?2, (SELECT "
		  "count(*) + 1 FROM "
		  "incident_note WHERE incident IS ?1 AND kind = ?2), ?3)",
		  "sss", incident, kind, text);
}
