// SPDX-License-Identifier: GPL-2.0-only
/// Both sides of full.idl in one process: states, quotas, kept answers and settings, opcodes,
/// unions, bulk data, and what a domain's end does to a call.
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

extern "C" {
#include "full.h"
}

struct klcd_port {
	lxd_object object;
};
struct lxd_domain {
	int violations = 0, failed = 0;
	std::string what, why;
	lxd_full_contract contract;
};

static lxd_domain domain;
static klcd_port ports[20];
static __u64 now;
static bool capable;
static int call_error, calls, posts, post_error, restarts, restart_error, klcd_ret, rt_ret;
static std::vector<std::string> log_;	///< what implementations saw, in order
static lxd_full_media media_seen;
static __u32 answer_bytes, given;
static lxd_full_look_out look_answer;
static __u32 sset_answer, version_answer;
static void (*tamper)(void *reply, __u32 *len);

static __u32 handle(int n)
{
	return 0x10000u + static_cast<__u32>(n);
}

extern "C" {
__u64 lxd_now(void) { return now; }
bool lxd_capable(int cap)
{
	EXPECT_EQ(cap, CAP_SYS_ADMIN);
	return capable;
}
void lxd_domain_violation(lxd_domain *d, const char *, const char *what, __u64)
{
	d->violations++;
	d->what = what;
}
void lxd_domain_fail(lxd_domain *d, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->failed++;
	d->why = text;
}
int lxd_domain_await_restart(lxd_domain *, unsigned int ms)
{
	EXPECT_GT(ms, 0u);
	restarts++;
	return restart_error;
}
void *lxd_handle_get(lxd_domain *, __u32 type, __u32 h)
{
	return type == LXD_FULL_HANDLE_PORT && h >> 16 == 1 && (h & 0xffff) < 20 ? &ports[h & 0xffff] : nullptr;
}
lxd_object *klcd_full_port_object(klcd_port *p) { return &p->object; }
lxd_full_contract *klcd_full_contract(lxd_domain *d) { return &d->contract; }

int lxd_domain_call(lxd_domain *, const lxd_msg *req, lxd_msg *reply, unsigned int)
{
	calls++;
	if (call_error)
		return call_error;
	std::vector<__u64> store(512), back(512);
	memcpy(store.data(), req->data, req->len);
	lxd_msg m = *req, r{};
	m.data = store.data();
	m.call = 3;
	m.len = req->len > 56 ? req->len : 56;
	r.data = back.data();
	r.len = 4096;
	EXPECT_EQ(lxd_full_domain_dispatch(&m, &r), 0);
	reply->len = std::min(reply->len, std::max(r.len, 56u));
	if (tamper)
		tamper(back.data(), &reply->len);
	memcpy(reply->data, back.data(), reply->len);
	return 0;
}
int lxd_domain_post(lxd_domain *, int queue, __u16 fn, const __u64 *w)
{
	posts++;
	if (post_error)
		return post_error;
	lxd_msg m{}, r{};
	memcpy(m.w, w, 56);
	m.data = m.w;
	m.len = 56;
	m.fn = fn;
	m.queue = queue;
	return lxd_full_domain_dispatch(&m, &r);
}
static int to_host(lxd_msg *m, std::vector<__u64> &back, lxd_msg *r)
{
	back.assign(512, 0xaaaaaaaaaaaaaaaa);
	*r = {};
	r->data = back.data();
	r->len = 4096;
	return lxd_full_host_dispatch(&domain, m, r);
}
int rt_host_call(const lxd_msg *req, lxd_msg *reply, unsigned int)
{
	std::vector<__u64> store(512), back;
	memcpy(store.data(), req->data, req->len);
	lxd_msg m = *req, r;
	m.data = store.data();
	m.call = 2;
	m.len = req->len > 56 ? req->len : 56;
	to_host(&m, back, &r);
	EXPECT_LE(r.len, reply->len);
	reply->len = r.len;
	memcpy(reply->data, back.data(), r.len);
	return 0;
}
int rt_host_post(int queue, __u16 fn, const __u64 *w)
{
	lxd_msg m{}, r{};
	memcpy(m.w, w, 56);
	m.data = m.w;
	m.len = 56;
	m.fn = fn;
	m.queue = queue;
	return lxd_full_host_dispatch(&domain, &m, &r);
}
void *lxd_msg_alloc(__u32 n) { return calloc(1, n); }
void lxd_msg_free(void *p) { free(p); }
void *rt_msg_alloc(__u32 n) { return calloc(1, n); }
void rt_msg_free(void *p) { free(p); }

int klcd_full_open(lxd_domain *, klcd_port *, const lxd_full_media *m)
{
	log_.push_back("open");
	media_seen = *m;
	return klcd_ret;
}
int klcd_full_close(lxd_domain *, klcd_port *)
{
	log_.push_back("close");
	return klcd_ret;
}
void klcd_full_tick(lxd_domain *, klcd_port *, __u32 n) { log_.push_back("tick " + std::to_string(n)); }
int klcd_full_ask(lxd_domain *, klcd_port *, __u32 *answer)
{
	*answer = 42;
	return 0;
}
int klcd_full_slow(lxd_domain *, lxd_full_media *best)
{
	memset(best, 0x5a, sizeof(*best)); // stale host memory
	best->tag = media_seen.tag;
	best->as.level = 3;
	if (best->tag == LXD_FULL_KIND_WORDS)
		strcpy(best->as.text, "hi");
	return 0;
}
void klcd_full_show(lxd_domain *, const lxd_full_album *a, __u8 k)
{
	log_.push_back("show " + std::to_string(a->title) + " " + std::to_string(k));
}
int rt_full_stop(__u32) { return rt_ret; }
int rt_full_command(__u32, __u8, const void *, __u32, void *answer, __u32 *m)
{
	memset(answer, 7, answer_bytes);
	*m = answer_bytes;
	return rt_ret;
}
int rt_full_peek(__u32, __u16, __u32 asked, __u32 *values)
{
	for (__u32 i = 0; i < asked; i++)
		values[i] = i + 1;
	return rt_ret;
}
int rt_full_sset(__u32, __u8, __u32 *n)
{
	*n = sset_answer;
	return rt_ret;
}
int rt_full_version(__u32 *v)
{
	*v = version_answer;
	return rt_ret;
}
int rt_full_stats(__u32, __u32 asked, __u64 *values, __u32 *n)
{
	for (__u32 i = 0; i < std::min(asked, 16u); i++)
		values[i] = 100 + i;
	*n = given;
	return rt_ret;
}
int rt_full_set_mtu(__u32 p, __u32 mtu)
{
	log_.push_back("mtu " + std::to_string(p & 0xffff) + " " + std::to_string(mtu));
	return rt_ret;
}
int rt_full_set_mode(const lxd_full_media *m, const char *name)
{
	log_.push_back("mode " + std::to_string(m->tag) + " " + name);
	media_seen = *m;
	return rt_ret;
}
int rt_full_hint(__u32) { return 0; }
int rt_full_urge(__u32) { return 0; }
int rt_full_poke(__u32) { return 0; }
void rt_full_nudge(__u32) { log_.push_back("nudge"); }
int rt_full_forgetful(__u32) { return rt_ret; }
int rt_full_look(const lxd_full_media *m, lxd_full_media *back)
{
	media_seen = *m;
	*back = look_answer.back;
	return rt_ret;
}
}

