/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kseal-serve: everything that can be wrong is looked at before the first
 * worker starts, so that it either serves all it was asked to or says in a
 * sentence why not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "certificates.h"
#include "config.h"
#include "limit.h"
#include "listen.h"
#include "log.h"
#include "master.h"
#include "mime.h"

static int open_root(const char *path)
{
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		log_notice("cannot serve %s: %s; give an existing directory "
			   "with --root", path, strerror(errno));
		return -1;
	}
	if (faccessat(root, ".", R_OK | X_OK, AT_EACCESS)) {
		log_notice("cannot serve %s: %s; give a directory that may be "
			   "read with --root", path, strerror(errno));
		close(root);
		return -1;
	}
	if (file_probe(root)) {
		log_notice("cannot open files beneath %s by openat2(): %s; "
			   "Linux 5.6 or later is needed", path,
			   strerror(errno));
		close(root);
		return -1;
	}
	return root;
}

/* The system's types, or at least ours. */
static struct mime *load_types(void)
{
	struct mime *types = mime_load(MIME_FILE);

	if (types)
		return types;
	log_notice("cannot read " MIME_FILE ": %s; only common types of files "
		   "will be known (the Debian package media-types has it)",
		   strerror(errno));
	types = mime_load(NULL);
	if (!types)
		log_notice("out of memory");
	return types;
}

/* A record path that was insisted on must be there before clients come. */
static int check_paths(const struct config *config)
{
	static const struct {
		enum kseal_path path;
		const char *sentence;
	} rows[] = {
		{ KSEAL_PATH_KSEAL,
		  "this kernel has no ULP kseal: load the module (insmod "
		  "kseal.ko), or leave out --path kseal" },
		{ KSEAL_PATH_TLS,
		  "this kernel has no ULP tls: load the module (modprobe "
		  "tls), or leave out --path tls" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (config->paths == (unsigned int)rows[i].path &&
		    !(kseal_probe() & rows[i].path)) {
			log_notice("%s", rows[i].sentence);
			return -1;
		}
	}
	return 0;
}

static void tell_start(const struct config *config,
		       const struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		log_notice("serving %s on https://%s/ with %zu worker%s",
			   config->root, listeners->names[i], config->workers,
			   config->workers == 1 ? "" : "s");
}

int main(int argc, char **argv)
{
	struct service service = { .site.root = -1 };
	struct listeners listeners = { 0 };
	struct mime *types = NULL;
	struct config config;
	int status = EXIT_FAILURE;

	config_parse(&config, argc, argv);

	/* A client that goes away is an error of one call, not our end. */
	signal(SIGPIPE, SIG_IGN);

	if (check_paths(&config))
		goto out;
	service.site.root = open_root(config.root);
	if (service.site.root < 0)
		goto out;
	service.tls = certificates_load(&config);
	if (!service.tls)
		goto out;
	types = load_types();
	if (!types)
		goto out;
	service.paths_told = mmap(NULL, sizeof(*service.paths_told),
				  PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (service.paths_told == MAP_FAILED) {
		log_notice("out of memory");
		goto out;
	}
	if (listeners_open(&listeners, &config))
		goto out;

	service.site.mime = types;
	service.site.listing = config.listing;
	service.access_log = !config.quiet;
	memcpy(service.timeouts, config.timeouts, sizeof(service.timeouts));
	service.connections = limit_connections(config.connections);

	tell_start(&config, &listeners);
	status = master_run(&service, &listeners);
out:
	listeners_close(&listeners);
	if (service.paths_told && service.paths_told != MAP_FAILED)
		munmap(service.paths_told, sizeof(*service.paths_told));
	mime_free(types);
	kseal_config_free(service.tls);
	if (service.site.root >= 0)
		close(service.site.root);
	return status;
}
