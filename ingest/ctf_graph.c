/*
 * The plumbing around libbabeltrace2: src.ctf.fs into a sink of ours that asks every port for its
 * messages and merges them. The library's own muxer is left out: it gives up on the whole trace
 * when one stream fails. In a trace of n events this is n messages, fifteen at a time.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_graph.h"
#include "ingest/ctf_guard.h"
#include "ingest/ctf_source.h"
#include "db/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct port {
	bt_message_iterator *from;
	bt_message_array_const message;
	uint64_t count, at;
	bt_message_iterator_next_status status;
	hu_ns due; /* of message[at] */
	uint64_t order;
	bool inside; /* a packet has begun, and has not ended */
	struct hu_ctf_stream stream;
};

struct job {
	struct hu_ctf_events *to;
	uint64_t ports; /* to add */
	struct port *port;
	void **heap; /* of ports */
	size_t heaped;
	uint64_t events_left, bad;
	bool flooded;
	bool lost; /* the library broke in the middle: nothing of the graph may be touched */
};

/* Merging. */

static bool sooner(const void *one, const void *other)
{
	const struct port *a = one, *b = other;

	return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void set_due(struct port *port)
{
	hu_ns due = hu_ctf_stream_due(&port->stream, port->message[port->at]);

	if (due != HU_OPEN)
		port->due = due;
}

static void call_next(void *with)
{
	struct port *port = with;

	port->status = bt_message_iterator_next(port->from, &port->message, &port->count);
}

/* The next message of this port; false at its end. */
static bool fetch(struct job *job, struct port *port)
{
	if (port->at < port->count) {
		set_due(port);
		return true;
	}
	port->at = port->count = 0;
	if (!port->from)
		return false;
	bt_current_thread_clear_error(); /* see hu_ctf_source_open() */
	hu_ctf_leaks_theirs();
	bool sane = hu_ctf_guard_call(call_next, port);
	hu_ctf_leaks_ours();
	if (!sane) {
		job->lost = true;
		return false;
	}
	switch (port->status) {
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
		if (port->count) {
			set_due(port);
			return true;
		}
		/* fall through */
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
		if (port->inside && !hu_ctf_events_flawed(job->to)) {
			hu_ctf_events_broke(job->to, &port->stream, "it ends within a packet");
			job->bad++;
		}
		return false;
	default:
		break;
	}
	HU_CLEANUP(hu_freep) char *said = hu_ctf_library_said();
	hu_ctf_events_broke(job->to, &port->stream, said);
	job->bad++;
	return false;
}

/* The library ends some damaged streams without an error, in the middle of a packet. */
static void track(struct port *port, const bt_message *message)
{
	bt_message_type type = bt_message_get_type(message);

	if (type == BT_MESSAGE_TYPE_PACKET_BEGINNING)
		port->inside = true;
	else if (type == BT_MESSAGE_TYPE_PACKET_END)
		port->inside = false;
}

static void merge(struct job *job)
{
	for (uint64_t i = 0; i < job->ports; i++)
		if (fetch(job, &job->port[i]))
			job->heap[job->heaped++] = &job->port[i];
	hu_heap_make(job->heap, job->heaped, sooner);
	while (job->heaped && !job->lost) {
		struct port *port = job->heap[0];
		const bt_message *message = port->message[port->at++];
		track(port, message);
		if (bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT && !job->events_left--) {
			bt_message_put_ref(message);
			hu_ctf_events_broke(job->to, &port->stream,
					    "it makes more events than its bytes can hold");
			job->bad++;
			job->flooded = true;
			return;
		}
		hu_ctf_events_see(job->to, &port->stream, message);
		bt_message_put_ref(message);
		if (!fetch(job, port))
			job->heap[0] = job->heap[--job->heaped];
		hu_heap_sift(job->heap, job->heaped, 0, sooner);
	}
}

/* The sink. */

static bt_component_class_initialize_method_status initialize(
	bt_self_component_sink *self, bt_self_component_sink_configuration *configuration,
	const bt_value *params, void *data)
{
	struct job *job = data;

	(void)configuration;
	(void)params;
	bt_self_component_set_data(bt_self_component_sink_as_self_component(self), job);
	for (uint64_t i = 0; i < job->ports; i++) {
		char name[32];
		snprintf(name, sizeof(name), "in%llu", (unsigned long long)i);
		if (bt_self_component_sink_add_input_port(self, name, NULL, NULL) !=
		    BT_SELF_COMPONENT_ADD_PORT_STATUS_OK)
			return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
	}
	return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

struct asking {
	bt_self_component_sink *self;
	uint64_t number;
	struct port *port;
	bt_message_iterator_create_from_sink_component_status status;
};

static void call_ask(void *with)
{
	struct asking *a = with;

	a->status = bt_message_iterator_create_from_sink_component(
		a->self, bt_self_component_sink_borrow_input_port_by_index(a->self, a->number),
		&a->port->from);
}

static bt_component_class_sink_graph_is_configured_method_status configured(
	bt_self_component_sink *self)
{
	struct job *job =
		bt_self_component_get_data(bt_self_component_sink_as_self_component(self));

	for (uint64_t i = 0; i < job->ports && !job->lost; i++) {
		struct port *port = &job->port[i];
		struct asking asking = {
			self, i, port, BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_ERROR};
		job->lost = !hu_ctf_guard_call(call_ask, &asking);
		if (job->lost)
			break;
		if (asking.status == BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK)
			continue;
		port->from = NULL;
		HU_CLEANUP(hu_freep) char *said = hu_ctf_library_said();
		hu_ctf_events_broke(job->to, &port->stream, said);
		job->bad++;
	}
	return BT_COMPONENT_CLASS_SINK_GRAPH_IS_CONFIGURED_METHOD_STATUS_OK;
}

static bt_component_class_sink_consume_method_status consume(bt_self_component_sink *self)
{
	struct job *job =
		bt_self_component_get_data(bt_self_component_sink_as_self_component(self));

	if (!job->lost)
		merge(job);
	for (uint64_t i = 0; i < job->ports; i++) {
		struct port *port = &job->port[i];
		if (job->lost) {
			hu_ctf_events_broke(job->to, &port->stream, "libbabeltrace2 broke down");
			job->bad++;
			continue;
		}
		while (port->at < port->count)
			bt_message_put_ref(port->message[port->at++]);
		bt_message_iterator_put_ref(port->from);
		port->from = NULL;
	}
	return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_END;
}

/* Of the message interchange protocol: 1 came with CTF 2, and what is asked here is in both. */
static bt_component_class_get_supported_mip_versions_method_status versions(
	bt_self_component_class_sink *self, const bt_value *params, void *data,
	bt_logging_level level, bt_integer_range_set_unsigned *supported)
{
	(void)self;
	(void)params;
	(void)data;
	(void)level;
	return bt_integer_range_set_unsigned_add_range(supported, 0, 1) ==
			       BT_INTEGER_RANGE_SET_ADD_RANGE_STATUS_OK
		       ? BT_COMPONENT_CLASS_GET_SUPPORTED_MIP_VERSIONS_METHOD_STATUS_OK
		       : BT_COMPONENT_CLASS_GET_SUPPORTED_MIP_VERSIONS_METHOD_STATUS_MEMORY_ERROR;
}

static void put_class(const bt_component_class_sink **class)
{
	bt_component_class_sink_put_ref(*class);
}

static const bt_component_class_sink *sink_class(void)
{
	bt_component_class_sink *made = bt_component_class_sink_create("holdup", consume);

	if (!made)
		return NULL;
	bt_component_class_sink_set_initialize_method(made, initialize);
	bt_component_class_sink_set_graph_is_configured_method(made, configured);
	bt_component_class_sink_set_get_supported_mip_versions_method(made, versions);
	return made;
}

/* Every stream is a file that stays open: a host of 256 CPUs with four channels has a thousand. */
static void allow_files(uint64_t more)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= more + 128)
		return;
	limit.rlim_cur = more + 128 < limit.rlim_max ? more + 128 : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int by_port_name(const void *a, const void *b)
{
	const bt_port_output *const *x = a, *const *y = b;

	return strcmp(bt_port_get_name(bt_port_output_as_port_const(*x)),
		      bt_port_get_name(bt_port_output_as_port_const(*y)));
}

/* By name: the library has them in the order in which the folder lists its files. free() it. */
static const bt_port_output **sorted_ports(const bt_component_source *source, uint64_t count)
{
	const bt_port_output **ports = hu_alloc((count + 1) * sizeof(const bt_port_output *));

	for (uint64_t i = 0; i < count; i++)
		ports[i] = bt_component_source_borrow_output_port_by_index_const(source, i);
	qsort(ports, count, sizeof(const bt_port_output *), by_port_name);
	return ports;
}

static struct hu_err *run(bt_graph *graph, const bt_component_source *source, struct job *job)
{
	HU_CLEANUP(put_class) const bt_component_class_sink *class = sink_class();
	const bt_component_sink *sink;

	if (!class || bt_graph_add_sink_component_with_initialize_method_data(
			      graph, class, "holdup", NULL, job, BT_LOGGING_LEVEL_NONE, &sink) !=
			      BT_GRAPH_ADD_COMPONENT_STATUS_OK)
		return hu_ctf_library_err(HU_ERR_BUG, "libbabeltrace2 refuses our sink");
	HU_CLEANUP(hu_freep) const bt_port_output **ports = sorted_ports(source, job->ports);
	for (uint64_t i = 0; i < job->ports; i++) {
		const bt_connection *connection;
		if (bt_graph_connect_ports(
			    graph, ports[i],
			    bt_component_sink_borrow_input_port_by_index_const(sink, i),
			    &connection) != BT_GRAPH_CONNECT_PORTS_STATUS_OK)
			return hu_ctf_library_err(HU_ERR_BAD_INPUT,
						  "libbabeltrace2 cannot begin with a stream");
	}
	if (bt_graph_run(graph) != BT_GRAPH_RUN_STATUS_OK)
		return hu_ctf_library_err(HU_ERR_BAD_INPUT, "libbabeltrace2 gave up");
	return job->flooded ? hu_err(HU_ERR_BAD_INPUT,
				     "a stream makes more events than its bytes can hold")
			    : NULL;
}

struct hu_err *hu_ctf_graph_run(const char *folder, bool ctf2, struct hu_ctf_events *to,
				uint64_t bytes, uint64_t *bad, bool *taken)
{
	HU_CLEANUP(hu_ctf_put_plugin) const bt_plugin *plugin = NULL;
	HU_CLEANUP(hu_ctf_put_graph) bt_graph *graph = NULL;
	const bt_component_source *source;

	hu_ctf_guard_arm();
	struct hu_err *err = hu_ctf_source_open(folder, ctf2, &plugin, &graph, &source);
	*taken = !err;
	if (err) {
		hu_ctf_guard_disarm();
		return err;
	}
	struct job job = {.to = to,
			  .ports = bt_component_source_get_output_port_count(source),
			  .events_left = bytes};
	job.port = hu_alloc((job.ports + 1) * sizeof(*job.port));
	job.heap = hu_alloc((job.ports + 1) * sizeof(*job.heap));
	for (uint64_t i = 0; i < job.ports; i++)
		job.port[i] = (struct port){
			.due = INT64_MIN, .order = i, .stream = {.last = HU_OPEN, .cpu = HU_NONE}};
	allow_files(job.ports);
	hu_ctf_guard_begin(bytes);
	err = run(graph, source, &job);
	*bad += job.bad;
	bt_current_thread_clear_error();
	if (job.lost)
		hu_ctf_bury(graph);
	else
		hu_ctf_put_graph(&graph);
	graph = NULL;
	hu_ctf_guard_disarm();
	free(job.port);
	free(job.heap);
	return err;
}

#endif
