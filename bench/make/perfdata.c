#include "bench/make/make.h"
struct hu_err *make_perfdata(struct order *order)
{
	(void)order;
	return hu_err(HU_ERR_BUG, "not yet");
}
