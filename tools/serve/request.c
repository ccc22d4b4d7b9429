/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * llhttp finds the parts of a request, as the bytes come; its call-backs only
 * note where in the buffer they are. It pauses at the end of the head, where
 * head_check() applies what RFC 9110 and 9112 ask of a server and a parser
 * leaves open, and at the end of the request, so that a pipelined one is not
 * touched before the first is answered.
 *
 * Everything that two programs in a chain could read differently (bare CR or
 * LF, folded lines, two lengths, two hosts) is refused, and the connection is
 * closed after each refusal: what follows can't be trusted to begin a request.
 */
#include <string.h>
#include <strings.h>

#include "head.h"
#include "request.h"

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_HOST] = "host",
	[FIELD_CONTENT_LENGTH] = "content-length",
	[FIELD_TRANSFER_ENCODING] = "transfer-encoding",
	[FIELD_EXPECT] = "expect",
	[FIELD_RANGE] = "range",
	[FIELD_IF_RANGE] = "if-range",
};

/* ---- The parser's call-backs ----------------------------------------- */

static int refuse(struct request *r, int status)
{
	r->status = status;
	return HPE_USER;
}

/* A part may come in pieces: they adjoin, as the buffer doesn't move. */
static void span_extend(struct request *r, struct span *s, const char *at,
			size_t length)
{
	size_t end = (size_t)(at - r->buffer) + length;

	if (!s->length)
		s->at = (uint16_t)(at - r->buffer);
	s->length = (uint16_t)(end - s->at);
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
	struct request *r = parser->data;

	span_extend(r, &r->target, at, length);
	return r->target.length > LIMIT_TARGET ? refuse(r, 414) : 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t length)
{
	struct request *r = parser->data;

	/* RFC 9110 6.5.1: a trailer's fields are no header's. */
	if (!r->head_length)
		span_extend(r, &r->name, at, length);
	return 0;
}

static int on_field_complete(llhttp_t *parser)
{
	struct request *r = parser->data;

	r->field = -1;
	for (int i = 0; i < FIELD_COUNT; i++)
		if (strlen(field_names[i]) == r->name.length &&
		    !strncasecmp(field_names[i], r->buffer + r->name.at,
				 r->name.length))
			r->field = (int8_t)i;
	r->name.length = 0;
	r->value.length = 0;
	if (++r->field_count > LIMIT_FIELDS)
		return refuse(r, 431);
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
	struct request *r = parser->data;

	if (!r->head_length)
		span_extend(r, &r->value, at, length);
	return 0;
}

static int on_value_complete(llhttp_t *parser)
{
	struct request *r = parser->data;

	if (r->head_length || r->field < 0)
		return 0;
	r->fields[r->field] = r->value;
	if (r->seen[r->field] < UINT8_MAX)
		r->seen[r->field]++;
	return 0;
}

/*
 * The parser takes any two bytes for the CRLF behind a chunk, a lone LF for the
 * end of the trailers, and folded lines in them: three ways to smuggle.
 */
static bool check_framing(struct request *r, size_t end)
{
	const char *bytes = r->buffer + r->framed;
	size_t length = end - r->framed;

	r->framed = end;
	return !r->seen[FIELD_TRANSFER_ENCODING] ||
	       framing_is_strict(&r->framing, bytes, length);
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
	struct request *r = parser->data;

	if (!check_framing(r, (size_t)(at - r->buffer)))
		return refuse(r, 400);
	r->framed += length;
	if (!parser->content_length) /* of the chunk, what is still to come */
		r->framing = FRAMING_DATA_END;
	return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
	(void)parser;
	return HPE_PAUSED;
}

