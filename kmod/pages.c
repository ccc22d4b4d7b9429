// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * Fresh pages are dear: the kernel clears each one. So the pages of ciphertext
 * that TCP was given go into a ring, one per CPU and shared by all sockets, so
 * that an idle socket keeps none; the ring owns one reference to each. When a
 * page comes up whose only reference is the ring's, TCP, the retransmit queue,
 * a reader on the same machine, a packet tap and a pipe have all let go, and
 * nobody can get at it again but through us: it is written anew. As long as
 * anyone holds it, it is not touched.
 *
 * The oldest page comes up first. One that is still held goes to the end; after
 * a few of those a fresh page is cheaper than the search. A full ring forgets
 * its oldest page, which its other holders then free. Memory pressure empties
 * the rings through a shrinker.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/shrinker.h>
#include <linux/spinlock.h>

#include "pages.h"

#define KSEAL_RING_SIZE		1024	/* 4 MiB */
#define KSEAL_RING_TRIES	4

struct kseal_ring {
	spinlock_t lock;	/* guards all of it */
	unsigned int first, count;
	struct page *page[KSEAL_RING_SIZE];
};

static struct kseal_ring __percpu *kseal_rings;
static struct shrinker *kseal_shrinker;

static struct page *ring_pop(struct kseal_ring *ring)
{
	struct page *page = ring->page[ring->first];

	lockdep_assert_held(&ring->lock);
	ring->first = (ring->first + 1) % KSEAL_RING_SIZE;
	ring->count--;
	return page;
}

static void ring_push(struct kseal_ring *ring, struct page *page)
{
	lockdep_assert_held(&ring->lock);
	ring->page[(ring->first + ring->count) % KSEAL_RING_SIZE] = page;
	ring->count++;
}

static unsigned int ring_get(struct kseal_ring *ring, struct page **pages,
			     unsigned int n)
{
	unsigned int tries = KSEAL_RING_TRIES;
	unsigned int got = 0;
	struct page *page;

	spin_lock(&ring->lock);
	while (got < n && ring->count && tries) {
		page = ring_pop(ring);
		if (page_ref_count(page) == 1) {
			pages[got++] = page;
		} else {
			ring_push(ring, page);
			tries--;
		}
	}
	spin_unlock(&ring->lock);
	/* What others read from the pages, they read before they let go. */
	smp_acquire__after_ctrl_dep();
	return got;
}

int kseal_pages_get(struct page **pages, unsigned int n, gfp_t gfp)
{
	unsigned int recycled, got;

	/* Any ring will do; this CPU's is the one that is likely in cache. */
	recycled = ring_get(raw_cpu_ptr(kseal_rings), pages, n);
	for (got = recycled; got < n; got++) {
		pages[got] = alloc_page(gfp);
		if (!pages[got])
			goto free;
	}
	return recycled;

free:
	while (got)
		put_page(pages[--got]);
	return -ENOMEM;
}

void kseal_pages_put(const struct bio_vec *pieces, unsigned int n)
{
	struct kseal_ring *ring = raw_cpu_ptr(kseal_rings);
	struct page *page;
	unsigned int i;

	spin_lock(&ring->lock);
	for (i = 0; i < n; i++) {
		page = pieces[i].bv_page;
		/* Compound ones are page fragments that others share. */
		if (PageCompound(page) || page_is_pfmemalloc(page)) {
			put_page(page);
			continue;
		}
		if (ring->count == KSEAL_RING_SIZE)
			put_page(ring_pop(ring));
		ring_push(ring, page);
	}
	spin_unlock(&ring->lock);
}

static unsigned long ring_drain(struct kseal_ring *ring, unsigned long n)
{
	unsigned long done = 0;

	spin_lock(&ring->lock);
	while (done < n && ring->count) {
		put_page(ring_pop(ring));
		done++;
	}
	spin_unlock(&ring->lock);
	return done;
}

static unsigned long kseal_pages_count(struct shrinker *shrinker,
				       struct shrink_control *control)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(kseal_rings, cpu)->count);
	return sum ?: SHRINK_EMPTY;
}

static unsigned long kseal_pages_scan(struct shrinker *shrinker,
				      struct shrink_control *control)
{
	unsigned long done = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		done += ring_drain(per_cpu_ptr(kseal_rings, cpu),
				   control->nr_to_scan - done);
	return done;
}

int __init kseal_pages_init(void)
{
	int cpu;

	kseal_rings = alloc_percpu(struct kseal_ring);
	if (!kseal_rings)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		spin_lock_init(&per_cpu_ptr(kseal_rings, cpu)->lock);

	kseal_shrinker = shrinker_alloc(0, "kseal-pages");
	if (!kseal_shrinker) {
		free_percpu(kseal_rings);
		return -ENOMEM;
	}
	kseal_shrinker->count_objects = kseal_pages_count;
	kseal_shrinker->scan_objects = kseal_pages_scan;
	shrinker_register(kseal_shrinker);
	return 0;
}

void kseal_pages_exit(void)
{
	int cpu;

	shrinker_free(kseal_shrinker);
	for_each_possible_cpu(cpu)
		ring_drain(per_cpu_ptr(kseal_rings, cpu), ULONG_MAX);
	free_percpu(kseal_rings);
}
