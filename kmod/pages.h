/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef KSEAL_PAGES_H
#define KSEAL_PAGES_H

#include <linux/bvec.h>
#include <linux/mm_types.h>

int kseal_pages_init(void);
void kseal_pages_exit(void);

/*
 * Fills @pages with @n pages that nobody else holds, each with one reference
 * for the caller. Returns how many of them are recycled, or -ENOMEM and none.
 */
int kseal_pages_get(struct page **pages, unsigned int n, gfp_t gfp);

/*
 * Gives up the reference that each of @n pieces holds. TCP, and who else got
 * the page from it, may still hold theirs.
 */
void kseal_pages_put(const struct bio_vec *pieces, unsigned int n);

#endif
