/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The traces of RFC 8448, section 3 (a simple handshake) and section 5 (with a
 * HelloRetryRequest). Each message is the trace's; secrets, keys, MACs and
 * records are computed here and must come out as there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/curve25519.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "connection.h"
#include "hex.h"
#include "pair.h"

/* ---- Section 3 -------------------------------------------------------- */

static const char client_private[] =
	"49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005";
static const char client_public[] =
	"99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c";
static const char server_private[] =
	"b1580eeadf6dd589b8ef4f2d5652578cc810e9980191ec8d058308cea216a21e";
static const char server_public[] =
	"c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f";

static const char client_hello[] =
	"010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef"
	"6283024dece7000006130113031302010000910000000b000900000673657276"
	"6572ff01000100000a00140012001d0017001800190100010101020103010400"
	"230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e"
	"51c13cae4d5413691e529aaf2c002b0003020304000d0020001e040305030603"
	"020308040805080604010501060102010402050206020202002d00020101001c"
	"00024001";
static const char server_hello[] =
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155"
	"772ed3e2692800130100002e00330024001d0020c9828876112095fe66762bdb"
	"f7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";
static const char encrypted_extensions[] =
	"080000240022000a00140012001d00170018001901000101010201030104001c"
	"0002400100000000";
static const char certificate[] =
	"0b0001b9000001b50001b0308201ac30820115a003020102020102300d06092a"
	"864886f70d01010b0500300e310c300a06035504031303727361301e170d3136"
	"303733303031323335395a170d3236303733303031323335395a300e310c300a"
	"0603550403130372736130819f300d06092a864886f70d010101050003818d00"
	"30818902818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826"
	"d3901a2461eafd2de49a91d015abbc9a95137ace6c1af19eaa6af98c7ced4312"
	"0998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda4308467480"
	"30530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a"
	"8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b060355"
	"1d0f0404030205a0300d06092a864886f70d01010b05000381810085aad2a0e5"
	"b9276b908c65f73a7267170618a54c5f8a7b337d2df7a594365417f2eae8f8a5"
	"8c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102"
	"702e608ccae6bec1fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0"
	"a8b2f759409ba3eac9d91d402dcc0cc8f8961229ac9187b42b4de10000";
static const char certificate_verify[] =
	"0f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145a"
	"b3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5ea248ee"
	"aaa785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c"
	"9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e063dda65cdf5aea2"
	"0d53dfacd42f74f3";
static const char server_finished[] =
	"140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454"
	"b78f0718";
static const char client_finished[] =
	"14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2"
	"edd5ce61";

static const char server_flight_record[] =
	"17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35e"
	"df7869fcf40aa40aa2b8ea73f848a7ca07612ef9f945cb960b4068905123ea78"
	"b111b429ba9191cd05d2a389280f526134aadc7fc78c4b729df828b5ecf7b13b"
	"d9aefb0e57f271585b8ea9bb355c7c79020716cfb9b1183ef3ab20e37d57a6b9"
	"d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2e"
	"d65b0e3cdd0cbae8bf2d0b227812cbb360987255cc744110c453baa4fcd61092"
	"8d809810e4b7ed1a8fd991f06aa6248204797e36a6a73b70a2559c09ead68694"
	"5ba246ab66e5edd8044b4c6de3fcf2a89441ac66272fd8fb330ef8190579b368"
	"4596c960bd596eea520a56a8d650f563aad27409960dca63d3e688611ea5e22f"
	"4415cf9538d51a200c27034272968a264ed6540c84838d89f72c24461aad6d26"
	"f59ecaba9acbbb317b66d902f4f292a36ac1b639c637ce343117b65962224531"
	"7b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31c7a84dc3bd7e"
	"1b7a6c7178af36879018e3f252107f243d243dc7339d5684c8b0378bf30244da"
	"8c87c843f5e56eb4c5e8280a2b48052cf93b16499a66db7cca71e4599426f7d4"
	"61e66f99882bd89fc50800becca62d6c74116dbd2972fda1fa80f85df881edbe"
	"5a37668936b335583b599186dc5c6918a396fa48a181d6b6fa4f9d62d513afbb"
	"992f2b992f67f8afe67f76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c859"
	"77b7c7a6999bbf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b66763038"
	"ebba42f3b38edc0399f3a9f23faa63978c317fc9fa66a73f60f0504de93b5b84"
	"5e275592c12335ee340bbc4fddd502784016e4b3be7ef04dda49f4b440a30cb5"
	"d2af939828fd4ae3794e44f94df5a631ede42c1719bfdabf0253fe5175be898e"
	"750edc53370d2b";
