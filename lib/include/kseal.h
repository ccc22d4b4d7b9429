/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libkseal: TLS handshakes in userspace, TLS records in the kernel.
 *
 * How this works
 * --------------
 * A `struct kseal_config` holds what many connections share: role,
 * certificates, trust, protocols, limits. Fill it once; from the first
 * kseal_new() on it is frozen (changes fail with KSEAL_E_USAGE), and any number
 * of threads may share it.
 *
 * A `struct kseal` is one connection. It is used in one of two ways, never in
 * both:
 *
 *   On a socket: kseal_set_fd(), then kseal_handshake() until it returns 0,
 *   then kseal_read(), kseal_write(), kseal_sendfile(), kseal_shutdown(). When
 *   the handshake ends the keys move into the kernel (ULP "kseal", else "tls"),
 *   and the library keeps almost nothing. Where the kernel can't, the same
 *   calls do the records here; kseal_path() tells which it is.
 *
 *   Without I/O: bytes in by kseal_input(), bytes out by kseal_output(). The
 *   library calls neither socket, clock nor random source that you did not
 *   give it. Application data goes through kseal_seal() and kseal_open().
 *
 * Results
 * -------
 * Functions that return int or ssize_t return >= 0 on success, else one of
 * enum kseal_result. After KSEAL_ERROR, kseal_error() says what went wrong: a
 * stable code, the alert sent or received, the place in the handshake and a
 * sentence for a person. An error is sticky: later calls return it again.
 *
 * Threads: a connection is used by one thread at a time; a configuration by
 * any number once it is frozen.
 */
#ifndef KSEAL_H
#define KSEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KSEAL_API __attribute__((visibility("default")))

struct kseal;
struct kseal_config;

/* What a call returns when it has no count to give. */
enum kseal_result {
	KSEAL_OK = 0,
	KSEAL_ERROR = -1,      /* failed for good: see kseal_error() */
	KSEAL_WANT_READ = -2,  /* call again when the socket can be read */
	KSEAL_WANT_WRITE = -3, /* call again when the socket can be written */
};

enum kseal_role {
	KSEAL_CLIENT,
	KSEAL_SERVER,
};

/* Protocol versions, as on the wire (RFC 8446 4.2.1). */
#define KSEAL_TLS13 0x0304

/* ---- Errors ---------------------------------------------------------- */

/*
 * Causes. The numbers are stable: a later version adds to the end of a group
 * and never changes or reuses one.
 */
enum kseal_cause {
	KSEAL_E_NONE = 0,

	/* the caller or the machine */
	KSEAL_E_USAGE = 1,         /* a call out of order or with bad arguments */
	KSEAL_E_MEMORY = 2,        /* out of memory */
	KSEAL_E_SYSTEM = 3,        /* a system call failed: sys_errno says how */
	KSEAL_E_INTERNAL = 4,      /* a bug in the library or in libcrypto */
	KSEAL_E_FILE = 5,          /* a file can't be read */
	KSEAL_E_PEM = 6,           /* a file is not the PEM it should be */
	KSEAL_E_KEY_MISMATCH = 7,  /* private key and certificate differ */
	KSEAL_E_KEY_TYPE = 8,      /* a kind of key that TLS can't use here */
	KSEAL_E_KERNEL_PATH = 9,   /* no permitted record path is available */
	KSEAL_E_NO_CERTIFICATE = 10, /* a server without any certificate */

	/* the connection */
	KSEAL_E_TRUNCATED = 32,    /* the stream ended without close_notify */
	KSEAL_E_PEER_ALERT = 33,   /* the peer sent a fatal alert: see alert */

	/* what the peer sent is not TLS as it should be */
	KSEAL_E_NOT_TLS = 64,      /* not a TLS record at all */
	KSEAL_E_RECORD = 65,       /* a record too long */
	KSEAL_E_BAD_MAC = 66,      /* a record that does not authenticate */
	KSEAL_E_DECODE = 67,       /* a message that can't be parsed */
	KSEAL_E_UNEXPECTED = 68,   /* a message out of order */
	KSEAL_E_ILLEGAL = 69,      /* a value that the protocol forbids */
	KSEAL_E_EXTENSION = 70,    /* an extension nobody asked for, or twice */
	KSEAL_E_MISSING_EXTENSION = 71, /* a mandatory extension is missing */
	KSEAL_E_TOO_LONG = 72,     /* a handshake message over the limit */
	KSEAL_E_TOO_MANY = 73,     /* too many key updates, alerts, empty records */
	KSEAL_E_DOWNGRADE = 74,    /* a downgrade sentinel was seen */
	KSEAL_E_FINISHED = 75,     /* Finished does not match */
	KSEAL_E_SIGNATURE = 76,    /* CertificateVerify does not match */

