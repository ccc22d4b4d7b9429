/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "status.h"

/* The first row is also the answer to a code that is not here. */
static const struct status statuses[] = {
	{ 500, "Internal Server Error",
	  "The server could not do what was asked; its log says why." },
	{ 200, "OK", NULL },
	{ 206, "Partial Content", NULL },
	{ 301, "Moved Permanently", "The directory is at the address below." },
	{ 400, "Bad Request", "The request is not HTTP as it should be." },
	{ 403, "Forbidden", "You may not read this." },
	{ 404, "Not Found", "There is nothing at this address." },
	{ 405, "Method Not Allowed", "Only GET and HEAD are served here." },
	{ 408, "Request Timeout", "The request did not arrive in time." },
	{ 413, "Content Too Large", "The request's body is too long." },
	{ 414, "URI Too Long", "The address is too long." },
	{ 416, "Range Not Satisfiable", "The file ends before that range." },
	{ 417, "Expectation Failed", "Only 100-continue can be expected." },
	{ 431, "Request Header Fields Too Large",
	  "The request's header is too long." },
	{ 501, "Not Implemented", "The server does not know that method." },
	{ 503, "Service Unavailable",
	  "The server is short of something; please try again later." },
	{ 505, "HTTP Version Not Supported", "Only HTTP/1.1 is spoken here." },
};

const struct status *status_of(int code)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i].code == code)
			return &statuses[i];
	return &statuses[0];
}
