// SPDX-License-Identifier: BSD-2-Clause
/*
 * The module's record layout against the traces of RFC 8448: section 3, the
 * records that client and server protect with their application traffic keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/aead.h>

#include "record.h"

/* The table is static data: it comes with the test, not as an object. */
#include "cipher.c"

static size_t unhex(const char *hex, u8 *to)
{
	size_t n = 0;
	unsigned int byte;

	while (sscanf(hex, " %2x", &byte) == 1) {
		to[n++] = (u8)byte;
		hex += *hex == ' ' ? 3 : 2;
	}
	return n;
}

/* What setsockopt() would take, from RFC 8448's key and iv. */
static void info_13(struct tls12_crypto_info_aes_gcm_128 *info,
		    const char *key, const char *iv)
{
	u8 bytes[32];

	memset(info, 0, sizeof(*info));
	info->info.version = TLS_1_3_VERSION;
	info->info.cipher_type = TLS_CIPHER_AES_GCM_128;
	unhex(key, info->key);
	unhex(iv, bytes);
	memcpy(info->salt, bytes, 4);
	memcpy(info->iv, bytes + 4, 8);
}

static const char server_key[] =
	"9f02283b6c9c07efc26bb9f2ac92e356";
static const char server_iv[] = "cf782b88dd83549aadf1e984";
static const char client_key[] =
	"17422dda596ed5d9acd890e3c63f5051";
static const char client_iv[] = "5b78923dee08579033e523d9";

struct trace {
	const char *key, *iv;
	u64 sequence;
	u8 type;
	const char *text, *record;
};

static const struct trace traces[] = {
	/* "send application_data record", client */
	{ client_key, client_iv, 0, KSEAL_TYPE_DATA,
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "202122232425262728292a2b2c2d2e2f3031",
	  "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b"
	  "9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63ae"
	  "ebb21694915e4" },
	/* "send application_data record", server; after its ticket */
	{ server_key, server_iv, 1, KSEAL_TYPE_DATA,
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "202122232425262728292a2b2c2d2e2f3031",
	  "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e3"
	  "0efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd"
	  "032e167c2955d" },
	/* "send alert record", close_notify, client */
	{ client_key, client_iv, 1, 21, "0100",
	  "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3" },
	/* "send alert record", server */
	{ server_key, server_iv, 2, 21, "0100",
	  "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9" },
};

static void seal_as_rfc8448(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		const struct trace *t = &traces[i];
		const struct kseal_cipher *cipher;
		struct tls12_crypto_info_aes_gcm_128 info;
		u8 text[128], want[128], got[128], nonce[KSEAL_NONCE_SIZE];
		u8 aad[KSEAL_AAD_SIZE];
		struct kseal_counter counter;
		struct kseal_format format;
		size_t length, want_size, out;
		EVP_AEAD_CTX ctx;

		length = unhex(t->text, text);
		want_size = unhex(t->record, want);
		info_13(&info, t->key, t->iv);
		put_unaligned_be64(t->sequence, info.rec_seq);
		cipher = kseal_cipher_find(info.info.cipher_type);
		assert_non_null(cipher);
		assert_int_equal(kseal_format_init(&format, TLS_1_3_VERSION,
						   cipher), 0);
		kseal_counter_init(&counter, cipher, (const u8 *)&info);

		kseal_prefix_write(&format, &counter, t->type,
				   (unsigned int)length, got);
		assert_memory_equal(got, want, KSEAL_HEADER_SIZE);
		assert_int_equal(kseal_header_parse(&format, want), want_size);
		kseal_aad_write(&format, &counter, got, (unsigned int)length,
				aad);
		kseal_nonce(&format, &counter, NULL, nonce);
		text[length] = t->type;
		assert_true(EVP_AEAD_CTX_init(&ctx, EVP_aead_aes_128_gcm(),
					      info.key, 16, 16, NULL));
		assert_true(EVP_AEAD_CTX_seal(&ctx, got + format.prefix, &out,
					      sizeof(got) - format.prefix,
					      nonce, 12, text, length + 1, aad,
					      format.aad));
		EVP_AEAD_CTX_cleanup(&ctx);
		assert_int_equal(format.prefix + out, want_size);
		assert_memory_equal(got, want, want_size);
	}
}

