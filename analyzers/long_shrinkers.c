#include "analyzers/trouble.h"
void hu_find_stuck_shrinkers(struct hu_conclusion *c, struct hu_troubles *to)
{
	(void)c;
	(void)to;
}
