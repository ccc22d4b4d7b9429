/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handshake messages: one file each, a writer and a reader of the body
 * (what follows the four bytes of header). The reader's caller refuses what is
 * left over. Neither touches the transcript (but for HelloRetryRequest, which
 * rewrites it) nor decides what comes next: flight13.c does both.
 */
#ifndef KSEAL_MESSAGE_H
#define KSEAL_MESSAGE_H

#include "handshake.h"

int client_hello_write(struct handshake *hs, CBB *body);
int client_hello_read(struct handshake *hs, CBS *body);

int server_hello_write(struct handshake *hs, CBB *body);
int server_hello_read(struct handshake *hs, CBS *body);

int hello_retry_request_write(struct handshake *hs, CBB *body);
int hello_retry_request_read(struct handshake *hs, CBS *body);

/* RFC 8446 4.1.3: a ServerHello with a certain random is one of these. */
bool hello_retry_request_is(uint8_t type, const CBS *body);

int encrypted_extensions_write(struct handshake *hs, CBB *body);
int encrypted_extensions_read(struct handshake *hs, CBS *body);

int certificate_request_read(struct handshake *hs, CBS *body);

int certificate_write(struct handshake *hs, CBB *body);
int certificate_read(struct handshake *hs, CBS *body);

int certificate_verify_write(struct handshake *hs, CBB *body);
int certificate_verify_read(struct handshake *hs, CBS *body);

int finished_write(struct handshake *hs, CBB *body);
int finished_read(struct handshake *hs, CBS *body);

/* After the handshake, when its state is gone. */
int new_session_ticket_read(CBS *body, struct kseal_error *err);
int key_update_read(CBS *body, bool *requested, struct kseal_error *err);

/* The fixed part of ServerHello and HelloRetryRequest. */
int server_hello_write_fields(struct handshake *hs, CBB *body,
			      const uint8_t random[RANDOM_LEN]);

/*
 * Reads and checks that part, takes the suite and starts the transcript; gives
 * the extensions.
 */
int server_hello_read_fields(struct handshake *hs, CBS *body, CBS *extensions);

#endif /* KSEAL_MESSAGE_H */