static const char client_finished_record[] =
	"170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc"
	"44d87f38f80338ac98fc46deb384bd1caeacab6867d726c40546";

static const char client_handshake_secret[] =
	"b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21";
static const char server_handshake_secret[] =
	"b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";
static const char client_application_secret[] =
	"9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
static const char server_application_secret[] =
	"a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";

static void add(struct transcript *t, const char *message)
{
	struct bytes b = hex(message);
	struct kseal_error err;

	assert_int_equal(transcript_add(t, b.at, b.len, &err), 0);
}

static void check_hash(const struct transcript *t, const char *want)
{
	uint8_t hash[DIGEST_MAX];

	transcript_hash(t, hash);
	assert_hex(hash, t->digest->len, want);
}

static void check_derived(const struct schedule *s, const char *label,
			  const struct transcript *t, const char *want)
{
	uint8_t hash[DIGEST_MAX], out[DIGEST_MAX];

	transcript_hash(t, hash);
	schedule_derive(s, label, hash, out);
	assert_hex(out, s->digest->len, want);
}

static const struct suite *aes_128_gcm(void)
{
	const struct suite *suites;

	suites_all(&suites);
	assert_int_equal(suites[0].id, 0x1301);
	return &suites[0];
}

static void check_keys(const char *secret, const char *key, const char *iv)
{
	uint8_t k[SUITE_MAX_KEY], v[SUITE_IV];

	schedule_keys(aes_128_gcm(), hex(secret).at, k, v);
	assert_hex(k, 16, key);
	assert_hex(v, SUITE_IV, iv);
}

static void check_finished(const char *secret, const struct transcript *t,
			   const char *message)
{
	uint8_t hash[DIGEST_MAX], mac[DIGEST_MAX];

	transcript_hash(t, hash);
	schedule_finished(t->digest, hex(secret).at, hash, mac);
	assert_memory_equal(mac, hex(message).at + 4, t->digest->len);
}

