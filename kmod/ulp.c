// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * TCP_ULP puts a context on the socket and replaces its struct proto and
 * struct proto_ops by copies with some functions of ours, one copy for each
 * [IPv4 or IPv6][sending sealed or not][receiving sealed or not]. close() puts
 * the base proto back. The ULP core holds a reference to the module from
 * TCP_ULP until the socket is destroyed.
 *
 * Whose pointer is icsk_ulp_data? The kernel asks tls_get_ctx() of <net/tls.h>
 * in these places, always for sockets that may well be ours:
 *
 *  - sockmap (skmsg.c: sk_psock_init() refuses a socket with a ULP;
 *    sk_psock_verdict_data_ready() and sk_psock_stop_verdict() use
 *    tls_sw_has_ctx_rx(); tcp_bpf.c: tcp_bpf_push() uses tls_sw_has_ctx_tx()).
 *    They run only on a socket with a psock. A socket that has one can't get
 *    our ULP (kseal_attach), one with our ULP can't get a psock.
 *  - device offload (drivers, tls_device.c, sk_validate_xmit_skb): only after
 *    sk_validate_xmit_skb or sk_destruct was found to be the in-tree module's
 *    own function, which it never is here; then priv_ctx_* and netdev.
 *  - MPTCP and espintcp read icsk_ulp_data of their own subflows; their ULPs
 *    are there first, and a second is refused with EEXIST.
 *  - tcp_diag and tcp_ulp.c go through icsk_ulp_ops, which is ours.
 *
 * And should any code ask all the same: the fields that these look at, those
 * for private contexts and the device, are kept NULL at the same offsets of
 * our context, which means "no TLS here" to all of them (context.h asserts it).
 */
#include <linux/inet_diag.h>
#include <linux/skmsg.h>
#include <net/inet_common.h>

#include "context.h"
#include "ulp.h"

enum { KSEAL_IPV4, KSEAL_IPV6, KSEAL_FAMILIES };

/* What a family's sockets use, by [tx][rx]. */
struct kseal_protos {
	const struct proto *base;	/* these two set once, before the rest */
	const struct proto_ops *base_ops;
	struct proto proto[2][2];
	struct proto_ops ops[2][2];
};

static struct kseal_protos kseal_protos[KSEAL_FAMILIES];
static DEFINE_MUTEX(kseal_protos_lock);	/* guards the building of them */

static struct kseal_protos *protos_of(const struct sock *sk)
{
	return &kseal_protos[sk->sk_family == AF_INET6 ? KSEAL_IPV6 :
							 KSEAL_IPV4];
}

/* The socket takes the functions for the keys that it has. */
static void protos_update(struct sock *sk, struct kseal_context *ctx)
{
	struct kseal_protos *protos = protos_of(sk);

	sock_owned_by_me(sk);
	WRITE_ONCE(sk->sk_prot, &protos->proto[!!ctx->tx][!!ctx->rx]);
	WRITE_ONCE(sk->sk_socket->ops, &protos->ops[!!ctx->tx][!!ctx->rx]);
}

static int get_flag(char __user *optval, int __user *optlen, u32 value)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)sizeof(value))
		return -EINVAL;
	if (put_user(sizeof(value), optlen))
		return -EFAULT;
	return copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int set_flag(sockptr_t optval, unsigned int optlen, bool *flag)
{
	u32 value;
	int ret;

	if (sockptr_is_null(optval) || optlen < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value > 1)
		return -EINVAL;
	ret = check_zeroed_sockptr(optval, sizeof(value),
				   optlen - sizeof(value));
	if (ret < 1)
		return ret ?: -EINVAL;
	*flag = value;
	return 0;
}

static int option_get(struct sock *sk, int name, char __user *optval,
		      int __user *optlen)
{
	struct kseal_context *ctx = kseal_context(sk);
	int len;

	switch (name) {
	case TLS_TX:
	case TLS_RX:
		return kseal_keys_get(sk, optval, optlen, name == TLS_TX);
	case TLS_TX_ZEROCOPY_RO:
		if (get_user(len, optlen))
			return -EFAULT;
		if (len != sizeof(u32))
			return -EINVAL;
		return get_flag(optval, optlen, ctx->zerocopy_ro);
	case TLS_RX_EXPECT_NO_PAD:
		if (ctx->version != TLS_1_3_VERSION || !ctx->rx)
			return -EINVAL;
		return get_flag(optval, optlen, ctx->rx_no_pad);
	default:
		return -ENOPROTOOPT;
	}
}

static int keys_set(struct sock *sk, sockptr_t optval, unsigned int optlen,
		    bool tx)
{
	struct kseal_context *ctx = kseal_context(sk);
	int err;

	err = kseal_keys_set(sk, optval, optlen, tx);
	if (err)
		return err;
	if (tx)
		kseal_transmit_start(sk, ctx->tx);
	else
		kseal_assemble_start(sk, ctx->rx);
	protos_update(sk, ctx);
	return 0;
}