static int on_message_complete(llhttp_t *parser)
{
	struct request *r = parser->data;

	r->complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_field_complete = on_field_complete,
	.on_header_value = on_value,
	.on_header_value_complete = on_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* ---- Taking the parsing on ------------------------------------------- */

/* RFC 9110 9.1: a method that is a name, though not one known, is 501. */
static int bad_method_status(const struct request *r)
{
	for (size_t i = 0; i < r->length; i++) {
		if (r->buffer[i] == ' ')
			return i ? 501 : 400;
		if (!head_is_token(r->buffer[i]))
			return 400;
	}
	return 501;
}

/* RFC 9110 15.6.6: a version that is one, though not ours, is 505. */
static int bad_version_status(const struct request *r)
{
	const char *s = r->buffer + r->target.at + r->target.length;
	const char *end = r->buffer + r->length;

	if ((size_t)(end - s) < strlen(" HTTP/1.1") ||
	    memcmp(s, " HTTP/", 6) || s[7] != '.' || s[6] < '0' ||
	    s[6] > '9' || s[8] < '0' || s[8] > '9')
		return 400;
	return s[6] == '1' && s[8] <= '1' ? 400 : 505;
}

static int error_status(const struct request *r, llhttp_errno_t error)
{
	if (r->status)
		return r->status;
	if (error == HPE_INVALID_METHOD)
		return bad_method_status(r);
	if (error == HPE_INVALID_VERSION)
		return bad_version_status(r);
	/* The preface of HTTP/2: a client that ignored ALPN. */
	if (error == HPE_PAUSED_H2_UPGRADE)
		return 505;
	return 400;
}

static enum request_progress refused(struct request *r, int status)
{
	r->status = status;
	r->close = true;
	return REQUEST_BAD;
}

static bool has_body(const struct request *r)
{
	return r->seen[FIELD_TRANSFER_ENCODING] || r->parser.content_length;
}

/* Whether a body is to come that we don't read, but close instead. */
static bool leaves_body(const struct request *r)
{
	int method = request_method(r);

	/* RFC 9110 10.1.1: the client waits for a word before it sends it. */
	if (r->seen[FIELD_EXPECT] && !request_is_http10(r))
		return true;
	return method != HTTP_GET && method != HTTP_HEAD;
}

/* The head is complete: judge it. */
static enum request_progress finish_head(struct request *r)
{
	int status;

	r->head_length = r->parsed;
	status = head_check(r);
	if (status)
		return refused(r, status);
	r->close = !llhttp_should_keep_alive(&r->parser);
	if (!has_body(r))
		return REQUEST_DONE;
	if (leaves_body(r)) {
		r->close = true;
		return REQUEST_DONE;
	}
	if (r->parser.content_length > LIMIT_BODY)
		return refused(r, 413);
	return REQUEST_MORE;
}

/* Gives the parser what it hasn't seen, up to where it pauses. */
static llhttp_errno_t execute(struct request *r)
{
	const char *start = r->buffer + r->parsed;
	llhttp_errno_t error;

	r->framed = r->parsed;
	error = llhttp_execute(&r->parser, start, r->length - r->parsed);
	if (error == HPE_OK)
		r->parsed = r->length;
	else if (error == HPE_PAUSED || error == HPE_PAUSED_UPGRADE)
		r->parsed = (size_t)(llhttp_get_error_pos(&r->parser) -
				     r->buffer);
	if (!r->head_length)
		return error;
	r->body_length += (size_t)(r->buffer + r->parsed - start);
	if (r->framed < r->parsed && !check_framing(r, r->parsed)) {
		r->status = 400;
		return HPE_USER;
	}
	return error;
}

static enum request_progress parse_head(struct request *r)
{
	llhttp_errno_t error;

	/* RFC 9112 2.2: empty lines before a request are passed over. */
	if (!r->parsed) {
		size_t blank = 0;

		while (r->length - blank >= 2 &&
		       !memcmp(r->buffer + blank, "\r\n", 2))
			blank += 2;
		r->length -= blank;
		memmove(r->buffer, r->buffer + blank, r->length);
		if (!r->length || (r->length == 1 && *r->buffer == '\r'))
			return REQUEST_MORE;
	}

	error = execute(r);
	if (error == HPE_PAUSED || error == HPE_PAUSED_UPGRADE)
		return finish_head(r);
	if (error != HPE_OK)
		return refused(r, error_status(r, error));
	if (r->length >= LIMIT_HEAD)
		return refused(r, memchr(r->buffer, '\n', r->length) ? 431 :
								       414);
	return REQUEST_MORE;
}

static enum request_progress parse_body(struct request *r)
{
	llhttp_errno_t error;

	llhttp_resume(&r->parser);
	error = execute(r);
	/*
	 * An Upgrade field pauses the parser after the request as if another
	 * protocol followed. RFC 9110 7.8 lets a server ignore it: we do.
	 */
	if (r->complete && !r->status)
		return r->body_length > LIMIT_BODY ? refused(r, 413) :
						     REQUEST_DONE;
	if (error != HPE_OK)
		return refused(r, error_status(r, error));
	if (r->body_length > LIMIT_BODY)
		return refused(r, 413);
	r->length = r->head_length;
	r->parsed = r->head_length;
	return REQUEST_MORE;
}

enum request_progress request_parse(struct request *r)
{
	enum request_progress progress;

	if (!r->head_length) {
		progress = parse_head(r);
		if (progress != REQUEST_MORE || !r->head_length)
			return progress;
	}
	return parse_body(r);
}

void request_init(struct request *r)
{
	r->length = 0;
	r->parsed = 0;
	request_next(r);
}

void request_next(struct request *r)
{
	size_t left = r->length - r->parsed;

	memmove(r->buffer, r->buffer + r->parsed, left);
	memset(r, 0, offsetof(struct request, buffer));
	r->length = left;
	r->field = -1;
	llhttp_init(&r->parser, HTTP_REQUEST, &settings);
	r->parser.data = r;
}

char *request_room(struct request *r, size_t *room)
{
	size_t size = r->head_length ? sizeof(r->buffer) : LIMIT_HEAD;

	*room = size - r->length;
	return r->buffer + r->length;
}

void request_read(struct request *r, size_t length)
{
	r->length += length;
}

bool request_is_empty(const struct request *r)
{
	return !r->length;
}

const char *request_field(const struct request *r, enum field field,
			  size_t *length)
{
	const char *value = r->buffer + r->fields[field].at;
	const char *end = value + r->fields[field].length;

	if (!r->seen[field])
		return NULL;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*length = (size_t)(end - value);
	return value;
}

const char *request_target(const struct request *r, size_t *length)
{
	*length = r->target.length;
	return r->buffer + r->target.at;
}

const char *request_line(const struct request *r, size_t *length)
{
	size_t n = 0;

	while (n < r->length && n < LIMIT_LOG_REQUEST &&
	       r->buffer[n] != '\r' && r->buffer[n] != '\n')
		n++;
	*length = n;
	return r->buffer;
}

int request_method(const struct request *r)
{
	return r->parser.method;
}

bool request_is_http10(const struct request *r)
{
	return r->parser.http_major == 1 && r->parser.http_minor == 0;
}