static void simple_schedule(void **state)
{
	struct transcript t = { 0 };
	uint8_t shared[32], other[32];
	struct schedule s;

	(void)state;
	assert_true(X25519(shared, hex(client_private).at,
			   hex(server_public).at));
	assert_true(X25519(other, hex(server_private).at,
			   hex(client_public).at));
	assert_memory_equal(shared, other, 32);
	assert_hex(shared, 32, "8bd4054fb55b9d63fdfbacf9f04b9f0d"
			       "35e6d63f537563efd46272900f89492d");
	schedule_start(&s, &digest_sha256);
	assert_hex(s.secret, 32, "33ad0a1c607ec03b09e6cd9893680ce2"
				 "10adf300aa1f2660e1b22e10f170f92a");
	schedule_advance(&s, shared, sizeof(shared));
	assert_hex(s.secret, 32, "1dc826e93606aa6fdc0aadc12f741b01"
				 "046aa6b99f691ed221a9f0ca043fbeac");
	/* Kept until the hash is known, as on a client. */
	add(&t, client_hello);
	transcript_start(&t, &digest_sha256);
	add(&t, server_hello);
	check_hash(&t, "860c06edc07858ee8e78f0e7428c58ed"
		       "d6b43f2ca3e6e95f02ed063cf0e1cad8");
	check_derived(&s, "c hs traffic", &t, client_handshake_secret);
	check_derived(&s, "s hs traffic", &t, server_handshake_secret);
	check_keys(server_handshake_secret, "3fce516009c21727d0f2e4e86ee403bc",
		   "5d313eb2671276ee13000b30");
	check_keys(client_handshake_secret, "dbfaa693d1762c5b666af5d950258d01",
		   "5bd3c71b836e0b76bb73265f");
	add(&t, encrypted_extensions);
	add(&t, certificate);
	add(&t, certificate_verify);
	check_finished(server_handshake_secret, &t, server_finished);
	add(&t, server_finished);
	check_hash(&t, "9608102a0f1ccc6db6250b7b7e417b1a"
		       "000eaada3daae4777a7686c9ff83df13");
	schedule_advance(&s, NULL, 0);
	assert_hex(s.secret, 32, "18df06843d13a08bf2a449844c5f8a47"
				 "8001bc4d4c627984d5a41da8d0402919");
	check_derived(&s, "c ap traffic", &t, client_application_secret);
	check_derived(&s, "s ap traffic", &t, server_application_secret);
	check_derived(&s, "exp master", &t,
		      "fe22f881176eda18eb8f44529e6792c5"
		      "0c9a3f89452f68d8ae311b4309d3cf50");
	check_keys(server_application_secret,
		   "9f02283b6c9c07efc26bb9f2ac92e356",
		   "cf782b88dd83549aadf1e984");
	check_keys(client_application_secret,
		   "17422dda596ed5d9acd890e3c63f5051",
		   "5b78923dee08579033e523d9");
	check_finished(client_handshake_secret, &t, client_finished);
	add(&t, client_finished);
	check_derived(&s, "res master", &t,
		      "7df235f2031d2a051287d02b0241b0bf"
		      "daf86cc856231f2d5aba46c434ec196c");
	transcript_clear(&t);
}

static void check_record(const char *secret, uint8_t type,
			 const struct bytes *content, const char *record)
{
	struct bytes want = hex(record), out = { 0 }, back = { 0 };
	struct protection tx = { 0 }, rx = { 0 };
	struct record_header h;
	struct kseal_error err;
	uint8_t got_type;

	assert_int_equal(protection_set(&tx, aes_128_gcm(), hex(secret).at,
					&err), 0);
	assert_int_equal(record_seal(&tx, type, 0x0303, content->at,
				     content->len, out.at, &out.len, &err), 0);
	assert_int_equal(out.len, want.len);
	assert_memory_equal(out.at, want.at, want.len);
	assert_int_equal(protection_set(&rx, aes_128_gcm(), hex(secret).at,
					&err), 0);
	assert_int_equal(record_parse(&h, want.at, &rx, &err), 0);
	assert_int_equal(record_open(&rx, &h, want.at + RECORD_HEADER, back.at,
				     &back.len, &got_type, &err), 0);
	assert_int_equal(got_type, type);
	assert_int_equal(back.len, content->len);
	assert_memory_equal(back.at, content->at, content->len);
	protection_clear(&tx);
	protection_clear(&rx);
}

static void simple_records(void **state)
{
	static char flight[4096];
	struct bytes content;

	(void)state;
	snprintf(flight, sizeof(flight), "%s%s%s%s", encrypted_extensions,
		 certificate, certificate_verify, server_finished);
	content = hex(flight);
	check_record(server_handshake_secret, CONTENT_HANDSHAKE, &content,
		     server_flight_record);
	content = hex(client_finished);
	check_record(client_handshake_secret, CONTENT_HANDSHAKE, &content,
		     client_finished_record);
}

