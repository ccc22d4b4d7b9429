/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * How a TLS record is laid out, and nothing else: no socket, no crypto API.
 * These files are compiled into the module and into userspace tests alike.
 *
 *	TLS 1.3, and TLS 1.2 ChaCha20-Poly1305 (no explicit nonce, no tail):
 *	  | header 5 |          text          | tail 1 | tag 16 |
 *	TLS 1.2 GCM and CCM:
 *	  | header 5 | explicit nonce 8 |  text  | tag 16 |
 *	  '------- prefix --------------'        '- trailer (tail and tag)
 */
#ifndef KSEAL_RECORD_H
#define KSEAL_RECORD_H

#ifdef __KERNEL__
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#include <uapi/linux/tls.h>
#else
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/tls.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

static inline u64 get_unaligned_be64(const void *from)
{
	u64 value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

static inline void put_unaligned_be64(u64 value, void *to)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof(value));
}
#endif

#define KSEAL_HEADER_SIZE	5
#define KSEAL_TEXT_SIZE		16384	/* RFC 8446 5.1, RFC 5246 6.2.1 */
#define KSEAL_NONCE_SIZE	16	/* CCM wants its block of 16, others 12 */
#define KSEAL_STATIC_IV_SIZE	12
#define KSEAL_EXPLICIT_SIZE	8
#define KSEAL_AAD_SIZE		13
#define KSEAL_TAG_SIZE		16
#define KSEAL_PREFIX_SIZE	(KSEAL_HEADER_SIZE + KSEAL_EXPLICIT_SIZE)
#define KSEAL_TRAILER_SIZE	(1 + KSEAL_TAG_SIZE)
#define KSEAL_RECORD_SIZE	(KSEAL_PREFIX_SIZE + KSEAL_TEXT_SIZE + \
				 KSEAL_TRAILER_SIZE)

/* RFC 8446 5.1; types that the module itself tells apart. */
#define KSEAL_TYPE_DATA		23

enum kseal_versions {
	KSEAL_TLS_1_2 = 1 << 0,
	KSEAL_TLS_1_3 = 1 << 1,
};

/* A row of the table in cipher.c. Sizes and places are in bytes. */
struct kseal_cipher {
	const char *algorithm;	/* name in the kernel's crypto API */
	u16 type;		/* TLS_CIPHER_* */
	u8 versions;		/* enum kseal_versions */
	u8 key_size, salt_size, iv_size, tag_size;
	u8 key_at, salt_at, iv_at, sequence_at, info_size;
	u8 explicit_nonce;	/* of a TLS 1.2 record */
	u8 nonce_first;		/* CCM: what comes before the nonce, or 0 */
};

/* What follows from a version and a cipher. */
struct kseal_format {
	u16 version;
	u8 prefix, tail, tag, overhead, aad;
	u8 salt;
	u8 nonce_first;
	bool explicit_nonce;
};

/* Where one direction of a connection is. */
struct kseal_counter {
	u64 sequence;
	u64 explicit_nonce;
	u8 iv[KSEAL_STATIC_IV_SIZE];	/* salt, then iv */
	bool exhausted;
};

const struct kseal_cipher *kseal_cipher_find(u16 type);

/* Returns 0, or -EINVAL when @cipher can't be used with @version. */
int kseal_format_init(struct kseal_format *format, u16 version,
		      const struct kseal_cipher *cipher);

void kseal_counter_init(struct kseal_counter *counter,
			const struct kseal_cipher *cipher, const u8 *info);

/* Writes iv and sequence back to where kseal_counter_init() found them. */
void kseal_counter_save(const struct kseal_counter *counter,
			const struct kseal_format *format,
			const struct kseal_cipher *cipher, u8 *info);

/* Goes to the next record; there is none after sequence 2^64 - 1. */
void kseal_counter_advance(struct kseal_counter *counter);

/*
 * The nonce of the record that @counter stands at. @explicit_nonce points to
 * the 8 bytes in the record if @format has them, and is not read otherwise.
 */
void kseal_nonce(const struct kseal_format *format,
		 const struct kseal_counter *counter,
		 const u8 *explicit_nonce, u8 nonce[KSEAL_NONCE_SIZE]);

/* Header and explicit nonce of a record with @length bytes of text. */
void kseal_prefix_write(const struct kseal_format *format,
			const struct kseal_counter *counter, u8 type,
			unsigned int length, u8 *prefix);

/* @header as on the wire; @length is that of the text without tail. */
void kseal_aad_write(const struct kseal_format *format,
		     const struct kseal_counter *counter,
		     const u8 header[KSEAL_HEADER_SIZE],
		     unsigned int length, u8 aad[KSEAL_AAD_SIZE]);

/*
 * Returns the size of the whole record with its header, or
 * -EMSGSIZE (longer than a record may be), -EBADMSG (shorter than its own
 * overhead) or -EINVAL (not TLS 1.2 on the wire).
 */
int kseal_header_parse(const struct kseal_format *format,
		       const u8 header[KSEAL_HEADER_SIZE]);

/*
 * RFC 8446 5.4: the last byte that isn't zero is the type. Returns the number
 * of bytes up to and with it, 0 if all are zero.
 */
unsigned int kseal_inner_end(const u8 *text, unsigned int length);

#endif
