/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define TEXT_SIZE_FIRST 512

void text_free(struct text *t)
{
	free(t->data);
	memset(t, 0, sizeof(*t));
}

static bool text_reserve(struct text *t, size_t more)
{
	size_t size = t->size ? t->size : TEXT_SIZE_FIRST;
	char *data;

	if (t->failed)
		return false;
	if (more <= t->size - t->length)
		return true;
	if (more > SIZE_MAX / 4 - t->length) {
		t->failed = true;
		return false;
	}
	while (size - t->length < more)
		size *= 2;
	data = realloc(t->data, size);
	if (!data) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->size = size;
	return true;
}

void text_bytes(struct text *t, const void *data, size_t length)
{
	if (!length || !text_reserve(t, length))
		return;
	memcpy(t->data + t->length, data, length);
	t->length += length;
}

void text_string(struct text *t, const char *string)
{
	text_bytes(t, string, strlen(string));
}

void text_format(struct text *t, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);

	/* One more for the terminator that vsnprintf() writes. */
	if (length < 0 || !text_reserve(t, (size_t)length + 1)) {
		t->failed = true;
		return;
	}

	va_start(args, format);
	vsnprintf(t->data + t->length, (size_t)length + 1, format, args);
	va_end(args);
	t->length += (size_t)length;
}

void text_html(struct text *t, const char *data, size_t length)
{
	static const char *const entities[256] = {
		['&'] = "&amp;",   ['<'] = "&lt;",   ['>'] = "&gt;",
		['"'] = "&quot;", ['\''] = "&#39;",
	};

	for (size_t i = 0; i < length; i++) {
		const char *entity = entities[(unsigned char)data[i]];

		if (entity)
			text_string(t, entity);
		else
			text_bytes(t, data + i, 1);
	}
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void text_url(struct text *t, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '/' || is_unreserved(c))
			text_bytes(t, data + i, 1);
		else
			text_format(t, "%%%02X", c);
	}
}

void text_query(struct text *t, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c <= ' ' || c >= 0x7f)
			text_format(t, "%%%02X", c);
		else
			text_bytes(t, data + i, 1);
	}
}

void text_log(struct text *t, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			text_format(t, "\\x%02x", c);
		else
			text_bytes(t, data + i, 1);
	}
}