/* The trace's signature over the trace's transcript, by our own code. */
static void simple_signature(void **state)
{
	const struct signature_scheme *scheme = signature_lookup(0x0804);
	struct bytes cert = hex(certificate), verify = hex(certificate_verify);
	struct transcript t = { 0 };
	uint8_t content[64 + 34 + DIGEST_MAX];
	const uint8_t *der = cert.at + 11;
	struct kseal_error err;
	EVP_PKEY *key;
	X509 *x509;

	(void)state;
	x509 = d2i_X509(NULL, &der, 432);
	assert_non_null(x509);
	key = X509_get_pubkey(x509);
	assert_non_null(key);
	transcript_start(&t, &digest_sha256);
	add(&t, client_hello);
	add(&t, server_hello);
	add(&t, encrypted_extensions);
	add(&t, certificate);
	memset(content, 0x20, 64);
	memcpy(content + 64, "TLS 1.3, server CertificateVerify", 34);
	transcript_hash(&t, content + 98);
	assert_true(signature_fits(scheme, key));
	assert_int_equal(signature_verify(scheme, key, content, 64 + 34 + 32,
					  verify.at + 8, 128, &err), 0);
	content[129] ^= 1;
	assert_int_equal(signature_verify(scheme, key, content, 64 + 34 + 32,
					  verify.at + 8, 128, &err),
			 KSEAL_ERROR);
	assert_int_equal(err.cause, KSEAL_E_SIGNATURE);
	EVP_PKEY_free(key);
	X509_free(x509);
	transcript_clear(&t);
}

struct log {
	size_t lines;
	char text[8][256];
};

static void keep_line(void *arg, const char *line)
{
	struct log *log = arg;

	assert_true(log->lines < 8);
	snprintf(log->text[log->lines++], sizeof(log->text[0]), "%s", line);
}

static void check_log(const struct log *log, size_t i, const char *label,
		      const char *secret)
{
	char want[256];

	snprintf(want, sizeof(want),
		 "%s cb34ecb1e78163ba1c38c6dacb196a6d"
		 "ffa21a8d9912ec18a2ef6283024dece7 %s", label, secret);
	assert_true(log->lines > i);
	assert_string_equal(log->text[i], want);
}

static void trace_random(void *arg, uint8_t *out, size_t len)
{
	(void)arg;
	assert_int_equal(len, RANDOM_LEN);
	memcpy(out, hex(server_hello).at + 6, len);
}

static int trace_generate(struct key_pair *pair, struct kseal_error *err)
{
	(void)err;
	memcpy(pair->share, hex(server_public).at, 32);
	memcpy(pair->secret.x25519, hex(server_private).at, 32);
	return KSEAL_OK;
}

/*
 * Our server, given the trace's ClientHello, random and key: it says the
 * trace's ServerHello, byte by byte, and arrives at the trace's secrets.
 */
static void simple_server(void **state)
{
	static const char *const certificates[] = { "rsa", NULL };
	struct kseal_config *c = pair_server_config(certificates);
	struct bytes hello = hex(client_hello), want = hex(server_hello);
	struct log log = { 0 };
	uint8_t record[512] = { 0x16, 3, 1 };
	const struct group *groups;
	struct group x25519;
	const uint8_t *out;
	struct kseal *k;

	(void)state;
	groups_all(&groups);
	x25519 = groups[0];
	x25519.generate = trace_generate;
	c->groups[0] = &x25519;
	kseal_config_random(c, trace_random, NULL);
	kseal_config_keylog(c, keep_line, &log);
	k = kseal_new(c);
	record[3] = hello.len >> 8;
	record[4] = hello.len & 0xff;
	memcpy(record + RECORD_HEADER, hello.at, hello.len);
	assert_int_equal(kseal_input(k, record, RECORD_HEADER + hello.len),
			 RECORD_HEADER + hello.len);
	assert_true(kseal_output(k, &out) > RECORD_HEADER + want.len);
	assert_hex(out, RECORD_HEADER, "160303005a");
	assert_memory_equal(out + RECORD_HEADER, want.at, want.len);
	/* The trace has no ChangeCipherSpec; ours is always there. */
	assert_hex(out + RECORD_HEADER + want.len, 6, "140303000101");
	check_log(&log, 0, "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
		  client_handshake_secret);
	check_log(&log, 1, "SERVER_HANDSHAKE_TRAFFIC_SECRET",
		  server_handshake_secret);
	assert_string_equal(kseal_host(k), "server");
	kseal_free(k);
	kseal_config_free(c);
}

