/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A certificate as text.
 *
 * How this works
 * --------------
 * The library judges certificates; this only reads out a few of their fields
 * for display, by one cursor over DER (ITU-T X.690) that never leaves its
 * bytes.
 * The shape is that of RFC 5280 4.1: versions and extensions that this program
 * does not know are stepped over.
 */
#include "certificate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "status.h"

enum tag {
	TAG_INTEGER = 0x02,
	TAG_BOOLEAN = 0x01,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_UTC_TIME = 0x17,
	TAG_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_VERSION = 0xa0,    /* [0] */
	TAG_EXTENSIONS = 0xa3, /* [3] */
	TAG_DNS_NAME = 0x82,   /* [2] of GeneralName */
	TAG_ADDRESS = 0x87,    /* [7] */
};

struct cursor {
	const uint8_t *at;
	size_t left;
};

/* Takes one element off: its tag, and its content as a cursor. */
static bool take(struct cursor *c, uint8_t *tag, struct cursor *content)
{
	size_t len, octets;

	if (c->left < 2)
		return false;
	*tag = c->at[0];
	len = c->at[1];
	c->at += 2;
	c->left -= 2;
	if (len & 0x80) {
		octets = len & 0x7f;
		if (octets == 0 || octets > 3 || octets > c->left)
			return false;
		for (len = 0; octets > 0; octets--, c->at++, c->left--)
			len = len << 8 | *c->at;
	}
	if (len > c->left)
		return false;
	*content = (struct cursor){ c->at, len };
	c->at += len;
	c->left -= len;
	return true;
}

static bool take_tag(struct cursor *c, uint8_t wanted, struct cursor *content)
{
	uint8_t tag;

	return take(c, &tag, content) && tag == wanted;
}

static bool take_optional(struct cursor *c, uint8_t wanted,
			  struct cursor *content)
{
	return c->left > 0 && *c->at == wanted && take_tag(c, wanted, content);
}

static bool is(const struct cursor *c, const void *bytes, size_t len)
{
	return c->left == len && memcmp(c->at, bytes, len) == 0;
}

/* A Name by its common name, else by what its last part says. */
static bool read_name(struct cursor name, char *out, size_t size)
{
	static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
	struct cursor set, pair, oid, text;
	uint8_t tag;

	while (name.left > 0) {
		if (!take_tag(&name, TAG_SET, &set) ||
		    !take_tag(&set, TAG_SEQUENCE, &pair) ||
		    !take_tag(&pair, TAG_OID, &oid) ||
		    !take(&pair, &tag, &text))
			return false;
		printable(out, size, (const char *)text.at, text.left);
		if (is(&oid, common_name, sizeof(common_name)))
			break;
	}
	return true;
}

/* UTCTime or GeneralizedTime, of which RFC 5280 4.1.2.5 has one form each. */
static bool read_time(struct cursor *c, char *out, size_t size)
{
	struct cursor text;
	const char *t, *century;
	uint8_t tag;

	if (!take(c, &tag, &text))
		return false;
	t = (const char *)text.at;
	if (tag == TAG_UTC_TIME && text.left == 13) {
		/* RFC 5280 4.1.2.5.1: 50 to 99 is 1950 to 1999. */
		century = t[0] >= '5' ? "19" : "20";
	} else if (tag == TAG_TIME && text.left == 15) {
		century = t;
		t += 2;
	} else {
		return false;
	}
	for (int i = 0; i < 12; i++)
		if (t[i] < '0' || t[i] > '9')
			return false;
	for (int i = 0; i < 2; i++)
		if (century[i] < '0' || century[i] > '9')
			return false;
	snprintf(out, size, "%.2s%.2s-%.2s-%.2s %.2s:%.2s:%.2s UTC",
		 century, t, t + 2, t + 4, t + 6, t + 8, t + 10);
	return true;
}

static void add_name(struct certificate *cert, const char *name)
{
	size_t used = strlen(cert->names);
	size_t room = sizeof(cert->names) - used;

	/* Room for "..." is always left. */
	if (strlen(name) + 6 > room) {
		if (used > 3 && strcmp(cert->names + used - 3, "...") != 0)
			strcpy(cert->names + used, "...");
		return;
	}
	snprintf(cert->names + used, room, "%s%s", used ? ", " : "", name);
}

static void read_alternatives(struct certificate *cert, struct cursor octets)
{
	struct cursor names, name;
	char text[256];
	uint8_t tag;

	if (!take_tag(&octets, TAG_SEQUENCE, &names))
		return;
	while (take(&names, &tag, &name)) {
		if (tag == TAG_DNS_NAME)
			add_name(cert, printable(text, sizeof(text),
						 (const char *)name.at,
						 name.left));
		else if (tag == TAG_ADDRESS &&
			 (name.left == 4 || name.left == 16) &&
			 inet_ntop(name.left == 4 ? AF_INET : AF_INET6,
				   name.at, text, sizeof(text)))
			add_name(cert, text);
	}
}

static void read_extensions(struct certificate *cert, struct cursor wrapped)
{
	static const uint8_t alternative_name[] = { 0x55, 0x1d, 0x11 };
	struct cursor list, extension, oid, critical, octets;

	if (!take_tag(&wrapped, TAG_SEQUENCE, &list))
		return;
	while (take_tag(&list, TAG_SEQUENCE, &extension)) {
		if (!take_tag(&extension, TAG_OID, &oid))
			return;
		take_optional(&extension, TAG_BOOLEAN, &critical);
		if (is(&oid, alternative_name, sizeof(alternative_name)) &&
		    take_tag(&extension, TAG_OCTETS, &octets))
			read_alternatives(cert, octets);
	}
}

bool certificate_parse(struct certificate *out, const uint8_t *der, size_t len)
{
	struct cursor all = { der, len }, outer, body, skipped, field;
	struct certificate cert = { 0 };
	uint8_t tag;

	if (!take_tag(&all, TAG_SEQUENCE, &outer) ||
	    !take_tag(&outer, TAG_SEQUENCE, &body))
		return false;
	take_optional(&body, TAG_VERSION, &skipped);
	if (!take_tag(&body, TAG_INTEGER, &skipped) ||
	    !take_tag(&body, TAG_SEQUENCE, &skipped) ||
	    !take_tag(&body, TAG_SEQUENCE, &field) ||
	    !read_name(field, cert.issuer, sizeof(cert.issuer)) ||
	    !take_tag(&body, TAG_SEQUENCE, &field) ||
	    !read_time(&field, cert.not_before, sizeof(cert.not_before)) ||
	    !read_time(&field, cert.not_after, sizeof(cert.not_after)) ||
	    !take_tag(&body, TAG_SEQUENCE, &field) ||
	    !read_name(field, cert.subject, sizeof(cert.subject)))
		return false;
	while (take(&body, &tag, &field))
		if (tag == TAG_EXTENSIONS)
			read_extensions(&cert, field);
	*out = cert;
	return true;
}
