/* holdup: what's the hold-up? */
#include <stdio.h>

#include "db/base.h"

int main(void)
{
	puts("holdup " HU_VERSION);
	return 0;
}
