/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <stddef.h>

#include "status.h"

/*
 * Where a download goes: a temporary file that takes its name at the end, or,
 * for standard output, devices and pipes, the thing itself.
 */
struct output {
	int fd;
	const char *path; /* NULL: standard output */
	char *temporary;  /* NULL: none */
};

/* "-" is standard output. */
enum status output_open(struct output *o, const char *path);
enum status output_write(struct output *o, const void *data, size_t len);

/* All was written: takes the name. */
enum status output_finish(struct output *o);

/* Closes; what was not finished is removed. */
void output_close(struct output *o);

/* How to call it in a message. */
const char *output_name(const struct output *o);

#endif
