/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What x_test.c (lxd-idlc compile --tests) needs: random values, a transport that ends in the same
 * process, and senders that lie. Included once, behind x.h and the macros HOST_DISPATCH and
 * DOMAIN_DISPATCH. In user space it makes a program, in the kernel a KUnit suite.
 */
#ifndef LXD_GLUE_TEST_H
#define LXD_GLUE_TEST_H
#include <lxd/contract.h>
#ifdef __KERNEL__
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#define test_alloc(size) kzalloc(size, GFP_KERNEL)
#define test_free(p) kfree(p)
#define TEST_ROUNDS 200
static struct kunit *test_now;
#else
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define test_alloc(size) calloc(1, size)
#define test_free(p) free(p)
#define TEST_ROUNDS 1000
#endif

/* Old memory that must not be seen outside. */
#define STALE 0xc5
#define AREA 4096

struct lxd_domain {
	int violations, failed;
	const char *what; /* of the last violation */
};

static struct lxd_domain domain;
static int hostile, rounds = TEST_ROUNDS, ran, data_queue = -1;
static __u64 seed = 88172645463325252ull, checks, accepted, refused, lies, missed;
static const char *test_name;
static __u64 reply_room[AREA / 8], last_reply[AREA / 8];
static __u32 last_reply_len;
/* What the domain says to the host's calls instead of what its implementation said. */
static const void *answer;
static __u32 answer_len;
static __attribute__((unused)) struct lxd_result plain_answer;
static union {
	struct lxd_object object;
	char room[256];
} objects[16][32]; /* by type of the handle: each has a machine of its own */

#ifdef __KERNEL__
#define CHECK(condition) \
	do { \
		checks++; \
		if (!(condition)) \
			KUNIT_FAIL(test_now, "line %d: %s: %s\n", __LINE__, test_name, #condition); \
	} while (0)
#else
#define CHECK(condition) \
	do { \
		checks++; \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, test_name, #condition); \
			exit(1); \
		} \
	} while (0)
#endif

/*
 * A legal message of F for which WHEN holds, then changed; it must be refused as WHAT. Some opcodes
 * leave no room for a result, so for some WHEN there is no legal message.
 */
