/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_TIMERS_H
#define SERVE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* What a connection may be waiting for. */
enum timer_class {
	TIMER_HANDSHAKE, /* from accept until the handshake is done */
	TIMER_HEADER,    /* from a request's first byte until its last */
	TIMER_IDLE,      /* from a response's end until the next request */
	TIMER_SEND,      /* since the peer last took a byte of a response */
	TIMER_LINGER,    /* from our close until the peer's */
	TIMER_CLASSES,
};

/*
 * How this works
 * --------------
 * All timers of one class run equally long, so a class is a list in order of
 * deadline as long as what is set goes to its end: setting, clearing and
 * finding the next are O(1), and a timer is four words inside its connection.
 * A connection waits for one thing at a time and so is always on one list.
 */
struct timer {
	struct timer *next;
	struct timer *prev;
	int64_t deadline; /* milliseconds of clock_now() */
};

struct timers {
	struct timer lists[TIMER_CLASSES]; /* sentinels of the rings */
	int64_t duration[TIMER_CLASSES];   /* milliseconds */
};

/* The name of a class ("handshake"), as --timeout takes it. */
const char *timer_class_name(enum timer_class class);

/* Monotonic milliseconds. */
int64_t clock_now(void);

void timers_init(struct timers *t, const int64_t duration[TIMER_CLASSES]);

/* Starts or restarts a timer, whichever list it was on. */
void timers_set(struct timers *t, struct timer *timer, enum timer_class class,
		int64_t now);
void timers_clear(struct timer *timer);

/* Milliseconds until the first deadline, 0 if it has passed, -1 if none. */
int timers_wait(const struct timers *t, int64_t now);

/* A timer whose deadline has passed, or NULL. */
struct timer *timers_due(const struct timers *t, int64_t now);

/* The one of a class that was set first, or NULL. */
struct timer *timers_oldest(const struct timers *t, enum timer_class class);

#endif
