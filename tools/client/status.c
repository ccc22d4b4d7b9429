/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

enum status complain(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("kseal-client: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

const char *printable(char *out, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < size; i++)
		out[used++] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	out[used] = '\0';
	return out;
}
