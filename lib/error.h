/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a function of the library fails.
 *
 * Whoever finds the fault fills a `struct kseal_error` and returns KSEAL_ERROR;
 * whoever is in between passes KSEAL_ERROR on and touches nothing. The cause
 * decides the alert and the sentence (one table in error.c) unless the caller
 * knows better ones. Sending the alert is the connection's business alone.
 *
 * All of these overwrite *err, empty libcrypto's error queue of this thread,
 * and return KSEAL_ERROR, so that `return error_set(...)` is the whole branch.
 * If an allocation has failed in this thread (memory.h), the cause becomes
 * KSEAL_E_MEMORY. A sentence is a static string without a full stop.
 */
#ifndef KSEAL_ERROR_H
#define KSEAL_ERROR_H

#include <kseal.h>

/* The cause with its usual alert and sentence. */
int error_set(struct kseal_error *err, enum kseal_cause cause);

/* The same with a more exact sentence. */
int error_say(struct kseal_error *err, enum kseal_cause cause,
	      const char *text);

/* The same with another alert (ALERT_* of alert.h, or KSEAL_NO_ALERT). */
int error_alert(struct kseal_error *err, enum kseal_cause cause, int alert,
		const char *text);

/* A system call failed: KSEAL_E_SYSTEM with its errno. */
int error_system(struct kseal_error *err, int sys_errno, const char *text);

/* A call into libcrypto failed; `text` NULL: the usual sentence. */
int error_crypto(struct kseal_error *err, enum kseal_cause cause,
		 const char *text);

/* No error: cause KSEAL_E_NONE, no alert, empty strings. */
void error_clear(struct kseal_error *err);

#endif /* KSEAL_ERROR_H */
