/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

#include "framing.h"
#include "limit.h"

/* Fields that this server reads. */
enum field {
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_TRANSFER_ENCODING,
	FIELD_EXPECT,
	FIELD_RANGE,
	FIELD_IF_RANGE,
	FIELD_COUNT,
};

/* A piece of the buffer. */
struct span {
	uint16_t at;
	uint16_t length;
};

enum request_progress {
	REQUEST_MORE, /* bytes are missing: read into request_room() */
	REQUEST_DONE, /* arrived: answer it */
	REQUEST_BAD,  /* refused: answer `status` and close */
};

/*
 * A request as it arrives. The head stays in the buffer, and all that is known
 * of it points there; a body is discarded. Bytes beyond the request's end are
 * the next one's, which request_next() moves to the front.
 */
struct request {
	llhttp_t parser;
	size_t length;      /* bytes in the buffer */
	size_t parsed;      /* of them, seen by the parser */
	size_t head_length; /* 0 until the head is complete */
	size_t body_length; /* of the body, as it came over the wire */
	size_t framed;      /* of the buffer, seen by check_framing() */
	enum framing framing;
	int status;         /* why it is refused, or 0 */
	bool complete;
	bool close;         /* no request follows on this connection */
	uint16_t field_count;
	int8_t field;       /* the one being read, or -1 if it is of no use */
	struct span target;
	struct span name;   /* of the field being read */
	struct span value;
	struct span fields[FIELD_COUNT];
	uint8_t seen[FIELD_COUNT]; /* how often; sticks at 255 */

	/* Room for a body's bytes even behind the longest head. */
	char buffer[LIMIT_HEAD + 1024];
};

/* Makes it ready for the first request. */
void request_init(struct request *r);

/* Makes it ready for the next one, keeping what is there of it. */
void request_next(struct request *r);

/* Where to read to; *room > 0 after REQUEST_MORE. */
char *request_room(struct request *r, size_t *room);

/* Tells that `length` bytes were read there. */
void request_read(struct request *r, size_t length);

/* Takes the parsing on. */
enum request_progress request_parse(struct request *r);

/* Nothing of a request has arrived. */
bool request_is_empty(const struct request *r);

/* The value of a field without surrounding blanks; NULL if it isn't there. */
const char *request_field(const struct request *r, enum field field,
			  size_t *length);

/* The target as it was sent. */
const char *request_target(const struct request *r, size_t *length);

/* The request line, or as much of it as came, for the log. */
const char *request_line(const struct request *r, size_t *length);

/* The method: an enum llhttp_method. */
int request_method(const struct request *r);

/* HTTP/1.0, where a connection closes unless both sides say otherwise. */
bool request_is_http10(const struct request *r);

#endif
