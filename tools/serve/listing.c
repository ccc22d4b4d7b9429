/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "limit.h"
#include "listing.h"
#include "page.h"

struct entries {
	struct entry *list;
	size_t count;
	size_t size;
	bool cut; /* there are more than LIMIT_LISTING */
};

static void entries_free(struct entries *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->list[i].name);
	free(e->list);
}

static bool entries_add(struct entries *e, const char *name,
			const struct file *file)
{
	char *copy;

	if (e->count == e->size) {
		size_t size = e->size ? e->size * 2 : 64;
		struct entry *list = reallocarray(e->list, size, sizeof(*list));

		if (!list)
			return false;
		e->list = list;
		e->size = size;
	}
	copy = strdup(name);
	if (!copy)
		return false;
	e->list[e->count++] = (struct entry){
		.name = copy,
		.directory = file->directory,
		.size = file->size,
		.modified = file->modified.tv_sec,
	};
	return true;
}

/* Directories first, then by name. */
static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->directory != y->directory)
		return x->directory ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Looks at an entry as a request for it would; false: don't list it. */
static bool look(int root, const struct path *path, const char *name,
		 struct file *out)
{
	char full[PATH_MAX];
	int length;

	if (*name == '.')
		return false;
	length = snprintf(full, sizeof(full), "%s%s%s", path->text,
			  path->length ? "/" : "", name);
	if (length < 0 || (size_t)length >= sizeof(full))
		return false;
	if (file_look(root, full, out))
		return false;
	file_close(out);
	return true;
}

static int read_entries(struct entries *e, int root, int directory,
			const struct path *path)
{
	struct dirent *d;
	int status = 0;
	DIR *dir;
	int fd;

	fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? 503 : 403;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 503;
	}
	while (!status && !e->cut && (d = readdir(dir))) {
		struct file file;

		if (!look(root, path, d->d_name, &file))
			continue;
		if (e->count == LIMIT_LISTING)
			e->cut = true;
		else if (!entries_add(e, d->d_name, &file))
			status = 503;
	}
	closedir(dir);
	if (e->count)
		qsort(e->list, e->count, sizeof(*e->list), compare);
	return status;
}

static void write_size(struct text *t, off_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB",
					     "PiB", "EiB" };
	double value = (double)size;
	size_t unit = 0;

	if (size < 1024) {
		text_format(t, "%d B", (int)size);
		return;
	}
	for (value /= 1024; value >= 1024; value /= 1024)
		unit++;
	text_format(t, "%.1f %s", value, units[unit]);
}

void listing_row(struct text *t, const struct entry *e)
{
	char when[sizeof("9999-12-31 23:59")] = "";
	size_t length = strlen(e->name);
	const char *slash = e->directory ? "/" : "";
	struct tm tm;

	if (gmtime_r(&e->modified, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);

	text_string(t, "<tr><td><a href=\"");
	text_url(t, e->name, length);
	text_format(t, "%s\">", slash);
	text_html(t, e->name, length);
	text_format(t, "%s</a><td>", slash);
	if (!e->directory)
		write_size(t, e->size);
	text_format(t, "<td>%s\n", when);
}

int listing_write(struct text *t, int root, int directory,
		  const struct path *path)
{
	struct entries entries = { 0 };
	struct text title = { 0 };
	int status;

	status = read_entries(&entries, root, directory, path);
	if (status)
		goto out;

	text_format(&title, "Index of /%s%s", path->text,
		    path->length ? "/" : "");
	page_begin(t, title.data ? title.data : "", title.length);
	text_string(t, "<table>\n<tr><th>Name<th>Size<th>Modified (UTC)\n");
	if (path->length)
		text_string(t, "<tr><td><a href=\"../\">../</a><td><td>\n");
	for (size_t i = 0; i < entries.count; i++)
		listing_row(t, &entries.list[i]);
	text_string(t, "</table>\n");
	if (entries.cut)
		text_format(t, "<p>Only %d of the files are shown.</p>\n",
			    LIMIT_LISTING);
	page_end(t);
	status = t->failed || title.failed ? 503 : 0;
out:
	text_free(&title);
	entries_free(&entries);
	return status;
}
