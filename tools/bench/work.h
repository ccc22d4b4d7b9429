/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of work that kseal-bench measures. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stddef.h>

struct work {
	const char *ulp;  /* "kseal" or "tls" */
	const char *file; /* what sendfile and the others take their bytes from */
	size_t total;     /* bytes to move */
	size_t block;     /* bytes of one call */
};

/*
 * Each does the work once over a new loopback connection and sets *ns to the
 * time from the first byte sent to the last one received. 0, or -1 with errno.
 *
 * sendfile, write: sealed by the ULP, discarded as ciphertext by the receiver.
 * read: opened by the ULP, from ciphertext that was made beforehand.
 */
int work_sendfile(const struct work *w, double *ns);
int work_write(const struct work *w, double *ns);
int work_read(const struct work *w, double *ns);

#endif