class contract : public testing::Test {
protected:
	void SetUp() override
	{
		domain.violations = domain.failed = 0;
		domain.what = domain.why = "";
		memset(&domain.contract, 0xff, sizeof(domain.contract));
		lxd_full_contract_init(&domain.contract);
		for (klcd_port &p : ports)
			lxd_object_init(&p.object);
		now = 1000000000;
		capable = true;
		call_error = calls = posts = post_error = restarts = restart_error = klcd_ret = rt_ret = 0;
		log_.clear();
		media_seen = {};
		answer_bytes = given = 0;
		look_answer = {};
		sset_answer = 5;
		version_answer = 2;
		tamper = nullptr;
	}
	static lxd_full_media level(__u32 n)
	{
		lxd_full_media m{};
		m.tag = LXD_FULL_KIND_LEVEL;
		m.as.level = n;
		return m;
	}
	static int open()
	{
		lxd_full_media m = level(3);
		return lxd_full_open(handle(0), &m);
	}
	static int state() { return ports[0].object.state; }
	template <typename T> static int say(__u16 fn, const T &args, __u16 call)
	{
		std::vector<__u64> store(512), back;
		memcpy(store.data(), &args, sizeof(args));
		lxd_msg m{}, r;
		m.fn = fn;
		m.call = call;
		m.queue = -1;
		m.data = store.data();
		m.len = std::max<__u32>(sizeof(args), 56);
		return to_host(&m, back, &r);
	}
	static void media_refused(const lxd_full_media &m, const char *what)
	{
		lxd_full_open_in a{};
		a.p = handle(0);
		a.m = m;
		domain.what = "";
		EXPECT_EQ(say(LXD_FULL_OPEN, a, 1), -EPROTO) << what;
		EXPECT_EQ(domain.what, what);
		EXPECT_TRUE(log_.empty());
	}
	using log = std::vector<std::string>;
};

