// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * A record is opened from where TCP has it to memory that is ours or the
 * reader's, never in place: its pages may be shared with a sender on the same
 * machine, or a packet tap.
 *
 * Straight to the reader's pages: only a record of data that fits. What type a
 * TLS 1.3 record has, and whether it is padded, is known once it is open; if it
 * was no plain data after all, it is opened again into our own memory, and the
 * next records go there at once. If the tag is wrong, what was written to the
 * reader's pages is wiped before the reader can be told.
 */
#include "context.h"

#define OPEN_SRC	24	/* pieces of ciphertext; more are gathered */
#define OPEN_DST	8	/* pages of the reader */
#define OPEN_INDIRECT	32	/* records that follow a misjudged one */

/* The record can't be opened, and so none after it. */
static int open_fail(struct sock *sk, struct kseal_rx *rx)
{
	rx->error = -EBADMSG;
	kseal_count(kseal_context(sk), KSEAL_DECRYPT_ERROR, 1);
	kseal_abort(sk, rx->error);
	return rx->error;
}

/* Length of the text in the ready record, with padding. */
static unsigned int text_length(const struct kseal_rx *rx)
{
	return rx->full - rx->key.format.overhead;
}

static void sg_set_aad(struct scatterlist *sg, struct kseal_rx *rx)
{
	sg->page_link = 0;
	sg_set_buf(sg, rx->key.aad, rx->key.format.aad);
}

/* Opens the ready record to dst[1..]; dst[0] is for the additional data. */
static int open_to(struct sock *sk, struct kseal_rx *rx,
		   struct scatterlist *dst)
{
	const struct kseal_format *format = &rx->key.format;
	struct scatterlist src[1 + OPEN_SRC];
	u8 prefix[KSEAL_PREFIX_SIZE];
	int err;

	if (rx->error)
		return rx->error;
	if (rx->key.counter.exhausted)
		return open_fail(sk, rx);

	err = kseal_assemble_prefix(sk, rx, prefix, format->prefix);
	if (!err)
		err = kseal_assemble_map(sk, rx, src + 1, OPEN_SRC);
	if (err == -EAGAIN) {
		/* Gone from under us: start over with what is there. */
		rx->full = 0;
		WRITE_ONCE(rx->ready, false);
	}
	if (err)
		return err;

	kseal_aad_write(format, &rx->key.counter, prefix, text_length(rx),
			rx->key.aad);
	kseal_nonce(format, &rx->key.counter, prefix + KSEAL_HEADER_SIZE,
		    rx->key.nonce);
	sg_set_aad(&src[0], rx);
	sg_set_aad(&dst[0], rx);
	aead_request_set_crypt(&rx->request, src, dst,
			       rx->full - format->prefix, rx->key.nonce);
	err = kseal_key_run(&rx->key, &rx->request, false);
	return err == -EBADMSG ? open_fail(sk, rx) : err;
}

static void opened(struct sock *sk, struct kseal_rx *rx, unsigned int length)
{
	struct kseal_context *ctx = kseal_context(sk);

	kseal_counter_advance(&rx->key.counter);
	kseal_count(ctx, KSEAL_RX_RECORDS, 1);
	kseal_count(ctx, KSEAL_RX_BYTES, length);
	kseal_assemble_next(sk, rx);
}

static struct sk_buff *text_alloc(struct sock *sk, unsigned int length)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(0, length, PAGE_ALLOC_COSTLY_ORDER, &err,
				   sk->sk_allocation);
	if (!skb)
		return NULL;
	skb->len = length;
	skb->data_len = length;
	return skb;
}

static void text_map(struct sk_buff *skb, struct scatterlist *sg)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	int i;

	for (i = 0; i < info->nr_frags; i++, sg++) {
		sg->page_link = 0;
		sg_set_page(sg, skb_frag_page(&info->frags[i]),
			    skb_frag_size(&info->frags[i]),
			    skb_frag_off(&info->frags[i]));
	}
	sg_mark_end(sg - 1);
}

/* The content of TLSInnerPlaintext: length and type. */
static int text_inner(struct sk_buff *skb, struct kseal_text *text)
{
	unsigned int left = skb->len;
	unsigned int size, end;
	const u8 *from;
	int i;

	for (i = skb_shinfo(skb)->nr_frags - 1; i >= 0; i--) {
		size = skb_frag_size(&skb_shinfo(skb)->frags[i]);
		from = skb_frag_address(&skb_shinfo(skb)->frags[i]);
		left -= size;
		end = kseal_inner_end(from, size);
		if (end) {
			text->type = from[end - 1];
			text->length = left + end - 1;
			return 0;
		}
	}
	/* RFC 8446 5.4: a record without a type is fatal. */
	return -EBADMSG;
}

