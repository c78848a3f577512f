/* Reads what the figures show beyond bars and points: states, the graph, flames, single stalls. */
#include "db/rows.h"
#include "report/compose.h"

static struct hu_rows *ask(struct hu_store *store, struct hu_str id, const char *sql)
{
	struct hu_rows *r = hu_rows_open(store, sql);

	hu_rows_bind_text(r, 1, id);
	return r;
}

static struct hu_err *read_states(struct hu_page *page, struct hu_store *store,
				  struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT lane, from_ns, to_ns, state, what FROM figure_state WHERE "
				"incident = ?1 ORDER BY lane, from_ns, to_ns, rowid");
	struct hu_page_lane *l = NULL;

	while (hu_rows_next(r)) {
		int64_t lane = hu_page_int(r, 0);
		for (size_t i = 0; (!l || l->lane != lane) && i < in->lane_count; i++)
			if (in->lanes[i].lane == lane)
				l = &in->lanes[i];
		if (!l || l->lane != lane)
			continue;
		struct hu_page_state *s = HU_PAGE_MORE(page, l->states, l->state_count);
		s->from_ns = hu_page_int(r, 1);
		s->to_ns = hu_page_int(r, 2);
		s->state = hu_page_text(page, r, 3);
		s->what = hu_page_text(page, r, 4);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_nodes(struct hu_page *page, struct hu_store *store,
				 struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT node, parent, closes, ns, kind, label, detail, edge, how, "
				"share FROM graph_node WHERE incident = ?1 ORDER BY node");

	while (hu_rows_next(r)) {
		struct hu_page_node *n = HU_PAGE_MORE(page, in->nodes, in->node_count);
		n->node = hu_page_int(r, 0);
		n->parent = hu_page_int(r, 1);
		n->closes = hu_page_int(r, 2);
		n->ns = hu_page_int(r, 3);
		n->kind = hu_page_text(page, r, 4);
		n->label = hu_page_text(page, r, 5);
		n->detail = hu_page_text(page, r, 6);
		n->edge = hu_page_text(page, r, 7);
		n->how = hu_page_text(page, r, 8);
		n->share = hu_page_number(r, 9);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_frames(struct hu_page *page, struct hu_store *store, struct hu_str id,
				  struct hu_page_flame *f)
{
	struct hu_rows *r = ask(store, id,
				"SELECT depth, start, width, kind, label FROM flame_frame WHERE "
				"incident = ?1 AND flame = ?2 ORDER BY depth, start");

	hu_rows_bind_int(r, 2, f->flame);
	while (hu_rows_next(r)) {
		struct hu_page_frame *x = HU_PAGE_MORE(page, f->frames, f->frame_count);
		x->depth = hu_page_int(r, 0);
		x->start = hu_page_int(r, 1);
		x->width = hu_page_int(r, 2);
		x->kind = hu_page_text(page, r, 3);
		x->label = hu_page_text(page, r, 4);
	}
	return hu_rows_close(r);
}

static struct hu_err *read_flames(struct hu_page *page, struct hu_store *store,
				  struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT flame, total, left_out, kind, title, unit, basis FROM "
				"flame WHERE incident = ?1 ORDER BY flame");

	while (hu_rows_next(r)) {
		struct hu_page_flame *f = HU_PAGE_MORE(page, in->flames, in->flame_count);
		f->flame = hu_page_int(r, 0);
		f->total = hu_page_int(r, 1);
		f->left_out = hu_page_int(r, 2);
		f->kind = hu_page_text(page, r, 3);
		f->title = hu_page_text(page, r, 4);
		f->unit = hu_page_text(page, r, 5);
		f->basis = hu_page_text(page, r, 6);
	}
	struct hu_err *err = hu_rows_close(r);
	for (size_t i = 0; i < in->flame_count && !err; i++)
		err = read_frames(page, store, in->id, &in->flames[i]);
	return err;
}

static struct hu_err *read_stalls(struct hu_page *page, struct hu_store *store,
				  struct hu_page_incident *in)
{
	struct hu_rows *r = ask(store, in->id,
				"SELECT operation, comm, tid, from_ns, duration_ns, open FROM "
				"incident_stall WHERE incident = ?1 ORDER BY rank");

	while (hu_rows_next(r)) {
		struct hu_page_stall *s = HU_PAGE_MORE(page, in->stalls, in->stall_count);
		s->operation = hu_page_text(page, r, 0);
		s->comm = hu_page_text(page, r, 1);
		s->tid = hu_page_int(r, 2);
		s->from_ns = hu_page_int(r, 3);
		s->duration_ns = hu_page_int(r, 4);
		s->open = hu_rows_int(r, 5) != 0;
	}
	return hu_rows_close(r);
}

struct hu_err *hu_page_read_figures(struct hu_page *page, struct hu_store *store,
				    struct hu_page_incident *in)
{
	struct hu_err *err = read_states(page, store, in);

	if (!err)
		err = read_nodes(page, store, in);
	if (!err)
		err = read_flames(page, store, in);
	if (!err)
		err = read_stalls(page, store, in);
	return err;
}