TEST_F(contract, an_object_lives_as_its_machine_says)
{
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	lxd_full_tick(handle(0), 1); // crosses the stop: dropped, counted, no violation
	EXPECT_EQ(ports[0].object.dropped, 1u);
	__u32 answer;
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), -ESTALE);
	EXPECT_EQ(open(), 0);
	lxd_full_tick(handle(0), 2);
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), 0);
	EXPECT_EQ(answer, 42u);
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
	EXPECT_EQ(log_, log({"open", "open", "tick 2", "close"}));
	EXPECT_EQ(domain.violations + domain.failed, 0);
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBUSY); // not sent
	EXPECT_EQ(calls, 1);
}

TEST_F(contract, a_message_that_no_state_allows_kills)
{
	EXPECT_EQ(lxd_full_close(handle(0)), -EPROTO);
	EXPECT_EQ(domain.failed, 1);
	EXPECT_EQ(domain.violations, 1);
	EXPECT_EQ(domain.why, "full.close: not in this state of the object");
	EXPECT_TRUE(log_.empty());
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(open(), -EPROTO);
	EXPECT_EQ(domain.failed, 2);
}

TEST_F(contract, deferred_messages_come_in_order_after_the_change)
{
	now = 1000000000;
	for (__u32 i = 0; i < 4; i++, now += 1000000)
		lxd_full_tick(handle(0), i);
	EXPECT_TRUE(log_.empty());
	EXPECT_EQ(ports[0].object.held, 4);
	__u32 answer;
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), -EAGAIN); // waiting calls are not held
	EXPECT_EQ(ports[0].object.held, 4);
	EXPECT_EQ(domain.violations, 0);
	lxd_full_tick(handle(0), 4);
	EXPECT_EQ(domain.violations, 1);
	EXPECT_EQ(domain.what, "more deferred messages than an object holds");
	domain.contract.quota_tick.next = 0;
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(log_, log({"open", "tick 0", "tick 1", "tick 2"})); // the fourth meets the quota
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(domain.contract.quota_tick.dropped, 1u);
}

TEST_F(contract, the_hosts_own_messages_release_too)
{
	lxd_full_tick(handle(0), 7);
	ports[0].object.state = LXD_FULL_LIFE_DOWN;
	lxd_full_nudge(&domain, handle(0));
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(log_, log({"nudge", "tick 7"}));
	lxd_full_nudge(&domain, handle(0)); // accepted in up, no change
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(log_, log({"nudge", "tick 7", "nudge"}));
	lxd_object_init(&ports[0].object);
	now += 10000000;
	lxd_full_tick(handle(0), 8);
	ports[0].object.state = LXD_FULL_LIFE_UP;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), 0); // released into `down`, which drops ticks
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(ports[0].object.dropped, 1u);
}

