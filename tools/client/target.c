/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * "host", "host:port", "[address]" or "[address]:port", `len` bytes. *port is
 * left alone when there is none.
 */
static const char *parse_authority(struct target *t, const char *text,
				   size_t len)
{
	const char *end = text + len, *host = text, *host_end, *port;
	unsigned long number = 0;

	if (memchr(text, '@', len))
		return "a user name in the URL is not supported";
	if (len > 0 && text[0] == '[') {
		host++;
		host_end = memchr(host, ']', (size_t)(end - host));
		if (!host_end)
			return "a ']' is missing behind the IPv6 address";
		port = host_end + 1;
	} else {
		host_end = memchr(host, ':', len);
		if (!host_end)
			host_end = end;
		port = host_end;
	}
	if (host_end == host)
		return "the host is missing";
	if ((size_t)(host_end - host) >= sizeof(t->host))
		return "the host's name is too long";
	for (const char *c = host; c < host_end; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return "the host's name has a character that names "
			       "don't have";
	memcpy(t->host, host, (size_t)(host_end - host));
	t->host[host_end - host] = '\0';
	if (port == end)
		return NULL;
	if (*port++ != ':')
		return "only ':' and a port may follow an IPv6 address";
	if (memchr(port, ':', (size_t)(end - port)))
		return "an IPv6 address must stand between '[' and ']'";
	for (const char *c = port; c < end; c++) {
		if (*c < '0' || *c > '9')
			return "the port is not a number";
		number = number * 10 + (unsigned long)(*c - '0');
		if (number > 65535)
			return "the port is larger than 65535";
	}
	if (number == 0)
		return "the port is missing";
	snprintf(t->port, sizeof(t->port), "%lu", number);
	return NULL;
}

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

/*
 * The last segment of the path, decoded, as a file's name: never one that
 * leaves the directory or can't be typed.
 */
static void name_of_path(struct target *t)
{
	size_t len = strcspn(t->path, "?"), used = 0;
	const char *segment = t->path, *end = t->path + len;

	for (const char *c = t->path; c < end; c++)
		if (*c == '/')
			segment = c + 1;
	for (const char *c = segment; c < end; c++) {
		char decoded = *c;

		if (*c == '%' && end - c > 2 && hex_digit(c[1]) >= 0 &&
		    hex_digit(c[2]) >= 0) {
			decoded = (char)(hex_digit(c[1]) * 16 +
					 hex_digit(c[2]));
			c += 2;
		}
		if (decoded == '/' || (unsigned char)decoded < ' ' ||
		    decoded == 0x7f)
			decoded = '_';
		if (used + 1 < sizeof(t->name))
			t->name[used++] = decoded;
	}
	t->name[used] = '\0';
	if (!used || strcmp(t->name, ".") == 0 || strcmp(t->name, "..") == 0)
		strcpy(t->name, "index.html");
}

/* What a request line can't carry is sent percent-encoded (RFC 3986 2.1). */
static const char *parse_path(struct target *t, const char *text)
{
	size_t used = 0;

	if (*text != '/')
		t->path[used++] = '/';
	for (; *text && *text != '#'; text++) {
		unsigned char c = (unsigned char)*text;

		if (used + 4 > sizeof(t->path))
			return "the path is too long";
		if (c <= ' ' || c >= 0x7f)
			used += (size_t)sprintf(t->path + used, "%%%02X", c);
		else
			t->path[used++] = (char)c;
	}
	t->path[used] = '\0';
	return NULL;
}

const char *target_parse(struct target *out, const char *text)
{
	static const char scheme[] = "https://";
	const char *start = text, *fault;
	struct target t = { 0 };

	if (strncasecmp(text, scheme, strlen(scheme)) == 0) {
		t.http = true;
		start += strlen(scheme);
		strcpy(t.port, "443");
	} else if (strstr(text, "://")) {
		return "only https:// and host:port are understood";
	}
	fault = parse_authority(&t, start,
				t.http ? strcspn(start, "/?#") :
					 strlen(start));
	if (fault)
		return fault;
	if (!t.port[0])
		return "a port must follow the host, as in host:443";
	if (t.http) {
		fault = parse_path(&t, start + strcspn(start, "/?#"));
		if (fault)
			return fault;
		name_of_path(&t);
	}
	*out = t;
	return NULL;
}