/*
 * Our client, its hello replaced by the trace's: it takes the trace's
 * ServerHello and arrives at the trace's secrets.
 */
static void simple_client(void **state)
{
	struct kseal_config *c = pair_client_config();
	struct bytes hello = hex(client_hello), answer = hex(server_hello);
	struct log log = { 0 };
	uint8_t record[128] = { 0x16, 3, 3 };
	struct kseal *k;

	(void)state;
	kseal_config_keylog(c, keep_line, &log);
	k = kseal_new(c);
	assert_int_equal(kseal_set_host(k, "server"), 0);
	assert_int_equal(kseal_start(k), 0);
	buffer_clear(&k->hs->transcript.early);
	add(&k->hs->transcript, client_hello);
	memcpy(k->hs->client_random, hello.at + 6, RANDOM_LEN);
	k->hs->session_id_len = 0;
	memcpy(k->hs->key.share, hex(client_public).at, 32);
	memcpy(k->hs->key.secret.x25519, hex(client_private).at, 32);
	record[4] = answer.len;
	memcpy(record + RECORD_HEADER, answer.at, answer.len);
	assert_int_equal(kseal_input(k, record, RECORD_HEADER + answer.len),
			 RECORD_HEADER + answer.len);
	check_log(&log, 0, "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
		  client_handshake_secret);
	check_log(&log, 1, "SERVER_HANDSHAKE_TRAFFIC_SECRET",
		  server_handshake_secret);
	kseal_free(k);
	kseal_config_free(c);
}

/* ---- Section 5 -------------------------------------------------------- */

static const char first_hello[] =
	"010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee92"
	"58a346677b6f000006130113031302010000810000000b000900000673657276"
	"6572ff01000100000a00080006001d00170018003300260024001d0020e8e8e3"
	"f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b00"
	"03020304000d0020001e04030503060302030804080508060401050106010201"
	"0402050206020202002d00020101001c00024001";
static const char retry_request[] =
	"020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e"
	"09e2c8a8339c001301000084003300020017002c0074007271dcd04bb88bc318"
	"9119398a00000000eefafc76c146b823b096f8aacad365dd0030953f4edf6256"
	"36e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d"
	"6e50781b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0c"
	"af571fb2b7cff0f934b0002b00020304";
static const char second_hello[] =
	"010001fc0303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee92"
	"58a346677b6f000006130113031302010001cd0000000b000900000673657276"
	"6572ff01000100000a00080006001d001700180033004700450017004104a6da"
	"7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f01518126"
	"77c4d6d2237e85cf01d6910cfb83954e76ba7352830534159897e8065780002b"
	"0003020304000d0020001e040305030603020308040805080604010501060102"
	"010402050206020202002c0074007271dcd04bb88bc3189119398a00000000ee"
	"fafc76c146b823b096f8aacad365dd0030953f4edf625636e5f21bb2e23fcc65"
	"4b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b"
	"0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934"
	"b0002d00020101001c00024001001500af000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000";
static const char retried_server_hello[] =
	"020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c5"
	"98d3ff571b9800130100004f003300450017004104583e054b7a66672ae020ad"
	"9d2686fcc85b5ad41a134a0f03ee72b893052bd85b4c8de6776f5b04ac07d835"
	"40eab3e3d9c547bc6528c4317d294686093a6cad7d002b00020304";
