/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_DATE_H
#define SERVE_DATE_H

#include <time.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) and its terminator. */
#define DATE_SIZE 30

void date_http(char out[static DATE_SIZE], time_t when);

/* "06/Nov/1994:08:49:37 +0000", as access logs have it. */
#define DATE_LOG_SIZE 32

void date_log(char out[static DATE_LOG_SIZE], time_t when);

#endif