TEST_F(contract, a_failed_message_moves_nothing)
{
	klcd_ret = -EIO;
	EXPECT_EQ(open(), -EIO);
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	lxd_full_tick(handle(0), 1);
	EXPECT_EQ(open(), -EIO);
	EXPECT_EQ(ports[0].object.held, 1); // nothing was released
	klcd_ret = 0;
	EXPECT_EQ(open(), 0);
	rt_ret = -EBADF;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBADF);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	call_error = -ETIMEDOUT;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -ETIMEDOUT);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	rt_ret = call_error = 0;
	tamper = [](void *r, __u32 *) { *static_cast<__s32 *>(r) = 7; };
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EPROTO);
	EXPECT_EQ(domain.what, "result");
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	ports[0].object.state = LXD_FULL_LIFE_DOWN;
	post_error = -EAGAIN;
	lxd_full_nudge(&domain, handle(0));
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	// Another message moved the object meanwhile: it stays there.
	lxd_object_back(&ports[0].object, LXD_ACCEPT | LXD_FULL_LIFE_UP, LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
}

TEST_F(contract, posts_of_the_host_ask_the_machine)
{
	EXPECT_EQ(lxd_full_poke(&domain, handle(0)), -EBUSY);
	lxd_full_nudge(&domain, handle(0)); // fresh: kill means for the host that it is not sent
	EXPECT_EQ(posts, 0);
	EXPECT_EQ(domain.failed, 0);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(lxd_full_poke(&domain, handle(0)), 0);
	EXPECT_EQ(posts, 1);
	EXPECT_EQ(lxd_full_poke(&domain, 0x20000), -ESTALE);
	lxd_full_nudge(&domain, 0x20000);
	EXPECT_EQ(lxd_full_stop(&domain, 0x20000), -ESTALE);
	EXPECT_EQ(posts, 1);
	EXPECT_EQ(calls, 0);
}

TEST_F(contract, quotas)
{
	EXPECT_EQ(open(), 0);
	for (__u32 i = 0; i < 5; i++)
		lxd_full_tick(handle(0), i);
	EXPECT_EQ(log_, log({"open", "tick 0", "tick 1", "tick 2"}));
	EXPECT_EQ(domain.contract.quota_tick.dropped, 2u);
	now += 333334;
	lxd_full_tick(handle(0), 5);
	lxd_full_tick(handle(0), 6);
	EXPECT_EQ(log_.back(), "tick 5");
	lxd_full_media m;
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), -EBUSY);
	now += 10000000000;
	EXPECT_EQ(lxd_full_slow(&m), 0); // saved-up time allows no more than the quota at once
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), -EBUSY);
	EXPECT_EQ(domain.violations, 0);
}

TEST_F(contract, unions_hold_one_member_and_nothing_else)
{
	lxd_full_media m = level(9);
	EXPECT_EQ(lxd_full_open(handle(0), &m), 0);
	log_.clear();
	m = level(10);
	media_refused(m, "level");
	m = level(0);
	media_refused(m, "level");
	m = level(1);
	m.as.raw[4] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.as.raw[0] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = 5;
	media_refused(m, "media (tag)");
	m = {};
	m.tag = LXD_FULL_KIND_SPOT;
	m.as.where.x = 10;
	media_refused(m, "x");
	m.as.where.x = 9;
	m.as.where.y = 2;
	media_refused(m, "y");
	m.as.where.y = 1;
	m.as.raw[sizeof(m.as.where)] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = LXD_FULL_KIND_WORDS;
	memset(m.as.text, 'x', sizeof(m.as.text));
	media_refused(m, "text (no end)");
	m.as.text[11] = 0;
	m.as.raw[12] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = LXD_FULL_KIND_PAIR;
	m.as.both[1].x = 10;
	media_refused(m, "x");
	m.as.both[1].x = 9;
	m.as.raw[0] = 9;
	EXPECT_EQ(sizeof(m.as.both), sizeof(m.as.raw)); // no rest behind the largest member
	EXPECT_EQ(domain.failed, 0);
	// Within a structure, in each element.
	lxd_full_show_in s{};
	s.pages.title = 1;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), 0);
	EXPECT_EQ(log_.back(), "show 1 0");
	s.pages.pictures[1] = level(0);
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
	s.pages.pictures[1] = {};
	s.k = 2;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
	s.k = 1;
	s.pages.title = 6;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
}

