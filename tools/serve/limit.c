/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/resource.h>

#include "limit.h"

unsigned int limit_connections(unsigned int wanted)
{
	struct rlimit limit;
	rlim_t allowed;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return wanted;

	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		if (!setrlimit(RLIMIT_NOFILE, &raised))
			limit = raised;
	}

	if (limit.rlim_cur == RLIM_INFINITY)
		return wanted;
	if (limit.rlim_cur <= LIMIT_DESCRIPTORS_RESERVED + 2)
		return 1;
	allowed = (limit.rlim_cur - LIMIT_DESCRIPTORS_RESERVED) / 2;
	return allowed < wanted ? (unsigned int)allowed : wanted;
}
