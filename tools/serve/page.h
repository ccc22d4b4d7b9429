/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "status.h"
#include "text.h"

/* The opening and the end of every page that the server makes itself. */
void page_begin(struct text *t, const char *title, size_t title_length);
void page_end(struct text *t);

/* A page that says what went wrong, with a link if there is one to follow. */
void page_write(struct text *t, const struct status *status, const char *link);

#endif
