/* Locks that a text prints as a hash of their address (%p), by the waits that it shares with a
 * capture that has the addresses. */
#include "analyzers/merge.h"

/*
 * Which lock a hash stands for: the one that tracers with addresses saw in the same waits. One wait
 * in ten may have met another by chance.
 */
void hu_unhash_vote(struct hu_model *m, struct hu_lock_id hashed, struct hu_lock_id lock)
{
	struct hu_hash_vote v = {hashed.name, lock, 1};

	for (size_t i = 0; i < m->hash_votes.count; i++) {
		if (m->hash_votes.at[i].hashed == hashed.name &&
		    hu_lock_same(m->hash_votes.at[i].lock, lock)) {
			m->hash_votes.at[i].votes++;
			return;
		}
	}
	HU_PUSH(&m->hash_votes, v);
}

struct hu_lock_id hu_unhashed(const struct hu_model *m, struct hu_lock_id lock)
{
	const struct hu_hash_vote *best = NULL;
	int64_t all = 0;

	for (size_t i = 0; i < m->hash_votes.count && hu_lock_hashed(lock); i++) {
		const struct hu_hash_vote *v = &m->hash_votes.at[i];
		if (v->hashed != lock.name)
			continue;
		all += v->votes;
		if (!best || v->votes > best->votes)
			best = v;
	}
	return best && best->votes >= 2 && best->votes * 10 >= all * 9 ? best->lock : lock;
}
