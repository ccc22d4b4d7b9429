// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include "record.h"

/*
 * One row per cipher: an upper-case NAME as in TLS_CIPHER_NAME_*, a lower-case
 * one as in struct tls12_crypto_info_*.
 */
#define ROW(upper, lower, name, in, nonce, first)			\
{									\
	.algorithm	= (name),					\
	.type		= TLS_CIPHER_##upper,				\
	.versions	= (in),						\
	.key_size	= TLS_CIPHER_##upper##_KEY_SIZE,		\
	.salt_size	= TLS_CIPHER_##upper##_SALT_SIZE,		\
	.iv_size	= TLS_CIPHER_##upper##_IV_SIZE,			\
	.tag_size	= TLS_CIPHER_##upper##_TAG_SIZE,		\
	.key_at		= offsetof(struct tls12_crypto_info_##lower, key), \
	.salt_at	= offsetof(struct tls12_crypto_info_##lower, salt), \
	.iv_at		= offsetof(struct tls12_crypto_info_##lower, iv), \
	.sequence_at	= offsetof(struct tls12_crypto_info_##lower, rec_seq), \
	.info_size	= sizeof(struct tls12_crypto_info_##lower),	\
	.explicit_nonce	= (nonce),					\
	.nonce_first	= (first),					\
}

#define BOTH	(KSEAL_TLS_1_2 | KSEAL_TLS_1_3)

static const struct kseal_cipher kseal_ciphers[] = {
	ROW(AES_GCM_128, aes_gcm_128, "gcm(aes)", BOTH, 8, 0),
	ROW(AES_GCM_256, aes_gcm_256, "gcm(aes)", BOTH, 8, 0),
	/* RFC 3610 2.3: the first byte says that lengths take 3 bytes. */
	ROW(AES_CCM_128, aes_ccm_128, "ccm(aes)", BOTH, 8, 2),
	ROW(CHACHA20_POLY1305, chacha20_poly1305,
	    "rfc7539(chacha20,poly1305)", BOTH, 0, 0),
};

const struct kseal_cipher *kseal_cipher_find(u16 type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kseal_ciphers); i++)
		if (kseal_ciphers[i].type == type)
			return &kseal_ciphers[i];
	return NULL;
}
