/* SPDX-License-Identifier: BSD-2-Clause */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kseal.h>

#include "config.h"

enum key {
	KEY_CONNECTIONS = 256,
	KEY_KEYLOG,
	KEY_LISTING,
	KEY_TIMEOUT,
};

#define SECONDS_MAX 86400

/*
 * Defaults in milliseconds. A handshake takes a few round trips, a header one;
 * 30 s allow for the worst mobile link. 75 s idle is longer than most proxies
 * keep a connection, so that they close first. A peer that lingers needs one
 * round trip to see our end.
 */
static const int64_t default_timeouts[TIMER_CLASSES] = {
	[TIMER_HANDSHAKE] = 20000, [TIMER_HEADER] = 30000,
	[TIMER_IDLE] = 75000,      [TIMER_SEND] = 60000,
	[TIMER_LINGER] = 5000,
};

static const struct {
	const char *name;
	enum kseal_path path;
} paths[] = {
	{ "kseal", KSEAL_PATH_KSEAL },
	{ "tls", KSEAL_PATH_TLS },
	{ "userspace", KSEAL_PATH_USERSPACE },
};

static const struct argp_option options[] = {
	{ "root", 'r', "DIR", 0, "Serve the files of DIR (default: .)", 0 },
	{ "certificate", 'c', "FILE", 0,
	  "PEM file with a certificate chain, own certificate first; with "
	  "several, a client gets the one for the name it asks for", 0 },
	{ "key", 'k', "FILE", 0,
	  "PEM file with the private key of the certificate given in the same "
	  "place", 0 },
	{ "listen", 'l', "ADDR:PORT", 0,
	  "Listen there (default: [::]:8443, which takes IPv4 as well); may be "
	  "given several times", 0 },
	{ "listing", KEY_LISTING, NULL, 0,
	  "Show the files of a directory that has no index.html", 0 },
	{ "workers", 'w', "N", 0, "Processes (default: one per core)", 0 },
	{ "connections", KEY_CONNECTIONS, "N", 0,
	  "Connections per worker, at most (default: 16384, or what the "
	  "descriptors allow)", 0 },
	{ "path", 'p', "PATH", 0,
	  "Insist on records made by 'kseal' (our kernel module), 'tls' (the "
	  "kernel's) or 'userspace' (default: the first of these that works)",
	  0 },
	{ "timeout", KEY_TIMEOUT, "NAME=SECONDS", 0,
	  "How long to wait for a client: handshake (default: 20), header (30), "
	  "idle (75), send (60), linger (5)", 0 },
	{ "keylog", KEY_KEYLOG, "FILE", 0,
	  "Append the secrets of every connection to FILE, for debugging: "
	  "whoever reads it reads the connections", 0 },
	{ "quiet", 'q', NULL, 0, "No access log on standard output", 0 },
	{ 0 },
};

static bool parse_number(const char *text, unsigned long max,
			 unsigned long *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*out = strtoul(text, &end, 10);
	return !*end && *out >= 1 && *out <= max;
}

bool config_seconds(const char *text, int64_t *out)
{
	double seconds;
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	seconds = strtod(text, &end);
	if (*end || end == text || !(seconds >= 0.001) || seconds > SECONDS_MAX)
		return false;
	*out = (int64_t)(seconds * 1000);
	return true;
}

bool config_timeout(struct config *c, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		return false;
	for (int i = 0; i < TIMER_CLASSES; i++) {
		const char *name = timer_class_name(i);
		size_t length = strlen(name);

		if ((size_t)(equals - text) == length &&
		    !strncmp(text, name, length))
			return config_seconds(equals + 1, &c->timeouts[i]);
	}
	return false;
}

static unsigned int find_path(const char *name)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!strcmp(paths[i].name, name))
			return paths[i].path;
	return 0;
}

/* Appends to a list of strings that has room for `max`. */
static void append(struct argp_state *state, const char *option,
		   const char **list, size_t *count, size_t max,
		   const char *value)
{
	if (*count == max)
		argp_error(state, "--%s was given more than %zu times", option,
			   max);
	list[(*count)++] = value;
}

static void check(struct argp_state *state, struct config *c)
{
	if (!c->certificate_count)
		argp_error(state, "a certificate is needed: give --certificate "
				  "FILE and --key FILE");
	if (c->certificate_count != c->key_count)
		argp_error(state, "each --certificate needs its --key: there "
				  "are %zu and %zu of them",
			   c->certificate_count, c->key_count);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct config *c = state->input;
	unsigned long n = 0;

	switch (key) {
	case 'r':
		c->root = arg;
		break;
	case 'c':
		append(state, "certificate", c->certificates,
		       &c->certificate_count, LIMIT_CERTIFICATES, arg);
		break;
	case 'k':
		append(state, "key", c->keys, &c->key_count, LIMIT_CERTIFICATES,
		       arg);
		break;
	case 'l':
		append(state, "listen", c->listen, &c->listen_count,
		       LIMIT_LISTENERS, arg);
		break;
	case KEY_LISTING:
		c->listing = true;
		break;
	case 'w':
		if (!parse_number(arg, LIMIT_WORKERS, &n))
			argp_error(state, "--workers takes a number from 1 to "
					  "%d, not '%s'", LIMIT_WORKERS, arg);
		c->workers = n;
		break;
	case KEY_CONNECTIONS:
		if (!parse_number(arg, 1000000, &n))
			argp_error(state, "--connections takes a number from "
					  "1 to 1000000, not '%s'", arg);
		c->connections = (unsigned int)n;
		break;
	case 'p':
		c->paths = find_path(arg);
		if (!c->paths)
			argp_error(state, "--path takes kseal, tls or "
					  "userspace, not '%s'", arg);
		break;
	case KEY_TIMEOUT:
		if (!config_timeout(c, arg))
			argp_error(state, "--timeout takes handshake, header, "
					  "idle, send or linger, '=', and "
					  "0.001 to %d seconds, not '%s'",
				   SECONDS_MAX, arg);
		break;
	case KEY_KEYLOG:
		c->keylog = arg;
		break;
	case 'q':
		c->quiet = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is no option: to serve a directory, "
				  "give it with --root", arg);
		break;
	case ARGP_KEY_END:
		check(state, c);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_version(FILE *out, struct argp_state *state)
{
	(void)state;
	fprintf(out, "kseal-serve %s\n", kseal_library_version());
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Serves a directory over HTTPS. Where the kernel can, it "
	       "encrypts: files go by sendfile() from the page cache to TCP, "
	       "and the plaintext is never copied."
	       "\v"
	       "Serve a site on the standard port, and log to a file:\n\n"
	       "  kseal-serve -r /srv/www -l '[::]:443' \\\n"
	       "    -c fullchain.pem -k privkey.pem >> access.log\n\n"
	       "Names that begin with a dot are not served, except "
	       "/.well-known. Symbolic links are followed within DIR. SIGTERM "
	       "and SIGINT stop the server.",
};

void config_parse(struct config *c, int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	memset(c, 0, sizeof(*c));
	c->root = ".";
	c->workers = cores < 1 ? 1 : (size_t)cores;
	if (c->workers > LIMIT_WORKERS)
		c->workers = LIMIT_WORKERS;
	c->connections = LIMIT_CONNECTIONS;
	memcpy(c->timeouts, default_timeouts, sizeof(c->timeouts));

	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, c);
	if (!c->listen_count) {
		c->listen[c->listen_count++] = "[::]:8443";
		c->listen_default = true;
	}
}
