/* SPDX-License-Identifier: BSD-2-Clause */
#include "alert.h"

#include <kseal.h>

/* RFC 8446 B.2, with the ones that older peers may still send. */
static const struct {
	int description;
	const char *name;
} alerts[] = {
	{ ALERT_CLOSE_NOTIFY, "close_notify" },
	{ ALERT_UNEXPECTED_MESSAGE, "unexpected_message" },
	{ ALERT_BAD_RECORD_MAC, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ ALERT_RECORD_OVERFLOW, "record_overflow" },
	{ 30, "decompression_failure" },
	{ ALERT_HANDSHAKE_FAILURE, "handshake_failure" },
	{ 41, "no_certificate" },
	{ ALERT_BAD_CERTIFICATE, "bad_certificate" },
	{ ALERT_UNSUPPORTED_CERTIFICATE, "unsupported_certificate" },
	{ ALERT_CERTIFICATE_REVOKED, "certificate_revoked" },
	{ ALERT_CERTIFICATE_EXPIRED, "certificate_expired" },
	{ ALERT_CERTIFICATE_UNKNOWN, "certificate_unknown" },
	{ ALERT_ILLEGAL_PARAMETER, "illegal_parameter" },
	{ ALERT_UNKNOWN_CA, "unknown_ca" },
	{ ALERT_ACCESS_DENIED, "access_denied" },
	{ ALERT_DECODE_ERROR, "decode_error" },
	{ ALERT_DECRYPT_ERROR, "decrypt_error" },
	{ 60, "export_restriction" },
	{ ALERT_PROTOCOL_VERSION, "protocol_version" },
	{ ALERT_INSUFFICIENT_SECURITY, "insufficient_security" },
	{ ALERT_INTERNAL_ERROR, "internal_error" },
	{ ALERT_INAPPROPRIATE_FALLBACK, "inappropriate_fallback" },
	{ ALERT_USER_CANCELED, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ ALERT_MISSING_EXTENSION, "missing_extension" },
	{ ALERT_UNSUPPORTED_EXTENSION, "unsupported_extension" },
	{ 111, "certificate_unobtainable" },
	{ ALERT_UNRECOGNIZED_NAME, "unrecognized_name" },
	{ ALERT_BAD_CERTIFICATE_STATUS_RESPONSE,
	  "bad_certificate_status_response" },
	{ 114, "bad_certificate_hash_value" },
	{ ALERT_UNKNOWN_PSK_IDENTITY, "unknown_psk_identity" },
	{ ALERT_CERTIFICATE_REQUIRED, "certificate_required" },
	{ ALERT_NO_APPLICATION_PROTOCOL, "no_application_protocol" },
};

const char *kseal_alert_name(int alert)
{
	if (alert == KSEAL_NO_ALERT)
		return "none";
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].description == alert)
			return alerts[i].name;
	return "unknown";
}
