/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kseal-client: a TLS client for people.
 */
#include <stdio.h>

#include "connect.h"
#include "download.h"
#include "join.h"
#include "options.h"
#include "session.h"
#include "show.h"
#include "wait.h"

int main(int argc, char **argv)
{
	char peer[TARGET_HOST + 16], address[CONNECT_ADDRESS];
	struct options options;
	struct session session;
	enum status status;
	int fd;

	options_parse(&options, argc, argv);
	wait_set_up();
	status = connect_to(&options.target, options.timeout, &fd, address);
	if (status)
		return status;
	snprintf(peer, sizeof(peer), "%s:%s", options.target.host,
		 options.target.port);
	status = session_open(&session, &options, fd, peer);
	if (!status) {
		if (!options.quiet)
			show_session(stderr, &session, address,
				     !options.insecure);
		status = options.target.http ? download(&session, &options) :
					       join(&session);
		/* Said out of courtesy: nobody waits for it. */
		if (!status)
			kseal_shutdown(session.tls);
	}
	session_close(&session);
	return status;
}