static const char retried_flight_record[] =
	"170303029699bee20baf5b7fc727bfab6223928a381e6d0cf9c4da653f9d2a7b"
	"23f7de11cce842d5cf75631763450ffb8b0cc1d238e658af7a12adc86243114a"
	"b14a1da2fae42621ce483fb6242eabfaad52566b02b31d2eddedefeb80e66a99"
	"00d5f973b40c4fdf74719ecf1b68d7f9c3b6ceb903ca13dd1bb8f8187ae33417"
	"e1d152522c5822a1a03ad52c838c55953d610222874cce8e1790b229a2aa0b53"
	"c8d377ee720182951dc6181dc5d90bd1f0105ed1e84aa5f75957c6661897079e"
	"5ea5007449e3197bdc7c9beeedddeafdd844afa5c315ecfe65e576afe9098128"
	"80620ec7048b42d7f5c78d76f299d6d82534bdd8f512febc0ed3814aca470cd8"
	"000d3e1cb9962b052fbb950df683a52c2ba77ed3713b122937a6e5170964e2ab"
	"7969dcd980b3db9b458da7603124d6dc005e4d6e04b4d0c4baf3275db827dbba"
	"0a6db09672171fc057b3851d7e026841e2978fbd2346bbefdd0376bb1108fe9a"
	"cc92189f5650aa5e85d8e8c7b67ac510dba003d3d7e16350bb66d45013efd44c"
	"9b607c0d318c4c7d1a1f5cbc57e20611804e3787d7b4a4b5f08ed8fd70bdaead"
	"e02260b12ab842ef690b4a3ee7911e841b374ecd5ebbbc2a54d047b600336dd7"
	"d0c88b4bc10e58ee6cb656de7247fa20d8e91deb84628608cf80615b62e96c14"
	"91c7ac3755eb6901405d3474fe1ac79d106a0cee56c2577fc88480f96cb6b8c6"
	"81b7b68b53c146093908f350888175bdfb0b1e31ad61e30ba0adfe6d223aa03c"
	"0783b5001a57587c328a9afcfcfb978d1cd4328f7d9d60530e630befd96c0c81"
	"6ee20b0100768ae2a6df51fc68f172740a79af11398ee3be1252491fa9c69347"
	"9e877f94ab7c5f8cad480203e6ab7b87dd71e8a0729113df17f5eee86ce108d1"
	"d72007ec1cd13c85a6c149621e77b7d78d805a30f0be030c315e54";
static const char retried_client_finished_record[] =
	"1703030035d74f1923c662fd34137c6f502f3dd2b93d951d1b3bc97e42afe23c"
	"31abea92fe91b474999e85e3b791ce252fe8c3e9f939a4120cb2";
static const char retried_client_secret[] =
	"158aa7ab8855073582b41d674b4055cabcc534728f659314861b4e08e2011566";
static const char retried_server_secret[] =
	"3403e781e2af7b6508da28574f6e95a1abf162de83a97927c37672a4a0cef8a1";
static const char retried_shared[] =
	"c142ce13ca11b5c2233652e63ad3d97844f1621fbfb9de69d547dc8fedeabeb4";

/* Adds the messages of an opened flight; the last, Finished, is checked. */
static void walk_flight(struct transcript *t, const struct bytes *flight)
{
	struct kseal_error err;
	CBS rest, body;

	CBS_init(&rest, flight->at, flight->len);
	for (int i = 0; CBS_len(&rest) != 0; i++) {
		static const uint8_t order[] = { 8, 11, 15, 20 };
		CBS message = rest;
		uint8_t type;

		assert_true(CBS_get_u8(&rest, &type));
		assert_true(CBS_get_u24_length_prefixed(&rest, &body));
		assert_int_equal(type, order[i]);
		if (type == HANDSHAKE_FINISHED) {
			uint8_t hash[DIGEST_MAX], mac[DIGEST_MAX];

			transcript_hash(t, hash);
			schedule_finished(t->digest,
					  hex(retried_server_secret).at, hash,
					  mac);
			assert_true(CBS_mem_equal(&body, mac, 32));
		}
		assert_int_equal(transcript_add(t, CBS_data(&message),
						4 + CBS_len(&body), &err), 0);
	}
}

