/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "date.h"
#include "limit.h"
#include "log.h"
#include "text.h"
#include "timers.h"

#define LINE_MAX_LENGTH 1024

/*
 * All workers may write to one pipe, where only so much comes in one piece: a
 * longer line could be torn by another, and a client could choose where. A byte
 * of the request line takes up to four, and the rest of the line less than this.
 */
#define ACCESS_REST 256
_Static_assert(4 * LIMIT_LOG_REQUEST + ACCESS_REST <= PIPE_BUF,
	       "a line of the access log is written in one piece");

/* A log that can't be written is no reason to stop serving. */
static void write_line(int fd, const char *data, size_t length)
{
	if (write(fd, data, length) < 0)
		return;
}

__attribute__((format(printf, 1, 0))) static void
notice(const char *format, va_list args)
{
	char line[LINE_MAX_LENGTH] = "kseal-serve: ";
	size_t length = strlen(line);
	int n = vsnprintf(line + length, sizeof(line) - length - 1, format,
			  args);

	if (n < 0)
		return;
	length = strlen(line);
	line[length++] = '\n';
	write_line(STDERR_FILENO, line, length);
}

void log_notice(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	notice(format, args);
	va_end(args);
}

void log_client(const char *format, ...)
{
	static int64_t window = -1;
	static unsigned int written, left_out;
	int64_t now = clock_now() / 1000;
	va_list args;

	if (now != window) {
		if (left_out)
			log_notice("%u more such lines were left out",
				   left_out);
		window = now;
		written = 0;
		left_out = 0;
	}
	if (written == LIMIT_NOTICES) {
		left_out++;
		return;
	}
	written++;
	va_start(args, format);
	notice(format, args);
	va_end(args);
}

void log_access(const struct access *a)
{
	struct text line = { 0 };
	char when[DATE_LOG_SIZE];

	date_log(when, time(NULL));
	text_format(&line, "%s - - [%s] \"", a->peer, when);
	text_log(&line, a->request, a->request_length);
	text_format(&line, "\" %d %" PRIu64 " %s %s %s\n", a->status, a->bytes,
		    a->version, a->suite, a->path);
	if (!line.failed)
		write_line(STDOUT_FILENO, line.data, line.length);
	text_free(&line);
}