static int option_set(struct sock *sk, int name, sockptr_t optval,
		      unsigned int optlen)
{
	struct kseal_context *ctx = kseal_context(sk);

	switch (name) {
	case TLS_TX:
	case TLS_RX:
		return keys_set(sk, optval, optlen, name == TLS_TX);
	case TLS_TX_ZEROCOPY_RO:
		/* Taken and told, as in-tree does where no device offloads. */
		if (optlen != sizeof(u32))
			return -EINVAL;
		return set_flag(optval, optlen, &ctx->zerocopy_ro);
	case TLS_RX_EXPECT_NO_PAD:
		if (ctx->version != TLS_1_3_VERSION || !ctx->rx)
			return -EINVAL;
		return set_flag(optval, optlen, &ctx->rx_no_pad);
	default:
		return -ENOPROTOOPT;
	}
}

static int kseal_getsockopt(struct sock *sk, int level, int name,
			    char __user *optval, int __user *optlen)
{
	struct kseal_context *ctx = kseal_context(sk);
	int err;

	if (level != SOL_TLS)
		return ctx->base->getsockopt(sk, level, name, optval, optlen);
	lock_sock(sk);
	err = option_get(sk, name, optval, optlen);
	release_sock(sk);
	return err;
}

static int kseal_setsockopt(struct sock *sk, int level, int name,
			    sockptr_t optval, unsigned int optlen)
{
	struct kseal_context *ctx = kseal_context(sk);
	int err;

	if (level != SOL_TLS)
		return ctx->base->setsockopt(sk, level, name, optval, optlen);
	lock_sock(sk);
	err = option_set(sk, name, optval, optlen);
	release_sock(sk);
	return err;
}

/* A socket that was connected anew would still have the old one's keys. */
static int kseal_disconnect(struct sock *sk, int flags)
{
	return -EOPNOTSUPP;
}

static void kseal_shutdown(struct sock *sk, int how)
{
	struct kseal_context *ctx = kseal_context(sk);
	struct kseal_tx *tx = ctx->tx;

	if (tx && how & SEND_SHUTDOWN) {
		if (!mutex_trylock(&tx->lock)) {
			/*
			 * A sender is asleep in TCP, and SEND_SHUTDOWN, which
			 * is set by now, ends that. Its queue is ours then.
			 */
			sk->sk_state_change(sk);
			release_sock(sk);
			mutex_lock(&tx->lock);
			lock_sock(sk);
		}
		kseal_send_finish(sk, tx);
		mutex_unlock(&tx->lock);
	}
	ctx->base->shutdown(sk, how);
}

/* The last user is gone: nobody else is in any function of ours. */
static void kseal_close(struct sock *sk, long timeout)
{
	struct kseal_context *ctx = kseal_context(sk);
	struct proto *base = ctx->base;

	if (ctx->tx)
		disable_work_sync(&ctx->tx->work);

	lock_sock(sk);
	if (ctx->tx) {
		kseal_send_finish(sk, ctx->tx);
		kseal_transmit_stop(sk, ctx->tx);
		kseal_count(ctx, KSEAL_CURR_TX, -1);
	}
	if (ctx->rx) {
		kseal_assemble_stop(sk, ctx->rx);
		kseal_count(ctx, KSEAL_CURR_RX, -1);
	}
	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
	WRITE_ONCE(sk->sk_prot, base);
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);

	if (ctx->tx)
		kseal_tx_free(ctx->tx);
	if (ctx->rx)
		kseal_rx_free(ctx->rx);
	kfree_rcu(ctx, rcu);
	/* Last: this may give back the module's reference. */
	base->close(sk, timeout);
}

static void protos_build(struct kseal_protos *protos, const struct proto *base,
			 const struct proto_ops *ops)
{
	int tx, rx;

	for (tx = 0; tx < 2; tx++) {
		for (rx = 0; rx < 2; rx++) {
			struct proto *proto = &protos->proto[tx][rx];

			protos->ops[tx][rx] = *ops;
			*proto = *base;
			proto->getsockopt = kseal_getsockopt;
			proto->setsockopt = kseal_setsockopt;
			proto->disconnect = kseal_disconnect;
			proto->shutdown = kseal_shutdown;
			proto->close = kseal_close;
			if (tx) {
				proto->sendmsg = kseal_sendmsg;
				proto->splice_eof = kseal_splice_eof;
			}
			if (rx) {
				proto->recvmsg = kseal_recvmsg;
				proto->sock_is_readable = kseal_is_readable;
				protos->ops[tx][rx].splice_read =
					kseal_splice_read;
				protos->ops[tx][rx].read_sock = kseal_read_sock;
			}
			if (tx || rx)
				protos->ops[tx][rx].poll = kseal_poll;
		}
	}
	protos->base = base;
	protos->base_ops = ops;
}

