/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "head.h"

/*
 * RFC 9112 2.2 and 5.2: lines end in CRLF, no CR or LF stands alone, no line
 * continues another, and there is no NUL. A head ends in an empty line.
 */
static bool lines_are_strict(const char *head, size_t length)
{
	const char *end = head + length;

	for (const char *s = head; s < end; s++) {
		switch (*s) {
		case '\0':
			return false;
		case '\r':
			if (s + 1 == end || s[1] != '\n')
				return false;
			break;
		case '\n':
			if (s == head || s[-1] != '\r')
				return false;
			if (s + 1 < end && (s[1] == ' ' || s[1] == '\t'))
				return false;
			break;
		}
	}
	return true;
}

bool head_is_token(char c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr(others, c));
}

/* RFC 9112 5.1: every line has a name, with the colon right behind it. */
static bool names_are_strict(const char *head, size_t length)
{
	const char *end = head + length - strlen("\r\n");
	const char *s = head;

	while ((s = memchr(s, '\n', (size_t)(end - s)))) {
		const char *name = ++s;

		if (name == end)
			return true;
		while (s < end && head_is_token(*s))
			s++;
		if (s == name || s == end || *s != ':')
			return false;
	}
	return false;
}

/* RFC 3986 3.2: what can stand in a host and its port, and no user's name. */
static bool host_is_valid(const char *host, size_t length)
{
	static const char others[] = "-._~!$&'()*+,;=%:[]";

	if (!length)
		return false; /* RFC 9110 4.2.2: https has a host */
	for (size_t i = 0; i < length; i++) {
		char c = host[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (c && strchr(others, c))))
			return false;
	}
	return true;
}

/*
 * RFC 9112 3: one space on either side of the target, and the version's eight
 * characters at the line's end. Empty lines before it have been dropped.
 */
static bool line_is_strict(const struct request *r)
{
	static const char version[] = " HTTP/";
	const char *target = r->buffer + r->target.at;
	const char *rest = target + r->target.length;
	const char *end = r->buffer + r->head_length;

	return r->target.length && target - r->buffer >= 2 &&
	       memchr(r->buffer, ' ', r->head_length) == target - 1 &&
	       end - rest >= (ptrdiff_t)strlen(" HTTP/1.1\r\n") &&
	       !memcmp(rest, version, strlen(version)) && rest[7] == '.' &&
	       rest[9] == '\r';
}

/* RFC 9112 2.3 */
static int check_version(const struct request *r)
{
	if (r->parser.http_major == 1 && r->parser.http_minor <= 1)
		return 0;
	return r->parser.http_major > 1 ? 505 : 400;
}

/* RFC 9112 3.2 */
static int check_host(const struct request *r)
{
	const char *host;
	size_t length;

	if (r->seen[FIELD_HOST] > 1)
		return 400;
	host = request_field(r, FIELD_HOST, &length);
	if (!host)
		return request_is_http10(r) ? 0 : 400;
	return host_is_valid(host, length) ? 0 : 400;
}

/* RFC 9112 6.1 and 6.3 */
static int check_framing(const struct request *r)
{
	static const char chunked[] = "chunked";
	const size_t chunked_length = sizeof(chunked) - 1;
	const char *coding;
	size_t length;

	if (r->seen[FIELD_CONTENT_LENGTH] > 1 ||
	    r->seen[FIELD_TRANSFER_ENCODING] > 1)
		return 400;
	coding = request_field(r, FIELD_TRANSFER_ENCODING, &length);
	if (!coding)
		return 0;
	if (r->seen[FIELD_CONTENT_LENGTH] || request_is_http10(r))
		return 400;
	/* Without chunked as the last one, nobody can tell where it ends. */
	if (length < chunked_length ||
	    strncasecmp(coding + length - chunked_length, chunked,
			chunked_length))
		return 400;
	if (length == chunked_length)
		return 0;
	return strchr(", \t", coding[length - chunked_length - 1]) ? 501 : 400;
}

/* RFC 9110 10.1.1 */
static int check_expect(const struct request *r)
{
	static const char known[] = "100-continue";
	const char *value;
	size_t length;

	value = request_field(r, FIELD_EXPECT, &length);
	if (!value || request_is_http10(r))
		return 0;
	return length == sizeof(known) - 1 &&
	       !strncasecmp(value, known, length) ? 0 : 417;
}

int head_check(const struct request *r)
{
	static int (*const checks[])(const struct request *r) = {
		check_version, check_host, check_framing, check_expect,
	};
	int status = 0;

	if (!lines_are_strict(r->buffer, r->head_length) ||
	    !names_are_strict(r->buffer, r->head_length) || !line_is_strict(r))
		return 400;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && !status; i++)
		status = checks[i](r);
	return status;
}
