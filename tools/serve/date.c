/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "date.h"

/* What a file system may claim and four digits of a year cannot say. */
#define DATE_MAX 253402300799 /* the last second of the year 9999 */

static void format(char *out, size_t size, const char *pattern, time_t when)
{
	struct tm tm;

	if (when < 0)
		when = 0;
	if (when > DATE_MAX)
		when = DATE_MAX;
	gmtime_r(&when, &tm);
	/* No program part calls setlocale(): names are English, as they must. */
	if (!strftime(out, size, pattern, &tm))
		*out = '\0';
}

void date_http(char out[static DATE_SIZE], time_t when)
{
	format(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", when);
}

void date_log(char out[static DATE_LOG_SIZE], time_t when)
{
	format(out, DATE_LOG_SIZE, "%d/%b/%Y:%H:%M:%S +0000", when);
}
