/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"

#include <openssl/err.h>

#include "alert.h"
#include "memory.h"

#define CAUSE(c, a, t) { KSEAL_E_##c, "KSEAL_E_" #c, a, t }

static const struct cause_row {
	enum kseal_cause cause;
	const char *name;
	int alert;
	const char *text;
} causes[] = {
	CAUSE(NONE, KSEAL_NO_ALERT, ""),
	CAUSE(USAGE, KSEAL_NO_ALERT,
	      "a function was called out of order or with bad arguments"),
	CAUSE(MEMORY, ALERT_INTERNAL_ERROR, "out of memory"),
	CAUSE(SYSTEM, KSEAL_NO_ALERT, "a system call failed"),
	CAUSE(INTERNAL, ALERT_INTERNAL_ERROR,
	      "libcrypto failed where it should not"),
	CAUSE(FILE, KSEAL_NO_ALERT, "the file can't be read"),
	CAUSE(PEM, KSEAL_NO_ALERT, "the file is not the PEM it should be"),
	CAUSE(KEY_MISMATCH, KSEAL_NO_ALERT,
	      "the private key does not belong to the certificate"),
	CAUSE(KEY_TYPE, KSEAL_NO_ALERT,
	      "this kind of key can't be used for TLS here"),
	CAUSE(KERNEL_PATH, ALERT_INTERNAL_ERROR,
	      "none of the permitted record paths is available"),
	CAUSE(NO_CERTIFICATE, ALERT_INTERNAL_ERROR,
	      "the server has no certificate"),
	CAUSE(TRUNCATED, KSEAL_NO_ALERT,
	      "the peer closed the connection without close_notify"),
	CAUSE(PEER_ALERT, KSEAL_NO_ALERT, "the peer sent a fatal alert"),
	CAUSE(NOT_TLS, ALERT_PROTOCOL_VERSION,
	      "what the peer sent is not a TLS record"),
	CAUSE(RECORD, ALERT_RECORD_OVERFLOW, "a record is too long"),
	CAUSE(BAD_MAC, ALERT_BAD_RECORD_MAC, "a record does not authenticate"),
	CAUSE(DECODE, ALERT_DECODE_ERROR, "a message can't be parsed"),
	CAUSE(UNEXPECTED, ALERT_UNEXPECTED_MESSAGE,
	      "a message came out of order"),
	CAUSE(ILLEGAL, ALERT_ILLEGAL_PARAMETER,
	      "a message holds a value that the protocol forbids"),
	CAUSE(EXTENSION, ALERT_UNSUPPORTED_EXTENSION,
	      "an extension was sent that nobody asked for"),
	CAUSE(MISSING_EXTENSION, ALERT_MISSING_EXTENSION,
	      "a mandatory extension is missing"),
	CAUSE(TOO_LONG, ALERT_ILLEGAL_PARAMETER,
	      "a handshake message is longer than it may be"),
	CAUSE(TOO_MANY, ALERT_UNEXPECTED_MESSAGE,
	      "the peer sent too many records that carry nothing"),
	CAUSE(DOWNGRADE, ALERT_ILLEGAL_PARAMETER,
	      "somebody forced the connection down to an older version"),
	CAUSE(FINISHED, ALERT_DECRYPT_ERROR,
	      "the peer's Finished does not match the handshake"),
	CAUSE(SIGNATURE, ALERT_DECRYPT_ERROR,
	      "the peer's signature does not match the handshake"),
	CAUSE(VERSION, ALERT_PROTOCOL_VERSION,
	      "the peer does not speak TLS 1.3"),
	CAUSE(SUITE, ALERT_HANDSHAKE_FAILURE,
	      "no cipher suite in common with the peer"),
	CAUSE(GROUP, ALERT_HANDSHAKE_FAILURE,
	      "no key-exchange group in common with the peer"),
	CAUSE(SCHEME, ALERT_HANDSHAKE_FAILURE,
	      "the peer can verify no signature of any certificate here"),
	CAUSE(ALPN, ALERT_NO_APPLICATION_PROTOCOL,
	      "no application protocol in common with the peer"),
	CAUSE(CERT_NONE, ALERT_DECODE_ERROR, "the peer sent no certificate"),
	CAUSE(CERT_BAD, ALERT_BAD_CERTIFICATE,
	      "the peer's certificate can't be parsed or is not fit for TLS"),
	CAUSE(CERT_UNTRUSTED, ALERT_UNKNOWN_CA,
	      "the peer's certificate leads to no trusted root"),
	CAUSE(CERT_EXPIRED, ALERT_CERTIFICATE_EXPIRED,
	      "the peer's certificate is expired or not yet valid"),
	CAUSE(CERT_HOST, ALERT_BAD_CERTIFICATE,
	      "the peer's certificate was issued to another host"),
	CAUSE(CERT_PURPOSE, ALERT_BAD_CERTIFICATE,
	      "the peer's certificate may not be used for this"),
	CAUSE(CERT_SIGNATURE, ALERT_BAD_CERTIFICATE,
	      "a signature in the peer's certificate chain is wrong"),
};

static const struct cause_row *find(enum kseal_cause cause)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].cause == cause)
			return &causes[i];
	return &causes[0];
}

static int fill(struct kseal_error *err, enum kseal_cause cause, int alert,
		int sys_errno, const char *text)
{
	*err = (struct kseal_error){
		.cause = cause,
		.alert = alert,
		.sys_errno = sys_errno,
		.where = "",
		.text = text,
	};
	ERR_clear_error();
	return KSEAL_ERROR;
}

/* When memory has run out, that is the cause, whatever came of it. */
static int fail(struct kseal_error *err, enum kseal_cause cause, int alert,
		const char *text)
{
	const struct cause_row *row;

	if (!memory_failed())
		return fill(err, cause, alert, 0, text);
	row = find(KSEAL_E_MEMORY);
	return fill(err, KSEAL_E_MEMORY, row->alert, 0, row->text);
}

int error_set(struct kseal_error *err, enum kseal_cause cause)
{
	const struct cause_row *row = find(cause);

	return fail(err, cause, row->alert, row->text);
}

int error_say(struct kseal_error *err, enum kseal_cause cause,
	      const char *text)
{
	return fail(err, cause, find(cause)->alert, text);
}

int error_alert(struct kseal_error *err, enum kseal_cause cause, int alert,
		const char *text)
{
	return fail(err, cause, alert, text);
}

int error_system(struct kseal_error *err, int sys_errno, const char *text)
{
	return fill(err, KSEAL_E_SYSTEM, find(KSEAL_E_SYSTEM)->alert,
		    sys_errno, text);
}

int error_crypto(struct kseal_error *err, enum kseal_cause cause,
		 const char *text)
{
	return text != NULL ? error_say(err, cause, text) :
			      error_set(err, cause);
}

void error_clear(struct kseal_error *err)
{
	fill(err, KSEAL_E_NONE, KSEAL_NO_ALERT, 0, "");
}

const char *kseal_cause_name(enum kseal_cause cause)
{
	return find(cause)->name;
}
