/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * Each segment is percent-decoded exactly once, and only then looked at: "%2e"
 * is a dot, "%252e" is the name "%2e". Dot segments are resolved here, by name,
 * before the file system sees anything. A target that climbs above the root is
 * refused rather than clamped: no client that follows RFC 3986 5.2.4 sends it.
 */
#include <string.h>
#include <strings.h>

#include "path.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The path's part of an absolute-form target, or NULL. */
static const char *skip_authority(const char *target, const char *end)
{
	static const char scheme[] = "https://";
	const size_t skip = sizeof(scheme) - 1;

	if ((size_t)(end - target) <= skip ||
	    strncasecmp(target, scheme, skip) || target[skip] == '/')
		return NULL;
	target += skip;
	while (target < end && *target != '/' && *target != '?') {
		/* RFC 9110 4.2.4: a user's name there is meant to deceive. */
		if (*target++ == '@')
			return NULL;
	}
	return target;
}

/*
 * Takes one character off a segment, decoded. Returns it, or the negated status
 * of the response.
 */
static int next_character(const char **at, const char *end)
{
	const char *s = *at;
	int c = (unsigned char)*s++;

	if (c == '#')
		return -400; /* RFC 9112 3.2: a target has no fragment */
	if (c == '%') {
		int high, low;

		if (end - s < 2)
			return -400;
		high = hex_digit(s[0]);
		low = hex_digit(s[1]);
		if (high < 0 || low < 0)
			return -400;
		s += 2;
		c = high << 4 | low;
		if (c == '/')
			return -404; /* no file's name holds a slash */
	}
	if (c < 0x20 || c == 0x7f)
		return -400;
	*at = s;
	return c;
}

/* Appends a decoded segment to the path, after a slash if one is needed. */
static int append_segment(struct path *p, const char *segment, const char *end)
{
	size_t at = p->length;

	if (at)
		p->text[at++] = '/';
	while (segment < end) {
		int c = next_character(&segment, end);

		if (c < 0)
			return -c;
		/* Longer than any name that the system takes. */
		if (at >= sizeof(p->text) - 1)
			return 404;
		p->text[at++] = (char)c;
	}
	p->text[at] = '\0';
	p->length = at;
	return 0;
}

/* Cuts the path back to `length`, and the slash before it. */
static void cut(struct path *p, size_t length)
{
	p->length = length;
	p->text[length] = '\0';
}

/* Where the last segment begins, and where the path before it ends. */
static size_t last_segment(const struct path *p, size_t *before)
{
	const char *slash = memrchr(p->text, '/', p->length);

	*before = slash ? (size_t)(slash - p->text) : 0;
	return slash ? *before + 1 : 0;
}

/* Resolves what was appended to a path of `before` characters. */
static int resolve_segment(struct path *p, size_t before)
{
	const char *name = p->text + (before ? before + 1 : 0);
	size_t parent;

	p->directory = true;
	if (!*name || !strcmp(name, ".")) {
		cut(p, before);
		return 0;
	}
	if (!strcmp(name, "..")) {
		cut(p, before);
		if (!before)
			return 400;
		last_segment(p, &parent);
		cut(p, parent);
		return 0;
	}
	p->directory = false;
	return 0;
}

static bool is_hidden(const struct path *p)
{
	static const char public[] = ".well-known";
	const size_t length = sizeof(public) - 1;
	const char *s = p->text;

	if (!strncmp(s, public, length) && (!s[length] || s[length] == '/'))
		s += length;
	return *s == '.' || strstr(s, "/.");
}

int path_parse(struct path *p, const char *target, size_t length)
{
	const char *end = target + length;
	const char *s = target;

	p->length = 0;
	p->text[0] = '\0';
	p->directory = true;
	p->query = NULL;
	p->query_length = 0;

	if (!length)
		return 400;
	if (*s != '/') {
		s = skip_authority(s, end);
		if (!s)
			return 400;
	}

	p->query = memchr(s, '?', (size_t)(end - s));
	if (p->query) {
		p->query_length = (size_t)(end - p->query);
		if (memchr(p->query, '#', p->query_length))
			return 400;
		end = p->query;
	}

	while (s < end) {
		size_t before = p->length;
		const char *stop;
		int status;

		s++; /* the slash */
		stop = memchr(s, '/', (size_t)(end - s));
		if (!stop)
			stop = end;
		status = append_segment(p, s, stop);
		if (!status)
			status = resolve_segment(p, before);
		if (status)
			return status;
		s = stop;
	}

	return is_hidden(p) ? 404 : 0;
}
