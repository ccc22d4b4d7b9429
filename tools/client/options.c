/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <argp.h>
#include <kseal.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX 86400

enum key {
	KEY_INSECURE = 'k',
	KEY_OUTPUT = 'o',
	KEY_QUIET = 'q',
	KEY_TRUST = 't',
	KEY_ALPN = 256, /* no short form */
	KEY_GROUPS,
	KEY_HOST,
	KEY_KEYLOG,
	KEY_PATH,
	KEY_SUITES,
	KEY_TIMEOUT,
};

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "Output", 1 },
	{ "output", KEY_OUTPUT, "FILE", 0,
	  "Where to put what is downloaded; - is standard output. Without it, "
	  "the last part of the URL in the current directory", 1 },
	{ "quiet", KEY_QUIET, NULL, 0, "Say nothing but errors", 1 },
	{ NULL, 0, NULL, 0, "Whom to trust", 2 },
	{ "trust", KEY_TRUST, "FILE", 0,
	  "Trust the certificates in this PEM file instead of the system's "
	  "(SSL_CERT_FILE, else /etc/ssl/certs); may be repeated", 2 },
	{ "host", KEY_HOST, "NAME", 0,
	  "The name to ask for (SNI) and to find in the certificate, instead "
	  "of the one that is connected to", 2 },
	{ "insecure", KEY_INSECURE, NULL, 0,
	  "Accept any certificate: anyone in between can read and change "
	  "everything", 2 },
	{ NULL, 0, NULL, 0, "How to connect", 3 },
	{ "path", KEY_PATH, "WHERE", 0,
	  "Who must make the records: kseal (our kernel module), tls (the "
	  "kernel's own), userspace (this program), or several joined by "
	  "commas; without it the first of these that there is", 3 },
	{ "alpn", KEY_ALPN, "LIST", 0,
	  "Application protocols to offer, joined by commas (for a URL: "
	  "http/1.1)", 3 },
	{ "groups", KEY_GROUPS, "LIST", 0,
	  "Key-exchange groups, such as x25519:secp256r1", 3 },
	{ "suites", KEY_SUITES, "LIST", 0,
	  "Cipher suites, such as TLS_AES_128_GCM_SHA256", 3 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Give up when nothing happens for so long (60)", 3 },
	{ "keylog", KEY_KEYLOG, "FILE", 0,
	  "Append the session's secrets to FILE, for Wireshark; without it, "
	  "to the file that SSLKEYLOGFILE names", 3 },
	{ 0 },
};

static const char doc[] =
	"Connects by TLS 1.3, shows what was negotiated, and downloads a URL "
	"to a file, or joins standard input and output to the peer."
	"\v"
	"A download is written beside its destination and takes its name when "
	"it is complete, so a file of that name is never a half one. With "
	"host:port, the end of standard input is passed on, and the program "
	"ends when the peer does.\n"
	"\n"
	"Exit status:\n"
	"  0    all went well\n"
	"  1    the arguments are wrong, or a file they name\n"
	"  2    no such host, or no connection to it\n"
	"  3    the TLS handshake failed\n"
	"  4    the server's certificate was refused\n"
	"  5    the connection broke, or a part of the answer is missing\n"
	"  6    the HTTP answer is no success, or no HTTP\n"
	"  7    the output can't be written\n"
	"  130  interrupted";

static void show_version(FILE *out, struct argp_state *state)
{
	(void)state;
	fprintf(out, "kseal-client %s\n", kseal_library_version());
}

/* The C library looks for it, so it must be seen from outside. */
__attribute__((visibility("default")))
void (*argp_program_version_hook)(FILE *, struct argp_state *) = show_version;

static const struct {
	const char *name;
	enum kseal_path path;
} paths[] = {
	{ "kseal", KSEAL_PATH_KSEAL },
	{ "tls", KSEAL_PATH_TLS },
	{ "userspace", KSEAL_PATH_USERSPACE },
};

static void parse_paths(struct options *o, char *list,
			struct argp_state *state)
{
	const size_t count = sizeof(paths) / sizeof(paths[0]);
	char *rest = list, *word;
	size_t i;

	while ((word = strsep(&rest, ","))) {
		i = 0;
		while (i < count && strcmp(paths[i].name, word) != 0)
			i++;
		if (i == count)
			argp_error(state, "no record path is called '%s': "
				   "there are kseal, tls and userspace", word);
		o->paths |= paths[i].path;
	}
}

static void parse_alpn(struct options *o, char *list, struct argp_state *state)
{
	char *rest = list, *word;

	o->alpn_count = 0;
	while ((word = strsep(&rest, ","))) {
		if (!*word || strlen(word) > 255)
			argp_error(state, "an application protocol has 1 to "
				   "255 characters");
		if (o->alpn_count == OPTIONS_LIST)
			argp_error(state, "at most %d application protocols "
				   "can be offered", OPTIONS_LIST);
		o->alpn[o->alpn_count++] = word;
	}
}

static void parse_timeout(struct options *o, const char *text,
			  struct argp_state *state)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (end == text || *end || seconds < 1 || seconds > TIMEOUT_MAX)
		argp_error(state, "a time-out is a number of seconds from 1 "
			   "to %d", TIMEOUT_MAX);
	o->timeout = (int)seconds;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char *fault;

	switch (key) {
	case KEY_OUTPUT:
		o->output = arg;
		return 0;
	case KEY_QUIET:
		o->quiet = true;
		return 0;
	case KEY_TRUST:
		if (o->trust_count == OPTIONS_LIST)
			argp_error(state, "--trust can be given at most %d "
				   "times", OPTIONS_LIST);
		o->trust[o->trust_count++] = arg;
		return 0;
	case KEY_HOST:
		o->host = arg;
		return 0;
	case KEY_INSECURE:
		o->insecure = true;
		return 0;
	case KEY_PATH:
		parse_paths(o, arg, state);
		return 0;
	case KEY_ALPN:
		parse_alpn(o, arg, state);
		return 0;
	case KEY_GROUPS:
		o->groups = arg;
		return 0;
	case KEY_SUITES:
		o->suites = arg;
		return 0;
	case KEY_TIMEOUT:
		parse_timeout(o, arg, state);
		return 0;
	case KEY_KEYLOG:
		o->keylog = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->target.host[0])
			argp_error(state, "one URL at a time");
		fault = target_parse(&o->target, arg);
		if (fault)
			argp_error(state, "%s: %s", arg, fault);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a URL or host:port is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse(struct options *out, int argc, char **argv)
{
	static const struct argp argp = {
		table, parse, "https://HOST[:PORT]/PATH\nHOST:PORT", doc,
		NULL, NULL, NULL,
	};
	struct options o = { .timeout = TIMEOUT_DEFAULT };

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.target.http && o.output) {
		complain(STATUS_USAGE, "--output is for a URL; with host:port, "
				       "what comes goes to standard output");
		exit(STATUS_USAGE);
	}
	*out = o;
}
