// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How this works
 *
 * A record is sealed in one call to the AEAD, from where its text is to where
 * its ciphertext goes, and then never again: TCP keeps the ciphertext pages
 * for as long as it may have to send them.
 *
 * The header, and what follows the text, have fragments of their own, so the
 * ciphertext begins at the same place of a page as the text did. Source and
 * destination then cross page borders together, and the cipher runs over
 * whole pages. The trailer of a record and the prefix of the next lie side by
 * side and travel as one fragment.
 *
 *	small:	| prefix 0 | trailer 0 | prefix 1 | trailer 1 | ...
 *	pages:	             | text 0 ...........|  | text 1 ...
 *	queue:	prefix 0, text 0, trailer 0 + prefix 1, text 1, trailer 1 + ...
 *
 * Copied text is already in its ciphertext pages and is sealed in place;
 * nobody but us has those pages yet. Spliced text is only read.
 */
#include "context.h"
#include "pages.h"

static void sg_add(struct scatterlist **sg, struct page *page,
		   unsigned int length, unsigned int offset)
{
	(*sg)->page_link = 0;
	sg_set_page(*sg, page, length, offset);
	(*sg)++;
}

static void sg_add_aad(struct scatterlist **sg, struct kseal_key *key)
{
	(*sg)->page_link = 0;
	sg_set_buf(*sg, key->aad, key->format.aad);
	(*sg)++;
}

static void queue_add(struct kseal_flight *f, struct page *page,
		      unsigned int offset, unsigned int length)
{
	struct bio_vec *piece = &f->queue[f->last];

	f->queued += length;
	if (f->last > f->first && piece[-1].bv_page == page &&
	    piece[-1].bv_offset + piece[-1].bv_len == offset) {
		piece[-1].bv_len += length;
		put_page(page);
		return;
	}
	bvec_set_page(piece, page, length, offset);
	f->last++;
}

void kseal_flight_reset(struct kseal_flight *f)
{
	f->length = 0;
	f->shift = 0;
	f->pieces = 0;
	f->held = 0;
	f->pages = 0;
	f->open = false;
	f->whole = false;
	f->spliced = false;
}

static unsigned int page_room(const struct kseal_flight *f, unsigned int i,
			      unsigned int left)
{
	return min_t(unsigned int, left, PAGE_SIZE - (i ? 0 : f->shift));
}

/* Where ciphertext and trailer go. */
static void map_dst(struct kseal_tx *tx, unsigned int trailer_at)
{
	const struct kseal_format *format = &tx->key.format;
	struct kseal_flight *f = tx->flight;
	struct scatterlist *sg = f->dst;
	unsigned int left = f->length;
	unsigned int i, n;

	sg_add_aad(&sg, &tx->key);
	if (f->whole) {
		sg_add(&sg, f->small, left + format->tail + format->tag,
		       f->small_at + format->prefix);
	} else {
		for (i = 0; left; i++) {
			n = page_room(f, i, left);
			sg_add(&sg, f->page[i], n, i ? 0 : f->shift);
			left -= n;
		}
		sg_add(&sg, f->small, format->tail + format->tag, trailer_at);
	}
	sg_mark_end(sg - 1);
}

/* Where the text is, when that isn't where its ciphertext goes. */
static void map_src(struct kseal_tx *tx, unsigned int trailer_at)
{
	struct kseal_flight *f = tx->flight;
	struct scatterlist *sg = f->src;
	unsigned int i;

	sg_add_aad(&sg, &tx->key);
	for (i = 0; i < f->pieces; i++)
		sg_add(&sg, f->text[i].bv_page, f->text[i].bv_len,
		       f->text[i].bv_offset);
	if (tx->key.format.tail)
		sg_add(&sg, f->small, 1, trailer_at);
	sg_mark_end(sg - 1);
}

static void release_text(struct kseal_flight *f)
{
	unsigned int i;

	for (i = 0; i < f->held; i++)
		put_page(f->text[i].bv_page);
}

static void give_back(struct kseal_flight *f, unsigned int first)
{
	struct bio_vec piece;
	unsigned int i;

	for (i = first; i < f->pages; i++) {
		bvec_set_page(&piece, f->page[i], PAGE_SIZE, 0);
		kseal_pages_put(&piece, 1);
	}
}

static void release_record(struct kseal_flight *f)
{
	release_text(f);
	give_back(f, 0);
	put_page(f->small);
	kseal_flight_reset(f);
}

static void queue_record(struct kseal_tx *tx, unsigned int trailer_at)
{
	const struct kseal_format *format = &tx->key.format;
	struct kseal_flight *f = tx->flight;
	unsigned int left = f->length;
	unsigned int i, n;

	if (f->last + KSEAL_RECORD_PIECES > KSEAL_QUEUE_PIECES) {
		memmove(f->queue, f->queue + f->first,
			(f->last - f->first) * sizeof(f->queue[0]));
		f->last -= f->first;
		f->first = 0;
	}
	if (f->whole) {
		queue_add(f, f->small, f->small_at, format->overhead + left);
	} else {
		get_page(f->small);
		queue_add(f, f->small, f->small_at, format->prefix);
		for (i = 0; left; i++) {
			n = page_room(f, i, left);
			queue_add(f, f->page[i], i ? 0 : f->shift, n);
			left -= n;
		}
		/* Some were reserved for text that did not come. */
		give_back(f, i);
		queue_add(f, f->small, trailer_at, format->tail + format->tag);
	}
	release_text(f);
	kseal_flight_reset(f);
}

/*
 * Seals the open record, whose type is @type, and queues it. There is room for
 * it in the queue, and memory was reserved when the text came: the one error
 * is -EBADMSG, and it is final.
 */
int kseal_seal(struct sock *sk, struct kseal_tx *tx, u8 type)
{
	const struct kseal_format *format = &tx->key.format;
	struct kseal_context *ctx = kseal_context(sk);
	struct kseal_flight *f = tx->flight;
	unsigned int length = f->length;
	unsigned int trailer_at;
	u8 *prefix;
	int err;

	sock_owned_by_me(sk);
	if (tx->key.counter.exhausted)
		goto fail;

	trailer_at = f->small_at + format->prefix + (f->whole ? length : 0);
	prefix = page_address(f->small) + f->small_at;
	kseal_prefix_write(format, &tx->key.counter, type, length, prefix);
	kseal_aad_write(format, &tx->key.counter, prefix, length, tx->key.aad);
	kseal_nonce(format, &tx->key.counter, prefix + KSEAL_HEADER_SIZE,
		    tx->key.nonce);
	if (format->tail)
		*((u8 *)page_address(f->small) + trailer_at) = type;

	map_dst(tx, trailer_at);
	if (f->spliced)
		map_src(tx, trailer_at);
	aead_request_set_crypt(&tx->request, f->spliced ? f->src : f->dst,
			       f->dst, length + format->tail, tx->key.nonce);
	err = kseal_key_run(&tx->key, &tx->request, true);
	if (err)
		goto fail;

	kseal_counter_advance(&tx->key.counter);
	queue_record(tx, trailer_at);
	kseal_count(ctx, KSEAL_TX_RECORDS, 1);
	kseal_count(ctx, KSEAL_TX_BYTES, length);
	return 0;

fail:
	kseal_count(ctx, KSEAL_TX_ERROR, 1);
	release_record(f);
	tx->error = -EBADMSG;
	kseal_abort(sk, tx->error);
	return tx->error;
}

/* Forgets the open record, if there is one. */
void kseal_seal_drop(struct kseal_flight *f)
{
	if (f->open)
		release_record(f);
}
