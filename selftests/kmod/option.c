// SPDX-License-Identifier: BSD-2-Clause
#include "kmod-test.h"

#include <linux/bpf.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/syscall.h>

static const struct variant base = {
	"", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, true,
};

static void option_set_errors(struct pair *p)
{
	static const struct row {
		int error;
		uint16_t version, cipher;
		int more;	/* than the right size */
	} rows[] = {
		{ EINVAL, 0x0302, TLS_CIPHER_AES_GCM_128, 0 },
		{ EINVAL, 0x0305, TLS_CIPHER_AES_GCM_128, 0 },
		{ EINVAL, 200, TLS_CIPHER_AES_GCM_128, 0 },
		{ EINVAL, TLS_1_3_VERSION, 50, 0 },
		{ EINVAL, TLS_1_3_VERSION, 59, 0 },
		{ EINVAL, TLS_1_3_VERSION, 0, 0 },
		{ EINVAL, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, -1 },
		{ EINVAL, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, 1 },
		{ EINVAL, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, 0 },
		{ EINVAL, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, -39 },
	};
	struct keys keys;
	size_t i;

	keys_init(&keys, &base, 1);
	assert_errno(ENOPROTOOPT, setsockopt(p->a, SOL_TLS, TLS_TX,
					     &keys.info, keys.size));
	assert_int_equal(ulp_set(p->a), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		keys.info.version = rows[i].version;
		keys.info.cipher_type = rows[i].cipher;
		assert_errno(rows[i].error,
			     setsockopt(p->a, SOL_TLS, i % 2 ? TLS_TX : TLS_RX,
					&keys.info,
					(socklen_t)((int)keys.size +
						    rows[i].more)));
	}
	keys_init(&keys, &base, 1);
	assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, TLS_TX, NULL, 0));
	assert_errno(EFAULT, setsockopt(p->a, SOL_TLS, TLS_TX, (void *)8,
					keys.size));
	assert_errno(ENOPROTOOPT, setsockopt(p->a, SOL_TLS, 99, &keys.info,
					     keys.size));
	/* None of it has left anything behind. */
	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_TX, &keys.info,
				    keys.size), 0);
	/* The other direction is of the same version and cipher. */
	keys.info.version = TLS_1_2_VERSION;
	assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, TLS_RX, &keys.info,
					keys.size));
	keys_init(&keys, &(struct variant){ "", TLS_1_3_VERSION,
					    TLS_CIPHER_CHACHA20_POLY1305,
					    true }, 1);
	assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, TLS_RX, &keys.info,
					keys.size));
}

static void option_twice(struct pair *p)
{
	assert_errno(EBUSY, setsockopt(p->a, SOL_TLS, TLS_TX, &p->to_b.info,
				       p->to_b.size));
	assert_errno(EBUSY, setsockopt(p->a, SOL_TLS, TLS_RX, &p->to_a.info,
				       p->to_a.size));
	assert_errno(EEXIST, ulp_set(p->a));
}

static void option_get(struct pair *p)
{
	struct keys got, want;
	socklen_t size;
	uint64_t number;

	size = sizeof(got.info);
	assert_int_equal(getsockopt(p->a, SOL_TLS, TLS_TX, &got.info, &size), 0);
	assert_int_equal(got.info.version, p->v->version);
	assert_int_equal(got.info.cipher_type, p->v->cipher);
	size = p->to_a.size;
	assert_int_equal(getsockopt(p->a, SOL_TLS, TLS_RX, &got.info, &size), 0);
	assert_memory_equal(got.bytes, p->to_a.bytes, p->to_a.size);
	size = p->to_a.size - 1;
	assert_errno(EINVAL, getsockopt(p->a, SOL_TLS, TLS_RX, &got.info,
					&size));
	size = 3;
	assert_errno(EINVAL, getsockopt(p->a, SOL_TLS, TLS_RX, &got.info,
					&size));
	assert_errno(EFAULT, getsockopt(p->a, SOL_TLS, TLS_RX, &got.info,
					NULL));

	/* Where records stand, as a program that takes over needs it. */
	send_all(p->a, "one", 3, 0);
	send_all(p->a, "two", 3, 0);
	size = p->to_b.size;
	assert_int_equal(getsockopt(p->a, SOL_TLS, TLS_TX, &got.info, &size), 0);
	want = p->to_b;
	memcpy(&number, want.bytes + (p->to_b.sequence - p->to_b.bytes), 8);
	number = htobe64(be64toh(number) + 2);
	memcpy(want.bytes + (p->to_b.sequence - p->to_b.bytes), &number, 8);
	if (p->v->version == TLS_1_2_VERSION && p->to_b.iv_size == 8) {
		memcpy(&number, want.bytes + (p->to_b.iv - p->to_b.bytes), 8);
		number = htobe64(be64toh(number) + 2);
		memcpy(want.bytes + (p->to_b.iv - p->to_b.bytes), &number, 8);
	}
	assert_memory_equal(got.bytes, want.bytes, p->to_b.size);
}

