// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * An AEAD request here is synchronous: kseal_key_run() returns when it is done,
 * and everything it uses may be freed or used again then. The fast AES-GCM of
 * x86 is registered as asynchronous, because it can be called where the vector
 * registers can't be used; in a process it runs at once. So instead of refusing
 * such algorithms, which would leave only the slow ones, the caller waits.
 */
#include "context.h"

int kseal_key_run(struct kseal_key *key, struct aead_request *request,
		  bool seal)
{
	might_sleep();
	return crypto_wait_req(seal ? crypto_aead_encrypt(request) :
				      crypto_aead_decrypt(request),
			       &key->wait);
}

static void key_drop(struct kseal_key *key)
{
	crypto_free_aead(key->aead);
	memzero_explicit(key, sizeof(*key));
}

static void key_request(struct kseal_key *key, struct aead_request *request)
{
	aead_request_set_tfm(request, key->aead);
	aead_request_set_ad(request, key->format.aad);
	aead_request_set_callback(request, CRYPTO_TFM_REQ_MAY_BACKLOG,
				  crypto_req_done, &key->wait);
}

static int key_setup(struct kseal_key *key)
{
	int err;

	key->aead = crypto_alloc_aead(key->cipher->algorithm, 0, 0);
	if (IS_ERR(key->aead))
		return PTR_ERR(key->aead);
	err = crypto_aead_setkey(key->aead,
				 key->info.bytes + key->cipher->key_at,
				 key->cipher->key_size);
	if (!err)
		err = crypto_aead_setauthsize(key->aead, key->format.tag);
	if (err) {
		crypto_free_aead(key->aead);
		return err;
	}
	kseal_counter_init(&key->counter, key->cipher, key->info.bytes);
	return 0;
}

/* Userspace's crypto info, checked: version, cipher, format and info of @key. */
static int key_read(struct kseal_key *key, const struct kseal_context *ctx,
		    sockptr_t optval, unsigned int optlen)
{
	union kseal_info *info = &key->info;

	if (sockptr_is_null(optval) || optlen < sizeof(info->info))
		return -EINVAL;
	if (copy_from_sockptr(&info->info, optval, sizeof(info->info)))
		return -EFAULT;

	key->cipher = kseal_cipher_find(info->info.cipher_type);
	if (!key->cipher ||
	    kseal_format_init(&key->format, info->info.version, key->cipher))
		return -EINVAL;
	/* Both directions are of one connection. */
	if (ctx->version && (ctx->version != info->info.version ||
			     ctx->cipher_type != info->info.cipher_type))
		return -EINVAL;
	if (optlen != key->cipher->info_size)
		return -EINVAL;
	if (copy_from_sockptr_offset(&info->info + 1, optval,
				     sizeof(info->info),
				     optlen - sizeof(info->info)))
		return -EFAULT;
	return 0;
}

static int tx_install(struct sock *sk, struct kseal_context *ctx,
		      const struct kseal_key *key)
{
	struct kseal_tx *tx;

	tx = kzalloc(sizeof(*tx) + crypto_aead_reqsize(key->aead), GFP_KERNEL);
	if (!tx)
		return -ENOMEM;
	mutex_init(&tx->lock);
	tx->sk = sk;
	tx->key = *key;
	crypto_init_wait(&tx->key.wait);
	key_request(&tx->key, &tx->request);

	ctx->tx = tx;
	kseal_count(ctx, KSEAL_TX, 1);
	kseal_count(ctx, KSEAL_CURR_TX, 1);
	return 0;
}

static int rx_install(struct kseal_context *ctx, const struct kseal_key *key)
{
	struct kseal_rx *rx;

	rx = kzalloc(sizeof(*rx) + crypto_aead_reqsize(key->aead), GFP_KERNEL);
	if (!rx)
		return -ENOMEM;
	__skb_queue_head_init(&rx->texts);
	rx->key = *key;
	crypto_init_wait(&rx->key.wait);
	key_request(&rx->key, &rx->request);

	ctx->rx = rx;
	kseal_count(ctx, KSEAL_RX, 1);
	kseal_count(ctx, KSEAL_CURR_RX, 1);
	return 0;
}

/* setsockopt() of TLS_TX, TLS_RX, but for what makes the socket use the key. */
int kseal_keys_set(struct sock *sk, sockptr_t optval, unsigned int optlen,
		   bool tx)
{
	struct kseal_context *ctx = kseal_context(sk);
	struct kseal_key key = {};
	int err;

	sock_owned_by_me(sk);
	if (tx ? !!ctx->tx : !!ctx->rx)
		return -EBUSY;
	err = key_read(&key, ctx, optval, optlen);
	if (err)
		goto wipe;
	err = key_setup(&key);
	if (err)
		goto wipe;
	err = tx ? tx_install(sk, ctx, &key) : rx_install(ctx, &key);
	if (err) {
		crypto_free_aead(key.aead);
		goto wipe;
	}
	WRITE_ONCE(ctx->cipher_type, key.cipher->type);
	WRITE_ONCE(ctx->version, key.format.version);

wipe:
	memzero_explicit(&key, sizeof(key));
	return err;
}

/* getsockopt() of TLS_TX, TLS_RX. */
int kseal_keys_get(struct sock *sk, char __user *optval, int __user *optlen,
		   bool tx)
{
	struct kseal_context *ctx = kseal_context(sk);
	struct kseal_key *key = NULL;
	union kseal_info *info;
	int len;

	sock_owned_by_me(sk);
	if (get_user(len, optlen))
		return -EFAULT;
	if (!optval || len < (int)sizeof(info->info))
		return -EINVAL;
	if (tx && ctx->tx)
		key = &ctx->tx->key;
	else if (!tx && ctx->rx)
		key = &ctx->rx->key;
	if (!key)
		return -EBUSY;

	info = &key->info;
	if (len != sizeof(info->info)) {
		if (len != key->cipher->info_size)
			return -EINVAL;
		kseal_counter_save(&key->counter, &key->format, key->cipher,
				   info->bytes);
	}
	return copy_to_user(optval, info, len) ? -EFAULT : 0;
}

void kseal_tx_free(struct kseal_tx *tx)
{
	key_drop(&tx->key);
	mutex_destroy(&tx->lock);
	kfree_sensitive(tx);
}

void kseal_rx_free(struct kseal_rx *rx)
{
	key_drop(&rx->key);
	kfree_sensitive(rx);
}
