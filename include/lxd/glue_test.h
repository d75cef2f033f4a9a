/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What x_test.c (lxd-idlc compile --tests) needs in user space: random values, a transport that
 * ends in the same process, and a sender that lies. Included once, behind x.h and the macros
 * HOST_DISPATCH and DOMAIN_DISPATCH.
 */
#ifndef LXD_GLUE_TEST_H
#define LXD_GLUE_TEST_H
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lxd/contract.h>

/* Old memory that must not be seen outside. */
#define STALE 0xc5

struct lxd_domain {
	int violations, failed;
};

static struct lxd_domain domain;
static int hostile, rounds = 1000, ran, data_queue = -1;
static __u64 seed = 88172645463325252ull, checks, accepted, refused;
static const char *test_name;
static __u8 last_reply[4096];
static __u32 last_reply_len;
static union {
	struct lxd_object object;
	char room[256];
} objects[32];

#define CHECK(condition) \
	do { \
		checks++; \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, test_name, #condition); \
			exit(1); \
		} \
	} while (0)

static inline __u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Often at the ends of the range. */
static inline __u64 rnd_in(__u64 low, __u64 more)
{
	switch (rnd() % 4) {
	case 0:
		return low;
	case 1:
		return low + more;
	}
	return more == ~0ull ? rnd() : low + rnd() % (more + 1);
}

static inline void rnd_text(char *to, size_t room)
{
	size_t n = rnd() % room, i;

	for (i = 0; i < n; i++)
		to[i] = (char)('a' + rnd() % 26);
}

static inline __u32 rnd_handle(void)
{
	return 0x10000 + rnd() % 32;
}

static inline int all_zero(const void *data, size_t size)
{
	const __u8 *p = data;

	while (size--)
		if (*p++)
			return 0;
	return 1;
}

/* Did the last reply hold this, behind the result, and nothing else? */
static inline int reply_is(const void *give, size_t size)
{
	return last_reply_len <= size && !memcmp(last_reply + 4, (const char *)give + 4, last_reply_len - 4);
}

static inline void begin(const char *name)
{
	test_name = name;
	domain.violations = domain.failed = ran = 0;
	data_queue = -1;
}

static inline void start(int argc, char **argv)
{
	if (argc > 1)
		rounds = atoi(argv[1]);
	if (argc > 2)
		seed ^= strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull;
}

static inline int finish(const char *name)
{
	printf("%s: %llu checks, %llu hostile messages run, %llu refused\n", name, (unsigned long long)checks,
	       (unsigned long long)accepted, (unsigned long long)refused);
	return 0;
}

/* A copy that ends where the message ends, so that a sanitizer sees each byte too many. */
static inline void *exactly(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	return copy;
}

static inline int to_host(struct lxd_msg *msg)
{
	struct lxd_msg reply = { 0 };
	__u64 room[512];
	int err;

	memset(room, STALE, sizeof(room));
	reply.data = room;
	reply.len = sizeof(room);
	err = HOST_DISPATCH(&domain, msg, &reply);
	CHECK(reply.len <= sizeof(room));
	last_reply_len = reply.len;
	memcpy(last_reply, room, sizeof(room));
	return err;
}

/* Flips some bytes of a legal message and lets the host look at it. */
static inline void hostile_message(__u16 fn, const void *legal, __u32 size, int wait, int queue)
{
	__u32 len = size > 56 ? size : 56, n = rnd() % 4, i;
	struct lxd_msg msg = { 0 };
	__u8 *bytes = calloc(1, len);
	int err;

	if (!bytes)
		abort();
	if (size)
		memcpy(bytes, legal, size);
	if (rnd() % 16 == 0)
		for (i = 0; i < len; i++)
			bytes[i] = (__u8)rnd();
	for (i = 0; i < n && size; i++) {
		__u8 *p = &bytes[rnd() % size];

		*p = rnd() % 2 ? (__u8)rnd() : (__u8)(*p + rnd() % 3 - 1);
	}
	msg.len = rnd() % 8 && len > 56 ? len : 56 + rnd() % (len - 55);
	msg.data = exactly(bytes, msg.len);
	msg.fn = rnd() % 16 ? fn : (__u16)rnd();
	msg.call = rnd() % 16 ? wait : (__u16)rnd();
	msg.queue = rnd() % 16 ? queue : (int)(rnd() % 4) - 1;
	err = to_host(&msg);
	CHECK(err == 0 || err == -EPROTO);
	CHECK(domain.violations >= (err != 0));
	CHECK(err == 0 || ran == 0);
	*(err ? &refused : &accepted) += 1;
	free(msg.data);
	free(bytes);
}

