/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVE_RESPOND_H
#define SERVE_RESPOND_H

#include <stdbool.h>
#include <sys/types.h>

#include "file.h"
#include "path.h"
#include "request.h"
#include "text.h"

struct mime;

/* What is served: shared by all connections, never changed while serving. */
struct site {
	int root;        /* the directory */
	bool listing;    /* directories without an index show their files */
	const struct mime *mime;
};

/* A response: the stages fill it in, send_response() takes it from there. */
struct response {
	int status;
	bool close;         /* the last one of its connection */
	struct text fields; /* lines of the head that stages add */
	struct text head;
	struct text page;   /* the body, if it is no file */

	struct file file;   /* .fd < 0: the body is the page */
	off_t offset;       /* of the file: what is to be sent next, */
	off_t left;         /* and how much from there */

	size_t head_sent;
	size_t page_sent;
	off_t file_sent;    /* of the file, for the log */
};

/* One request and its response. */
struct exchange {
	const struct site *site;
	struct request request;
	struct path path;
	struct response response;
};

/* Makes a new exchange's response empty. */
void response_init(struct response *r);

/* Frees what the response holds, and makes it empty. */
void response_clear(struct response *r);

/*
 * Answers the request, or with `status` refuses it: afterwards the response
 * can be sent. `last`: the connection closes after it. -1 when out of memory.
 */
int respond(struct exchange *x, int status, bool last);

#endif
