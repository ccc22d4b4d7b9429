/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which record paths this machine has. A ULP can be asked for only on an
 * established connection, so one is made on the loopback interface; asking
 * also makes the kernel load the module, as the first real connection would.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kseal.h"

static const struct {
	enum kseal_path path;
	const char *ulp;
} kernel_paths[] = {
	{ KSEAL_PATH_KSEAL, "kseal" },
	{ KSEAL_PATH_TLS, "tls" },
};

static bool has_ulp(const struct sockaddr_in *listener, const char *ulp)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 &&
		   connect(fd, (const void *)listener, sizeof(*listener)) == 0 &&
		   setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulp, strlen(ulp)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

unsigned int kseal_probe(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	unsigned int paths = KSEAL_PATH_USERSPACE;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0)
		return paths;
	if (bind(listener, (void *)&addr, sizeof(addr)) == 0 &&
	    listen(listener, 2) == 0 &&
	    getsockname(listener, (void *)&addr, &len) == 0)
		for (size_t i = 0;
		     i < sizeof(kernel_paths) / sizeof(kernel_paths[0]); i++)
			if (has_ulp(&addr, kernel_paths[i].ulp))
				paths |= kernel_paths[i].path;
	close(listener);
	return paths;
}