TEST_F(contract, a_domains_stub_sends_only_the_member)
{
	lxd_full_media m;
	memset(&m, 0x5a, sizeof(m));
	m.tag = LXD_FULL_KIND_LEVEL;
	m.as.level = 4;
	EXPECT_EQ(lxd_full_open(handle(0), &m), 0);
	EXPECT_EQ(media_seen.as.level, 4u);
}

TEST_F(contract, no_stale_byte_in_a_union_to_the_domain)
{
	for (__u8 tag : {LXD_FULL_KIND_NONE, LXD_FULL_KIND_LEVEL, LXD_FULL_KIND_WORDS}) {
		media_seen.tag = tag;
		lxd_full_media best;
		EXPECT_EQ(lxd_full_slow(&best), 0);
		lxd_full_media clean{};
		clean.tag = tag;
		if (tag == LXD_FULL_KIND_LEVEL)
			clean.as.level = 3;
		if (tag == LXD_FULL_KIND_WORDS)
			strcpy(clean.as.text, "hi");
		EXPECT_EQ(memcmp(&best, &clean, sizeof(clean)), 0) << int(tag);
		now += 10000000000;
	}
	lxd_full_media m;
	for (__u8 tag : {LXD_FULL_KIND_SPOT, LXD_FULL_KIND_PAIR}) {
		memset(&m, 0x5a, sizeof(m));
		m.tag = tag;
		lxd_full_media back;
		EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
		EXPECT_EQ(media_seen.pad0[0] | media_seen.pad0[1] | media_seen.pad0[2], 0);
		lxd_full_media looked = media_seen;
		EXPECT_EQ(lxd_full_set_mode(&domain, &m, "x"), 0);
		EXPECT_EQ(memcmp(&looked, &media_seen, sizeof(looked)), 0);
		if (tag == LXD_FULL_KIND_SPOT) {
			EXPECT_EQ(media_seen.as.where.pad0[0], 0);
			EXPECT_EQ(media_seen.as.raw[sizeof(m.as.where)], 0);
		} else {
			EXPECT_EQ(media_seen.as.both[0].pad0[0] | media_seen.as.both[1].pad0[0], 0);
		}
	}
}

TEST_F(contract, a_union_in_an_answer_is_checked)
{
	lxd_full_media m{}, back{};
	look_answer.back = level(5);
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	EXPECT_EQ(back.as.level, 5u);
	// The domain's glue clears what its implementation left; a lie is made behind it.
	look_answer.back.as.raw[8] = 1;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_look_out *>(r)->back.as.raw[8] = 1; };
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -EPROTO);
	EXPECT_EQ(domain.what, "media (rest)");
}

TEST_F(contract, opcodes)
{
	EXPECT_EQ(open(), 0);
	__u8 data[64] = {}, answer[128];
	__u32 m = 0;
	auto command = [&](__u8 code, __u32 n) { return lxd_full_command(&domain, handle(0), code, data, n, answer, &m); };
	EXPECT_EQ(command(0x02, 40), 0);
	EXPECT_EQ(command(0x02, 41), -EINVAL);
	EXPECT_EQ(command(0x02, 65), -EINVAL);
	EXPECT_EQ(command(0x02, 4000000000), -EINVAL);
	EXPECT_EQ(command(0x03, 0), -ENOTTY);
	EXPECT_EQ(command(0x06, 1), -EINVAL);
	capable = false;
	EXPECT_EQ(command(0x02, 1), -EPERM);
	EXPECT_EQ(command(0x0a, 0), 0);
	EXPECT_EQ(calls, 2);
	answer_bytes = 100;
	EXPECT_EQ(command(0x06, 0), 0);
	EXPECT_EQ(m, 100u);
	EXPECT_EQ(answer[99], 7);
	answer_bytes = 101;
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "m (opcode)");
	answer_bytes = 1;
	EXPECT_EQ(command(0x0a, 0), -EPROTO);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_command_out *>(r)->m = 129; };
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "m");
	tamper = [](void *r, __u32 *len) {
		static_cast<lxd_full_command_out *>(r)->m = 90;
		*len = 60;
	};
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "length");
	tamper = nullptr;
	__u32 values[8];
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 4, values), 0);
	EXPECT_EQ(values[3], 4u);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 5, values), -EINVAL); // 20 bytes, 16 allowed
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x200, 1, values), -EINVAL);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x300, 8, values), 0);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x300, 9, values), -EINVAL);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x101, 0, values), -ENOTTY);
}

