/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PEM: DER in base64 between two lines with a label (RFC 7468).
 *
 * How this works
 * --------------
 * Text outside of blocks is a comment (RFC 7468 2). Inside, a line with a colon
 * is a header of the older form (RFC 1421 4.6), which only encrypted keys still
 * have; every other line is base64. Anything that may hold a key is allocated
 * with OPENSSL_malloc, whose free wipes.
 */
#include "pem.h"

#include <string.h>

#include <openssl/base64.h>
#include <openssl/mem.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char tail_mark[] = "-----";

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes one line off `text`, without the white space at its end. */
static bool next_line(CBS *text, CBS *line)
{
	const uint8_t *start = CBS_data(text);
	size_t left = CBS_len(text), len;
	const uint8_t *end;

	if (left == 0)
		return false;
	end = memchr(start, '\n', left);
	len = end ? (size_t)(end - start) : left;
	if (!CBS_skip(text, end ? len + 1 : len))
		return false;
	while (len > 0 && is_space(start[len - 1]))
		len--;
	CBS_init(line, start, len);
	return true;
}

/* The label of a line such as "-----BEGIN label-----". */
static bool marked_label(const CBS *line, const char *mark, CBS *label)
{
	size_t front = strlen(mark), back = strlen(tail_mark);
	size_t len = CBS_len(line);

	if (len < front + back)
		return false;
	CBS_init(label, CBS_data(line) + front, len - front - back);
	return memcmp(CBS_data(line), mark, front) == 0 &&
	       memcmp(CBS_data(line) + len - back, tail_mark, back) == 0;
}

/* Takes the lines up to the END of `block` off `text`, into `body`. */
static bool take_body(CBS *text, const struct pem_block *block, CBS *body)
{
	const uint8_t *start = CBS_data(text);
	CBS line, label;

	while (next_line(text, &line)) {
		if (marked_label(&line, begin_mark, &label))
			return false;
		if (!marked_label(&line, end_mark, &label))
			continue;
		CBS_init(body, start, (size_t)(CBS_data(&line) - start));
		return CBS_mem_equal(&label, CBS_data(&block->label),
				     CBS_len(&block->label));
	}
	return false;
}

int pem_next(CBS *text, struct pem_block *out, struct kseal_error *err)
{
	uint8_t *base64 = NULL, *der = NULL;
	size_t base64_len = 0, der_max;
	struct pem_block block = { 0 };
	int ret = KSEAL_ERROR;
	CBS line, body;

	do {
		if (!next_line(text, &line))
			return 0;
	} while (!marked_label(&line, begin_mark, &block.label));

	if (!take_body(text, &block, &body)) {
		error_say(err, KSEAL_E_PEM,
			   "a PEM block has no matching END line");
		goto out;
	}
	base64 = OPENSSL_malloc(CBS_len(&body) + 1);
	if (!base64) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	while (next_line(&body, &line)) {
		if (memchr(CBS_data(&line), ':', CBS_len(&line))) {
			block.has_header = true;
			continue;
		}
		for (size_t i = 0; i < CBS_len(&line); i++)
			if (!is_space(CBS_data(&line)[i]))
				base64[base64_len++] = CBS_data(&line)[i];
	}
	if (!EVP_DecodedLength(&der_max, base64_len)) {
		error_say(err, KSEAL_E_PEM,
			   "a PEM block holds damaged base64");
		goto out;
	}
	der = OPENSSL_malloc(der_max + 1);
	if (!der) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	if (!EVP_DecodeBase64(der, &block.der_len, der_max, base64,
			      base64_len)) {
		error_say(err, KSEAL_E_PEM,
			   "a PEM block holds damaged base64");
		goto out;
	}
	block.der = der;
	der = NULL;
	*out = block;
	ret = 1;
out:
	OPENSSL_free(der);
	OPENSSL_free(base64);
	return ret;
}

void pem_block_clear(struct pem_block *block)
{
	OPENSSL_free(block->der);
	block->der = NULL;
	block->der_len = 0;
}

bool pem_label_is(const struct pem_block *block, const char *label)
{
	return CBS_mem_equal(&block->label, (const uint8_t *)label,
			     strlen(label));
}

static int push_certificate(STACK_OF(X509) *certs,
			    const struct pem_block *block,
			    struct kseal_error *err)
{
	const uint8_t *der = block->der;
	X509 *cert = d2i_X509(NULL, &der, (long)block->der_len);

	if (!cert || der != block->der + block->der_len) {
		X509_free(cert);
		return error_say(err, KSEAL_E_PEM,
				  "a PEM block says CERTIFICATE and "
				  "holds none");
	}
	if (!sk_X509_push(certs, cert)) {
		X509_free(cert);
		return error_set(err, KSEAL_E_MEMORY);
	}
	return KSEAL_OK;
}

int pem_certificates(STACK_OF(X509) **out, const void *text, size_t len,
		     struct kseal_error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct pem_block block;
	int ret;
	CBS rest;

	if (!certs)
		return error_set(err, KSEAL_E_MEMORY);
	CBS_init(&rest, text, len);
	while ((ret = pem_next(&rest, &block, err)) > 0) {
		if (pem_label_is(&block, "CERTIFICATE"))
			ret = push_certificate(certs, &block, err);
		pem_block_clear(&block);
		if (ret < 0)
			break;
	}
	if (ret == 0 && sk_X509_num(certs) == 0)
		ret = error_say(err, KSEAL_E_PEM,
				 "there is no PEM certificate in it");
	if (ret < 0) {
		sk_X509_pop_free(certs, X509_free);
		return ret;
	}
	*out = certs;
	return KSEAL_OK;
}
