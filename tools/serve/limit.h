/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_LIMIT_H
#define SERVE_LIMIT_H

/* What a client may make this server do or hold, and why that much. */
enum limit {
	/* RFC 9110 4.1 recommends to support at least 8000 octets. */
	LIMIT_TARGET = 8192,

	/* Request line and fields: that target, and 8 KiB of cookies and such. */
	LIMIT_HEAD = 16384,

	/* Browsers send about 20 fields; parsing cost grows with their number. */
	LIMIT_FIELDS = 100,

	/* Body of a GET, which means nothing here: read only to keep in step. */
	LIMIT_BODY = 65536,

	/* Requests per connection: frees what a long life accumulates. */
	LIMIT_REQUESTS = 1000,

	/* Connections per worker: 16384 × 2 KiB idle is 32 MiB. */
	LIMIT_CONNECTIONS = 16384,

	/* Descriptors of a worker that belong to no connection. */
	LIMIT_DESCRIPTORS_RESERVED = 64,

	/* Per turn of the event loop, so that no client starves the others. */
	LIMIT_TURN_ACCEPTS = 64,
	LIMIT_TURN_REQUESTS = 16,
	LIMIT_TURN_BYTES = 1 << 20,

	/* Discarded while a connection lingers; a client still sending then is
	 * not waiting for our last response.
	 */
	LIMIT_LINGER_BYTES = 1 << 20,

	/* Entries of a listing: about 2 MiB of page. */
	LIMIT_LISTING = 10000,

	/* Connections that wait to be accepted, per listening socket. */
	LIMIT_BACKLOG = 1024,

	/* The request line in the access log: see log.c. */
	LIMIT_LOG_REQUEST = 960,

	/* Notices per second on clients' faults: a log is not theirs to fill. */
	LIMIT_NOTICES = 10,

	LIMIT_WORKERS = 1024,
	LIMIT_LISTENERS = 64,
	LIMIT_CERTIFICATES = 16, /* kseal_config_certificate_file() takes 16 */
};

/*
 * Raises the soft limit of descriptors to the hard one, and returns how many
 * connections a worker may have: `wanted`, or what the descriptors allow (a
 * connection may need two: its socket and a file).
 */
unsigned int limit_connections(unsigned int wanted);

#endif
