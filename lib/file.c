/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/mem.h>

/*
 * A trust store of the whole world's roots has a quarter of a megabyte; what
 * is larger than this is a wrong path, such as a disk or /dev/zero.
 */
#define FILE_MAX (4u << 20)

/* The first guess: a chain or a key fits. */
#define FILE_FIRST 8192u

static int fail(struct kseal_error *err, int sys_errno, const char *sentence)
{
	error_say(err, KSEAL_E_FILE, sentence);
	err->sys_errno = sys_errno;
	return KSEAL_ERROR;
}

int file_read(const char *path, const char *sentence, uint8_t **out,
	      size_t *out_len, struct kseal_error *err)
{
	size_t room = FILE_FIRST, len = 0;
	uint8_t *data = NULL, *larger;
	int ret = KSEAL_ERROR;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		fail(err, errno, sentence);
		goto out;
	}
	data = OPENSSL_malloc(room);
	if (!data) {
		error_set(err, KSEAL_E_MEMORY);
		goto out;
	}
	for (;;) {
		got = read(fd, data + len, room - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			fail(err, errno, sentence);
			goto out;
		}
		if (got == 0)
			break;
		len += (size_t)got;
		if (len < room)
			continue;
		if (room >= FILE_MAX) {
			fail(err, EFBIG, sentence);
			goto out;
		}
		/* OPENSSL_realloc wipes what it leaves behind. */
		larger = OPENSSL_realloc(data, room * 2);
		if (!larger) {
			error_set(err, KSEAL_E_MEMORY);
			goto out;
		}
		data = larger;
		room *= 2;
	}
	*out = data;
	*out_len = len;
	data = NULL;
	ret = KSEAL_OK;
out:
	OPENSSL_free(data);
	if (fd >= 0)
		close(fd);
	return ret;
}
