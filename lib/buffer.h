/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KSEAL_BUFFER_H
#define KSEAL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A queue of bytes: appended at the end, consumed at the front. Without bytes
 * it holds no memory, so that an idle connection is small. Memory is wiped when
 * it is given back (OPENSSL_free does that). All zero is an empty buffer.
 */
struct buffer {
	uint8_t *data;   /* the allocation */
	size_t start;    /* where the bytes begin */
	size_t len;      /* how many there are */
	size_t capacity;
};

/* Room for `len` bytes behind the content; NULL when out of memory. */
uint8_t *buffer_reserve(struct buffer *b, size_t len);

/* Takes the first `len` bytes of that room into the content. */
void buffer_commit(struct buffer *b, size_t len);

/* Appends; false when out of memory. */
bool buffer_add(struct buffer *b, const void *data, size_t len);

/* The content. Moves with the next reserve, add or consume. */
uint8_t *buffer_data(const struct buffer *b);

/* Drops the first `len` bytes, which must be there. */
void buffer_consume(struct buffer *b, size_t len);

/* Drops all and gives the memory back. */
void buffer_clear(struct buffer *b);

/* Gives reserved memory back if nothing was committed into it. */
void buffer_settle(struct buffer *b);

#endif /* KSEAL_BUFFER_H */
