/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records made in the library, over a socket.
 *
 * How this works
 * --------------
 * Reading: what the engine has opened is handed out; when it has nothing, one
 * recv() feeds it; if that fails, what was opened before is handed out first,
 * and the failure by the next call. Until the handshake is done recv() asks for no
 * more than the engine waits for, afterwards for as much as a record may have.
 *
 * Writing: bytes are sealed, and then they can't be taken back, since the
 * records are numbered. If TCP takes only a part of the records, the bytes
 * count as not yet written: the call returns KSEAL_WANT_WRITE, and remembers in
 * `committed` how many there are. The caller repeats it with the same bytes (as
 * <kseal.h> asks), which are not looked at again; once TCP has all of the
 * records the call returns their number. So a returned count means that nothing
 * waits in this process, a caller that polls the socket never waits for bytes
 * that nobody sends, and no byte is lost or sent twice. One call seals one
 * bounded piece: there is never a count to return and a piece waiting at the
 * same time.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* A few records at once, so that TCP gets segments that are full. */
#define SEND_PIECE (4 * RECORD_MAX_PLAIN)

/* While the handshake lasts: most of its records are smaller. */
#define HANDSHAKE_PIECE 4096

/* How many reads an alert is looked for in, behind what else there is. */
#define LAST_WORDS 64

/* The engine's output to TCP: 0, or an errno; EAGAIN when TCP is full. */
static int push(struct kseal *k, int flags)
{
	const uint8_t *data;
	ssize_t sent;
	size_t len;

	while ((len = kseal_output(k, &data)) > 0) {
		sent = send(k->socket.fd, data, len, MSG_NOSIGNAL | flags);
		if (sent >= 0)
			kseal_output_sent(k, (size_t)sent);
		else if (errno != EINTR)
			return errno == EWOULDBLOCK ? EAGAIN : errno;
	}
	return 0;
}

/*
 * Nothing can be sent any more. If the peer told why before it went, that is
 * still to be read, and a better error than the system's.
 */
static int fail_send(struct kseal *k, int sys_errno)
{
	uint8_t buf[HANDSHAKE_PIECE];
	size_t wanted;
	ssize_t got;

	for (int i = 0; i < LAST_WORDS; i++) {
		wanted = kseal_input_wanted(k);
		got = recv(k->socket.fd, buf,
			   wanted < sizeof(buf) ? wanted : sizeof(buf),
			   MSG_DONTWAIT);
		if (got <= 0)
			break;
		if (kseal_input(k, buf, (size_t)got) < 0)
			return socket_failed(k);
	}
	return socket_fail_system(k, sys_errno);
}

/* The same as a result of the public calls. */
static int flush(struct kseal *k, int flags)
{
	int sys_errno = push(k, flags);

	if (sys_errno == EAGAIN)
		return KSEAL_WANT_WRITE;
	return sys_errno ? fail_send(k, sys_errno) : KSEAL_OK;
}

/* Reads once, at most `len` bytes into `buf`, and feeds the engine. */
static int feed(struct kseal *k, uint8_t *buf, size_t len)
{
	ssize_t got, taken;

	do
		got = recv(k->socket.fd, buf, len, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return KSEAL_WANT_READ;
	if (got < 0)
		return socket_fail_system(k, errno);
	if (got == 0)
		return kseal_input_end(k) < 0 ? socket_failed(k) : KSEAL_OK;
	taken = kseal_input(k, buf, (size_t)got);
	if (taken < 0)
		return socket_failed(k);
	if (taken != got) {
		error_say(&k->error, KSEAL_E_INTERNAL,
			  "bytes behind the handshake were read");
		return socket_fail(k);
	}
	return KSEAL_OK;
}

int path_user_handshake(struct kseal *k)
{
	uint8_t buf[HANDSHAKE_PIECE];
	size_t wanted;
	int ret;

	for (;;) {
		ret = flush(k, 0);
		if (ret < 0 || kseal_established(k))
			return ret;
		wanted = kseal_input_wanted(k);
		ret = feed(k, buf, wanted < sizeof(buf) ? wanted : sizeof(buf));
		if (ret < 0)
			return ret;
	}
}

static ssize_t user_read(struct kseal *k, void *buf, size_t len)
{
	uint8_t wire[RECORD_HEADER + RECORD_MAX_SEALED];
	ssize_t got;
	int ret;

	for (;;) {
		got = kseal_open(k, buf, len);
		if (got == KSEAL_ERROR)
			return socket_failed(k);
		if (got != KSEAL_WANT_READ)
			return got;
		/*
		 * The answer to a KeyUpdate may wait. If it can't be sent, a
		 * later call will try, and it is no reason not to read.
		 */
		push(k, MSG_DONTWAIT);
		ret = feed(k, wire, sizeof(wire));
		if (ret == KSEAL_WANT_READ)
			return ret;
	}
}

/* Gets `committed` to TCP; then they count as written. */
static ssize_t finish_committed(struct kseal *k, int flags)
{
	ssize_t done;
	int ret = flush(k, flags);

	if (ret < 0)
		return ret;
	done = (ssize_t)k->socket.committed;
	k->socket.committed = 0;
	return done;
}

/* Seals one piece, behind which nothing else waits to be sent. */
static int commit(struct kseal *k, const void *buf, size_t len)
{
	ssize_t sealed = kseal_seal(k, buf, len);

	if (sealed == KSEAL_ERROR)
		return socket_failed(k);
	if (sealed < 0)
		return (int)sealed;
	k->socket.committed = (size_t)sealed;
	return KSEAL_OK;
}

/* Whether a piece is committed already; KSEAL_ERROR if this is another one. */
static int resume(struct kseal *k, size_t len)
{
	if (k->socket.committed > len) {
		error_say(&k->error, KSEAL_E_USAGE,
			  "a write was repeated with fewer bytes than it had");
		return socket_fail(k);
	}
	return k->socket.committed > 0;
}

static ssize_t user_send(struct kseal *k, const void *buf, size_t len,
			 unsigned int flags)
{
	int more = flags & KSEAL_MORE ? MSG_MORE : 0;
	int ret = resume(k, len);

	if (ret == 0)
		ret = flush(k, more);
	if (ret == 0)
		ret = commit(k, buf, len < SEND_PIECE ? len : SEND_PIECE);
	return ret < 0 ? ret : finish_committed(k, more);
}

static ssize_t user_sendfile(struct kseal *k, int file, off_t *offset,
			     size_t count)
{
	uint8_t plain[RECORD_MAX_PLAIN];
	size_t len = count < sizeof(plain) ? count : sizeof(plain);
	ssize_t got = 0, done;
	int ret = resume(k, count);

	if (ret == 0)
		ret = flush(k, 0);
	if (ret == 0) {
		do
			got = pread(file, plain, len, *offset);
		while (got < 0 && errno == EINTR);
		if (got == 0)
			return 0;
		if (got < 0) {
			error_system(&k->error, errno,
				     "the file can't be read");
			return socket_fail(k);
		}
		ret = commit(k, plain, (size_t)got);
	}
	if (ret < 0)
		return ret;
	done = finish_committed(k, 0);
	if (done > 0)
		*offset += done;
	return done;
}

static int user_close(struct kseal *k)
{
	if (!k->close_sent && kseal_close(k) < 0)
		return socket_failed(k);
	return flush(k, 0);
}

static void user_alert(struct kseal *k)
{
	push(k, MSG_DONTWAIT);
}

const struct path_calls path_user = {
	.read = user_read,
	.send = user_send,
	.sendfile = user_sendfile,
	.close = user_close,
	.alert = user_alert,
};