static void option_get_none(struct pair *p)
{
	struct keys got;
	socklen_t size = sizeof(got.info);

	assert_int_equal(ulp_set(p->a), 0);
	assert_errno(EBUSY, getsockopt(p->a, SOL_TLS, TLS_TX, &got.info,
				       &size));
	assert_errno(EBUSY, getsockopt(p->a, SOL_TLS, TLS_RX, &got.info,
				       &size));
	assert_errno(ENOPROTOOPT, getsockopt(p->a, SOL_TLS, 99, &got.info,
					     &size));
}

/* With the ULP and no keys, it is TCP. */
static void option_no_keys(struct pair *p)
{
	uint8_t text[10];

	assert_int_equal(ulp_set(p->a), 0);
	send_all(p->a, "plain", 5, 0);
	recv_all(p->b, text, 5);
	assert_memory_equal(text, "plain", 5);
	send_all(p->b, "plain", 5, 0);
	assert_true(ready(p->a, POLLIN, 1000));
	recv_all(p->a, text, 5);
}

static void option_flags(struct pair *p)
{
	static const int names[] = { TLS_TX_ZEROCOPY_RO, TLS_RX_EXPECT_NO_PAD };
	socklen_t size;
	uint32_t value;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (names[i] == TLS_RX_EXPECT_NO_PAD &&
		    p->v->version != TLS_1_3_VERSION) {
			value = 1;
			assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, names[i],
							&value, 4));
			continue;
		}
		for (value = 1; value < 2; value--) {
			uint32_t got = 7;

			assert_int_equal(setsockopt(p->a, SOL_TLS, names[i],
						    &value, 4), 0);
			size = 4;
			assert_int_equal(getsockopt(p->a, SOL_TLS, names[i],
						    &got, &size), 0);
			assert_int_equal(got, value);
		}
		value = 2;
		assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, names[i],
						&value, 4));
		assert_errno(EINVAL, setsockopt(p->a, SOL_TLS, names[i],
						&value, 3));
		size = 3;
		assert_errno(EINVAL, getsockopt(p->a, SOL_TLS, names[i],
						&value, &size));
	}
}

static void option_states(struct pair *p)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd;

	(void)p;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_errno(ENOTCONN, ulp_set(fd));
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_errno(ENOTCONN, ulp_set(fd));
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_errno(ENOPROTOOPT, ulp_set(fd));
	close(fd);
}

static void option_disconnect(struct pair *p)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	assert_errno(EOPNOTSUPP, connect(p->a, &addr, sizeof(addr)));
	send_all(p->a, "still", 5, 0);
	assert_int_equal(shutdown(p->a, SHUT_RDWR), 0);
	assert_errno(EINVAL, listen(p->a, 1));
}

static void option_ipv6(struct pair *p)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	socklen_t size = sizeof(addr);
	struct keys keys;
	int listener;

	listener = socket(AF_INET6, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&addr, size)) {
		p->skip = "no IPv6 loopback here";
		return;
	}
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&addr, &size), 0);
	p->a = socket(AF_INET6, SOCK_STREAM, 0);
	assert_int_equal(connect(p->a, (void *)&addr, size), 0);
	p->b = accept(listener, NULL, NULL);
	assert_true(p->b >= 0);
	close(listener);
	keys_init(&keys, &base, 1);
	assert_int_equal(ulp_set(p->a), 0);
	assert_int_equal(ulp_set(p->b), 0);
	assert_int_equal(setsockopt(p->a, SOL_TLS, TLS_TX, &keys.info,
				    keys.size), 0);
	assert_int_equal(setsockopt(p->b, SOL_TLS, TLS_RX, &keys.info,
				    keys.size), 0);
	send_all(p->a, "six", 3, 0);
	recv_all(p->b, keys.bytes, 3);
	assert_memory_equal(keys.bytes, "six", 3);
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* A socket is in a sockmap or has the ULP, never both. */
static void option_sockmap(struct pair *p)
{
	union bpf_attr create = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 2,
	};
	union bpf_attr update = { 0 };
	uint32_t key = 0;
	int map;

	map = bpf(BPF_MAP_CREATE, &create);
	if (map < 0) {
		p->skip = "this kernel has no sockmap";
		return;
	}
	update.map_fd = (uint32_t)map;
	update.key = (uint64_t)(uintptr_t)&key;
	update.value = (uint64_t)(uintptr_t)&p->a;
	assert_int_equal(ulp_set(p->a), 0);
	assert_errno(EINVAL, bpf(BPF_MAP_UPDATE_ELEM, &update));
	update.value = (uint64_t)(uintptr_t)&p->b;
	assert_int_equal(bpf(BPF_MAP_UPDATE_ELEM, &update), 0);
	assert_errno(EINVAL, ulp_set(p->b));
	/* Both still work, as TCP. */
	send_all(p->a, "plain", 5, 0);
	recv_all(p->b, &update, 5);
	send_all(p->b, "plain", 5, 0);
	recv_all(p->a, &update, 5);
	close(map);
}