TEST_F(contract, an_answer_that_is_asked_once)
{
	EXPECT_EQ(open(), 0);
	__u32 n = 0;
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), 0);
	EXPECT_EQ(n, 5u);
	sset_answer = 9; // the domain changes its mind
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), 0);
	EXPECT_EQ(n, 5u);
	EXPECT_EQ(calls, 1);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 2, &n), 0);
	EXPECT_EQ(n, 9u);
	for (__u8 set = 3; set <= LXD_KEPT; set++)
		EXPECT_EQ(lxd_full_sset(&domain, handle(0), set, &n), 0);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 99, &n), -ENOSPC);
	lxd_full_forget(&domain, handle(1));
	EXPECT_EQ(domain.contract.once_sset.kept.used, LXD_KEPT);
	lxd_full_forget(&domain, handle(0));
	EXPECT_EQ(domain.contract.once_sset.kept.used, 0u);
	rt_ret = -EIO;
	EXPECT_EQ(lxd_full_version(&domain, &n), -EIO);
	rt_ret = 0;
	version_answer = 10;
	EXPECT_EQ(lxd_full_version(&domain, &n), -EPROTO);
	version_answer = 3;
	EXPECT_EQ(lxd_full_version(&domain, &n), 0);
	version_answer = 4;
	calls = 0;
	EXPECT_EQ(lxd_full_version(&domain, &n), 0);
	EXPECT_EQ(n, 3u);
	EXPECT_EQ(calls, 0);
}

TEST_F(contract, bulk_data_has_the_size_that_the_host_asked_for)
{
	EXPECT_EQ(open(), 0);
	__u64 values[16];
	memset(values, 0xff, sizeof(values));
	given = 3;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), 0);
	EXPECT_EQ(values[2], 102u);
	EXPECT_EQ(values[3] | values[7], 0u);
	EXPECT_EQ(values[8], ~0ull);
	given = 99; // cut by the domain's glue
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), 0);
	EXPECT_EQ(values[7], 107u);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_stats_out *>(r)->values_given = 9; };
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), -EPROTO);
	EXPECT_EQ(domain.what, "values_given");
	tamper = [](void *, __u32 *len) { *len = 20; };
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), -EPROTO);
	EXPECT_EQ(domain.what, "length");
	tamper = nullptr;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 17, values), -EINVAL);
}

TEST_F(contract, what_a_domains_end_does_to_a_call)
{
	EXPECT_EQ(open(), 0);
	call_error = post_error = -ESHUTDOWN;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EIO);
	EXPECT_EQ(lxd_full_forgetful(&domain, 1), 0);
	EXPECT_EQ(lxd_full_hint(&domain, 1), 0);
	EXPECT_EQ(lxd_full_urge(&domain, 1), -EIO);
	lxd_full_media m{}, back;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -ESHUTDOWN);
	__u64 values[16];
	calls = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), -ESHUTDOWN);
	EXPECT_EQ(calls, 1 + LXD_RESUBMITS);
	EXPECT_EQ(restarts, 1 + LXD_RESUBMITS);
	restart_error = -ETIMEDOUT;
	calls = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), -ESHUTDOWN);
	EXPECT_EQ(calls, 1);
	restart_error = restarts = 0;
	__u8 answer[128];
	__u32 n;
	calls = 0;
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x08, answer, 0, answer, &n), -EIO);
	EXPECT_EQ(calls, 1 + LXD_RESUBMITS);
	calls = 0;
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x06, answer, 0, answer, &n), -EIO);
	EXPECT_EQ(calls, 1);
	__u32 peeked[8];
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x200, 0, peeked), -EIO);
	call_error = post_error = -EAGAIN;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EAGAIN);
	EXPECT_EQ(lxd_full_forgetful(&domain, 1), -EAGAIN);
	EXPECT_EQ(lxd_full_hint(&domain, 1), -EAGAIN);
	EXPECT_EQ(lxd_full_urge(&domain, 1), -EAGAIN);
	call_error = post_error = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), 0);
}

