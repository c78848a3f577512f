/*
 * Opening a CTF trace with libbabeltrace2, and what the library says when it does not like one.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_guard.h"
#include "ingest/ctf_source.h"

#include <stdlib.h>
#include <string.h>

void hu_ctf_bury(const void *graph)
{
	static const void *buried[64];
	static size_t count;

	buried[count++ % (sizeof(buried) / sizeof(buried[0]))] = graph;
}

/* Errors of the library. */

/*
 * The library's sentences carry addresses of its own objects and the path of our private folder:
 * "Cannot read …: msg-it-addr=0x55…, path=\"…\"". What is kept is the wording.
 */
static char *bare_sentence(const char *text)
{
	struct hu_str said = hu_str(text);
	size_t end = said.len;

	for (size_t i = 0; i < said.len; i++) {
		bool key =
			said.at[i] == '=' || said.at[i] == '/' || (unsigned char)said.at[i] < ' ';
		if (!key)
			continue;
		end = i;
		while (end && !(said.at[end] == ' ' &&
				(said.at[end - 1] == ':' || said.at[end - 1] == ',')))
			end--;
		break;
	}
	said = hu_str_trim((struct hu_str){said.at, end < 300 ? end : 300});
	while (said.len && strchr(":,.", said.at[said.len - 1]))
		said.len--;
	return said.len ? hu_strdup(said) : NULL;
}

/* The first cause that says something. */
char *hu_ctf_library_said(void)
{
	const bt_error *error = bt_current_thread_take_error();
	char *text = NULL;

	for (uint64_t i = 0; error && !text && i < bt_error_get_cause_count(error); i++)
		text = bare_sentence(
			bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, i)));
	if (error)
		bt_error_release(error);
	/* what its parser found it only logs */
	if (!text || !strcmp(text, "Component initialization method failed")) {
		free(text);
		text = hu_strdup(hu_str("it gives no reason"));
	}
	return text;
}

struct hu_err *hu_ctf_library_err(enum hu_err_code code, const char *what)
{
	HU_CLEANUP(hu_freep) char *said = hu_ctf_library_said();

	return hu_err(code, "%s: %s", what, said);
}

/* The source. */

static void put_value(bt_value **value)
{
	bt_value_put_ref(*value);
}

struct adding {
	bt_graph *graph;
	const bt_component_class_source *class;
	const bt_value *params;
	const bt_component_source **ret;
	bt_graph_add_component_status status;
};

static void call_add(void *with)
{
	struct adding *a = with;

	a->status = bt_graph_add_source_component(a->graph, a->class, "capture", a->params,
						  BT_LOGGING_LEVEL_NONE, a->ret);
}

static struct hu_err *add_source(bt_graph **graph, const bt_plugin *plugin, const char *folder,
				 const bt_component_source **ret)
{
	HU_CLEANUP(put_value) bt_value *params = bt_value_map_create();
	const bt_component_class_source *fs =
		bt_plugin_borrow_source_component_class_by_name_const(plugin, "fs");
	bt_value *inputs;

	if (!fs)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "babeltrace2's plugin \"ctf\" has no \"fs\" in it");
	if (!params ||
	    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs) !=
		    BT_VALUE_MAP_INSERT_ENTRY_STATUS_OK ||
	    bt_value_array_append_string_element(inputs, folder) !=
		    BT_VALUE_ARRAY_APPEND_ELEMENT_STATUS_OK)
		return hu_ctf_library_err(HU_ERR_NOMEM, "libbabeltrace2");
	struct adding adding = {*graph, fs, params, ret, BT_GRAPH_ADD_COMPONENT_STATUS_ERROR};
	hu_ctf_leaks_theirs();
	bool sane = hu_ctf_guard_call(call_add, &adding);
	hu_ctf_leaks_ours();
	if (!sane) {
		hu_ctf_bury(*graph);
		hu_ctf_bury(params);
		*graph = NULL;
		params = NULL;
		return hu_err(HU_ERR_BAD_INPUT, "libbabeltrace2 broke down over it");
	}
	if (adding.status != BT_GRAPH_ADD_COMPONENT_STATUS_OK)
		return hu_ctf_library_err(HU_ERR_BAD_INPUT, "libbabeltrace2 does not take it");
	return NULL;
}

/* From where the library was installed, and from nowhere else. */
static const bt_plugin *find_plugin(void)
{
	const bt_plugin *found = NULL;

	if (bt_plugin_find("ctf", BT_FALSE, BT_FALSE, BT_TRUE, BT_TRUE, BT_FALSE, &found) ==
	    BT_PLUGIN_FIND_STATUS_OK)
		return found;
	bt_current_thread_clear_error();
	return NULL;
}

static const bt_plugin *prepared;

void hu_ctf_source_prepare(void)
{
	if (prepared)
		return;
	bt_logging_set_global_level(BT_LOGGING_LEVEL_NONE);
	prepared = find_plugin();
}

struct hu_err *hu_ctf_source_open(const char *folder, bool ctf2, const bt_plugin **plugin,
				  bt_graph **graph, const bt_component_source **ret)
{
	/* It ends the program when it is called with an error that nobody has taken. */
	bt_current_thread_clear_error();
	bt_logging_set_global_level(BT_LOGGING_LEVEL_NONE);
	*plugin = prepared ? prepared : find_plugin();
	if (!*plugin)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "libbabeltrace2 has not got its plugin \"ctf\" with it");
	if (prepared)
		bt_plugin_get_ref(prepared);
	*graph = bt_graph_create(ctf2);
	if (!*graph)
		return hu_ctf_library_err(HU_ERR_NOMEM, "libbabeltrace2");
	return add_source(graph, *plugin, folder, ret);
}

struct hu_err *hu_ctf_source_try(const char *folder, bool ctf2)
{
	HU_CLEANUP(hu_ctf_put_plugin) const bt_plugin *plugin = NULL;
	HU_CLEANUP(hu_ctf_put_graph) bt_graph *graph = NULL;
	const bt_component_source *source;

	hu_ctf_guard_arm();
	struct hu_err *err = hu_ctf_source_open(folder, ctf2, &plugin, &graph, &source);
	hu_ctf_guard_disarm();
	return err;
}

#endif
