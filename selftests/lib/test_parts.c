/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts below the handshake, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "alert.h"
#include "buffer.h"
#include "certs.h"
#include "groups.h"
#include "hex.h"
#include "record.h"
#include "schedule13.h"
#include "signature.h"
#include "transcript.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- buffer ----------------------------------------------------------- */

static void buffers(void **state)
{
	struct buffer b = { 0 };
	uint8_t data[100];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	assert_true(buffer_add(&b, data, 0));
	assert_null(b.data);
	assert_true(buffer_add(&b, data, 10));
	assert_true(buffer_add(&b, data + 10, 20));
	buffer_consume(&b, 5);
	assert_true(buffer_add(&b, data + 30, 70));
	assert_int_equal(b.len, 95);
	assert_memory_equal(buffer_data(&b), data + 5, 95);
	/* Reserved and not committed is not there. */
	assert_non_null(buffer_reserve(&b, 1000));
	assert_int_equal(b.len, 95);
	assert_memory_equal(buffer_data(&b), data + 5, 95);
	buffer_consume(&b, 95);
	assert_null(b.data);
	/* NULL says "no memory" and nothing else. */
	assert_non_null(buffer_reserve(&b, 0));
	buffer_settle(&b);
	assert_null(b.data);
	assert_null(buffer_reserve(&b, SIZE_MAX));
}

/* A queue that is always drained a little keeps its memory small. */
static void buffer_reuse(void **state)
{
	struct buffer b = { 0 };
	uint8_t data[64] = { 0 };

	(void)state;
	assert_true(buffer_add(&b, data, 64));
	for (int i = 0; i < 1000; i++) {
		assert_true(buffer_add(&b, data, 64));
		buffer_consume(&b, 64);
	}
	assert_true(b.capacity <= 256);
	buffer_clear(&b);
}

/* ---- digest, schedule, transcript ------------------------------------- */

static void hmac(void **state)
{
	const struct digest *const digests[] = { &digest_sha256,
						 &digest_sha384 };
	const EVP_MD *mds[] = { EVP_sha256(), EVP_sha384() };
	uint8_t key[128], in[300], want[64], got[DIGEST_MAX];
	unsigned int len;

	(void)state;
	RAND_bytes(key, sizeof(key));
	RAND_bytes(in, sizeof(in));
	for (size_t d = 0; d < COUNT(digests); d++) {
		for (size_t n = 0; n < sizeof(in); n += 7) {
			size_t key_len = n % (digests[d]->block + 1);

			assert_non_null(HMAC(mds[d], key, key_len, in, n, want,
					     &len));
			assert_int_equal(len, digests[d]->len);
			digest_hmac(digests[d], key, key_len, in, n, got);
			assert_memory_equal(got, want, len);
		}
	}
}

/* Traffic secrets as in RFC 8446 7.2, against libcrypto's HMAC. */
static void traffic_update(void **state)
{
	static const uint8_t info[] = "\0\x20\x11tls13 traffic upd\0\1";
	uint8_t secret[DIGEST_MAX] = { 1, 2, 3 }, want[64];
	unsigned int len;

	(void)state;
	assert_non_null(HMAC(EVP_sha256(), secret, 32, info, 22, want, &len));
	schedule_update(&digest_sha256, secret);
	assert_memory_equal(secret, want, 32);
}

static void transcripts(void **state)
{
	struct transcript t = { 0 }, u = { 0 };
	uint8_t a[DIGEST_MAX], b[DIGEST_MAX];
	struct kseal_error err;

	(void)state;
	/* Kept and then hashed, or hashed at once: the same. */
	assert_int_equal(transcript_add(&t, (const uint8_t *)"abc", 3, &err),
			 0);
	assert_int_equal(transcript_add(&t, (const uint8_t *)"def", 3, &err),
			 0);
	transcript_start(&t, &digest_sha384);
	transcript_start(&u, &digest_sha384);
	assert_int_equal(transcript_add(&u, (const uint8_t *)"abcdef", 6,
					&err), 0);
	transcript_hash(&t, a);
	transcript_hash(&u, b);
	assert_memory_equal(a, b, 48);
	/* Asking changes nothing. */
	transcript_hash(&u, b);
	assert_memory_equal(a, b, 48);
	/* RFC 8446 4.4.1 */
	transcript_retry(&t);
	transcript_hash(&t, b);
	transcript_clear(&u);
	transcript_start(&u, &digest_sha384);
	assert_int_equal(transcript_add(&u, (const uint8_t *)"\xfe\0\0\x30", 4,
					&err), 0);
	assert_int_equal(transcript_add(&u, a, 48, &err), 0);
	transcript_hash(&u, a);
	assert_memory_equal(a, b, 48);
	transcript_clear(&t);
	transcript_clear(&u);
}

