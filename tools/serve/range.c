/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "range.h"

struct cursor {
	const char *at;
	const char *end;
};

static bool take(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* Digits, any number of them: what is too large is as large as can be. */
static bool take_number(struct cursor *c, off_t *out)
{
	const char *start = c->at;
	int64_t n = 0;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *c->at - '0', &n))
			n = INT64_MAX;
		c->at++;
	}
	*out = n;
	return c->at > start;
}

enum range_result range_parse(const char *value, size_t value_length,
			      off_t size, off_t *first, off_t *length)
{
	static const char unit[] = "bytes=";
	const size_t unit_length = sizeof(unit) - 1;
	struct cursor c = { value, value + value_length };
	bool has_first, has_last;
	off_t from = 0, to = 0;

	/* RFC 9110 14.1: names of units are case-insensitive. */
	if (value_length < unit_length ||
	    strncasecmp(value, unit, unit_length))
		return RANGE_WHOLE;
	c.at += unit_length;

	has_first = take_number(&c, &from);
	if (!take(&c, '-'))
		return RANGE_WHOLE;
	has_last = take_number(&c, &to);
	if (c.at != c.end || (!has_first && !has_last))
		return RANGE_WHOLE;

	if (!has_first) {
		/* The last `to` bytes: of nothing, 206 has no way to say. */
		if (!to)
			return RANGE_UNSATISFIABLE;
		if (!size)
			return RANGE_WHOLE;
		*length = to < size ? to : size;
		*first = size - *length;
		return RANGE_PART;
	}

	/* RFC 9110 14.1.1: last before first is no range at all. */
	if (has_last && to < from)
		return RANGE_WHOLE;
	if (from >= size)
		return RANGE_UNSATISFIABLE;
	if (!has_last || to >= size)
		to = size - 1;
	*first = from;
	*length = to - from + 1;
	return RANGE_PART;
}
