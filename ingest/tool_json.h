/* ingest/tool_json.h - keys of a tool's description out of its JSON, each error with its place. */
#ifndef HU_TOOL_JSON_H
#define HU_TOOL_JSON_H

#include "ingest/tool.h"

#include <cjson/cJSON.h>

struct hu_tool_place { /* "forms[0].columns[2]" */
	const struct hu_tool_place *in;
	const char *name;
	int index; /* or -1 */
};

/* An error that names the place. */
struct hu_err *hu_tool_wrong(const struct hu_tool_place *at, const char *fmt, ...) HU_PRINTF(2, 3);
/* No other keys than these, and none twice. */
struct hu_err *hu_tool_allowed(const cJSON *object, const char *const *keys,
			       const struct hu_tool_place *at);
/* Texts are copied: free() them. */
struct hu_err *hu_tool_get_text(const cJSON *object, const char *key, bool needed, char **ret,
				const struct hu_tool_place *at);
struct hu_err *hu_tool_get_bool(const cJSON *object, const char *key, bool *ret,
				const struct hu_tool_place *at);
struct hu_err *hu_tool_get_role(const cJSON *object, const char *key, bool needed,
				enum hu_tool_role *ret, const struct hu_tool_place *at);
/* A list with something in it; *count is 0 if there is none. */
struct hu_err *hu_tool_get_list(const cJSON *object, const char *key, bool needed,
				const cJSON **ret, size_t *count, const struct hu_tool_place *at);
/* A list of texts, borrowed from `object`; free() the list itself. *count is 0 if there is none. */
struct hu_err *hu_tool_get_texts(const cJSON *object, const char *key, bool needed,
				 const char ***ret, size_t *count, const struct hu_tool_place *at);
/* The same as roles: free() them. */
struct hu_err *hu_tool_get_roles(const cJSON *object, const char *key, bool needed,
				 enum hu_tool_role **ret, size_t *count,
				 const struct hu_tool_place *at);
/* The same as copies: free() each, and the list. */
struct hu_err *hu_tool_get_copies(const cJSON *object, const char *key, bool needed, char ***ret,
				  size_t *count, const struct hu_tool_place *at);
struct hu_err *hu_tool_get_patterns(const cJSON *object, const char *key, bool needed,
				    struct hu_tool_pattern **ret, size_t *count,
				    const struct hu_tool_place *at);
struct hu_err *hu_tool_get_map(const cJSON *object, struct hu_tool_map **ret, size_t *count,
			       const struct hu_tool_place *at);
/* One of "forms". What it allocated is the form's, also after an error. */
HU_MUST_CHECK struct hu_err *hu_tool_form_load(const cJSON *json, struct hu_tool_form *form,
					       const struct hu_tool_place *at);

#endif
