/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How this works
 * --------------
 * A request runs through an ordered list of stages: may the method be used,
 * what does the path name, can it be opened, which part of it is wanted. A
 * stage returns 0 to go on or the final status, and adds the fields that are
 * its own. Whatever the end was, the head is written last, in one place. A
 * further feature is a further row: stages know the exchange, not each other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "listing.h"
#include "mime.h"
#include "page.h"
#include "range.h"
#include "respond.h"
#include "status.h"

#define INDEX_NAME "index.html"
#define PAGE_TYPE "text/html; charset=utf-8"

/* Size and both halves of the modification time, in hex, quoted, W/ or not. */
#define ETAG_SIZE (sizeof("W/\"--\"") + 3 * 16)

/* ---- Stages ---------------------------------------------------------- */

static int method_stage(struct exchange *x)
{
	int method = request_method(&x->request);

	if (method == HTTP_GET || method == HTTP_HEAD)
		return 0;
	/* RFC 9110 15.5.6: a 405 says which methods there are. */
	text_string(&x->response.fields, "Allow: GET, HEAD\r\n");
	return 405;
}

static int path_stage(struct exchange *x)
{
	const char *target;
	size_t length;

	target = request_target(&x->request, &length);
	return path_parse(&x->path, target, length);
}

static int open_stage(struct exchange *x)
{
	struct response *r = &x->response;
	int status = file_open(x->site->root, x->path.text, &r->file);

	if (status)
		return status;
	/* "file.txt/" names no file. */
	if (!r->file.directory && x->path.directory)
		return 404;
	return 0;
}

/* RFC 9110 15.4.2: to the same address with the slash that it lacks. */
static int redirect(struct exchange *x)
{
	struct response *r = &x->response;
	struct text location = { 0 };

	/*
	 * One slash in front, whatever the request had: "//host" would send
	 * the client to another server.
	 */
	text_string(&location, "/");
	text_url(&location, x->path.text, x->path.length);
	text_string(&location, "/");
	text_query(&location, x->path.query, x->path.query_length);

	text_string(&r->fields, "Location: ");
	text_bytes(&r->fields, location.data, location.length);
	text_string(&r->fields, "\r\n");

	text_bytes(&location, "", 1);
	if (location.failed)
		r->fields.failed = true;
	else
		page_write(&r->page, status_of(301), location.data);
	text_free(&location);
	return 301;
}

/* A directory becomes its index, or a listing, or a redirection. */
static int directory_stage(struct exchange *x)
{
	struct response *r = &x->response;
	struct path *path = &x->path;
	struct file directory = r->file;
	char index[PATH_MAX];
	int status, length;

	if (!r->file.directory)
		return 0;
	if (!path->directory)
		return redirect(x);

	length = snprintf(index, sizeof(index), "%s%s" INDEX_NAME, path->text,
			  path->length ? "/" : "");
	r->file.fd = -1;
	status = length < (int)sizeof(index) ?
			 file_open(x->site->root, index, &r->file) :
			 404;
	if (!status && r->file.directory)
		status = 403;
	if (!status)
		memcpy(path->text, index, (size_t)length + 1);
	if (status == 404)
		status = !x->site->listing ?
				 403 :
				 listing_write(&r->page, x->site->root,
					       directory.fd, path) ?:
				 200;
	file_close(&directory);
	return status;
}

/*
 * RFC 9110 8.8.1: a validator is strong only if it changes with every change.
 * A file modified within this second may change again and keep its time on file
 * systems with coarse clocks, so that until then its tag is a weak one.
 */
static bool is_settled(const struct file *file)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return file->modified.tv_sec + 1 < now.tv_sec;
}

static void write_etag(char out[static ETAG_SIZE], const struct file *file)
{
	snprintf(out, ETAG_SIZE, "%s\"%" PRIx64 "-%lx-%" PRIx64 "\"",
		 is_settled(file) ? "" : "W/", (uint64_t)file->modified.tv_sec,
		 (unsigned long)file->modified.tv_nsec, (uint64_t)file->size);
}

static int describe_stage(struct exchange *x)
{
	struct response *r = &x->response;
	char modified[DATE_SIZE], etag[ETAG_SIZE];

	date_http(modified, r->file.modified.tv_sec);
	write_etag(etag, &r->file);
	text_format(&r->fields,
		    "Last-Modified: %s\r\n"
		    "ETag: %s\r\n"
		    "Accept-Ranges: bytes\r\n",
		    modified, etag);
	r->offset = 0;
	r->left = r->file.size;
	return 0;
}