static void retried_handshake(void **state)
{
	struct bytes shared = hex(retried_shared), flight = { 0 };
	struct bytes record = hex(retried_flight_record), finished = { 0 };
	struct protection rx = { 0 };
	struct transcript t = { 0 };
	uint8_t hash[DIGEST_MAX];
	struct record_header h;
	struct kseal_error err;
	struct schedule s;
	uint8_t type;

	(void)state;
	add(&t, first_hello);
	transcript_start(&t, &digest_sha256);
	transcript_retry(&t);
	add(&t, retry_request);
	add(&t, second_hello);
	add(&t, retried_server_hello);
	check_hash(&t, "8aa8e828ec2f8a884fec95a3139de01c"
		       "15a3daa7ff5bfc3f4bfcc21b438d7bf8");
	schedule_start(&s, &digest_sha256);
	schedule_advance(&s, shared.at, shared.len);
	assert_hex(s.secret, 32, "ce022e5e6e81e50736d773f2d3adfce8"
				 "220d049bf510f0dbfac927ef4243b148");
	check_derived(&s, "c hs traffic", &t, retried_client_secret);
	check_derived(&s, "s hs traffic", &t, retried_server_secret);
	/* The server's flight opens, and its Finished is over this transcript */
	assert_int_equal(protection_set(&rx, aes_128_gcm(),
					hex(retried_server_secret).at, &err),
			 0);
	assert_int_equal(record_parse(&h, record.at, &rx, &err), 0);
	assert_int_equal(record_open(&rx, &h, record.at + RECORD_HEADER,
				     flight.at, &flight.len, &type, &err), 0);
	assert_int_equal(type, CONTENT_HANDSHAKE);
	walk_flight(&t, &flight);
	protection_clear(&rx);
	/* ... and so is the client's, down to its record. */
	transcript_hash(&t, hash);
	memcpy(finished.at, (const uint8_t[]){ 20, 0, 0, 32 }, 4);
	schedule_finished(&digest_sha256, hex(retried_client_secret).at, hash,
			  finished.at + 4);
	finished.len = 36;
	check_record(retried_client_secret, CONTENT_HANDSHAKE, &finished,
		     retried_client_finished_record);
	transcript_clear(&t);
}

/* Our client obeys the trace's HelloRetryRequest: group, cookie, one share. */
static void retried_client(void **state)
{
	struct kseal_config *c = pair_client_config();
	struct bytes request = hex(retry_request);
	uint8_t record[256] = { 0x16, 3, 3 };
	const uint8_t *out;
	struct kseal *k;
	size_t len;

	(void)state;
	k = kseal_new(c);
	assert_int_equal(kseal_set_host(k, "server"), 0);
	assert_int_equal(kseal_start(k), 0);
	kseal_output_sent(k, kseal_output(k, &out));
	k->hs->session_id_len = 0;
	record[4] = request.len;
	memcpy(record + RECORD_HEADER, request.at, request.len);
	assert_int_equal(kseal_input(k, record, RECORD_HEADER + request.len),
			 RECORD_HEADER + request.len);
	len = kseal_output(k, &out);
	/* ChangeCipherSpec, then the hello in a record of version 0303. */
	assert_hex(out, 6, "140303000101");
	assert_hex(out + 6, 3, "160303");
	/* The cookie is the trace's, extension header included. */
	assert_non_null(memmem(out, len, request.at + 50, 120));
	/* Exactly one share: extension 51, 71 bytes, list 69, P-256, 65. */
	assert_non_null(memmem(out, len, hex("0033004700450017004104").at,
			       11));
	kseal_free(k);
	kseal_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_schedule),
		cmocka_unit_test(simple_records),
		cmocka_unit_test(simple_signature),
		cmocka_unit_test(simple_server),
		cmocka_unit_test(simple_client),
		cmocka_unit_test(retried_handshake),
		cmocka_unit_test(retried_client),
	};

	return cmocka_run_group_tests_name("rfc8448", tests, NULL, NULL);
}
