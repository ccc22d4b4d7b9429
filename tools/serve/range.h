/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_RANGE_H
#define SERVE_RANGE_H

#include <stddef.h>
#include <sys/types.h>

enum range_result {
	RANGE_WHOLE,         /* no range that we serve: the whole file */
	RANGE_PART,          /* `length` bytes from `first` on */
	RANGE_UNSATISFIABLE, /* a range beyond the file's end: 416 */
};

/*
 * Reads the value of a Range field (RFC 9110 14.1.2, 14.2) for a file of `size`
 * bytes. What is malformed, of another unit, or asks for several ranges is
 * RANGE_WHOLE, as 14.2 lets a server ignore it.
 */
enum range_result range_parse(const char *value, size_t value_length,
			      off_t size, off_t *first, off_t *length);

#endif
