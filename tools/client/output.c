/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wait.h"

static enum status fail(const struct output *o, int fault)
{
	return complain(STATUS_OUTPUT, "cannot write %s: %s", output_name(o),
			strerror(fault));
}

/* Beside the destination, so that rename() can be used. */
static char *temporary_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash - path) + 1 : 0;
	char *name = NULL;

	if (asprintf(&name, "%.*s.%.200s.XXXXXX", directory, path,
		     path + directory) < 0)
		return NULL;
	return name;
}

enum status output_open(struct output *o, const char *path)
{
	struct stat st;

	*o = (struct output){ .fd = STDOUT_FILENO };
	if (strcmp(path, "-") == 0)
		return STATUS_OK;
	o->path = path;
	o->fd = -1;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC);
		return o->fd < 0 ? fail(o, errno) : STATUS_OK;
	}
	o->temporary = temporary_name(path);
	if (!o->temporary)
		return fail(o, ENOMEM);
	o->fd = mkostemp(o->temporary, O_CLOEXEC);
	if (o->fd < 0) {
		free(o->temporary);
		o->temporary = NULL;
		return fail(o, errno);
	}
	return STATUS_OK;
}

enum status output_write(struct output *o, const void *data, size_t len)
{
	const char *rest = data;
	ssize_t written;

	while (len > 0) {
		written = write(o->fd, rest, len);
		if (written >= 0) {
			rest += written;
			len -= (size_t)written;
		} else if (errno == EAGAIN) {
			if (wait_fd(o->fd, POLLOUT, -1) == WAIT_INTERRUPTED)
				return STATUS_INTERRUPTED;
		} else if (errno != EINTR) {
			return fail(o, errno);
		}
	}
	return STATUS_OK;
}

enum status output_finish(struct output *o)
{
	mode_t mask;

	if (!o->temporary)
		return STATUS_OK;
	/* mkostemp() gives 0600; a download is as open as any new file. */
	mask = umask(0);
	umask(mask);
	if (fchmod(o->fd, 0666 & ~mask) < 0 || close(o->fd) < 0) {
		o->fd = -1;
		return fail(o, errno);
	}
	o->fd = -1;
	if (rename(o->temporary, o->path) < 0)
		return fail(o, errno);
	free(o->temporary);
	o->temporary = NULL;
	return STATUS_OK;
}

void output_close(struct output *o)
{
	if (o->temporary)
		unlink(o->temporary);
	free(o->temporary);
	o->temporary = NULL;
	if (o->fd >= 0 && o->path)
		close(o->fd);
	o->fd = -1;
}

const char *output_name(const struct output *o)
{
	return o->path ? o->path : "standard output";
}