/* ---- groups ----------------------------------------------------------- */

static void exchanges(void **state)
{
	const struct group *groups;
	size_t count = groups_all(&groups);

	(void)state;
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++) {
		uint8_t ab[GROUP_MAX_SECRET], ba[GROUP_MAX_SECRET];
		struct key_pair a, b;
		struct kseal_error err;
		size_t len = groups[i].share_len;

		assert_true(len <= GROUP_MAX_SHARE);
		assert_int_equal(key_pair_generate(&a, &groups[i], &err), 0);
		assert_int_equal(key_pair_generate(&b, &groups[i], &err), 0);
		assert_memory_not_equal(a.share, b.share, len);
		assert_int_equal(key_pair_derive(&a, b.share, len, ab, &err),
				 0);
		assert_int_equal(key_pair_derive(&b, a.share, len, ba, &err),
				 0);
		assert_memory_equal(ab, ba, groups[i].secret_len);
		/* A wrong length, a point off its curve, zeros. */
		assert_int_equal(key_pair_derive(&a, b.share, len - 1, ab,
						 &err), KSEAL_ERROR);
		assert_int_equal(err.cause, KSEAL_E_ILLEGAL);
		if (groups[i].id != 0x001d) {
			b.share[len - 1] ^= 1;
			assert_int_equal(key_pair_derive(&a, b.share, len, ab,
							 &err), KSEAL_ERROR);
			assert_int_equal(err.cause, KSEAL_E_ILLEGAL);
		}
		memset(b.share, 0, len);
		assert_int_equal(key_pair_derive(&a, b.share, len, ab, &err),
				 KSEAL_ERROR);
		assert_int_equal(err.cause, KSEAL_E_ILLEGAL);
		assert_int_equal(err.alert, ALERT_ILLEGAL_PARAMETER);
		key_pair_clear(&a);
		key_pair_clear(&b);
	}
}

/* ---- signatures ------------------------------------------------------- */

static EVP_PKEY *load_key(const char *name)
{
	size_t len;
	char *text = cert_text(name, &len);
	BIO *bio = BIO_new_mem_buf(text, len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	assert_non_null(key);
	BIO_free(bio);
	free(text);
	return key;
}

static const struct {
	const char *key;
	uint16_t schemes[4]; /* all that fit, 0 at the end */
} key_rows[] = {
	{ "ecdsa.key", { 0x0403 } },
	{ "p384.key", { 0x0503 } },
	{ "p521.key", { 0x0603 } },
	{ "ed25519.key", { 0x0807 } },
	{ "rsa.key", { 0x0804, 0x0805, 0x0806 } },
	/* RFC 8017 9.1.1: 128 bytes hold no PSS block of SHA-512. */
	{ "rsa1024.key", { 0x0804, 0x0805 } },
};

static bool listed(const uint16_t *list, uint16_t id)
{
	for (; *list != 0; list++)
		if (*list == id)
			return true;
	return false;
}

static void signatures(void **state)
{
	const struct signature_scheme *schemes;
	size_t count = signature_schemes(&schemes);

	(void)state;
	for (size_t k = 0; k < COUNT(key_rows); k++) {
		EVP_PKEY *key = load_key(key_rows[k].key);

		for (size_t i = 0; i < count; i++) {
			const struct signature_scheme *s = &schemes[i];
			uint8_t text[] = "to be signed", *sig;
			struct kseal_error err;
			size_t len;
			CBB cbb;

			assert_ptr_equal(signature_lookup(s->id), s);
			assert_int_equal(signature_fits(s, key),
					 listed(key_rows[k].schemes, s->id));
			if (!signature_fits(s, key))
				continue;
			assert_true(CBB_init(&cbb, 0));
			assert_int_equal(signature_sign(s, key, text,
							sizeof(text), &cbb,
							&err), 0);
			assert_true(CBB_finish(&cbb, &sig, &len));
			assert_int_equal(signature_verify(s, key, text,
							  sizeof(text), sig,
							  len, &err), 0);
			text[3] ^= 4;
			assert_int_equal(signature_verify(s, key, text,
							  sizeof(text), sig,
							  len, &err),
					 KSEAL_ERROR);
			assert_int_equal(err.cause, KSEAL_E_SIGNATURE);
			assert_int_equal(err.alert, ALERT_DECRYPT_ERROR);
			text[3] ^= 4;
			for (size_t cut = 0; cut < len; cut++)
				assert_int_equal(signature_verify(
					s, key, text, sizeof(text), sig, cut,
					&err), KSEAL_ERROR);
			OPENSSL_free(sig);
		}
		EVP_PKEY_free(key);
	}
	assert_null(signature_lookup(0x0201));
	assert_null(signature_lookup(0x0203));
}

/* RFC 8446 4.2.3: the salt is as long as the digest, and nothing else. */
static void pss_salt(void **state)
{
	const struct signature_scheme *s = signature_lookup(0x0804);
	static const int salts[] = { 0, 20, 31, 32, 33 };
	EVP_PKEY *key = load_key("rsa.key");

	(void)state;
	for (size_t i = 0; i < COUNT(salts); i++) {
		uint8_t sig[256], text[] = "text";
		struct kseal_error err;
		size_t len = sizeof(sig);
		EVP_PKEY_CTX *ctx;
		EVP_MD_CTX md;

		EVP_MD_CTX_init(&md);
		assert_true(EVP_DigestSignInit(&md, &ctx, EVP_sha256(), NULL,
					       key));
		assert_true(EVP_PKEY_CTX_set_rsa_padding(
			ctx, RSA_PKCS1_PSS_PADDING));
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salts[i]));
		assert_true(EVP_DigestSign(&md, sig, &len, text, 4));
		EVP_MD_CTX_cleanup(&md);
		assert_int_equal(signature_verify(s, key, text, 4, sig, len,
						  &err),
				 salts[i] == 32 ? 0 : KSEAL_ERROR);
	}
	EVP_PKEY_free(key);
}