	/* the two sides don't agree */
	KSEAL_E_VERSION = 96,      /* no common protocol version */
	KSEAL_E_SUITE = 97,        /* no common cipher suite */
	KSEAL_E_GROUP = 98,        /* no common key-exchange group */
	KSEAL_E_SCHEME = 99,       /* no common signature scheme */
	KSEAL_E_ALPN = 100,        /* no common application protocol */

	/* the peer's certificate */
	KSEAL_E_CERT_NONE = 128,     /* the peer sent none */
	KSEAL_E_CERT_BAD = 129,      /* can't be parsed, or is not fit for TLS */
	KSEAL_E_CERT_UNTRUSTED = 130, /* no chain to a trusted root */
	KSEAL_E_CERT_EXPIRED = 131,  /* expired, or not yet valid */
	KSEAL_E_CERT_HOST = 132,     /* issued to another host */
	KSEAL_E_CERT_PURPOSE = 133,  /* key usage, path length, name constraints */
	KSEAL_E_CERT_SIGNATURE = 134, /* a signature in the chain is wrong */
};

/* No alert was sent or received. */
#define KSEAL_NO_ALERT (-1)

struct kseal_error {
	enum kseal_cause cause;
	int alert;          /* AlertDescription (RFC 8446 6), or KSEAL_NO_ALERT */
	bool alert_received; /* the peer sent the alert; false: we did */
	int sys_errno;      /* of the failed system call, or 0 */
	const char *where;  /* place in the handshake: "client, awaiting ServerHello" */
	const char *text;   /* one sentence, no full stop, for a person */
};

/*
 * Why the last call on this connection returned KSEAL_ERROR. Never NULL: with
 * no error so far, its cause is KSEAL_E_NONE. Owned by the connection, valid
 * until the next call on it.
 */
KSEAL_API const struct kseal_error *kseal_error(const struct kseal *k);

/* The same for a configuration, whose functions return KSEAL_ERROR too. */
KSEAL_API const struct kseal_error *
kseal_config_error(const struct kseal_config *c);

/* The field's name of a cause ("KSEAL_E_BAD_MAC"): static, never NULL. */
KSEAL_API const char *kseal_cause_name(enum kseal_cause cause);

/* The RFC's name of an alert ("bad_record_mac"): static, never NULL. */
KSEAL_API const char *kseal_alert_name(int alert);

/* ---- Configuration --------------------------------------------------- */

/*
 * A configuration with safe defaults: TLS 1.3; X25519 then P-256; the three
 * suites of RFC 8446; a client verifies its server against the system's trust
 * store; no key log. NULL when out of memory.
 */
KSEAL_API struct kseal_config *kseal_config_new(enum kseal_role role);

/*
 * Gives up the caller's reference; connections made from it keep theirs, and
 * the last one frees and wipes it. NULL is ignored.
 */
KSEAL_API void kseal_config_free(struct kseal_config *c);

/*
 * Server: adds a certificate chain (PEM, own certificate first) and its private
 * key (PEM, unencrypted: PKCS#8, SEC 1 or PKCS#1). There may be up to 16: the
 * one is chosen whose names match SNI and whose key the peer can verify; the
 * first is the default. Checks that key and certificate belong together.
 * Fails with KSEAL_E_FILE, _PEM, _KEY_MISMATCH, _KEY_TYPE, _MEMORY.
 */
KSEAL_API int kseal_config_certificate_file(struct kseal_config *c,
					    const char *chain_path,
					    const char *key_path);
KSEAL_API int kseal_config_certificate(struct kseal_config *c,
				       const void *chain_pem, size_t chain_len,
				       const void *key_pem, size_t key_len);

/*
 * Client: trust the roots in this PEM file, instead of the system's store
 * (SSL_CERT_FILE, else /etc/ssl/certs/ca-certificates.crt). May be called
 * several times; roots add up. Fails with KSEAL_E_FILE, _PEM, _MEMORY.
 */
KSEAL_API int kseal_config_trust_file(struct kseal_config *c, const char *path);
KSEAL_API int kseal_config_trust(struct kseal_config *c, const void *pem,
				 size_t len);

/*
 * Client: false accepts any certificate from any host. The connection is then
 * open to anyone in the middle; for tests and diagnosis alone.
 */
KSEAL_API void kseal_config_verify(struct kseal_config *c, bool verify);

/*
 * Application protocols in order of preference (RFC 7301): `count` strings of
 * 1 to 255 bytes. A server picks its first that the client offers, and with
 * none in common refuses (no_application_protocol). The strings are copied.
 */
KSEAL_API int kseal_config_alpn(struct kseal_config *c,
				const char *const *protocols, size_t count);

