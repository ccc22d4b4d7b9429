/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * A line is a type and its extensions, separated by blanks; '#' begins a
 * comment. The table is an array sorted by extension, and a search halves it.
 * Strings are shared: the rows of one line point to one copy of its type.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mime.h"

struct row {
	const char *extension;
	const char *type;
	size_t order; /* of two rows for one extension the later one counts */
};

struct chunk {
	struct chunk *next;
	char text[];
};

struct mime {
	struct row *rows;
	size_t count;
	size_t size;
	struct chunk *chunks;
};

static const char builtin[] =
	"text/html html htm\n"
	"text/css css\n"
	"text/javascript js mjs\n"
	"text/plain txt\n"
	"text/markdown md\n"
	"application/json json\n"
	"application/xml xml\n"
	"application/wasm wasm\n"
	"application/pdf pdf\n"
	"application/gzip gz\n"
	"image/svg+xml svg\n"
	"image/png png\n"
	"image/jpeg jpg jpeg\n"
	"image/gif gif\n"
	"image/webp webp\n"
	"image/vnd.microsoft.icon ico\n"
	"font/woff2 woff2\n";

/* A system's table is about 70 KiB; more than this is another file. */
#define MIME_FILE_SIZE_MAX (4 << 20)

#define BLANKS " \t\r"

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcasecmp(x->extension, y->extension);

	if (order)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_key(const void *key, const void *row)
{
	return strcasecmp(key, ((const struct row *)row)->extension);
}

static bool add_row(struct mime *m, const char *extension, const char *type)
{
	if (m->count == m->size) {
		size_t size = m->size ? m->size * 2 : 256;
		struct row *rows = reallocarray(m->rows, size, sizeof(*rows));

		if (!rows)
			return false;
		m->rows = rows;
		m->size = size;
	}
	m->rows[m->count] = (struct row){ extension, type, m->count };
	m->count++;
	return true;
}

/* A string that the table keeps: `a` and `b`, joined. */
static const char *keep(struct mime *m, const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	struct chunk *chunk = malloc(sizeof(*chunk) + a_length + b_length + 1);

	if (!chunk)
		return NULL;
	memcpy(chunk->text, a, a_length);
	memcpy(chunk->text + a_length, b, b_length + 1);
	chunk->next = m->chunks;
	m->chunks = chunk;
	return chunk->text;
}

static bool add_line(struct mime *m, char *line)
{
	const char *type, *extension;
	char *rest;

	line[strcspn(line, "#")] = '\0';
	type = strtok_r(line, BLANKS, &rest);
	extension = type ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (!extension)
		return true;

	type = keep(m, type,
		    strncasecmp(type, "text/", 5) ? "" : "; charset=utf-8");
	if (!type)
		return false;
	do {
		extension = keep(m, extension, "");
		if (!extension || !add_row(m, extension, type))
			return false;
		extension = strtok_r(NULL, BLANKS, &rest);
	} while (extension);
	return true;
}

/* Sorted, one row per extension, numbered afresh for rows added later. */
static void settle(struct mime *m)
{
	size_t kept = 0;

	qsort(m->rows, m->count, sizeof(*m->rows), compare);
	for (size_t i = 0; i < m->count; i++) {
		if (kept && !strcasecmp(m->rows[kept - 1].extension,
					m->rows[i].extension))
			kept--;
		m->rows[kept] = m->rows[i];
		m->rows[kept].order = kept;
		kept++;
	}
	m->count = kept;
}

int mime_add(struct mime *m, const char *data, size_t length)
{
	char *copy = strndup(data, length);
	char *line, *rest;
	int ret = 0;

	if (!copy)
		return -1;
	for (line = strtok_r(copy, "\n", &rest); line && !ret;
	     line = strtok_r(NULL, "\n", &rest))
		if (!add_line(m, line))
			ret = -1;
	free(copy);
	settle(m);
	return ret;
}

static int add_file(struct mime *m, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *data = NULL;
	struct stat st;
	ssize_t n = 0;
	int ret = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_size > MIME_FILE_SIZE_MAX) {
		errno = EINVAL;
		goto out;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		goto out;
	n = read(fd, data, (size_t)st.st_size);
	if (n < 0)
		goto out;
	ret = mime_add(m, data, (size_t)n);
out:
	free(data);
	close(fd);
	return ret;
}

struct mime *mime_load(const char *path)
{
	struct mime *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	if (mime_add(m, builtin, sizeof(builtin) - 1) ||
	    (path && add_file(m, path))) {
		int saved = errno;

		mime_free(m);
		errno = saved;
		return NULL;
	}
	return m;
}

void mime_free(struct mime *m)
{
	if (!m)
		return;
	while (m->chunks) {
		struct chunk *next = m->chunks->next;

		free(m->chunks);
		m->chunks = next;
	}
	free(m->rows);
	free(m);
}

const char *mime_type(const struct mime *m, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *dot = strrchr(slash ? slash : name, '.');
	const struct row *row = NULL;

	if (dot)
		row = bsearch(dot + 1, m->rows, m->count, sizeof(*m->rows),
			      compare_key);
	return row ? row->type : MIME_DEFAULT;
}
