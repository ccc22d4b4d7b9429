/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the end of the handshake to whoever makes the records.
 *
 * How this works
 * --------------
 * Three paths are tried in order: the ULP "kseal", the ULP "tls", the library.
 * A kernel path takes three steps: attach the ULP, install the sending key,
 * install the receiving key.
 *
 *   A ULP that can't be attached leaves the socket as it was: on to the next.
 *   A ULP stays once it is attached. But without keys the socket still passes
 *   bytes unchanged, so if the first key is refused, records can still be made
 *   in the library; another ULP can't be had any more.
 *   Once one key is in, bytes change, and there is no way back: if the second
 *   is refused, the connection fails.
 *
 * Each path that was not taken leaves a clause, and together they are the
 * reason that kseal_path_reason() gives.
 */
#include "install.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/mem.h>

#include "connection.h"

#ifndef SOL_TLS
#define SOL_TLS 282 /* the kernel's; glibc came to it late */
#endif
#ifndef TLS_RX_EXPECT_NO_PAD
#define TLS_RX_EXPECT_NO_PAD 4 /* since Linux 6.0 */
#endif

/* All forms of the kernel's key structure. */
union crypto_info {
	struct tls_crypto_info info;
	struct tls12_crypto_info_aes_gcm_128 aes_gcm_128;
	struct tls12_crypto_info_aes_gcm_256 aes_gcm_256;
	struct tls12_crypto_info_chacha20_poly1305 chacha20_poly1305;
};

/* Where a suite's key, and the two parts of its nonce, have their place. */
struct layout {
	uint16_t suite;
	uint16_t cipher;
	size_t size;
	size_t key;
	size_t salt; /* the nonce's first bytes */
	size_t salt_len;
	size_t iv;   /* its other bytes */
	size_t sequence;
};

#define LAYOUT(suite, CIPHER, form) { \
	suite, TLS_CIPHER_##CIPHER, \
	sizeof(struct tls12_crypto_info_##form), \
	offsetof(struct tls12_crypto_info_##form, key), \
	offsetof(struct tls12_crypto_info_##form, salt), \
	TLS_CIPHER_##CIPHER##_SALT_SIZE, \
	offsetof(struct tls12_crypto_info_##form, iv), \
	offsetof(struct tls12_crypto_info_##form, rec_seq), \
}

static const struct layout layouts[] = {
	LAYOUT(0x1301, AES_GCM_128, aes_gcm_128),
	LAYOUT(0x1302, AES_GCM_256, aes_gcm_256),
	LAYOUT(0x1303, CHACHA20_POLY1305, chacha20_poly1305),
};

static const struct ulp {
	enum kseal_path path;
	const char *name;
} ulps[] = {
	{ KSEAL_PATH_KSEAL, "kseal" },
	{ KSEAL_PATH_TLS, "tls" },
};

#define ULP_COUNT (sizeof(ulps) / sizeof(ulps[0]))

/* Why a step failed, for an operator; the last row stands for all others. */
static const struct {
	int sys_errno;
	const char *text;
} attach_faults[] = {
	{ ENOENT, "the kernel has no ULP %s" },
	{ EPERM, "this process may not use ULP %s" },
	{ EEXIST, "the socket has another ULP than %s already" },
	{ ENOTCONN, "the peer had closed its side before ULP %s was set" },
	{ EOPNOTSUPP, "the socket is not TCP, as ULP %s needs" },
	{ ENOPROTOOPT, "the socket is not TCP, as ULP %s needs" },
	{ 0, "ULP %s can't be attached" },
};

/* The clauses so far. When memory is short the reason is, too. */
struct reasons {
	char *text;
};

__attribute__((format(printf, 2, 3)))
static void add_reason(struct reasons *r, const char *format, ...)
{
	char *clause = NULL, *joined = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&clause, format, args) < 0)
		clause = NULL;
	va_end(args);
	if (!clause)
		return;
	if (!r->text) {
		r->text = clause;
		return;
	}
	if (asprintf(&joined, "%s; %s", r->text, clause) >= 0) {
		free(r->text);
		r->text = joined;
	}
	free(clause);
}

static void add_attach_reason(struct reasons *r, const char *ulp, int sys_errno)
{
	size_t i = 0;

	while (attach_faults[i].sys_errno != sys_errno &&
	       attach_faults[i].sys_errno != 0)
		i++;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	add_reason(r, attach_faults[i].text, ulp);
#pragma GCC diagnostic pop
}

static const struct layout *find_layout(const struct suite *suite)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].suite == suite->id)
			return &layouts[i];
	return NULL;
}

