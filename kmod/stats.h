/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef KSEAL_STATS_H
#define KSEAL_STATS_H

#include <linux/percpu.h>
#include <net/net_namespace.h>

/* Rows of /proc/net/kseal_stat; the text of each is in stats.c. */
enum kseal_count {
	KSEAL_CURR_TX,
	KSEAL_CURR_RX,
	KSEAL_TX,
	KSEAL_RX,
	KSEAL_TX_RECORDS,
	KSEAL_TX_BYTES,
	KSEAL_TX_SPLICED,
	KSEAL_TX_COPIED,
	KSEAL_TX_PENDING,
	KSEAL_TX_ERROR,
	KSEAL_RX_RECORDS,
	KSEAL_RX_BYTES,
	KSEAL_RX_DIRECT,
	KSEAL_RX_SPILLED,
	KSEAL_DECRYPT_ERROR,
	KSEAL_DECRYPT_RETRY,
	KSEAL_NO_PAD_VIOLATION,
	KSEAL_RECORD_ERROR,
	KSEAL_PAGES_FRESH,
	KSEAL_PAGES_RECYCLED,
	KSEAL_COUNTS,
};

struct kseal_mib {
	unsigned long count[KSEAL_COUNTS];
};

#define kseal_count(ctx, row, n)	this_cpu_add((ctx)->mib->count[row], n)

int kseal_stats_init(void);
void kseal_stats_exit(void);
struct kseal_mib __percpu *kseal_stats(struct net *net);

#endif
