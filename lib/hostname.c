/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host names and what certificates say about them.
 *
 * How this works
 * --------------
 * Only subjectAltName counts: the common name was a guess that RFC 9525 ended
 * (2, "common name"). A host that is the text of an IP address is compared to
 * iPAddress entries, byte by byte, and to nothing else; any other host is
 * compared to dNSName entries. Lengths are compared together with the bytes, so
 * a NUL inside an entry never ends it early.
 */
#include "hostname.h"

#include <string.h>

#include <arpa/inet.h>

#include <openssl/mem.h>
#include <openssl/x509v3.h>

size_t hostname_address(const char *host, uint8_t out[16])
{
	if (inet_pton(AF_INET, host, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, host, out) == 1)
		return 16;
	return 0;
}

/* Not strncasecmp(): the locale must not decide which host this is. */
static bool same_text(const uint8_t *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t x = a[i], y = (uint8_t)b[i];

		if (x >= 'A' && x <= 'Z')
			x += 'a' - 'A';
		if (y >= 'A' && y <= 'Z')
			y += 'a' - 'A';
		if (x != y)
			return false;
	}
	return true;
}

bool hostname_matches(const uint8_t *pattern, size_t len, const char *host)
{
	size_t host_len = strlen(host);
	const char *rest;

	/* "example.com." is the absolute form of "example.com". */
	if (host_len > 0 && host[host_len - 1] == '.')
		host_len--;
	if (host_len == 0 || host_len > HOSTNAME_MAX || len == 0)
		return false;

	if (pattern[0] == '*') {
		/*
		 * RFC 9525 6.3: a wildcard is the whole leftmost label and
		 * stands for exactly one label.
		 */
		if (len < 2 || pattern[1] != '.')
			return false;
		/* "*.com" would stand for half the world. */
		if (!memchr(pattern + 2, '.', len - 2))
			return false;
		rest = memchr(host, '.', host_len);
		if (!rest || rest == host)
			return false;
		host_len -= (size_t)(rest - host);
		host = rest;
		pattern++;
		len--;
	}
	return len == host_len && same_text(pattern, host, len);
}

bool hostname_in_certificate(const X509 *cert, const char *host)
{
	uint8_t address[16];
	size_t address_len = hostname_address(host, address);
	GENERAL_NAMES *names;
	bool found = false;

	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (size_t i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *text;
		size_t len;

		if (name->type != (address_len ? GEN_IPADD : GEN_DNS))
			continue;
		text = address_len ? name->d.iPAddress : name->d.dNSName;
		len = (size_t)ASN1_STRING_length(text);
		if (address_len)
			found = len == address_len &&
				memcmp(ASN1_STRING_get0_data(text), address,
				       len) == 0;
		else
			found = hostname_matches(ASN1_STRING_get0_data(text),
						 len, host);
	}
	GENERAL_NAMES_free(names);
	return found;
}
