/* SPDX-License-Identifier: BSD-2-Clause */
#include "limit.h"
#include "send.h"

/* What a call that returned no count says; only failures end in FAILED. */
static enum send_result no_count(ssize_t n)
{
	switch (n) {
	case KSEAL_WANT_READ:
		return SEND_WAIT_READ;
	case KSEAL_WANT_WRITE:
		return SEND_WAIT_WRITE;
	default:
		return SEND_FAILED;
	}
}

static enum send_result send_text(struct kseal *k, const struct text *t,
				  size_t *sent, unsigned int flags)
{
	while (*sent < t->length) {
		ssize_t n = kseal_send(k, t->data + *sent, t->length - *sent,
				       flags);

		if (n < 0)
			return no_count(n);
		*sent += (size_t)n;
	}
	return SEND_DONE;
}

static enum send_result send_file(struct kseal *k, struct response *r)
{
	size_t share = LIMIT_TURN_BYTES;

	while (r->left) {
		size_t count = r->left < (off_t)share ? (size_t)r->left : share;
		ssize_t n;

		if (!count)
			return SEND_TURN;
		n = kseal_sendfile(k, r->file.fd, &r->offset, count);
		if (n < 0)
			return no_count(n);
		if (!n)
			return SEND_CUT;
		r->left -= n;
		r->file_sent += n;
		share -= (size_t)n;
	}
	return SEND_DONE;
}

enum send_result send_response(struct kseal *k, struct response *r)
{
	bool more = r->left || r->page.length;
	enum send_result result;

	result = send_text(k, &r->head, &r->head_sent, more ? KSEAL_MORE : 0);
	if (result != SEND_DONE)
		return result;
	result = send_text(k, &r->page, &r->page_sent, 0);
	if (result != SEND_DONE)
		return result;
	return send_file(k, r);
}
