/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* How far a download is, on standard error. */
struct progress {
	bool quiet;
	bool terminal; /* a bar that is drawn over; else a line now and then */
	bool drawn;
	double start, last;
	uint64_t total; /* PROGRESS_UNKNOWN if nobody said */
};

#define PROGRESS_UNKNOWN UINT64_MAX

void progress_start(struct progress *p, bool quiet, uint64_t total);
void progress_update(struct progress *p, uint64_t done);

/* Clears the bar; a message may follow. */
void progress_clear(struct progress *p);

/* The last word, after success. */
void progress_end(struct progress *p, uint64_t done, const char *where);

#endif
