#include "bench/make/make.h"
struct hu_err *make_ctf(struct order *order)
{
	(void)order;
	return hu_err(HU_ERR_BUG, "not yet");
}
