/* SPDX-License-Identifier: BSD-2-Clause */
#include "groups.h"

#include <openssl/curve25519.h>
#include <openssl/ec.h>
#include <openssl/ecdh.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

static int x25519_generate(struct key_pair *pair, struct kseal_error *err)
{
	(void)err;
	X25519_keypair(pair->share, pair->secret.x25519);
	return KSEAL_OK;
}

static int x25519_derive(const struct key_pair *pair, const uint8_t *peer,
			 uint8_t *secret, struct kseal_error *err)
{
	/* RFC 8446 7.4.2: an all-zero result MUST abort the handshake. */
	if (!X25519(secret, pair->secret.x25519, peer))
		return error_say(err, KSEAL_E_ILLEGAL,
				 "the peer's key share is not a valid key");
	return KSEAL_OK;
}

static void x25519_clear(struct key_pair *pair)
{
	OPENSSL_cleanse(pair->secret.x25519, sizeof(pair->secret.x25519));
}

static int ec_generate(struct key_pair *pair, struct kseal_error *err)
{
	size_t len = pair->group->share_len;
	EC_KEY *ec = EC_KEY_new_by_curve_name(pair->group->nid);

	if (ec == NULL || !EC_KEY_generate_key(ec) ||
	    EC_POINT_point2oct(EC_KEY_get0_group(ec),
			       EC_KEY_get0_public_key(ec),
			       POINT_CONVERSION_UNCOMPRESSED, pair->share, len,
			       NULL) != len) {
		EC_KEY_free(ec);
		return error_crypto(err, KSEAL_E_INTERNAL, NULL);
	}
	pair->secret.ec = ec;
	return KSEAL_OK;
}

static int ec_derive(const struct key_pair *pair, const uint8_t *peer,
		     uint8_t *secret, struct kseal_error *err)
{
	const EC_GROUP *curve = EC_KEY_get0_group(pair->secret.ec);
	EC_POINT *point = EC_POINT_new(curve);
	int len = pair->group->secret_len;
	int ret = KSEAL_OK;

	/*
	 * RFC 8446 4.2.8.2: only the uncompressed form is allowed, and the
	 * point must lie on the curve, which oct2point checks.
	 */
	if (point == NULL)
		ret = error_crypto(err, KSEAL_E_INTERNAL, NULL);
	else if (peer[0] != POINT_CONVERSION_UNCOMPRESSED ||
		 !EC_POINT_oct2point(curve, point, peer,
				     pair->group->share_len, NULL))
		ret = error_crypto(err, KSEAL_E_ILLEGAL,
				   "the peer's key share is not a valid key");
	else if (ECDH_compute_key(secret, len, point, pair->secret.ec, NULL) !=
		 len)
		ret = error_crypto(err, KSEAL_E_INTERNAL, NULL);
	EC_POINT_free(point);
	return ret;
}

static void ec_clear(struct key_pair *pair)
{
	EC_KEY_free(pair->secret.ec);
}

static const struct group groups[] = {
	{ 0x001d, "x25519", NID_X25519, 32, 32,
	  x25519_generate, x25519_derive, x25519_clear },
	{ 0x0017, "secp256r1", NID_X9_62_prime256v1, 65, 32,
	  ec_generate, ec_derive, ec_clear },
	{ 0x0018, "secp384r1", NID_secp384r1, 97, 48,
	  ec_generate, ec_derive, ec_clear },
	{ 0x0019, "secp521r1", NID_secp521r1, 133, 66,
	  ec_generate, ec_derive, ec_clear },
};

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

size_t groups_all(const struct group **out)
{
	*out = groups;
	return GROUP_COUNT;
}

int key_pair_generate(struct key_pair *pair, const struct group *group,
		      struct kseal_error *err)
{
	int ret;

	pair->group = group;
	ret = group->generate(pair, err);
	if (ret < 0)
		pair->group = NULL;
	return ret;
}

int key_pair_derive(const struct key_pair *pair, const uint8_t *peer,
		    size_t peer_len, uint8_t secret[GROUP_MAX_SECRET],
		    struct kseal_error *err)
{
	if (peer_len != pair->group->share_len)
		return error_say(err, KSEAL_E_ILLEGAL,
				 "the peer's key share has the wrong length");
	return pair->group->derive(pair, peer, secret, err);
}

void key_pair_clear(struct key_pair *pair)
{
	if (pair->group != NULL)
		pair->group->clear(pair);
	OPENSSL_cleanse(pair, sizeof(*pair));
}
