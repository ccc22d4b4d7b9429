// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include "record.h"

int kseal_format_init(struct kseal_format *format, u16 version,
		      const struct kseal_cipher *cipher)
{
	bool tls13 = version == TLS_1_3_VERSION;

	if (version != TLS_1_2_VERSION && !tls13)
		return -EINVAL;
	if (!(cipher->versions & (tls13 ? KSEAL_TLS_1_3 : KSEAL_TLS_1_2)))
		return -EINVAL;

	format->version = version;
	format->explicit_nonce = !tls13 && cipher->explicit_nonce;
	format->prefix = KSEAL_HEADER_SIZE +
			 (format->explicit_nonce ? KSEAL_EXPLICIT_SIZE : 0);
	format->tail = tls13;
	format->tag = cipher->tag_size;
	format->overhead = format->prefix + format->tail + format->tag;
	format->aad = tls13 ? KSEAL_HEADER_SIZE : KSEAL_AAD_SIZE;
	format->salt = cipher->salt_size;
	format->nonce_first = cipher->nonce_first;
	return 0;
}

void kseal_counter_init(struct kseal_counter *counter,
			const struct kseal_cipher *cipher, const u8 *info)
{
	memcpy(counter->iv, info + cipher->salt_at, cipher->salt_size);
	memcpy(counter->iv + cipher->salt_size, info + cipher->iv_at,
	       cipher->iv_size);
	counter->sequence = get_unaligned_be64(info + cipher->sequence_at);
	/*
	 * The last 8 bytes of the static iv. Where the nonce is explicit they
	 * are the whole of iv, and count up from what userspace gave.
	 */
	counter->explicit_nonce =
		get_unaligned_be64(counter->iv + KSEAL_STATIC_IV_SIZE -
				   KSEAL_EXPLICIT_SIZE);
	counter->exhausted = false;
}

void kseal_counter_save(const struct kseal_counter *counter,
			const struct kseal_format *format,
			const struct kseal_cipher *cipher, u8 *info)
{
	if (format->explicit_nonce)
		put_unaligned_be64(counter->explicit_nonce,
				   info + cipher->iv_at);
	else
		memcpy(info + cipher->iv_at, counter->iv + cipher->salt_size,
		       cipher->iv_size);
	put_unaligned_be64(counter->sequence, info + cipher->sequence_at);
}

void kseal_counter_advance(struct kseal_counter *counter)
{
	counter->sequence++;
	counter->explicit_nonce++;
	/* RFC 8446 5.3: sequence numbers must not wrap. */
	if (!counter->sequence)
		counter->exhausted = true;
}

void kseal_nonce(const struct kseal_format *format,
		 const struct kseal_counter *counter,
		 const u8 *explicit_nonce, u8 nonce[KSEAL_NONCE_SIZE])
{
	u8 *last = nonce + KSEAL_STATIC_IV_SIZE - KSEAL_EXPLICIT_SIZE;

	if (format->nonce_first) {
		*nonce++ = format->nonce_first;
		last++;
	}
	memcpy(nonce, counter->iv, KSEAL_STATIC_IV_SIZE);
	if (format->explicit_nonce)
		memcpy(last, explicit_nonce, KSEAL_EXPLICIT_SIZE);
	else
		/* RFC 8446 5.3, RFC 7905 2 */
		put_unaligned_be64(get_unaligned_be64(last) ^
				   counter->sequence, last);
}

void kseal_prefix_write(const struct kseal_format *format,
			const struct kseal_counter *counter, u8 type,
			unsigned int length, u8 *prefix)
{
	unsigned int rest = format->overhead - KSEAL_HEADER_SIZE + length;

	/* RFC 8446 5.2: outside, every protected record is TLS 1.2 data. */
	prefix[0] = format->tail ? KSEAL_TYPE_DATA : type;
	prefix[1] = TLS_1_2_VERSION_MAJOR;
	prefix[2] = TLS_1_2_VERSION_MINOR;
	prefix[3] = rest >> 8;
	prefix[4] = rest & 0xff;
	if (format->explicit_nonce)
		put_unaligned_be64(counter->explicit_nonce,
				   prefix + KSEAL_HEADER_SIZE);
}

void kseal_aad_write(const struct kseal_format *format,
		     const struct kseal_counter *counter,
		     const u8 header[KSEAL_HEADER_SIZE],
		     unsigned int length, u8 aad[KSEAL_AAD_SIZE])
{
	if (format->version == TLS_1_3_VERSION) {
		/* RFC 8446 5.2: the header as it is on the wire. */
		memcpy(aad, header, KSEAL_HEADER_SIZE);
		return;
	}
	/* RFC 5246 6.2.3.3: the length is that of the text. */
	put_unaligned_be64(counter->sequence, aad);
	memcpy(aad + 8, header, 3);
	aad[11] = length >> 8;
	aad[12] = length & 0xff;
}

int kseal_header_parse(const struct kseal_format *format,
		       const u8 header[KSEAL_HEADER_SIZE])
{
	unsigned int overhead = format->overhead - KSEAL_HEADER_SIZE;
	unsigned int rest = header[3] << 8 | header[4];

	if (rest > KSEAL_TEXT_SIZE + overhead)
		return -EMSGSIZE;
	if (rest < overhead)
		return -EBADMSG;
	if (header[1] != TLS_1_2_VERSION_MAJOR ||
	    header[2] != TLS_1_2_VERSION_MINOR)
		return -EINVAL;
	return KSEAL_HEADER_SIZE + rest;
}

unsigned int kseal_inner_end(const u8 *text, unsigned int length)
{
	while (length && !text[length - 1])
		length--;
	return length;
}
