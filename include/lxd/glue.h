/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code made by lxd-idlc needs besides messages, in the kernel and outside of it. Everything
 * here runs on private copies of messages; it takes no locks and never sleeps.
 */
#ifndef LXD_GLUE_H
#define LXD_GLUE_H
#include <lxd/msg.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/stddef.h>
#include <linux/string.h>
#define lxd_index(i, n) array_index_nospec(i, n)
#else
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#define lxd_index(i, n) (i)
#ifndef __aligned
#define __aligned(n) __attribute__((aligned(n)))
#endif
#endif

/* The function's number within its interface and direction. */
#define LXD_FN_NUMBER 0xffu
/* Interface and number, without flags. */
#define LXD_FN_IDENTITY 0x3fffu
/* The lowest result that is an error number. */
#define LXD_MIN_RESULT (-4095)

/* A reply without results. */
struct lxd_result {
	__s32 ret;
};

/* Why a message was refused. */
struct lxd_refusal {
	const char *what;
	__u64 value;
};

static inline int lxd_refuse(struct lxd_refusal *no, const char *what, __u64 value)
{
	no->what = what;
	no->value = value;
	return -EPROTO;
}

/* Does a text end within its room? */
static inline bool lxd_text_ok(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

/* Cuts what does not fit; the room behind the text is zero. */
static inline void lxd_text_copy(char *to, size_t room, const char *from)
{
	size_t n = from ? strnlen(from, room - 1) : 0;

	if (n)
		memcpy(to, from, n);
	memset(to + n, 0, room - n);
}

/* Clears what lies behind a text's end, which may be older memory. */
static inline void lxd_text_scrub(char *text, size_t room)
{
	size_t n = strnlen(text, room - 1);

	memset(text + n, 0, room - n);
}

/*
 * Checks that hold for every message; clears the reply and makes its result an error until the
 * function's handler says otherwise.
 */
static inline int lxd_glue_open(const struct lxd_fn_info *fn, const struct lxd_msg *msg,
				struct lxd_msg *reply, struct lxd_refusal *no)
{
	bool wait = fn->flags & LXD_FNF_WAIT;
	__u32 most = fn->max_len > LXD_SLOT_WORDS * 8 ? fn->max_len : LXD_SLOT_WORDS * 8;

	if (wait != (msg->call != 0))
		return lxd_refuse(no, "call number", msg->call);
	if (!(fn->flags & LXD_FNF_DATA) != (msg->queue < 0))
		return lxd_refuse(no, "ring", (__u64)(__s64)msg->queue);
	if (msg->len < fn->min_len || msg->len > most)
		return lxd_refuse(no, "length", msg->len);
	if (!wait)
		return 0;
	if (reply->len < fn->max_reply)
		return lxd_refuse(no, "room for the reply", reply->len);
	memset(reply->data, 0, fn->max_reply);
	return 0;
}

/* A reply that says only how it ended. */
static inline void lxd_glue_result(const struct lxd_msg *msg, struct lxd_msg *reply, int ret)
{
	struct lxd_result result = { ret };

	if (!msg->call)
		return;
	memcpy(reply->data, &result, sizeof(result));
	reply->len = sizeof(result);
}

/* Zeroed memory for arguments that are too large for a stack; may sleep. */
void *lxd_msg_alloc(__u32 size);
void lxd_msg_free(void *data);
void *rt_msg_alloc(__u32 size);
void rt_msg_free(void *data);
#endif