struct shape {
	u16 version, cipher;
	u8 prefix, tail, overhead, aad;
};

static const struct shape shapes[] = {
	{ TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128, 13, 0, 29, 13 },
	{ TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_256, 13, 0, 29, 13 },
	{ TLS_1_2_VERSION, TLS_CIPHER_AES_CCM_128, 13, 0, 29, 13 },
	{ TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305, 5, 0, 21, 13 },
	{ TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, 5, 1, 22, 5 },
	{ TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, 5, 1, 22, 5 },
	{ TLS_1_3_VERSION, TLS_CIPHER_AES_CCM_128, 5, 1, 22, 5 },
	{ TLS_1_3_VERSION, TLS_CIPHER_CHACHA20_POLY1305, 5, 1, 22, 5 },
};

static void formats(void **state)
{
	struct kseal_format format;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct kseal_cipher *cipher =
			kseal_cipher_find(shapes[i].cipher);

		assert_int_equal(kseal_format_init(&format, shapes[i].version,
						   cipher), 0);
		assert_int_equal(format.prefix, shapes[i].prefix);
		assert_int_equal(format.tail, shapes[i].tail);
		assert_int_equal(format.overhead, shapes[i].overhead);
		assert_int_equal(format.aad, shapes[i].aad);
		assert_int_equal(cipher->salt_size + cipher->iv_size,
				 KSEAL_STATIC_IV_SIZE);
		assert_int_equal(cipher->tag_size, KSEAL_TAG_SIZE);
		assert_int_equal(kseal_format_init(&format, 0x0302, cipher),
				 -EINVAL);
	}
	assert_null(kseal_cipher_find(0));
	assert_null(kseal_cipher_find(50));
}

struct head {
	u8 bytes[KSEAL_HEADER_SIZE];
	int tls12, tls13;	/* with AES-GCM */
};

static const struct head heads[] = {
	{ { 23, 3, 3, 0, 24 }, 29, 29 },
	{ { 23, 3, 3, 0, 23 }, -EBADMSG, 28 },
	{ { 23, 3, 3, 0, 17 }, -EBADMSG, 22 },
	{ { 23, 3, 3, 0, 16 }, -EBADMSG, -EBADMSG },
	{ { 23, 3, 3, 0, 0 }, -EBADMSG, -EBADMSG },
	{ { 23, 3, 3, 0x40, 17 }, 16384 + 17 + 5, 16384 + 17 + 5 },
	{ { 23, 3, 3, 0x40, 18 }, 16384 + 18 + 5, -EMSGSIZE },
	{ { 23, 3, 3, 0x40, 24 }, 16384 + 24 + 5, -EMSGSIZE },
	{ { 23, 3, 3, 0x40, 25 }, -EMSGSIZE, -EMSGSIZE },
	{ { 23, 3, 3, 0xff, 0xff }, -EMSGSIZE, -EMSGSIZE },
	{ { 23, 3, 1, 1, 0 }, -EINVAL, -EINVAL },
	{ { 23, 3, 4, 1, 0 }, -EINVAL, -EINVAL },
	{ { 23, 2, 3, 1, 0 }, -EINVAL, -EINVAL },
	{ { 0x55, 0x55, 0x55, 0x55, 0x55 }, -EMSGSIZE, -EMSGSIZE },
};

static void headers(void **state)
{
	const struct kseal_cipher *cipher =
		kseal_cipher_find(TLS_CIPHER_AES_GCM_128);
	struct kseal_format tls12, tls13;
	size_t i;

	(void)state;
	assert_int_equal(kseal_format_init(&tls12, TLS_1_2_VERSION, cipher), 0);
	assert_int_equal(kseal_format_init(&tls13, TLS_1_3_VERSION, cipher), 0);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_int_equal(kseal_header_parse(&tls12, heads[i].bytes),
				 heads[i].tls12);
		assert_int_equal(kseal_header_parse(&tls13, heads[i].bytes),
				 heads[i].tls13);
	}
}