#define LIE(f, when, expected, change) \
	do { \
		int tries = 4096; \
\
		do { \
			fill_##f(); \
		} while (!(when) && --tries); \
		if (!tries) { \
			missed++; \
			break; \
		} \
		prepare_##f(); \
		change; \
		lie_##f(expected); \
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

static inline bool one_bit(__u64 v)
{
	return v && !(v & (v - 1));
}

/* Did the last reply hold this, behind the result, and nothing else? */
static inline int reply_is(const void *give, size_t size)
{
	return last_reply_len <= size &&
	       !memcmp((const char *)last_reply + 4, (const char *)give + 4, last_reply_len - 4);
}

static inline void begin(const char *name)
{
	test_name = name;
	memset(&domain, 0, sizeof(domain));
	ran = 0;
	data_queue = -1;
}

/* A copy that ends where the message ends, so that a sanitizer sees each byte too many. */
static inline void *exactly(const void *data, size_t size)
{
	void *copy = test_alloc(size ? size : 1);

	CHECK(copy);
	if (copy)
		memcpy(copy, data, size);
	return copy;
}

static inline int to_host(struct lxd_msg *msg)
{
	struct lxd_msg reply = { 0 };
	int err;

	memset(reply_room, STALE, AREA);
	reply.data = reply_room;
	reply.len = AREA;
	err = HOST_DISPATCH(&domain, msg, &reply);
	CHECK(reply.len <= AREA);
	last_reply_len = reply.len < AREA ? reply.len : AREA;
	memcpy(last_reply, reply_room, AREA);
	return err;
}

/* No implementation of the host ran, and the refusal has this name. */
static inline void refused_as(const char *what, int err)
{
	const char *name = test_name;

	lies++;
	CHECK(err == -EPROTO);
	CHECK(ran == 0);
	CHECK(domain.violations == 1 && domain.what);
	if (domain.what && strcmp(domain.what, what)) {
		test_name = domain.what;
		CHECK(!"refused under another name");
	}
	answer = NULL;
	begin(name);
}

/* LEN bytes of a request; behind its arguments are zeros. */
static inline void tell_host(__u16 fn, const void *args, __u32 size, const char *what, int wait, int queue,
			     __u32 len)
{
	static __u64 padded[AREA / 8 + 1];
	struct lxd_msg msg = { 0 };

	memset(padded, 0, sizeof(padded));
	if (size)
		memcpy(padded, args, size);
	msg.data = exactly(padded, len);
	msg.len = len;
	msg.fn = fn;
	msg.call = wait ? 2 : 0;
	msg.queue = queue;
	refused_as(what, to_host(&msg));
	test_free(msg.data);
}

static inline void answer_with(const void *data, __u32 len)
{
	answer = data;
	answer_len = len;
}

static inline void unknown_functions(int interface, int count)
{
	int numbers[] = { LXD_FN(interface, count), LXD_FN(interface, 255), LXD_FN((interface + 1) % 64, 0),
			  LXD_FN(interface, 0) | LXD_FN_REPLY };
	size_t i;

	begin("unknown");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		tell_host(numbers[i], NULL, 0, "function", i % 2, -1, 56);
}

/* Flips some bytes of a legal message and lets the host look at it. */
static inline void hostile_message(__u16 fn, const void *legal, __u32 size, int wait, int queue)
{
	__u32 len = size > 56 ? size : 56, n = rnd() % 4, i;
	struct lxd_msg msg = { 0 };
	__u8 *bytes = test_alloc(len);
	int err;

	CHECK(bytes);
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
	test_free(msg.data);
	test_free(bytes);
}

void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, __u64 value)
{
	(void)value;
	CHECK(fn && what);
	dom->violations++;
	dom->what = what;
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

#ifdef __KERNEL__
/* For the tracepoints. */
__u32 lxd_domain_id(const struct lxd_domain *dom)
{
	return 1;
}
#else
__u64 lxd_now(void)
{
	static __u64 now = 1;

	return now += 100000000000ull;
}

bool lxd_capable(int cap)
{
	return cap >= 0;
}
#endif

void *lxd_handle_get(struct lxd_domain *dom, __u32 type, __u32 handle)
{
	(void)dom;
	return handle >> 16 == 1 && (handle & 0xffff) < 32 ? &objects[type % 16][handle & 0xffff] : NULL;
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply,
		    unsigned int deadline_ms)
{
	static __u64 in[AREA / 8], out[AREA / 8];
	struct lxd_msg msg = *req, back = { 0 };
	__u32 i, n;

	(void)dom;
	CHECK(deadline_ms && req->len <= AREA);
	memset(in, 0, AREA);
	memset(out, 0, AREA);
	memcpy(in, req->data, req->len);
	msg.data = in;
	msg.call = 3;
	msg.len = req->len > 56 ? req->len : 56;
	back.data = out;
	back.len = AREA;
	if (answer) {
		back.len = answer_len;
		memcpy(out, answer, answer_len);
	} else {
		CHECK(DOMAIN_DISPATCH(&msg, &back) == 0);
		back.len = back.len > 56 ? back.len : 56;
	}
	n = back.len;
	if (hostile && !answer) {
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
	static __u64 padded[AREA / 8];
	struct lxd_msg msg = *req;

	(void)deadline_ms;
	memset(padded, 0, AREA);
	memcpy(padded, req->data, req->len);
	msg.len = req->len > 56 ? req->len : 56;
	msg.data = exactly(padded, msg.len);
	msg.call = 2;
	CHECK(to_host(&msg) == 0);
	test_free(msg.data);
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

void *lxd_msg_alloc(__u32 size)
{
	return test_alloc(size);
}

void lxd_msg_free(void *data)
{
	test_free(data);
}

void *rt_msg_alloc(__u32 size)
{
	return test_alloc(size);
}

void rt_msg_free(void *data)
{
	test_free(data);
}

/* Once is for tests that try each lie there is; the others are random. */
struct test {
	const char *name;
	void (*run)(void);
	int once;
};

#ifdef __KERNEL__
static inline void test_run(struct kunit *test, const struct test *t)
{
	int round;

	test_now = test;
	hostile = 0;
	for (round = 0; round < (t->once ? 1 : rounds); round++)
		t->run();
}

/* A table row of three words makes a case; LXD_TEST_CASE() names the row. */
#define LXD_TEST_CASE(number, name) \
static void kunit_##name(struct kunit *test) \
{ \
	test_run(test, &tests[number]); \
}

#define LXD_TESTS(interface, ...) \
static void lies_told(struct kunit *test) \
{ \
	kunit_info(test, "%llu checks, %llu lies, %llu not possible, %llu hostile messages run, %llu refused\n", \
		   checks, lies, missed, accepted, refused); \
	KUNIT_EXPECT_GT(test, lies, 10ull); \
} \
\
static struct kunit_case cases[] = { __VA_ARGS__, KUNIT_CASE(lies_told), {} }; \
static struct kunit_suite suite = { .name = "lxd-idl-" #interface, .test_cases = cases }; \
kunit_test_suites(&suite); \
MODULE_LICENSE("GPL")
#else
#define LXD_TESTS(interface) \
int main(int argc, char **argv) \
{ \
	size_t i; \
	int round; \
\
	if (argc > 1) \
		rounds = atoi(argv[1]); \
	if (argc > 2) \
		seed ^= strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull; \
	for (round = 0; round < rounds; round++) \
		for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) \
			if (!tests[i].once || round % 64 == 0) \
				tests[i].run(); \
	printf("%s: %llu checks, %llu lies told, %llu hostile messages run, %llu refused\n", #interface, \
	       (unsigned long long)checks, (unsigned long long)lies, (unsigned long long)accepted, \
	       (unsigned long long)refused); \
	return 0; \
} \
struct test
#endif
#endif