void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, __u64 value)
{
	(void)value;
	CHECK(fn && what);
	dom->violations++;
}

void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...)
{
	CHECK(fmt);
	dom->failed++;
}

int lxd_domain_await_restart(struct lxd_domain *dom, unsigned int ms)
{
	(void)dom;
	(void)ms;
	return -ETIMEDOUT;
}

__u64 lxd_now(void)
{
	static __u64 now = 1;

	return now += 100000000000ull;
}

bool lxd_capable(int cap)
{
	return cap >= 0;
}

void *lxd_handle_get(struct lxd_domain *dom, __u32 type, __u32 handle)
{
	(void)dom;
	(void)type;
	return handle >> 16 == 1 && (handle & 0xffff) < 32 ? &objects[handle & 0xffff] : NULL;
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply,
		    unsigned int deadline_ms)
{
	struct lxd_msg msg = *req, answer = { 0 };
	__u64 in[512] = { 0 }, out[512] = { 0 };
	__u32 i, n;

	(void)dom;
	CHECK(deadline_ms && req->len <= sizeof(in));
	memcpy(in, req->data, req->len);
	msg.data = in;
	msg.call = 3;
	msg.len = req->len > 56 ? req->len : 56;
	answer.data = out;
	answer.len = sizeof(out);
	CHECK(DOMAIN_DISPATCH(&msg, &answer) == 0);
	n = answer.len > 56 ? answer.len : 56;
	if (hostile) {
		for (i = rnd() % 4; i; i--)
			((__u8 *)out)[rnd() % n] = (__u8)rnd();
		if (rnd() % 8 == 0)
			n = rnd() % (n + 1);
	}
	reply->len = n < reply->len ? n : reply->len;
	memcpy(reply->data, out, reply->len);
	return 0;
}

int lxd_domain_post(struct lxd_domain *dom, int queue, __u16 fn, const __u64 *w)
{
	struct lxd_msg msg = { 0 }, reply = { 0 };

	(void)dom;
	memcpy(msg.w, w, sizeof(msg.w));
	msg.data = msg.w;
	msg.len = sizeof(msg.w);
	msg.fn = fn;
	msg.queue = queue;
	return DOMAIN_DISPATCH(&msg, &reply);
}

int rt_host_call(const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline_ms)
{
	struct lxd_msg msg = *req;
	__u8 padded[4096] = { 0 };

	(void)deadline_ms;
	memcpy(padded, req->data, req->len);
	msg.len = req->len > 56 ? req->len : 56;
	msg.data = exactly(padded, msg.len);
	msg.call = 2;
	CHECK(to_host(&msg) == 0);
	free(msg.data);
	CHECK(last_reply_len <= reply->len);
	reply->len = last_reply_len;
	memcpy(reply->data, last_reply, last_reply_len);
	return 0;
}

int rt_host_post(int queue, __u16 fn, const __u64 *w)
{
	struct lxd_msg msg = { 0 };

	memcpy(msg.w, w, sizeof(msg.w));
	msg.data = msg.w;
	msg.len = sizeof(msg.w);
	msg.fn = fn;
	msg.queue = queue;
	return to_host(&msg);
}

void *lxd_msg_alloc(__u32 size) { return calloc(1, size); }
void lxd_msg_free(void *data) { free(data); }
void *rt_msg_alloc(__u32 size) { return calloc(1, size); }
void rt_msg_free(void *data) { free(data); }
#endif