/* RFC 5288 3: salt, then the nonce that is in the record. */
static void nonce_tls12(void **state)
{
	static const u8 want[12] = {
		1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 1, 0,
	};
	struct tls12_crypto_info_aes_gcm_128 info = {
		.salt = { 1, 2, 3, 4 },
		.iv = { 0, 0, 0, 0, 0, 0, 0, 0xff },
		.rec_seq = { 0, 0, 0, 0, 0, 0, 0, 7 },
	};
	const struct kseal_cipher *cipher =
		kseal_cipher_find(TLS_CIPHER_AES_GCM_128);
	u8 prefix[KSEAL_PREFIX_SIZE], nonce[KSEAL_NONCE_SIZE];
	u8 aad[KSEAL_AAD_SIZE];
	struct kseal_counter counter;
	struct kseal_format format;

	(void)state;
	assert_int_equal(kseal_format_init(&format, TLS_1_2_VERSION, cipher), 0);
	kseal_counter_init(&counter, cipher, (const u8 *)&info);
	kseal_counter_advance(&counter);
	kseal_prefix_write(&format, &counter, 21, 2, prefix);
	assert_memory_equal(prefix, "\x15\3\3\0\x1a\0\0\0\0\0\0\1\0", 13);
	kseal_nonce(&format, &counter, prefix + 5, nonce);
	assert_memory_equal(nonce, want, 12);
	kseal_aad_write(&format, &counter, prefix, 2, aad);
	assert_memory_equal(aad, "\0\0\0\0\0\0\0\10\x15\3\3\0\2", 13);

	/* Both numbers are what a program that takes over asks for. */
	kseal_counter_save(&counter, &format, cipher, (u8 *)&info);
	assert_memory_equal(info.iv, want + 4, 8);
	assert_int_equal(info.rec_seq[7], 8);
}

/* RFC 3610 2.3: CCM's block begins with the size of its length field. */
static void nonce_ccm(void **state)
{
	struct tls12_crypto_info_aes_ccm_128 info = {
		.salt = { 1, 2, 3, 4 },
		.iv = { 5, 6, 7, 8, 9, 10, 11, 12 },
		.rec_seq = { 0, 0, 0, 0, 0, 0, 0, 0x30 },
	};
	const struct kseal_cipher *cipher =
		kseal_cipher_find(TLS_CIPHER_AES_CCM_128);
	struct kseal_counter counter;
	struct kseal_format format;
	u8 nonce[KSEAL_NONCE_SIZE];

	(void)state;
	assert_int_equal(kseal_format_init(&format, TLS_1_3_VERSION, cipher), 0);
	kseal_counter_init(&counter, cipher, (const u8 *)&info);
	kseal_nonce(&format, &counter, NULL, nonce);
	assert_memory_equal(nonce, "\2\1\2\3\4\5\6\7\10\11\12\13\x3c", 13);
}

static void sequence_ends(void **state)
{
	struct kseal_counter counter = { .sequence = UINT64_MAX - 1 };

	(void)state;
	kseal_counter_advance(&counter);
	assert_false(counter.exhausted);
	kseal_counter_advance(&counter);
	assert_true(counter.exhausted);
}

static void inner_types(void **state)
{
	(void)state;
	assert_int_equal(kseal_inner_end((const u8 *)"ab\27", 3), 3);
	assert_int_equal(kseal_inner_end((const u8 *)"ab\27\0\0\0", 6), 3);
	assert_int_equal(kseal_inner_end((const u8 *)"\27", 1), 1);
	assert_int_equal(kseal_inner_end((const u8 *)"\0\0\0", 3), 0);
	assert_int_equal(kseal_inner_end((const u8 *)"", 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(seal_as_rfc8448),
		cmocka_unit_test(formats),
		cmocka_unit_test(headers),
		cmocka_unit_test(nonce_tls12),
		cmocka_unit_test(nonce_ccm),
		cmocka_unit_test(sequence_ends),
		cmocka_unit_test(inner_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