/* RFC 9110 13.1.5: a range is of use only if the file is still the same. */
static bool if_range_holds(const struct exchange *x)
{
	const struct file *file = &x->response.file;
	char modified[DATE_SIZE], etag[ETAG_SIZE];
	const char *value, *wanted;
	size_t length;

	value = request_field(&x->request, FIELD_IF_RANGE, &length);
	if (!value)
		return true;
	/* 13.1.5 asks for strong validators on both sides. */
	if (x->request.seen[FIELD_IF_RANGE] > 1 || !is_settled(file))
		return false;
	date_http(modified, file->modified.tv_sec);
	write_etag(etag, file);
	wanted = *value == '"' ? etag : modified;
	return strlen(wanted) == length && !memcmp(value, wanted, length);
}

static int range_stage(struct exchange *x)
{
	struct response *r = &x->response;
	const char *value;
	off_t first, part;
	size_t length;

	value = request_field(&x->request, FIELD_RANGE, &length);
	/* RFC 9110 14.2: only GET has ranges. */
	if (!value || x->request.seen[FIELD_RANGE] > 1 ||
	    request_method(&x->request) != HTTP_GET || !if_range_holds(x))
		return 0;

	switch (range_parse(value, length, r->file.size, &first, &part)) {
	case RANGE_WHOLE:
		return 0;
	case RANGE_PART:
		text_format(&r->fields,
			    "Content-Range: bytes %" PRId64 "-%" PRId64
			    "/%" PRId64 "\r\n",
			    (int64_t)first, (int64_t)(first + part - 1),
			    (int64_t)r->file.size);
		r->offset = first;
		r->left = part;
		return 206;
	case RANGE_UNSATISFIABLE:
		break;
	}
	r->fields.length = 0;
	text_format(&r->fields, "Content-Range: bytes */%" PRId64 "\r\n",
		    (int64_t)r->file.size);
	return 416;
}

static int whole_stage(struct exchange *x)
{
	(void)x;
	return 200;
}

static int (*const stages[])(struct exchange *x) = {
	method_stage,   path_stage,  open_stage,  directory_stage,
	describe_stage, range_stage, whole_stage,
};

static int run_stages(struct exchange *x)
{
	int status = 0;

	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages) && !status; i++)
		status = stages[i](x);
	return status;
}

/* ---- Head and body --------------------------------------------------- */

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

/* A body for every response: the file, or the page that a stage made. */
static void settle_body(struct exchange *x)
{
	struct response *r = &x->response;

	if (is_success(r->status) && !r->page.length)
		return;
	file_close(&r->file);
	r->left = 0;
	if (!r->page.length)
		page_write(&r->page, status_of(r->status), NULL);
}

static void write_head(struct exchange *x)
{
	struct response *r = &x->response;
	struct text *head = &r->head;
	char date[DATE_SIZE];
	bool is_file = r->file.fd >= 0;

	date_http(date, time(NULL));
	text_format(head, "HTTP/1.1 %d %s\r\nDate: %s\r\n", r->status,
		    status_of(r->status)->reason, date);
	text_format(head, "Content-Type: %s\r\nContent-Length: %" PRId64 "\r\n",
		    is_file ? mime_type(x->site->mime, x->path.text) :
			      PAGE_TYPE,
		    is_file ? (int64_t)r->left : (int64_t)r->page.length);
	text_bytes(head, r->fields.data, r->fields.length);
	/* RFC 9112 9.3: what is not the version's default is said. */
	if (r->close)
		text_string(head, "Connection: close\r\n");
	else if (request_is_http10(&x->request))
		text_string(head, "Connection: keep-alive\r\n");
	text_string(head, "\r\n");
}

void response_init(struct response *r)
{
	memset(r, 0, sizeof(*r));
	r->file.fd = -1;
}

void response_clear(struct response *r)
{
	text_free(&r->fields);
	text_free(&r->head);
	text_free(&r->page);
	file_close(&r->file);
	response_init(r);
}

int respond(struct exchange *x, int status, bool last)
{
	struct response *r = &x->response;

	r->status = status ? status : run_stages(x);
	r->close = last || x->request.close;
	settle_body(x);
	write_head(x);

	/* RFC 9110 9.3.2: HEAD has the head of GET, and no body. */
	if (request_method(&x->request) == HTTP_HEAD) {
		file_close(&r->file);
		r->left = 0;
		text_free(&r->page);
	}
	return r->fields.failed || r->head.failed || r->page.failed ? -1 : 0;
}
