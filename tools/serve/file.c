/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"

/*
 * The kernel gives EAGAIN when something is renamed while it walks a path
 * with "..", as it can't tell then that the walk stayed beneath: again is safe,
 * for ever isn't.
 */
#define OPEN_TRIES 8

/* What an error of openat2() is to a client; those not here are 500. */
static const struct {
	int error;
	int status;
} statuses[] = {
	{ ENOENT, 404 },  { ENOTDIR, 404 }, { ENAMETOOLONG, 404 },
	{ ELOOP, 404 },   { EXDEV, 404 },   { EINVAL, 404 },
	{ EACCES, 403 },  { EPERM, 403 },   { ENXIO, 403 },
	{ ENODEV, 403 },  { EMFILE, 503 },  { ENFILE, 503 },
	{ ENOMEM, 503 },  { EAGAIN, 503 },
};

static int status_of_errno(int error)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i].error == error)
			return statuses[i].status;
	return 500;
}

static int open_beneath(int root, const char *name, uint64_t flags)
{
	struct open_how how = {
		/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
		.flags = flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int tries = OPEN_TRIES;
	long fd;

	if (flags & O_PATH)
		how.flags = O_PATH | O_CLOEXEC;
	do {
		fd = syscall(SYS_openat2, root, *name ? name : ".", &how,
			     sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
	return (int)fd;
}

static int open_as(int root, const char *name, uint64_t flags,
		   struct file *out)
{
	struct stat st;
	int status = 0;
	int fd;

	fd = open_beneath(root, name, flags);
	if (fd < 0)
		return status_of_errno(errno);
	if (fstat(fd, &st))
		status = status_of_errno(errno);
	else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		status = 403;
	if (status) {
		close(fd);
		return status;
	}
	out->fd = fd;
	out->directory = S_ISDIR(st.st_mode);
	out->size = st.st_size;
	out->modified = st.st_mtim;
	return 0;
}

int file_open(int root, const char *name, struct file *out)
{
	return open_as(root, name, O_RDONLY, out);
}

int file_look(int root, const char *name, struct file *out)
{
	return open_as(root, name, O_PATH, out);
}

void file_close(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

int file_probe(int root)
{
	int fd = open_beneath(root, "", O_PATH);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}
