/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file by HTTP/1.1 (RFC 9110, RFC 9112).
 *
 * How this works
 * --------------
 * llhttp takes the answer apart; its call-backs write the body to the output as
 * it comes. The answer is complete when llhttp says so: by Content-Length, by
 * the last chunk, or, where the server gave neither, by the clean end of the
 * TLS stream, which is as good as a length since nobody can forge it. Anything
 * less is an error, and the output is not kept.
 */
#include "download.h"

#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "output.h"
#include "progress.h"
#include "wait.h"

/* As much as a few records, so that system calls don't matter. */
#define PIECE (256 * 1024)

/* A server whose header fields never end is not waited for. */
#define HEAD_MAX (256 * 1024)

struct download {
	const struct options *options;
	struct output output;
	struct progress progress;
	enum status fault; /* found in a call-back */
	bool opened;       /* the header is read, the output open */
	bool done;
	uint64_t received; /* of the body */
	char reason[80];   /* "Not Found" */
	char field[16];    /* the header field that is being read */
	char location[256];
};

static void append(char *out, size_t size, const char *text, size_t len)
{
	size_t used = strlen(out);

	printable(out + used, size - used, text, len);
}

static int on_status(llhttp_t *parser, const char *text, size_t len)
{
	struct download *d = parser->data;

	append(d->reason, sizeof(d->reason), text, len);
	return 0;
}

static int on_field(llhttp_t *parser, const char *text, size_t len)
{
	struct download *d = parser->data;

	append(d->field, sizeof(d->field), text, len);
	return 0;
}

static int on_value(llhttp_t *parser, const char *text, size_t len)
{
	struct download *d = parser->data;

	if (strcasecmp(d->field, "location") == 0)
		append(d->location, sizeof(d->location), text, len);
	return 0;
}

static int on_value_end(llhttp_t *parser)
{
	struct download *d = parser->data;

	d->field[0] = '\0';
	return 0;
}

static enum status refuse(const struct download *d, int code)
{
	if (code / 100 == 3 && d->location[0])
		return complain(STATUS_HTTP,
				"the server answered %d %s: it is at %s", code,
				d->reason, d->location);
	return complain(STATUS_HTTP, "the server answered %d%s%s", code,
			d->reason[0] ? " " : "", d->reason);
}

static int on_header_end(llhttp_t *parser)
{
	struct download *d = parser->data;
	int code = llhttp_get_status_code(parser);
	const char *path = d->options->output;

	/* RFC 9110 15.2: the final answer follows. */
	if (code / 100 == 1) {
		d->reason[0] = '\0';
		return 0;
	}
	if (code / 100 != 2) {
		d->fault = refuse(d, code);
		return -1;
	}
	d->fault = output_open(&d->output,
			       path ? path : d->options->target.name);
	if (d->fault)
		return -1;
	d->opened = true;
	progress_start(&d->progress, d->options->quiet,
		       parser->flags & F_CONTENT_LENGTH ?
			       parser->content_length :
			       PROGRESS_UNKNOWN);
	return 0;
}

static int on_body(llhttp_t *parser, const char *data, size_t len)
{
	struct download *d = parser->data;

	d->received += len;
	progress_update(&d->progress, d->received);
	d->fault = output_write(&d->output, data, len);
	return d->fault ? HPE_USER : 0;
}

static int on_end(llhttp_t *parser)
{
	struct download *d = parser->data;

	if (llhttp_get_status_code(parser) / 100 == 1)
		return 0;
	d->done = true;
	return HPE_PAUSED;
}

static enum status ask(struct session *s, const struct options *o)
{
	const struct target *t = &o->target;
	const char *host = o->host ? o->host : t->host;
	bool bare = strchr(host, ':'); /* RFC 3986 3.2.2: an IPv6 address */
	bool usual = strcmp(t->port, "443") == 0;
	enum status status;
	char *request;
	int len;

	len = asprintf(&request,
		       "GET %s HTTP/1.1\r\n"
		       "Host: %s%s%s%s%s\r\n"
		       "User-Agent: kseal-client/%s\r\n"
		       "Accept: */*\r\n"
		       "Accept-Encoding: identity\r\n"
		       "Connection: close\r\n"
		       "\r\n",
		       t->path, bare ? "[" : "", host, bare ? "]" : "",
		       usual ? "" : ":", usual ? "" : t->port,
		       kseal_library_version());
	if (len < 0)
		return complain(STATUS_OUTPUT, "out of memory");
	status = session_write(s, request, (size_t)len);
	free(request);
	return status;
}

/* Everything that was received, until the answer is complete. */
static enum status receive(struct session *s, struct download *d,
			   llhttp_t *parser, char *piece)
{
	enum status status;
	size_t got, head = 0;
	llhttp_errno_t e;

	while (!d->done) {
		status = session_read(s, piece, PIECE, &got);
		if (status)
			return status;
		if (wait_interrupted())
			return STATUS_INTERRUPTED;
		e = got ? llhttp_execute(parser, piece, got) :
			  llhttp_finish(parser);
		if (d->fault)
			return d->fault;
		if (d->done)
			break;
		if (got == 0)
			return complain(STATUS_BROKEN,
					"%s: the answer ended before it was "
					"complete", s->peer);
		if (e != HPE_OK)
			return complain(STATUS_HTTP,
					"%s: the answer is no HTTP (%s)",
					s->peer,
					llhttp_get_error_reason(parser));
		head += d->opened ? 0 : got;
		if (head > HEAD_MAX)
			return complain(STATUS_HTTP,
					"%s: the header of the answer does not "
					"end", s->peer);
	}
	return STATUS_OK;
}

enum status download(struct session *s, const struct options *o)
{
	struct download d = { .options = o };
	llhttp_settings_t settings;
	char *piece = malloc(PIECE);
	enum status status;
	llhttp_t parser;

	if (!piece)
		return complain(STATUS_OUTPUT, "out of memory");
	llhttp_settings_init(&settings);
	settings.on_status = on_status;
	settings.on_header_field = on_field;
	settings.on_header_value = on_value;
	settings.on_header_value_complete = on_value_end;
	settings.on_headers_complete = on_header_end;
	settings.on_body = on_body;
	settings.on_message_complete = on_end;
	llhttp_init(&parser, HTTP_RESPONSE, &settings);
	parser.data = &d;

	status = ask(s, o);
	if (!status)
		status = receive(s, &d, &parser, piece);
	if (d.opened) {
		if (!status)
			status = output_finish(&d.output);
		if (!status)
			progress_end(&d.progress, d.received,
				     output_name(&d.output));
		else
			progress_clear(&d.progress);
		output_close(&d.output);
	}
	free(piece);
	return status;
}
