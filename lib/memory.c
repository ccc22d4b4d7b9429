/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcrypto calls these three, if they are there, for all its memory. They are
 * here because much of it keeps no word of an allocation that failed: a parser
 * then says that the data is bad, a check that a signature is wrong. With this
 * the library can say what really happened.
 *
 * They are within locks of libcrypto's at times, so they call nothing of it.
 */
#include "memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *ptr);
size_t OPENSSL_memory_get_size(void *ptr);

static _Thread_local bool failed;

void *OPENSSL_memory_alloc(size_t size)
{
	void *ptr = malloc(size);

	if (ptr == NULL)
		failed = true;
	return ptr;
}

/* What is given back is wiped: keys pass through all of it. */
void OPENSSL_memory_free(void *ptr)
{
	explicit_bzero(ptr, malloc_usable_size(ptr));
	free(ptr);
}

size_t OPENSSL_memory_get_size(void *ptr)
{
	return malloc_usable_size(ptr);
}

bool memory_failed(void)
{
	bool was = failed;

	failed = false;
	return was;
}