/* Opens the ready record and puts it on the list. */
int kseal_open(struct sock *sk, struct kseal_rx *rx)
{
	struct scatterlist dst[1 + MAX_SKB_FRAGS];
	unsigned int length = text_length(rx) + rx->key.format.tail;
	struct kseal_text text = {};
	struct sk_buff *skb;
	u8 header;
	int err;

	sock_owned_by_me(sk);
	/* An empty TLS 1.2 record has nothing but a tag to check. */
	skb = text_alloc(sk, length ?: 1);
	if (!skb)
		return -ENOMEM;
	text_map(skb, dst + 1);
	err = kseal_assemble_prefix(sk, rx, &header, 1);
	if (!err || err == -EAGAIN)
		err = open_to(sk, rx, dst);
	if (err)
		goto free;

	if (rx->key.format.tail) {
		err = text_inner(skb, &text);
		if (err) {
			err = open_fail(sk, rx);
			goto free;
		}
	} else {
		text.type = header;
		text.length = length;
	}
	*kseal_text(skb) = text;
	if (rx->indirect)
		rx->indirect--;
	opened(sk, rx, text.length);
	/* An empty record of data is legal, and says nothing. */
	if (!text.length && text.type == KSEAL_TYPE_DATA)
		goto free;
	__skb_queue_tail(&rx->texts, skb);
	return 0;

free:
	kfree_skb(skb);
	return err;
}

/* The reader's pages for a text. */
struct direct {
	struct page *page[OPEN_DST];
	unsigned int pages;
	size_t length;
};

static int direct_pin(struct direct *direct, struct iov_iter *to,
		      unsigned int length, struct scatterlist *sg)
{
	struct page **pages;
	size_t offset, n;
	ssize_t got;

	direct->pages = 0;
	direct->length = 0;
	while (direct->length < length) {
		pages = direct->page + direct->pages;
		if (direct->pages == OPEN_DST)
			return -E2BIG;
		got = iov_iter_extract_pages(to, &pages,
					     length - direct->length,
					     OPEN_DST - direct->pages, 0,
					     &offset);
		if (got <= 0)
			return -EFAULT;
		direct->length += got;
		for (; got; got -= n, sg++) {
			n = min_t(size_t, got, PAGE_SIZE - offset);
			sg->page_link = 0;
			sg_set_page(sg, direct->page[direct->pages++], n,
				    offset);
			offset = 0;
		}
	}
	return 0;
}

static void direct_wipe(const struct direct *direct, struct scatterlist *sg)
{
	unsigned int i;

	for (i = 0; i < direct->pages; i++, sg++)
		memzero_page(sg_page(sg), sg->offset, sg->length);
}

/* Is the ready record worth the try? */
static bool direct_fits(struct sock *sk, struct kseal_rx *rx,
			const struct iov_iter *to, size_t room)
{
	u8 header;

	if (!user_backed_iter(to) || rx->error || !text_length(rx) ||
	    text_length(rx) > room)
		return false;
	if (rx->key.format.tail)
		return !rx->indirect || kseal_context(sk)->rx_no_pad;
	return !kseal_assemble_prefix(sk, rx, &header, 1) &&
	       header == KSEAL_TYPE_DATA;
}

/*
 * Opens the ready record straight to the reader's pages. Returns the length of
 * its text, or 0 if that can't be done, or an error.
 */
int kseal_open_direct(struct sock *sk, struct kseal_rx *rx,
		      struct iov_iter *to, size_t room)
{
	struct kseal_context *ctx = kseal_context(sk);
	struct scatterlist dst[1 + OPEN_DST + 1];
	unsigned int length = text_length(rx);
	struct direct direct;
	int ret;

	sock_owned_by_me(sk);
	if (!direct_fits(sk, rx, to, room))
		return 0;
	ret = direct_pin(&direct, to, length, dst + 1);
	if (ret) {
		ret = 0;
		goto revert;
	}
	if (rx->key.format.tail) {
		dst[1 + direct.pages].page_link = 0;
		sg_set_buf(&dst[1 + direct.pages], &rx->tail, 1);
	}
	sg_mark_end(&dst[direct.pages + rx->key.format.tail]);

	ret = open_to(sk, rx, dst);
	if (ret) {
		direct_wipe(&direct, dst + 1);
		goto revert;
	}
	if (rx->key.format.tail && rx->tail != KSEAL_TYPE_DATA) {
		rx->indirect = OPEN_INDIRECT;
		kseal_count(ctx, KSEAL_DECRYPT_RETRY, 1);
		if (!rx->tail && ctx->rx_no_pad)
			kseal_count(ctx, KSEAL_NO_PAD_VIOLATION, 1);
		goto revert;
	}
	kseal_count(ctx, KSEAL_RX_DIRECT, length);
	opened(sk, rx, length);
	ret = length;
	goto unpin;

revert:
	iov_iter_revert(to, direct.length);
unpin:
	unpin_user_pages_dirty_lock(direct.page, direct.pages, true);
	return ret;
}
