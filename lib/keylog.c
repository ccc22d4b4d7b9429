/* SPDX-License-Identifier: BSD-2-Clause */
#include "keylog.h"

#include <string.h>
#include <unistd.h>

#include <openssl/mem.h>

/* The longest label, two spaces, 32 and 48 bytes in hexadecimal, newline. */
#define LINE_MAX_LEN (32 + 2 + 64 + 2 * DIGEST_MAX + 2)

bool keylog_wanted(const struct kseal_config *c)
{
	return c->keylog != NULL || c->keylog_fd >= 0;
}

static char *put_hex(char *at, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*at++ = digits[data[i] >> 4];
		*at++ = digits[data[i] & 15];
	}
	return at;
}

void keylog_secret(const struct kseal_config *c, const char *label,
		   const uint8_t client_random[32], const uint8_t *secret,
		   size_t len)
{
	char line[LINE_MAX_LEN];
	char *at;

	if (!keylog_wanted(c))
		return;
	at = stpcpy(line, label);
	*at++ = ' ';
	at = put_hex(at, client_random, 32);
	*at++ = ' ';
	at = put_hex(at, secret, len);
	*at = '\0';
	if (c->keylog != NULL)
		c->keylog(c->keylog_arg, line);
	if (c->keylog_fd >= 0) {
		ssize_t written;

		*at++ = '\n';
		/* A log for debugging: a full disk must not end connections. */
		written = write(c->keylog_fd, line, at - line);
		(void)written;
	}
	OPENSSL_cleanse(line, sizeof(line));
}
