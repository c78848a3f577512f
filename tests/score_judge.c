/* Is a report true? One report against one label; a few dozen comparisons of texts and numbers. */
#include "tests/score.h"

#include <string.h>

const char *const hu_mark_names[] = {"right", "wrong", "declined", "-"};

/* What an incident says where it does not know for what was waited, or begins to say: no claim. */
static const char *const no_claims[] = {
	"something the capture does not show",	 "something the stack does not tell",
	"a lock taken in an unknown function",	 "a lock taken in 0x",
	"a lock that the capture does not name", "what ", /* … cgroup_drain_dying waits for */
};

static bool no_claim(const char *label)
{
	for (size_t i = 0; i < sizeof(no_claims) / sizeof(*no_claims); i++)
		if (strncmp(label, no_claims[i], strlen(no_claims[i])) == 0)
			return true;
	return false;
}

static const char *text_of(const cJSON *in, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in, key));

	return text ? text : "";
}

static bool number_of(const cJSON *in, const char *key, double *ret)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in, key);

	if (!cJSON_IsNumber(item))
		return false;
	*ret = item->valuedouble;
	return true;
}

static const cJSON *list_of(const cJSON *in, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(in, key);
}

static bool lists(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item,
			   list) if (strcmp(cJSON_GetStringValue(item), text) == 0) return true;
	return false;
}

static bool lists_part_of(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) if (strstr(text, cJSON_GetStringValue(item))) return true;
	return false;
}

const char *hu_score_cause(const cJSON *score)
{
	const cJSON *first = cJSON_GetArrayItem(list_of(score, "causes"), 0);

	if (strcmp(text_of(score, "answer"), "found") == 0 && first)
		return text_of(first, "cause");
	return strcmp(text_of(score, "answer"), "undecidable") == 0 ? "cannot be told"
								    : "no incident";
}

bool hu_score_check(const cJSON *score, struct hu_out *why)
{
	static const char *const answers[] = {"found", "clear", "undecidable", "not_assessed"};
	static const char *const keys[] = {"capture", "answer", "worst_ms", "causes", "not"};
	static const char *const cause_keys[] = {
		"cause", "lock", "says", "holders", "worst_ms", "longest_hold_ms", "minor"};
	const cJSON *item, *cause;
	bool known = false;

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		known |= strcmp(text_of(score, "answer"), answers[i]) == 0;
	if (!known)
		hu_out_puts(why, "no \"answer\"");
	else if (!*text_of(score, "capture"))
		hu_out_puts(why, "no \"capture\"");
	else if (strcmp(text_of(score, "answer"), "found") == 0 &&
		 cJSON_GetArraySize(list_of(score, "causes")) < 1)
		hu_out_puts(why, "found, without a cause");
	cJSON_ArrayForEach(item, score)
	{
		known = false;
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			known |= strcmp(item->string, keys[i]) == 0;
		if (!known)
			hu_out_printf(why, "the unknown key \"%s\"", item->string);
	}
	cJSON_ArrayForEach(cause, list_of(score, "causes"))
	{
		cJSON_ArrayForEach(item, cause)
		{
			known = false;
			for (size_t i = 0; i < sizeof(cause_keys) / sizeof(*cause_keys); i++)
				known |= strcmp(item->string, cause_keys[i]) == 0;
			if (!known)
				hu_out_printf(why, "the unknown key \"%s\" of a cause",
					      item->string);
		}
	}
	return !why->len;
}

/* The lock has an identity: another capture could name the same one. */
bool hu_score_named(const cJSON *lock)
{
	const char *name = text_of(lock, "name");

	return *text_of(lock, "address") || (*name && !no_claim(name));
}

/* Room for what two clocks disagree in, and for the way from the system call to the task's own
 * clock. */
static bool longer(double ns, double most_ms)
{
	return ns > most_ms * 1e6 * 1.02 + 20e6;
}

static bool is_of(const cJSON *cause, const cJSON *incident)
{
	const cJSON *lock = cJSON_GetObjectItemCaseSensitive(incident, "lock");

	if (!cJSON_IsObject(lock))
		return lists_part_of(list_of(cause, "says"), text_of(incident, "cause"));
	return lists(list_of(cause, "lock"), text_of(lock, "name")) ||
	       lists(list_of(cause, "lock"), text_of(lock, "address"));
}

/* What the incident tells of. A lock may stall twice in one bundle, by different holders: then the
 * smallest that is long enough. */
static const cJSON *cause_of(const cJSON *score, const cJSON *incident)
{
	const cJSON *victim = cJSON_GetObjectItemCaseSensitive(incident, "victim");
	const cJSON *cause, *first = NULL, *best = NULL;
	double ns = 0, least = 0, most;

	number_of(victim, "worst_ns", &ns);
	cJSON_ArrayForEach(cause, list_of(score, "causes"))
	{
		if (!is_of(cause, incident))
			continue;
		first = first ? first : cause;
		if (number_of(cause, "worst_ms", &most) && !longer(ns, most) &&
		    (!best || most < least)) {
			best = cause;
			least = most;
		}
	}
	return best ? best : first;
}

