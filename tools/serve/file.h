/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_FILE_H
#define SERVE_FILE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* An open file or directory beneath the root. */
struct file {
	int fd;
	bool directory;
	off_t size;
	struct timespec modified;
};

/*
 * Opens what `name` ("a/b", "" the root itself) is beneath the directory
 * `root`, if it is a regular file or a directory. Returns 0, else the status of
 * the response. Symbolic links are followed as long as they stay beneath the
 * root; one that leaves it leads nowhere: 404.
 */
int file_open(int root, const char *name, struct file *out);

/* The same without permission to read: for what a listing says of it. */
int file_look(int root, const char *name, struct file *out);

void file_close(struct file *f);

/*
 * Whether this kernel has openat2() and lets us use it: 0, else -1 and errno.
 */
int file_probe(int root);

#endif