TEST_F(contract, settings_are_told_again)
{
	for (klcd_port &p : ports)
		p.object.state = LXD_FULL_LIFE_UP;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 1500), 0);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(1), 1400), 0);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 9000), 0);
	rt_ret = -EINVAL;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 1), -EINVAL); // refused: not what is wanted
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(2), 1), -EINVAL);
	rt_ret = 0;
	lxd_full_media m = level(2);
	EXPECT_EQ(lxd_full_set_mode(&domain, &m, "fast"), 0);
	EXPECT_EQ(lxd_full_set_mode(&domain, &m, "slow"), 0);
	log_.clear();
	EXPECT_EQ(lxd_full_replay(&domain), 0);
	EXPECT_EQ(log_, log({"mtu 0 9000", "mtu 1 1400", "mode 1 slow"}));
	log_.clear();
	lxd_full_forget(&domain, handle(0));
	EXPECT_EQ(lxd_full_replay(&domain), 0);
	EXPECT_EQ(log_, log({"mtu 1 1400", "mode 1 slow"}));
	for (int i = 3; i < 9; i++)
		EXPECT_EQ(lxd_full_set_mtu(&domain, handle(i), 1), 0);
	calls = 0;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(9), 1), -ENOSPC);
	EXPECT_EQ(calls, 0);
	rt_ret = -EIO;
	log_.clear();
	EXPECT_EQ(lxd_full_replay(&domain), -EIO);
	EXPECT_EQ(log_.size(), 1u); // the first error ends it
}

TEST_F(contract, each_call_of_the_host_checks_its_answer)
{
	for (klcd_port &p : ports)
		p.object.state = LXD_FULL_LIFE_UP;
	static lxd_full_media m{}, back;
	static __u8 bytes[128];
	static __u32 n, values[8];
	static __u64 big[16];
	struct call {
		const char *name;
		int (*run)();
		__u32 fixed;		///< bytes of the shortest answer
		const void *result;	///< where results go; an error must leave it alone
	};
	static const call all[] = {
		{"stop", [] { return lxd_full_stop(&domain, handle(0)); }, 4, nullptr},
		{"command", [] { return lxd_full_command(&domain, handle(1), 0x06, bytes, 0, bytes, &n); }, 8, &n},
		{"peek", [] { return lxd_full_peek(&domain, handle(1), 0x100, 2, values); }, 36, values},
		{"sset", [] { return lxd_full_sset(&domain, handle(1), 1, &n); }, 8, &n},
		{"version", [] { return lxd_full_version(&domain, &n); }, 8, &n},
		{"stats", [] { return lxd_full_stats(&domain, handle(1), 2, big); }, 8, big},
		{"set_mtu", [] { return lxd_full_set_mtu(&domain, handle(1), 9); }, 4, nullptr},
		{"set_mode", [] { return lxd_full_set_mode(&domain, &m, "x"); }, 4, nullptr},
		{"forgetful", [] { return lxd_full_forgetful(&domain, 1); }, 4, nullptr},
		{"look", [] { return lxd_full_look(&domain, &m, &back); }, 24, &back},
	};
	static __u32 cut;
	for (const call &c : all) {
		for (auto lie : {+[](void *r, __u32 *) { *static_cast<__s32 *>(r) = 1; },
				 +[](void *r, __u32 *) { *static_cast<__s32 *>(r) = -4096; }}) {
			tamper = lie;
			EXPECT_EQ(c.run(), -EPROTO) << c.name;
			EXPECT_EQ(domain.what, "result") << c.name;
		}
		cut = c.fixed - 1;
		tamper = [](void *, __u32 *len) { *len = cut; };
		EXPECT_EQ(c.run(), -EPROTO) << c.name;
		EXPECT_EQ(domain.what, "length") << c.name;
		cut = 3;
		EXPECT_EQ(c.run(), -EPROTO) << c.name;
		tamper = nullptr;
		memset(&back, 0x77, sizeof(back));
		memset(bytes, 0x77, sizeof(bytes));
		memset(values, 0x77, sizeof(values));
		memset(big, 0x77, sizeof(big));
		n = 0x77777777;
		rt_ret = -ENXIO;
		EXPECT_EQ(c.run(), -ENXIO) << c.name;
		if (c.result) {
			EXPECT_EQ(*static_cast<const __u8 *>(c.result), 0x77) << c.name;
		}
		rt_ret = 0;
		call_error = -ETIMEDOUT;
		EXPECT_EQ(c.run(), -ETIMEDOUT) << c.name;
		call_error = 0;
		int before = domain.violations;
		tamper = [](void *r, __u32 *) { // an error's results mean nothing
			memset(r, 0xff, 40);
			*static_cast<__s32 *>(r) = -EDOM;
		};
		EXPECT_EQ(c.run(), -EDOM) << c.name;
		tamper = nullptr;
		EXPECT_EQ(c.run(), 0) << c.name;
		EXPECT_EQ(domain.violations, before) << c.name;
	}
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	sset_answer = 17;
	EXPECT_EQ(lxd_full_sset(&domain, handle(2), 1, &n), -EPROTO);
	EXPECT_EQ(domain.what, "n");
	lxd_full_media gap{};
	gap.tag = LXD_FULL_KIND_PAIR;
	look_answer.back = gap;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_look_out *>(r)->back.tag = 9; };
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -EPROTO);
}

