// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include "context.h"

/*
 * The record type that the sender asks for with TLS_SET_RECORD_TYPE. Returns
 * -EINVAL if there are control messages but none that sets it.
 */
int kseal_control_get(struct msghdr *msg, u8 *type)
{
	struct cmsghdr *cmsg;
	int err = -EINVAL;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_TLS)
			continue;
		if (cmsg->cmsg_type != TLS_SET_RECORD_TYPE ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(*type)))
			return -EINVAL;
		/* A record of another type can't be left open. */
		if (msg->msg_flags & MSG_MORE)
			return -EINVAL;
		*type = *(u8 *)CMSG_DATA(cmsg);
		err = 0;
	}
	return err;
}

/*
 * Tells the reader the type of what it gets. A reader without room for it can
 * have data, but nothing else: -EIO.
 */
int kseal_control_put(struct msghdr *msg, u8 type)
{
	int err;

	err = put_cmsg(msg, SOL_TLS, TLS_GET_RECORD_TYPE, sizeof(type), &type);
	if (type != KSEAL_TYPE_DATA && (err || msg->msg_flags & MSG_CTRUNC))
		return -EIO;
	return 0;
}