/*
 * Key-exchange groups, or cipher suites, in order of preference: names of
 * RFC 8446 joined by ':', such as "x25519:secp256r1" and
 * "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256". A client sends a key
 * share for the first group. An unknown name, an empty list or a repetition
 * fails with KSEAL_E_USAGE, and the old list stays.
 */
KSEAL_API int kseal_config_groups(struct kseal_config *c, const char *names);
KSEAL_API int kseal_config_suites(struct kseal_config *c, const char *names);

/*
 * Key log (the NSS format, as SSLKEYLOGFILE): `log` gets one line without its
 * newline, valid during the call. It defeats the encryption: for debugging.
 */
KSEAL_API void kseal_config_keylog(struct kseal_config *c,
				   void (*log)(void *arg, const char *line),
				   void *arg);

/*
 * Appends the key log to a file, created with mode 0600 and opened O_APPEND
 * (one write per line, so that processes can share it). NULL: the file that the
 * environment variable SSLKEYLOGFILE names, and success if it names none; a
 * set-uid program ignores the variable.
 */
KSEAL_API int kseal_config_keylog_file(struct kseal_config *c,
				       const char *path);

/*
 * The clock (seconds since 1970, for certificates) and the source of random
 * bytes (for hello randoms and session ids; key shares and signatures always
 * use libcrypto's). Defaults: the system's. For tests and simulations.
 */
KSEAL_API void kseal_config_clock(struct kseal_config *c,
				  int64_t (*now)(void *arg), void *arg);
KSEAL_API void kseal_config_random(struct kseal_config *c,
				   void (*fill)(void *arg, uint8_t *out,
						size_t len),
				   void *arg);

/* Where records are made once the handshake is done. */
enum kseal_path {
	KSEAL_PATH_NONE = 0,      /* not yet: the handshake is under way */
	KSEAL_PATH_KSEAL = 1,     /* our module, ULP "kseal" */
	KSEAL_PATH_TLS = 2,       /* ULP "tls": the in-tree module, or ours */
	KSEAL_PATH_USERSPACE = 4, /* in the library */
};

/*
 * Which paths a connection may take: an OR of enum kseal_path, tried in the
 * order above; the default is all three. One alone requires it. If none of them
 * can be had, kseal_handshake() fails with KSEAL_E_KERNEL_PATH.
 */
KSEAL_API int kseal_config_paths(struct kseal_config *c, unsigned int paths);

/*
 * Which paths this machine has now: an OR of enum kseal_path, with
 * KSEAL_PATH_USERSPACE always. Tries each ULP on a loopback connection, so the
 * kernel loads a module that it can load; for a program's start, to refuse or to
 * warn in time.
 */
KSEAL_API unsigned int kseal_probe(void);

/* ---- A connection ---------------------------------------------------- */

/*
 * A new connection; it holds a reference to its configuration and freezes it.
 * NULL when out of memory. A server without a certificate is made, and fails
 * in its handshake with KSEAL_E_NO_CERTIFICATE.
 */
KSEAL_API struct kseal *kseal_new(struct kseal_config *c);

/* Wipes and frees. Does not close the socket and sends nothing. NULL is ignored. */
KSEAL_API void kseal_free(struct kseal *k);

/*
 * Client, before the handshake: the host's name. It is sent as SNI, unless it
 * is the text of an IP address, and must match the certificate. Copied. A
 * verifying client without a name fails in its handshake with KSEAL_E_USAGE.
 */
KSEAL_API int kseal_set_host(struct kseal *k, const char *host);

/* ---- A connection on a socket ---------------------------------------- */

/*
 * The connected TCP socket to use, blocking or not. The library never closes
 * it, and before the handshake is done nobody else may read or write it.
 */
KSEAL_API int kseal_set_fd(struct kseal *k, int fd);

/*
 * Takes the handshake on as far as the socket allows: 0 when it is done and
 * the keys are installed, KSEAL_WANT_READ or KSEAL_WANT_WRITE to be called
 * again, KSEAL_ERROR after the alert is sent. Reads no byte beyond the last
 * record of the handshake.
 */
KSEAL_API int kseal_handshake(struct kseal *k);

/*
 * Reads up to `len` bytes of application data. 0: the peer sent close_notify,
 * a clean end. A stream that ends without one is KSEAL_ERROR with
 * KSEAL_E_TRUNCATED. Tickets and key updates are dealt with in passing.
 */
KSEAL_API ssize_t kseal_read(struct kseal *k, void *buf, size_t len);

/*
 * Writes application data; returns how much was taken, which may be less than
 * `len`. After KSEAL_WANT_WRITE call again with the same bytes or more.
 */
KSEAL_API ssize_t kseal_write(struct kseal *k, const void *buf, size_t len);

