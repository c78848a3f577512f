/* Rows of the incidents that no stalled operation tells of: a handful a bundle. */
#include "analyzers/trouble.h"
#include "analyzers/oncpu.h"
#include "analyzers/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hu_troubles_find(struct hu_conclusion *c, struct hu_troubles *ret)
{
	hu_find_reclaim_faults(c, ret);
	hu_find_ooms(c, ret);
	hu_find_stuck_shrinkers(c, ret);
}

void hu_troubles_deinit(struct hu_troubles *all)
{
	for (size_t i = 0; i < all->at.count; i++) {
		struct hu_trouble *t = &all->at.at[i];
		hu_out_deinit(&t->title);
		hu_out_deinit(&t->summary);
		hu_out_deinit(&t->sentence);
		hu_out_deinit(&t->signature);
		hu_out_deinit(&t->cause);
		for (size_t k = 0; k < t->proofs.count; k++)
			hu_out_deinit(&t->proofs.at[k].claim);
		for (size_t k = 0; k < t->remarks.count; k++)
			hu_out_deinit(&t->remarks.at[k].text);
		free(t->proofs.at);
		free(t->remarks.at);
		hu_facts_destroy(t->facts);
	}
	free(all->at.at);
}

struct hu_trouble *hu_trouble_new(struct hu_troubles *to, enum hu_trouble_kind kind)
{
	struct hu_trouble fresh = {.kind = kind, .tid = HU_NONE, .confidence = "low"};

	HU_PUSH(&to->at, fresh);
	return &to->at.at[to->at.count - 1];
}

struct hu_out *hu_trouble_proof(struct hu_trouble *t, struct hu_ref ref)
{
	struct hu_proof fresh = {.ref = ref};

	HU_PUSH(&t->proofs, fresh);
	return &t->proofs.at[t->proofs.count - 1].claim;
}

struct hu_out *hu_trouble_remark(struct hu_trouble *t, const char *kind)
{
	struct hu_remark fresh = {.kind = kind};

	HU_PUSH(&t->remarks, fresh);
	return &t->remarks.at[t->remarks.count - 1].text;
}

size_t hu_troubles_count(const struct hu_troubles *t, enum hu_trouble_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->at.count; i++)
		n += t->at.at[i].kind == kind;
	return n;
}

static bool holds(const struct hu_cause *cause, int32_t tid)
{
	for (size_t i = 0; i < cause->holders.count; i++)
		if (!cause->holders.at[i].fellow && cause->holders.at[i].tid == tid)
			return true;
	return false;
}

/* Who keeps a lock from others and is in trouble itself: each of the two incidents says so. */
static void link_to_causes(struct hu_conclusion *c, const struct hu_trouble *t)
{
	if (t->tid < 0 || !t->who)
		return;
	for (size_t i = 0; i < c->causes->at.count; i++) {
		const struct hu_cause *cause = &c->causes->at.at[i];
		HU_CLEANUP(hu_out_deinit) struct hu_out there = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out here = {0};
		if (!cause->id[0] || !holds(cause, t->tid))
			continue;
		hu_out_printf(
			&there,
			"%s is itself in trouble (%s: %s). What helps against the wait for %s "
			"frees those who wait, and leaves %s where it is.",
			t->who, t->id, t->cause.at, cause->label, t->who);
		hu_add_note(c, cause->id, "caveat", there.at);
		hu_out_printf(&here, "%s also stood in the way of others, as holder of %s: %s.",
			      t->who, cause->label, cause->id);
		hu_add_note(c, t->id, "caveat", here.at);
	}
}

static void put(struct hu_conclusion *c, struct hu_trouble *t, size_t rank)
{
	struct hu_cause stub = {0};
	int proof = 0;

	hu_result(c->store, &c->err,
		  "INSERT INTO incident (id, rank, signature, title, summary, confidence, cause) "
		  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		  "sisssss", t->id, (int64_t)rank, t->signature.at, t->title.at, t->summary.at,
		  t->confidence, t->cause.at);
	memcpy(stub.id, t->id, sizeof(stub.id));
	for (size_t i = 0; i < t->proofs.count; i++)
		hu_add_evidence(c, &stub, &proof, t->proofs.at[i].claim.at, t->proofs.at[i].ref);
	for (size_t i = 0; i < t->remarks.count; i++)
		hu_add_note(c, t->id, t->remarks.at[i].kind, t->remarks.at[i].text.at);
	if (t->facts)
		hu_conclude_facts(c, t->id, t->facts);
	t->facts = NULL;
	link_to_causes(c, t);
}

void hu_conclude_troubles(struct hu_conclusion *c)
{
	size_t number = c->causes->at.count + c->spins->at.count;
	size_t rank = (size_t)hu_count(c, "SELECT count(*) FROM incident");

	for (size_t i = 0; i < c->troubles->at.count; i++) {
		struct hu_trouble *t = &c->troubles->at.at[i];
		snprintf(t->id, sizeof(t->id), "I%zu", number + i + 1);
		put(c, t, rank + i + 1);
	}
}

const char *hu_say_trouble(struct hu_conclusion *c, struct hu_out *to)
{
	if (!c->troubles->at.count)
		return NULL;
	hu_out_str(to, hu_out_view(&c->troubles->at.at[0].sentence));
	hu_out_putc(to, '.');
	return c->troubles->at.at[0].id;
}