TEST_F(contract, nothing_is_sent_in_a_state_that_does_not_allow_it)
{
	__u8 bytes[128] = {};
	__u32 n, values[8];
	__u64 big[16];
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBUSY);
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x06, bytes, 0, bytes, &n), -EBUSY);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 2, values), -EBUSY);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), -EBUSY);
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 2, big), -EBUSY);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 9), -EBUSY);
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	for (__u32 no_such : {0u, 0x20000u}) {
		EXPECT_EQ(lxd_full_stop(&domain, no_such), -ESTALE);
		EXPECT_EQ(lxd_full_command(&domain, no_such, 0x06, bytes, 0, bytes, &n), -ESTALE);
		EXPECT_EQ(lxd_full_peek(&domain, no_such, 0x100, 2, values), -ESTALE);
		EXPECT_EQ(lxd_full_sset(&domain, no_such, 1, &n), -ESTALE);
		EXPECT_EQ(lxd_full_stats(&domain, no_such, 2, big), -ESTALE);
		EXPECT_EQ(lxd_full_set_mtu(&domain, no_such, 9), -ESTALE);
	}
	EXPECT_EQ(calls + posts, 0);
	EXPECT_EQ(domain.failed, 0);
}

TEST_F(contract, each_message_of_the_domain_is_about_a_known_object)
{
	lxd_full_open_in o{};
	lxd_full_tick_in t{};
	o.p = t.p = 0x20000;
	EXPECT_EQ(say(LXD_FULL_OPEN, o, 1), -EPROTO);
	EXPECT_EQ(domain.what, "p (handle)");
	EXPECT_EQ(say(LXD_FULL_CLOSE, o, 1), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_ASK, o, 1), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_TICK, t, 0), -EPROTO);
	EXPECT_EQ(domain.violations, 4);
	for (unsigned int fn : {LXD_FULL_OPEN | LXD_FN_REPLY, 0u + LXD_FN(8, 0), 0u + LXD_FN(7, LXD_FULL_NR_HOST_FNS)}) {
		EXPECT_EQ(say(static_cast<__u16>(fn), o, 1), -EPROTO);
		EXPECT_EQ(domain.what, "function");
	}
	EXPECT_TRUE(log_.empty());
}

TEST_F(contract, symbols_for_the_loader)
{
	EXPECT_STREQ(lxd_full_symbols[0].name, "port_open");
	EXPECT_STREQ(lxd_full_symbols[0].kind, "forwarded");
	EXPECT_STREQ(lxd_full_symbols[2].kind, "library");
	EXPECT_EQ(lxd_full_symbols[3].name, nullptr);
}

TEST_F(contract, closing_goes_back_or_lets_go)
{
	EXPECT_EQ(open(), 0);
	klcd_ret = -EBUSY;
	EXPECT_EQ(lxd_full_close(handle(0)), -EBUSY);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	klcd_ret = 0;
	ports[0].object.held = 1; // an empty message of no function, so that its end is seen
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
}
