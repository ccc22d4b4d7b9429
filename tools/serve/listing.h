/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_LISTING_H
#define SERVE_LISTING_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "path.h"
#include "text.h"

/* What a listing says of one file. */
struct entry {
	char *name;
	bool directory;
	off_t size;
	time_t modified;
};

/* One row of the page. */
void listing_row(struct text *t, const struct entry *e);

/*
 * The page of the directory `path`, open as `directory` (which stays open).
 * Returns 0, else the status of the response. What the server would not serve
 * is not listed: hidden files, links out of the root, devices.
 */
int listing_write(struct text *t, int root, int directory,
		  const struct path *path);

#endif
