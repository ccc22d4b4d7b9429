/* SPDX-License-Identifier: BSD-2-Clause */
#include "buffer.h"

#include <string.h>

#include <openssl/mem.h>

uint8_t *buffer_reserve(struct buffer *b, size_t len)
{
	size_t end = b->start + b->len;
	size_t capacity;
	uint8_t *data;

	/* Without any memory there is no pointer to give but NULL. */
	if (len == 0)
		len = 1;
	if (len <= b->capacity - end)
		return b->data + end;
	if (len > SIZE_MAX / 2 - b->len)
		return NULL;
	if (len <= b->capacity - b->len) {
		memmove(b->data, b->data + b->start, b->len);
		b->start = 0;
		return b->data + b->len;
	}
	/* The first allocation is exact, since most buffers hold one thing. */
	capacity = b->len + len;
	if (b->data != NULL && capacity < 2 * b->len)
		capacity = 2 * b->len;
	data = OPENSSL_malloc(capacity);
	if (data == NULL)
		return NULL;
	if (b->len != 0)
		memcpy(data, b->data + b->start, b->len);
	OPENSSL_free(b->data);
	b->data = data;
	b->start = 0;
	b->capacity = capacity;
	return b->data + b->len;
}

void buffer_commit(struct buffer *b, size_t len)
{
	b->len += len;
}

bool buffer_add(struct buffer *b, const void *data, size_t len)
{
	uint8_t *room;

	if (len == 0)
		return true;
	room = buffer_reserve(b, len);
	if (room == NULL)
		return false;
	memcpy(room, data, len);
	buffer_commit(b, len);
	return true;
}

uint8_t *buffer_data(const struct buffer *b)
{
	/* C17 6.5.6: to NULL not even 0 may be added. */
	return b->data != NULL ? b->data + b->start : NULL;
}

void buffer_consume(struct buffer *b, size_t len)
{
	b->start += len;
	b->len -= len;
	buffer_settle(b);
}

void buffer_settle(struct buffer *b)
{
	if (b->len == 0)
		buffer_clear(b);
}

void buffer_clear(struct buffer *b)
{
	OPENSSL_free(b->data);
	*b = (struct buffer){ 0 };
}
