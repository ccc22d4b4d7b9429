// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/netns/generic.h>

#include "stats.h"

static const char *const kseal_count_names[KSEAL_COUNTS] = {
	[KSEAL_CURR_TX]		= "KsealCurrTx",
	[KSEAL_CURR_RX]		= "KsealCurrRx",
	[KSEAL_TX]		= "KsealTx",
	[KSEAL_RX]		= "KsealRx",
	[KSEAL_TX_RECORDS]	= "KsealTxRecords",
	[KSEAL_TX_BYTES]	= "KsealTxBytes",
	[KSEAL_TX_SPLICED]	= "KsealTxSpliced",
	[KSEAL_TX_COPIED]	= "KsealTxCopied",
	[KSEAL_TX_PENDING]	= "KsealTxPending",
	[KSEAL_TX_ERROR]	= "KsealTxError",
	[KSEAL_RX_RECORDS]	= "KsealRxRecords",
	[KSEAL_RX_BYTES]	= "KsealRxBytes",
	[KSEAL_RX_DIRECT]	= "KsealRxDirect",
	[KSEAL_RX_SPILLED]	= "KsealRxSpilled",
	[KSEAL_DECRYPT_ERROR]	= "KsealDecryptError",
	[KSEAL_DECRYPT_RETRY]	= "KsealDecryptRetry",
	[KSEAL_NO_PAD_VIOLATION] = "KsealRxNoPadViolation",
	[KSEAL_RECORD_ERROR]	= "KsealRecordError",
	[KSEAL_PAGES_FRESH]	= "KsealPagesFresh",
	[KSEAL_PAGES_RECYCLED]	= "KsealPagesRecycled",
};

struct kseal_net {
	struct kseal_mib __percpu *mib;
};

static unsigned int kseal_net_id;

struct kseal_mib __percpu *kseal_stats(struct net *net)
{
	struct kseal_net *own = net_generic(net, kseal_net_id);

	return own->mib;
}

static int kseal_stats_show(struct seq_file *seq, void *unused)
{
	struct kseal_mib __percpu *mib = kseal_stats(seq->private);
	unsigned long sum;
	int row, cpu;

	for (row = 0; row < KSEAL_COUNTS; row++) {
		sum = 0;
		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu_ptr(mib, cpu)->count[row]);
		seq_printf(seq, "%-32s\t%lu\n", kseal_count_names[row], sum);
	}
	return 0;
}

static int __net_init kseal_net_init(struct net *net)
{
	struct kseal_net *own = net_generic(net, kseal_net_id);

	own->mib = alloc_percpu(struct kseal_mib);
	if (!own->mib)
		return -ENOMEM;
	if (!proc_create_net_single("kseal_stat", 0444, net->proc_net,
				    kseal_stats_show, NULL)) {
		free_percpu(own->mib);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit kseal_net_exit(struct net *net)
{
	struct kseal_net *own = net_generic(net, kseal_net_id);

	remove_proc_entry("kseal_stat", net->proc_net);
	free_percpu(own->mib);
}

static struct pernet_operations kseal_net_ops = {
	.init	= kseal_net_init,
	.exit	= kseal_net_exit,
	.id	= &kseal_net_id,
	.size	= sizeof(struct kseal_net),
};

int __init kseal_stats_init(void)
{
	return register_pernet_subsys(&kseal_net_ops);
}

void kseal_stats_exit(void)
{
	unregister_pernet_subsys(&kseal_net_ops);
}