/* Asks tcp_diag for @fd's ULP; returns the attribute, or NULL. */
static struct rtattr *diag_ulp(int fd, char *buf, size_t room)
{
	struct sockaddr_in local, remote;
	socklen_t size = sizeof(local);
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} ask = {
		.head.nlmsg_len = sizeof(ask),
		.head.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.head.nlmsg_flags = NLM_F_REQUEST,
		.body.sdiag_family = AF_INET,
		.body.sdiag_protocol = IPPROTO_TCP,
		.body.idiag_ext = 1 << (INET_DIAG_INFO - 1),
		.body.id.idiag_cookie = { INET_DIAG_NOCOOKIE,
					  INET_DIAG_NOCOOKIE },
	};
	struct nlmsghdr *head = (void *)buf;
	struct rtattr *attr;
	ssize_t got;
	int netlink;
	int left;

	assert_int_equal(getsockname(fd, (void *)&local, &size), 0);
	size = sizeof(remote);
	assert_int_equal(getpeername(fd, (void *)&remote, &size), 0);
	ask.body.id.idiag_sport = local.sin_port;
	ask.body.id.idiag_src[0] = local.sin_addr.s_addr;
	ask.body.id.idiag_dport = remote.sin_port;
	ask.body.id.idiag_dst[0] = remote.sin_addr.s_addr;
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	assert_true(netlink >= 0);
	send_all(netlink, &ask, sizeof(ask), 0);
	got = recv(netlink, buf, room, 0);
	close(netlink);
	if (got < (ssize_t)sizeof(*head) ||
	    head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return NULL;
	attr = (void *)((struct inet_diag_msg *)NLMSG_DATA(head) + 1);
	left = (int)NLMSG_PAYLOAD(head, sizeof(struct inet_diag_msg));
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == INET_DIAG_ULP_INFO)
			return attr;
	return NULL;
}

static struct rtattr *nested(struct rtattr *in, int type)
{
	struct rtattr *attr = RTA_DATA(in);
	int left = (int)RTA_PAYLOAD(in);

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if ((attr->rta_type & NLA_TYPE_MASK) == type)
			return attr;
	fail_msg("no attribute %d", type);
	return NULL;
}

static uint16_t nested_u16(struct rtattr *in, int type)
{
	return *(uint16_t *)RTA_DATA(nested(in, type));
}

/* What ss prints. */
static void option_diag(struct pair *p)
{
	struct rtattr *info, *tls;
	char buf[8192];

	info = diag_ulp(p->a, buf, sizeof(buf));
	if (!info) {
		p->skip = "this kernel has no tcp_diag";
		return;
	}
	assert_string_equal(RTA_DATA(nested(info, INET_ULP_INFO_NAME)), ulp);
	tls = nested(info, INET_ULP_INFO_TLS);
	assert_int_equal(nested_u16(tls, TLS_INFO_VERSION), p->v->version);
	assert_int_equal(nested_u16(tls, TLS_INFO_CIPHER), p->v->cipher);
	assert_int_equal(nested_u16(tls, TLS_INFO_TXCONF), TLS_CONF_SW);
	assert_int_equal(nested_u16(tls, TLS_INFO_RXCONF), TLS_CONF_SW);
}

const struct kmod_case option_cases[] = {
	{ "option_set_errors", option_set_errors, NO_KEYS },
	{ "option_twice", option_twice, PLAIN },
	{ "option_get", option_get, 0 },
	{ "option_get_none", option_get_none, NO_KEYS },
	{ "option_no_keys", option_no_keys, NO_KEYS },
	{ "option_flags", option_flags, 0 },
	{ "option_states", option_states, ONCE },
	{ "option_disconnect", option_disconnect, 0 },
	{ "option_ipv6", option_ipv6, ONCE },
	{ "option_sockmap", option_sockmap, NO_KEYS | KSEAL },
	{ "option_diag", option_diag, 0 },
	{ NULL, NULL, 0 },
};