/* One direction's key into the kernel: 0 or an errno. */
static int install_direction(const struct kseal *k, enum direction d,
			     const struct layout *layout)
{
	union crypto_info crypto = { 0 };
	uint8_t *bytes = (uint8_t *)&crypto;
	struct traffic_keys keys;
	int ret;

	connection_traffic_keys(k, d, &keys);
	crypto.info.version = TLS_1_3_VERSION;
	crypto.info.cipher_type = layout->cipher;
	memcpy(bytes + layout->key, keys.key, keys.suite->key_len);
	memcpy(bytes + layout->salt, keys.iv, layout->salt_len);
	memcpy(bytes + layout->iv, keys.iv + layout->salt_len,
	       sizeof(keys.iv) - layout->salt_len);
	for (size_t i = 0; i < sizeof(keys.sequence); i++)
		bytes[layout->sequence + i] =
			(uint8_t)(keys.sequence >> (56 - 8 * i));
	ret = setsockopt(k->socket.fd, SOL_TLS, d == DIR_TX ? TLS_TX : TLS_RX,
			 &crypto, (socklen_t)layout->size) < 0 ?
		      errno :
		      0;
	OPENSSL_cleanse(&crypto, sizeof(crypto));
	OPENSSL_cleanse(&keys, sizeof(keys));
	return ret;
}

/*
 * Nearly no peer pads its records. Told so, the kernel opens them straight into
 * the reader's buffer, and a padded one a second time; kernels that don't know
 * the option do without.
 */
static void expect_no_padding(const struct kseal *k)
{
	int on = 1;

	(void)setsockopt(k->socket.fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &on,
			 sizeof(on));
}

enum outcome {
	TAKEN,
	NEXT,   /* not this one; the socket is as it was */
	NO_ULP, /* not this one, nor another ULP; bytes still pass unchanged */
	BROKEN, /* half of it is done and can't be undone */
};

static enum outcome try_ulp(struct kseal *k, const struct ulp *ulp,
			    struct reasons *reasons)
{
	const struct layout *layout = find_layout(k->agreed.suite);
	int ret;

	if (!layout) {
		add_reason(reasons, "ULP %s has no %s", ulp->name,
			   k->agreed.suite->name);
		return NEXT;
	}
	if (setsockopt(k->socket.fd, IPPROTO_TCP, TCP_ULP, ulp->name,
		       (socklen_t)strlen(ulp->name)) < 0) {
		add_attach_reason(reasons, ulp->name, errno);
		return NEXT;
	}
	ret = install_direction(k, DIR_TX, layout);
	if (ret) {
		add_reason(reasons, "ULP %s refused the key for %s (%s)",
			   ulp->name, k->agreed.suite->name,
			   strerrordesc_np(ret));
		return NO_ULP;
	}
	ret = install_direction(k, DIR_RX, layout);
	if (ret) {
		add_reason(reasons,
			   "ULP %s took the sending key and refused the "
			   "receiving one (%s)",
			   ulp->name, strerrordesc_np(ret));
		return BROKEN;
	}
	expect_no_padding(k);
	return TAKEN;
}

int install_keys(struct kseal *k)
{
	unsigned int permitted = k->config->paths;
	struct reasons reasons = { NULL };
	enum outcome outcome = NEXT;
	size_t i;

	for (i = 0; i < ULP_COUNT && outcome == NEXT; i++) {
		if (permitted & ulps[i].path)
			outcome = try_ulp(k, &ulps[i], &reasons);
		else
			add_reason(&reasons, "ULP %s is not permitted",
				   ulps[i].name);
	}
	k->socket.reason = reasons.text;
	if (outcome == TAKEN) {
		connection_release_keys(k);
		k->socket.path = ulps[i - 1].path;
		return KSEAL_OK;
	}
	if (outcome != BROKEN && (permitted & KSEAL_PATH_USERSPACE)) {
		k->socket.path = KSEAL_PATH_USERSPACE;
		return KSEAL_OK;
	}
	/* Whoever has the sending key sends the alert. */
	if (outcome == BROKEN)
		connection_release_keys(k);
	return reasons.text ? error_say(&k->error, KSEAL_E_KERNEL_PATH,
					reasons.text) :
			      error_set(&k->error, KSEAL_E_KERNEL_PATH);
}
