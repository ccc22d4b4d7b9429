/* SPDX-License-Identifier: BSD-2-Clause */
#include "suites.h"

/*
 * RFC 8446 5.5: about 2^24.5 full records may be sealed with one AES-GCM key.
 * ChaCha20-Poly1305 ends with the sequence number alone.
 */
#define GCM_RECORDS (UINT64_C(1) << 24)

static const struct suite suites[] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256", EVP_aead_aes_128_gcm,
	  &digest_sha256, 16, GCM_RECORDS },
	{ 0x1302, "TLS_AES_256_GCM_SHA384", EVP_aead_aes_256_gcm,
	  &digest_sha384, 32, GCM_RECORDS },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256", EVP_aead_chacha20_poly1305,
	  &digest_sha256, 32, UINT64_MAX },
};

#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

size_t suites_all(const struct suite **out)
{
	*out = suites;
	return SUITE_COUNT;
}