/* ---- records ---------------------------------------------------------- */

static const uint8_t secret[DIGEST_MAX] = { 7, 7, 7 };

static void set(struct protection *p, const struct suite *suite)
{
	struct kseal_error err;

	*p = (struct protection){ 0 };
	assert_int_equal(protection_set(p, suite, secret, &err), 0);
}

/* Every suite, every interesting length, many records. */
static void records(void **state)
{
	static const size_t lengths[] = { 0, 1, 15, 16, 17, 1000, 16383,
					  16384 };
	static uint8_t plain[RECORD_MAX_PLAIN];
	static uint8_t wire[RECORD_MAX_PLAIN + RECORD_OVERHEAD];
	static uint8_t back[RECORD_MAX_SEALED];
	const struct suite *suites;
	size_t count = suites_all(&suites);

	(void)state;
	RAND_bytes(plain, sizeof(plain));
	for (size_t s = 0; s < count; s++) {
		struct protection tx, rx;

		set(&tx, &suites[s]);
		set(&rx, &suites[s]);
		for (size_t i = 0; i < 4 * COUNT(lengths); i++) {
			size_t len = lengths[i % COUNT(lengths)], sealed, got;
			uint8_t type = 21 + i % 3, got_type;
			struct record_header h;
			struct kseal_error err;

			assert_int_equal(record_seal(&tx, type, 0x0301, plain,
						     len, wire, &sealed, &err),
					 0);
			assert_int_equal(sealed, len + RECORD_OVERHEAD);
			assert_int_equal(record_parse(&h, wire, &rx, &err), 0);
			assert_int_equal(h.type, CONTENT_APPLICATION_DATA);
			assert_memory_equal(wire, "\x17\3\3", 3);
			assert_int_equal(h.len, sealed - RECORD_HEADER);
			assert_int_equal(record_open(&rx, &h,
						     wire + RECORD_HEADER,
						     back, &got, &got_type,
						     &err), 0);
			assert_int_equal(got, len);
			assert_int_equal(got_type, type);
			assert_memory_equal(back, plain, len);
			assert_int_equal(tx.sequence, i + 1);
			assert_int_equal(rx.sequence, i + 1);
		}
		protection_clear(&tx);
		protection_clear(&rx);
	}
}