/* Our functions rest on plain TCP's: no others will do. */
static int protos_get(struct sock *sk)
{
	const struct proto_ops *ops = READ_ONCE(sk->sk_socket->ops);
	const struct proto *base = READ_ONCE(sk->sk_prot);
	struct kseal_protos *protos = protos_of(sk);
	int err = 0;

	mutex_lock(&kseal_protos_lock);
	if (!protos->base)
		protos_build(protos, base, ops);
	else if (protos->base != base || protos->base_ops != ops)
		err = -EINVAL;
	mutex_unlock(&kseal_protos_lock);
	return err;
}

static int kseal_attach(struct sock *sk)
{
	struct kseal_context *ctx;
	bool psock;
	int err;

	sock_owned_by_me(sk);
	if (sk->sk_state != TCP_ESTABLISHED)
		return -ENOTCONN;
	rcu_read_lock();
	psock = sk_psock(sk);
	rcu_read_unlock();
	if (psock)
		return -EINVAL;
	err = protos_get(sk);
	if (err)
		return err;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->base = READ_ONCE(sk->sk_prot);
	ctx->mib = kseal_stats(sock_net(sk));
	/* Whoever finds our proto must find the context. */
	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ctx);
	protos_update(sk, ctx);
	write_unlock_bh(&sk->sk_callback_lock);
	return 0;
}

static int info_fill(struct sk_buff *skb, const struct kseal_context *ctx)
{
	u16 version = READ_ONCE(ctx->version);
	u16 cipher_type = READ_ONCE(ctx->cipher_type);

	if (version && nla_put_u16(skb, TLS_INFO_VERSION, version))
		return -EMSGSIZE;
	if (cipher_type && nla_put_u16(skb, TLS_INFO_CIPHER, cipher_type))
		return -EMSGSIZE;
	if (nla_put_u16(skb, TLS_INFO_TXCONF,
			ctx->tx ? TLS_CONF_SW : TLS_CONF_BASE) ||
	    nla_put_u16(skb, TLS_INFO_RXCONF,
			ctx->rx ? TLS_CONF_SW : TLS_CONF_BASE))
		return -EMSGSIZE;
	if (ctx->rx_no_pad && nla_put_flag(skb, TLS_INFO_RX_NO_PAD))
		return -EMSGSIZE;
	return 0;
}

/* For ss, in the in-tree module's attributes. */
static int kseal_get_info(struct sock *sk, struct sk_buff *skb)
{
	const struct kseal_context *ctx;
	struct nlattr *nest;
	int err = -ENODATA;

	nest = nla_nest_start_noflag(skb, INET_ULP_INFO_TLS);
	if (!nest)
		return -EMSGSIZE;
	rcu_read_lock();
	ctx = rcu_dereference(inet_csk(sk)->icsk_ulp_data);
	if (ctx)
		err = info_fill(skb, ctx);
	rcu_read_unlock();
	if (err) {
		nla_nest_cancel(skb, nest);
		return err == -ENODATA ? 0 : err;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static size_t kseal_get_info_size(const struct sock *sk)
{
	return nla_total_size(0) +		/* INET_ULP_INFO_TLS */
	       4 * nla_total_size(sizeof(u16)) + /* versions and confs */
	       nla_total_size(0);		/* TLS_INFO_RX_NO_PAD */
}

static struct tcp_ulp_ops kseal_ulp_ops = {
	.name		= "kseal",
	.owner		= THIS_MODULE,
	.init		= kseal_attach,
	.get_info	= kseal_get_info,
	.get_info_size	= kseal_get_info_size,
};

static struct tcp_ulp_ops kseal_tls_ulp_ops = {
	.name		= "tls",
	.owner		= THIS_MODULE,
	.init		= kseal_attach,
	.get_info	= kseal_get_info,
	.get_info_size	= kseal_get_info_size,
};

static bool kseal_tls_registered;

int __init kseal_ulp_init(bool tls_compat)
{
	int err;

	err = tcp_register_ulp(&kseal_ulp_ops);
	if (err)
		return err;
	if (!tls_compat)
		return 0;
	err = tcp_register_ulp(&kseal_tls_ulp_ops);
	if (err)
		pr_warn("kseal: the ULP name \"tls\" is taken, by the in-tree module perhaps (error %d); only \"kseal\" is there\n",
			err);
	kseal_tls_registered = !err;
	return 0;
}

void kseal_ulp_exit(void)
{
	if (kseal_tls_registered)
		tcp_unregister_ulp(&kseal_tls_ulp_ops);
	tcp_unregister_ulp(&kseal_ulp_ops);
}
