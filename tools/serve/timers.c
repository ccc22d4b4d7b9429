/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <stddef.h>
#include <time.h>

#include "timers.h"

const char *timer_class_name(enum timer_class class)
{
	static const char *const names[TIMER_CLASSES] = {
		[TIMER_HANDSHAKE] = "handshake", [TIMER_HEADER] = "header",
		[TIMER_IDLE] = "idle",           [TIMER_SEND] = "send",
		[TIMER_LINGER] = "linger",
	};

	return names[class];
}

int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void timers_init(struct timers *t, const int64_t duration[TIMER_CLASSES])
{
	for (int i = 0; i < TIMER_CLASSES; i++) {
		t->lists[i].next = &t->lists[i];
		t->lists[i].prev = &t->lists[i];
		t->duration[i] = duration[i];
	}
}

void timers_clear(struct timer *timer)
{
	if (!timer->next)
		return;
	timer->next->prev = timer->prev;
	timer->prev->next = timer->next;
	timer->next = NULL;
	timer->prev = NULL;
}

void timers_set(struct timers *t, struct timer *timer, enum timer_class class,
		int64_t now)
{
	struct timer *list = &t->lists[class];

	timers_clear(timer);
	timer->deadline = now + t->duration[class];
	timer->next = list;
	timer->prev = list->prev;
	list->prev->next = timer;
	list->prev = timer;
}

struct timer *timers_oldest(const struct timers *t, enum timer_class class)
{
	struct timer *first = t->lists[class].next;

	return first == &t->lists[class] ? NULL : first;
}

int timers_wait(const struct timers *t, int64_t now)
{
	int64_t wait = -1;

	for (int i = 0; i < TIMER_CLASSES; i++) {
		const struct timer *first = timers_oldest(t, i);
		int64_t left;

		if (!first)
			continue;
		left = first->deadline > now ? first->deadline - now : 0;
		if (wait < 0 || left < wait)
			wait = left;
	}
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

struct timer *timers_due(const struct timers *t, int64_t now)
{
	for (int i = 0; i < TIMER_CLASSES; i++) {
		struct timer *first = timers_oldest(t, i);

		if (first && first->deadline <= now)
			return first;
	}
	return NULL;
}