/* RFC 8446 5.3: the last number is not used, and it does not wrap. */
static void sequence_end(void **state)
{
	const struct suite *suites;
	uint8_t wire[100], back[100], type;
	struct protection tx, rx;
	struct record_header h;
	struct kseal_error err;
	size_t sealed, got;

	(void)state;
	suites_all(&suites);
	set(&tx, &suites[2]);
	set(&rx, &suites[2]);
	tx.sequence = rx.sequence = UINT64_MAX - 1;
	assert_int_equal(record_seal(&tx, 23, 0x0303, wire, 0, wire, &sealed,
				     &err), 0);
	assert_int_equal(record_parse(&h, wire, &rx, &err), 0);
	assert_int_equal(record_open(&rx, &h, wire + RECORD_HEADER, back, &got,
				     &type, &err), 0);
	assert_int_equal(record_seal(&tx, 23, 0x0303, wire, 0, wire, &sealed,
				     &err), KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_TOO_MANY);
	protection_clear(&tx);
	protection_clear(&rx);
}

static const struct {
	const char *wire;
	bool sealed;
	enum kseal_cause cause;
	size_t len;
} header_rows[] = {
	{ "1603010001", false, KSEAL_E_NONE, 1 },
	{ "1603034000", false, KSEAL_E_NONE, 16384 },
	{ "1603034001", false, KSEAL_E_RECORD, 0 },
	{ "1703034100", true, KSEAL_E_NONE, 16640 },
	{ "1703034101", true, KSEAL_E_RECORD, 0 },
	{ "170303ffff", true, KSEAL_E_RECORD, 0 },
	{ "1303030001", false, KSEAL_E_NOT_TLS, 0 },
	{ "1803030001", false, KSEAL_E_NOT_TLS, 0 },
	{ "1602030001", false, KSEAL_E_NOT_TLS, 0 },
	{ "1604030001", false, KSEAL_E_NOT_TLS, 0 },
	/* RFC 8446 5.1: the rest of the version is ignored in the clear */
	{ "16037f0001", false, KSEAL_E_NONE, 1 },
	{ "1403010001", true, KSEAL_E_NONE, 1 },
	{ "1703010001", true, KSEAL_E_NOT_TLS, 0 },
	{ "1703040001", true, KSEAL_E_NOT_TLS, 0 },
};

static void headers(void **state)
{
	const struct suite *suites;

	(void)state;
	suites_all(&suites);
	for (size_t i = 0; i < COUNT(header_rows); i++) {
		struct protection p = {
			.suite = header_rows[i].sealed ? &suites[0] : NULL,
		};
		struct bytes wire = hex(header_rows[i].wire);
		struct record_header h;
		struct kseal_error err = { 0 };

		assert_int_equal(record_parse(&h, wire.at, &p, &err),
				 header_rows[i].cause == KSEAL_E_NONE ?
					 0 : KSEAL_ERROR);
		assert_int_equal(err.cause, header_rows[i].cause);
		if (header_rows[i].cause == KSEAL_E_NONE)
			assert_int_equal(h.len, header_rows[i].len);
	}
}

/* In the clear: as it is, in as few records as can be. */
static void plaintext_layer(void **state)
{
	static uint8_t data[40000];
	struct record_layer l = { .first_flight = true };
	struct kseal_error err;

	(void)state;
	assert_int_equal(record_layer_send(&l, 22, data, 3, &err), 0);
	assert_hex(buffer_data(&l.out), l.out.len, "1603010003000000");
	l.first_flight = false;
	buffer_clear(&l.out);
	assert_int_equal(record_layer_send(&l, 22, data, sizeof(data), &err),
			 0);
	assert_int_equal(l.out.len, sizeof(data) + 3 * RECORD_HEADER);
	assert_hex(buffer_data(&l.out), RECORD_HEADER, "1603034000");
	buffer_clear(&l.out);
	/* RFC 8446 D.4: once. */
	for (int i = 0; i < 2; i++) {
		record_layer_ccs(&l);
		assert_int_equal(record_layer_send(&l, 21, data, 2, &err), 0);
	}
	assert_hex(buffer_data(&l.out), l.out.len,
		   "140303000101 15030300020000 15030300020000");
	record_layer_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers),
		cmocka_unit_test(buffer_reuse),
		cmocka_unit_test(hmac),
		cmocka_unit_test(traffic_update),
		cmocka_unit_test(transcripts),
		cmocka_unit_test(exchanges),
		cmocka_unit_test(signatures),
		cmocka_unit_test(pss_salt),
		cmocka_unit_test(records),
		cmocka_unit_test(sequence_end),
		cmocka_unit_test(headers),
		cmocka_unit_test(plaintext_layer),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
