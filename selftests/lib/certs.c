/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs.h"

#include <stdio.h>
#include <stdlib.h>

const char *cert_path(const char *name)
{
	static char paths[4][512];
	static unsigned int turn;
	char *path = paths[turn++ % 4];
	const char *dir = getenv("CERTS");

	if (!dir) {
		fprintf(stderr, "CERTS names no directory: see "
				"selftests/certs/make\n");
		exit(2);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

char *cert_text(const char *name, size_t *len)
{
	FILE *f = fopen(cert_path(name), "rb");
	const size_t room = 1 << 16;
	char *text = malloc(room);

	if (!f || !text) {
		perror(cert_path(name));
		exit(2);
	}
	*len = fread(text, 1, room - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}