/* More follows at once: the record may wait for it (MSG_MORE). */
#define KSEAL_MORE 1u

/* As kseal_write(), with flags. */
KSEAL_API ssize_t kseal_send(struct kseal *k, const void *buf, size_t len,
			     unsigned int flags);

/*
 * Sends up to `count` bytes of the file from *offset on, which it advances; by
 * sendfile(2) on a kernel path, without copying the plaintext. Returns how many
 * bytes were taken; 0 at the end of the file.
 */
KSEAL_API ssize_t kseal_sendfile(struct kseal *k, int file, off_t *offset,
				 size_t count);

/*
 * Sends close_notify and shuts the sending direction down; reading goes on
 * until the peer's close_notify. 0 when it is sent.
 */
KSEAL_API int kseal_shutdown(struct kseal *k);

/* Where this connection's records are made (KSEAL_PATH_NONE until done). */
KSEAL_API enum kseal_path kseal_path(const struct kseal *k);

/*
 * Why not a better path, as a sentence ("the kernel has no ULP kseal; ..."), or
 * "" on the best one. Valid as long as the connection.
 */
KSEAL_API const char *kseal_path_reason(const struct kseal *k);

/* ---- A connection without I/O ---------------------------------------- */

/*
 * Starts the handshake without input: a client's first flight appears in
 * kseal_output(). A server's call does nothing. 0 or KSEAL_ERROR.
 */
KSEAL_API int kseal_start(struct kseal *k);

/*
 * Gives bytes from the peer. Returns how many were consumed, which is all of
 * them unless the handshake ended within: then the rest belongs to whoever
 * makes the records from now on; give it again if that is this engine.
 * KSEAL_ERROR: an alert may wait in kseal_output().
 */
KSEAL_API ssize_t kseal_input(struct kseal *k, const void *data, size_t len);

/*
 * How many bytes to read from the peer, at most, so as not to read beyond the
 * record that is awaited: never 0 while the connection is open.
 */
KSEAL_API size_t kseal_input_wanted(const struct kseal *k);

/*
 * Bytes for the peer: sets *data and returns their number, 0 if none. They
 * stay until kseal_output_sent() says how many were passed on.
 */
KSEAL_API size_t kseal_output(const struct kseal *k, const uint8_t **data);
KSEAL_API void kseal_output_sent(struct kseal *k, size_t len);

/* The handshake is done: application data may flow. */
KSEAL_API bool kseal_established(const struct kseal *k);

/*
 * Seals application data into kseal_output(). Takes all of it, or as much as
 * the output buffer may hold (256 KiB): returns how much, or KSEAL_WANT_WRITE.
 */
KSEAL_API ssize_t kseal_seal(struct kseal *k, const void *data, size_t len);

/*
 * Takes application data that kseal_input() has opened: up to `len` bytes;
 * KSEAL_WANT_READ if there is none; 0 after the peer's close_notify.
 */
KSEAL_API ssize_t kseal_open(struct kseal *k, void *buf, size_t len);

/* Puts close_notify into kseal_output(). */
KSEAL_API int kseal_close(struct kseal *k);

/* Tells that the peer's stream has ended: KSEAL_E_TRUNCATED without close_notify. */
KSEAL_API int kseal_input_end(struct kseal *k);

/* ---- What was negotiated --------------------------------------------- */

/* 0 or NULL until known; strings are static or live as long as the connection. */
KSEAL_API uint16_t kseal_version(const struct kseal *k);
KSEAL_API const char *kseal_suite(const struct kseal *k);  /* "TLS_AES_128_GCM_SHA256" */
KSEAL_API const char *kseal_group(const struct kseal *k);  /* "x25519" */
KSEAL_API const char *kseal_scheme(const struct kseal *k); /* "ecdsa_secp256r1_sha256" */
KSEAL_API const char *kseal_alpn(const struct kseal *k);   /* "http/1.1", NULL if none */

/* The host: given by kseal_set_host() on a client, by SNI on a server. */
KSEAL_API const char *kseal_host(const struct kseal *k);

/*
 * The peer's certificate number `index` (0: its own) as DER. Sets *der, which
 * the connection owns, and returns its length, or 0 when there is none. Kept
 * on clients from the handshake until kseal_forget_peer() or kseal_free().
 */
KSEAL_API size_t kseal_peer_certificate(const struct kseal *k, size_t index,
					const uint8_t **der);

/* Frees the peer's certificates, to keep the connection small. */
KSEAL_API void kseal_forget_peer(struct kseal *k);

/* The library's version, such as "0.1.0". */
KSEAL_API const char *kseal_library_version(void);

#ifdef __cplusplus
}
#endif

#endif /* KSEAL_H */
