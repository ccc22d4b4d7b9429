/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wait.h"

/* Seconds from one drawing to the next: as fast as an eye, or a log, likes. */
#define PERIOD_BAR 0.1
#define PERIOD_LINES 2.0

#define WIDTH_DEFAULT 80
#define WIDTH_MAX 400
/* What stands beside the bar: percentage, amount, rate, time left. */
#define WIDTH_BESIDE 46

/* "1.4 GiB" */
static const char *amount(char out[16], double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes >= 1024 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(out, 16, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return out;
}

void progress_start(struct progress *p, bool quiet, uint64_t total)
{
	*p = (struct progress){
		.quiet = quiet,
		.terminal = isatty(STDERR_FILENO),
		.start = wait_clock(),
		.last = wait_clock(),
		.total = total,
	};
}

static int bar_width(void)
{
	struct winsize size;
	int width = WIDTH_DEFAULT;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	return width - WIDTH_BESIDE;
}

static void draw(struct progress *p, uint64_t done, double rate)
{
	int width = bar_width(), filled = 0;
	double left = -1, part = -1;
	char a[16], b[16];

	if (p->total != PROGRESS_UNKNOWN && p->total > 0) {
		part = (double)done / (double)p->total;
		if (rate > 0)
			left = (double)(p->total - done) / rate;
	}
	fputc('\r', stderr);
	if (part >= 0)
		fprintf(stderr, "%3d%% ", (int)(part * 100));
	if (part >= 0 && width > 8) {
		filled = (int)(part * width);
		fputc('[', stderr);
		for (int i = 0; i < width; i++)
			fputc(i < filled ? '#' : ' ', stderr);
		fputs("] ", stderr);
	}
	fprintf(stderr, "%10s %10s/s", amount(a, (double)done),
		amount(b, rate));
	if (left >= 0 && left < 360000)
		fprintf(stderr, " %3d:%02d left", (int)left / 60,
			(int)left % 60);
	fputs("\033[K", stderr);
	p->drawn = true;
}

void progress_update(struct progress *p, uint64_t done)
{
	double now = wait_clock(), took = now - p->start;
	double rate = took > 0 ? (double)done / took : 0;
	char a[16], b[16];

	if (p->quiet ||
	    now - p->last < (p->terminal ? PERIOD_BAR : PERIOD_LINES))
		return;
	p->last = now;
	if (p->terminal)
		draw(p, done, rate);
	else if (p->total != PROGRESS_UNKNOWN && p->total > 0)
		fprintf(stderr, "%s of %s (%d%%)\n", amount(a, (double)done),
			amount(b, (double)p->total),
			(int)((double)done * 100 / (double)p->total));
	else
		fprintf(stderr, "%s\n", amount(a, (double)done));
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}

void progress_end(struct progress *p, uint64_t done, const char *where)
{
	double took = wait_clock() - p->start;
	char a[16], b[16];

	progress_clear(p);
	if (p->quiet)
		return;
	fprintf(stderr, "saved to %s: %llu bytes", where,
		(unsigned long long)done);
	if (done >= 1024)
		fprintf(stderr, " (%s)", amount(a, (double)done));
	fprintf(stderr, " in %.1f s, %s/s\n", took,
		amount(b, took > 0 ? (double)done / took : 0));
}