static bool claims_nothing(const cJSON *incident)
{
	const cJSON *lock = cJSON_GetObjectItemCaseSensitive(incident, "lock");
	const char *label = text_of(incident, "cause");

	if (cJSON_GetArraySize(list_of(incident, "holders")))
		return false;
	if (cJSON_IsObject(lock))
		return !hu_score_named(lock);
	return no_claim(label);
}

/* True if a holder is named that the truth does not have. */
static bool wrong_holder(const cJSON *score, const cJSON *cause, const cJSON *incident,
			 struct hu_out *why)
{
	const cJSON *holder;
	double ns, most;

	cJSON_ArrayForEach(holder, list_of(incident, "holders"))
	{
		const char *comm = text_of(holder, "comm"), *how = text_of(holder, "how");
		if (strcmp(how, "signature") == 0)
			continue;
		if (!lists(list_of(cause, "holders"), comm) || lists(list_of(score, "not"), comm)) {
			hu_out_printf(why, "names %s (%s) as a holder: %s", comm, how,
				      text_of(incident, "title"));
			return true;
		}
		if (number_of(holder, "longest_hold_ns", &ns) &&
		    number_of(cause, "longest_hold_ms", &most) && longer(ns, most)) {
			hu_out_printf(why, "a hold of %.0f ms by %s, %.0f ms longer than any",
				      ns / 1e6, comm, ns / 1e6 - most);
			return true;
		}
	}
	return false;
}

static bool wrong_incident(const cJSON *score, const cJSON *incident, struct hu_out *why)
{
	const cJSON *cause = cause_of(score, incident);
	const cJSON *victim = cJSON_GetObjectItemCaseSensitive(incident, "victim");
	double ns, most;

	if (number_of(victim, "worst_ns", &ns) &&
	    ((number_of(score, "worst_ms", &most) && longer(ns, most)) ||
	     (number_of(cause, "worst_ms", &most) && longer(ns, most)))) {
		hu_out_printf(why, "tells of %.0f ms, where the truth has %.0f ms at most: %s",
			      ns / 1e6, most, text_of(incident, "title"));
		return true;
	}
	if (cause)
		return wrong_holder(score, cause, incident, why);
	if (claims_nothing(incident))
		return false;
	/* A lock that has no name here is some lock: only its holder can be wrong. */
	const cJSON *lock = cJSON_GetObjectItemCaseSensitive(incident, "lock");
	if (cJSON_IsObject(lock) && !hu_score_named(lock)) {
		const cJSON *any;
		cJSON_ArrayForEach(any, list_of(score, "causes"))
		{
			struct hu_out unused HU_CLEANUP(hu_out_deinit) = {0};
			if (list_of(any, "lock") && !wrong_holder(score, any, incident, &unused))
				return false;
		}
	}
	hu_out_printf(why, "a cause that is not true: %s", text_of(incident, "title"));
	return true;
}

enum hu_mark hu_score_judge(const cJSON *score, const cJSON *report, struct hu_out *why)
{
	const cJSON *incident, *incidents = list_of(report, "incidents");
	const char *outcome = text_of(list_of(report, "verdict"), "outcome");
	const char *answer = text_of(score, "answer");
	bool told = false;

	cJSON_ArrayForEach(incident, incidents)
	{
		const cJSON *cause = cause_of(score, incident);
		if (wrong_incident(score, incident, why))
			return HU_WRONG;
		told |= cause && !cJSON_IsTrue(list_of(cause, "minor"));
	}
	hu_out_printf(why, "%s", outcome);
	incident = cJSON_GetArrayItem(incidents, 0);
	bool minor = incident && cJSON_IsTrue(list_of(cause_of(score, incident), "minor"));
	if (incident)
		hu_out_printf(why, ": %s", text_of(incident, "title"));
	if (strcmp(outcome, "clear") == 0)
		return strcmp(answer, "clear") == 0 ? HU_RIGHT : HU_WRONG;
	if (strcmp(outcome, "found") == 0) {
		if (strcmp(answer, "found") == 0)
			return told ? HU_RIGHT : HU_DECLINED;
		/* Of a part of the capture only what is beside the point may be left, and true. */
		return strcmp(answer, "clear") == 0 || minor ? HU_DECLINED : HU_WRONG;
	}
	return strcmp(answer, "undecidable") == 0 || strcmp(answer, "not_assessed") == 0
		       ? HU_RIGHT
		       : HU_DECLINED;
}
