// SPDX-License-Identifier: GPL-2.0-only
/// Both sides of all.idl in one process: what goes in comes out, and no lie of the domain passes.
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

extern "C" {
#include "all.h"
}

struct klcd_thing {
	int id;
	lxd_object object;
};
struct lxd_domain {
	int violations = 0;
	std::string what;
};

static lxd_domain domain;
static klcd_thing the_thing{7, {}};
static const lxd_all_point lxd_all_point_zero{};
static int host_calls, queue_seen;
static std::vector<unsigned char> bytes_seen;
static lxd_all_shape shape_seen;
static std::string name_seen;
static int answer_ret;	///< what the domain's `ask` answers
static __u32 answer;
static __u32 extra_count;
static lxd_all_point best;
static __u32 reply_cut = ~0u;	///< the transport shortens replies to this
static int tamper_ret = 1000, call_error;
static __u32 got_lie;	///< an implementation that miscounts
static bool lazy;	///< an implementation that sets no results

template <typename T> static lxd_msg message(__u16 fn, const T &args, __u16 call, int queue, std::vector<__u64> &store)
{
	lxd_msg m{};
	store.assign(512, 0);
	memcpy(store.data(), &args, sizeof(args));
	m.fn = fn;
	m.call = call;
	m.queue = queue;
	m.data = store.data();
	m.len = sizeof(args) > 56 ? sizeof(args) : 56;
	return m;
}

static int to_host(lxd_msg m, std::vector<__u64> &reply_store, lxd_msg &reply)
{
	reply_store.assign(512, 0xaaaaaaaaaaaaaaaa);
	reply = {};
	reply.data = reply_store.data();
	reply.len = 4096;
	return lxd_all_host_dispatch(&domain, &m, &reply);
}

template <typename T> static int say(__u16 fn, const T &args, __u16 call = 1, int queue = -1, int len = -1)
{
	std::vector<__u64> store, back;
	lxd_msg m = message(fn, args, call, queue, store), reply;
	if (len >= 0)
		m.len = static_cast<__u32>(len);
	int ret = to_host(m, back, reply);
	if (ret)
		return ret;
	return call ? *reinterpret_cast<__s32 *>(back.data()) : 0;
}

extern "C" {
void lxd_domain_violation(lxd_domain *d, const char *, const char *what, __u64)
{
	d->violations++;
	d->what = what;
}
void lxd_domain_fail(lxd_domain *, const char *, ...)
{
	ADD_FAILURE() << "no state of a thing kills";
}
lxd_object *klcd_all_thing_object(klcd_thing *t)
{
	return &t->object;
}
void *lxd_handle_get(lxd_domain *, __u32 type, __u32 h)
{
	return type == LXD_ALL_HANDLE_THING && h == 0x10005 ? &the_thing : nullptr;
}
int lxd_domain_call(lxd_domain *, const lxd_msg *req, lxd_msg *reply, unsigned int deadline)
{
	EXPECT_EQ(deadline, 5000u);
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
	EXPECT_EQ(lxd_all_domain_dispatch(&m, &r), 0);
	if (tamper_ret != 1000)
		memcpy(back.data(), &tamper_ret, 4);
	lxd_all_ask_out *o = reinterpret_cast<lxd_all_ask_out *>(back.data());
	o->more = extra_count;
	reply->len = std::min({reply->len, r.len, reply_cut});
	memcpy(reply->data, back.data(), reply->len);
	return 0;
}
int lxd_domain_post(lxd_domain *, int queue, __u16 fn, const __u64 *w)
{
	lxd_msg m{}, r{};
	memcpy(m.w, w, 56);
	m.data = m.w;
	m.len = 56;
	m.fn = fn;
	m.queue = queue;
	return lxd_all_domain_dispatch(&m, &r);
}
int rt_host_call(const lxd_msg *req, lxd_msg *reply, unsigned int)
{
	std::vector<__u64> store(512), back;
	memcpy(store.data(), req->data, req->len);
	lxd_msg m = *req, r;
	m.data = store.data();
	m.call = 2;
	m.len = req->len > 56 ? req->len : 56;
	to_host(m, back, r);
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
	return lxd_all_host_dispatch(&domain, &m, &r);
}
void *lxd_msg_alloc(__u32 n) { return calloc(1, n); }
void lxd_msg_free(void *p) { free(p); }
void *rt_msg_alloc(__u32 n) { return calloc(1, n); }
void rt_msg_free(void *p) { free(p); }

int klcd_all_scalars(lxd_domain *, __u8 a8, __s32 s, __u64 big, __u8 c, __u16 rw, __u8 flag, __u32 p, __u64 *sum)
{
	host_calls++;
	EXPECT_TRUE(a8 >= 1 && a8 <= 200 && s >= -3 && s <= 3 && big <= 0x100000000 && flag <= 1 && rw < 8);
	EXPECT_TRUE(c == 0 || c == 4 || c == 5);
	EXPECT_TRUE(p && p <= 64 && !(p & (p - 1)));
	*sum = a8 + static_cast<__u64>(static_cast<__s64>(s)) + big + c + rw + flag + p;
	return 0;
}
static void expect_point(const lxd_all_point &p)
{
	EXPECT_TRUE(p.kind >= 1 && p.kind <= 3 && p.x >= 10 && p.x <= 20 && memchr(p.label, 0, 8));
}
int klcd_all_shapes(lxd_domain *, const lxd_all_shape *s, lxd_all_point *back)
{
	host_calls++;
	EXPECT_TRUE(s->bias >= -5 && s->bias <= 5 && s->size >= 8 && s->size <= 64 && !(s->size & (s->size - 1)));
	EXPECT_LE(s->used, 4u);
	for (__u32 i = 0; i < std::min(s->used, 4u); i++)
		expect_point(s->corners[i]);
	expect_point(s->origin);
	shape_seen = *s;
	memset(back, 0x5a, sizeof(*back)); // stale host memory, also in padding and behind the text
	back->kind = 1;
	back->x = 11;
	strcpy(back->label, "ab");
	return 0;
}
int klcd_all_use(lxd_domain *, klcd_thing *t, const char *name, __u32 *made)
{
	host_calls++;
	EXPECT_EQ(t, &the_thing);
	EXPECT_NE(memchr(name, 0, 12), nullptr);
	name_seen = std::string(name, strnlen(name, 12));
	*made = 0x20006;
	return 0;
}
int klcd_all_list(lxd_domain *, __u32 limit, const void *data, __u32 n, __u32 *got, __u16 *items)
{
	host_calls++;
	EXPECT_TRUE(limit >= 1 && limit <= 6);
	EXPECT_LE(n, 3000u);
	auto p = static_cast<const unsigned char *>(data);
	bytes_seen.assign(p, p + n);
	*got = got_lie ? got_lie : limit;
	for (__u32 i = 0; i < 6; i++) // more than it says, as from an older list
		items[i] = static_cast<__u16>(i * 3);
	return 0;
}
int klcd_all_sized(lxd_domain *, __u32 want, __u32 *squares)
{
	host_calls++;
	EXPECT_LE(want, 6u);
	for (__u32 i = 0; i < 6 && !lazy; i++)
		squares[i] = i * i;
	return 0;
}
void klcd_all_note(lxd_domain *, __u8 level, const void *text, __u32 len)
{
	host_calls++;
	EXPECT_LE(level, 7);
	EXPECT_LE(len, 54u);
	auto p = static_cast<const unsigned char *>(text);
	bytes_seen.assign(p, p + std::min(len, 54u));
}
void klcd_all_done(lxd_domain *, __u16 queue, const __u32 *tags, __u32 many)
{
	host_calls++;
	EXPECT_LE(many, 12u);
	queue_seen = queue;
	bytes_seen.assign(1, static_cast<unsigned char>(many ? tags[many - 1] : 0));
}
int rt_all_ask(const lxd_all_shape *s, __u32, __u32 *a, lxd_all_point *b, __u8 *extra, __u32 *more)
{
	shape_seen = *s;
	*a = answer;
	*b = best;
	*more = 2;
	extra[0] = 1;
	extra[1] = 2;
	return answer_ret;
}
int rt_all_submit(__u16 queue, __u64 sector, __u8 last)
{
	queue_seen = queue * 1000 + static_cast<int>(sector) + last;
	return 0;
}
void rt_all_hint(__u32 value) { queue_seen = static_cast<int>(value); }
}

class glue : public testing::Test {
protected:
	void SetUp() override
	{
		domain = {};
		host_calls = 0;
		answer_ret = 0;
		answer = 150;
		extra_count = 2;
		best = {};
		best.kind = 2;
		best.x = 12;
		reply_cut = ~0u;
		tamper_ret = 1000;
		got_lie = 0;
		lazy = false;
		call_error = 0;
	}
	static lxd_all_scalars_in scalars()
	{
		lxd_all_scalars_in a{};
		a.a8 = 1;
		a.p = 4;
		return a;
	}
	static lxd_all_shape shape()
	{
		lxd_all_shape s{};
		s.size = 8;
		s.used = 2;
		for (lxd_all_point *p : {&s.corners[0], &s.corners[1], &s.origin}) {
			p->kind = 1;
			p->x = 10;
		}
		return s;
	}
	static lxd_all_shapes_in shapes()
	{
		lxd_all_shapes_in a{};
		a.s1 = shape();
		return a;
	}
	/// `change` makes a good message bad: refused, counted, and the implementation never ran.
	template <typename T, typename F> void bad(__u16 fn, T args, const char *what, F change)
	{
		int before = domain.violations;
		host_calls = 0;
		change(args);
		EXPECT_EQ(say(fn, args), -EPROTO) << what;
		EXPECT_EQ(domain.violations, before + 1) << what;
		EXPECT_EQ(domain.what, what);
		EXPECT_EQ(host_calls, 0) << what;
	}
};

TEST_F(glue, round_trip)
{
	__u64 sum = 0;
	EXPECT_EQ(lxd_all_scalars(200, -3, 0x100000000, LXD_ALL_COLOUR_BLUE, LXD_ALL_RIGHTS_RUN, 1, 64, &sum), 0);
	EXPECT_EQ(sum, 200u - 3 + 0x100000000 + 5 + 4 + 1 + 64);
	__u32 made = 0;
	EXPECT_EQ(lxd_all_use(0x10005, "a name that is too long", &made), 0);
	EXPECT_EQ(name_seen, "a name that");
	EXPECT_EQ(made, 0x20006u);
	std::vector<unsigned char> data(3000);
	for (size_t i = 0; i < data.size(); i++)
		data[i] = static_cast<unsigned char>(i * 7);
	__u32 got = 0;
	__u16 items[6];
	for (__u32 n : {0u, 1u, 40u, 56u, 3000u}) {
		EXPECT_EQ(lxd_all_list(5, data.data(), n, &got, items), 0);
		EXPECT_EQ(bytes_seen, std::vector<unsigned char>(data.begin(), data.begin() + n));
		EXPECT_EQ(got, 5u);
		EXPECT_EQ(items[4], 12);
	}
	EXPECT_EQ(lxd_all_list(5, data.data(), 3001, &got, items), -EINVAL);
	__u32 squares[6] = {};
	EXPECT_EQ(lxd_all_sized(6, squares), 0);
	EXPECT_EQ(squares[5], 25u);
	EXPECT_EQ(lxd_all_sized(7, squares), -EINVAL);
	lxd_all_note(3, "hello", 5);
	EXPECT_EQ(bytes_seen, std::vector<unsigned char>({'h', 'e', 'l', 'l', 'o'}));
	__u32 tags[12] = {};
	tags[11] = 9;
	lxd_all_done(3, tags, 12);
	EXPECT_EQ(bytes_seen[0], 9);
	EXPECT_EQ(lxd_all_submit(&domain, 2, 30, 1), 0);
	EXPECT_EQ(queue_seen, 2031);
	lxd_all_hint(&domain, 77);
	EXPECT_EQ(queue_seen, 77);
	EXPECT_EQ(domain.violations, 0);
}

TEST_F(glue, shapes_and_no_stale_bytes_to_the_domain)
{
	lxd_all_shape s = shape();
	strcpy(s.corners[1].label, "xy");
	lxd_all_point back;
	EXPECT_EQ(lxd_all_shapes(&s, &back), 0);
	EXPECT_STREQ(shape_seen.corners[1].label, "xy");
	lxd_all_point clean{};
	clean.kind = 1;
	clean.x = 11;
	strcpy(clean.label, "ab");
	EXPECT_EQ(memcmp(&back, &clean, sizeof(clean)), 0);

	memset(&s, 0x5a, sizeof(s));
	lxd_all_shape good = shape();
	s.bias = good.bias;
	s.size = good.size;
	s.used = good.used;
	for (lxd_all_point *p : {&s.corners[0], &s.corners[1], &s.corners[2], &s.corners[3], &s.origin}) {
		memset(p, 0x5a, sizeof(*p));
		p->kind = 1;
		p->x = 10;
		p->label[0] = 0;
	}
	__u32 a;
	lxd_all_point b;
	__u8 extra[40];
	__u32 more;
	EXPECT_EQ(lxd_all_ask(&domain, &s, 1, &a, &b, extra, &more), 0);
	for (const lxd_all_point &p : {shape_seen.corners[0], shape_seen.origin}) {
		EXPECT_EQ(p.pad0[0] | p.pad0[1] | p.pad0[2], 0);
		EXPECT_EQ(p.label[1] | p.label[7], 0);
	}
	EXPECT_EQ(shape_seen.pad0[0] | shape_seen.pad0[1], 0);
	for (size_t i = 2; i < 4; i++) // elements that do not count
		EXPECT_EQ(memcmp(&shape_seen.corners[i], &lxd_all_point_zero, sizeof(lxd_all_point)), 0);
}

TEST_F(glue, scalars_out_of_range)
{
	auto id = static_cast<__u16>(LXD_ALL_SCALARS);
	EXPECT_EQ(say(id, scalars()), 0);
	bad(id, scalars(), "a8", [](auto &a) { a.a8 = 0; });
	bad(id, scalars(), "a8", [](auto &a) { a.a8 = 201; });
	bad(id, scalars(), "s", [](auto &a) { a.s = -4; });
	bad(id, scalars(), "s", [](auto &a) { a.s = 4; });
	bad(id, scalars(), "big", [](auto &a) { a.big = 0x100000001; });
	bad(id, scalars(), "c", [](auto &a) { a.c = 1; });
	bad(id, scalars(), "rw", [](auto &a) { a.rw = 8; });
	bad(id, scalars(), "flag", [](auto &a) { a.flag = 2; });
	bad(id, scalars(), "p", [](auto &a) { a.p = 128; });
	bad(id, scalars(), "p", [](auto &a) { a.p = 0; });
	bad(id, scalars(), "p (power of two)", [](auto &a) { a.p = 3; });
}

TEST_F(glue, structures_out_of_range)
{
	auto id = static_cast<__u16>(LXD_ALL_SHAPES);
	EXPECT_EQ(say(id, shapes()), 0);
	bad(id, shapes(), "bias", [](auto &a) { a.s1.bias = 6; });
	bad(id, shapes(), "size", [](auto &a) { a.s1.size = 4; });
	bad(id, shapes(), "size (power of two)", [](auto &a) { a.s1.size = 9; });
	bad(id, shapes(), "used", [](auto &a) { a.s1.used = 5; });
	bad(id, shapes(), "kind", [](auto &a) { a.s1.corners[1].kind = 4; });
	bad(id, shapes(), "x", [](auto &a) { a.s1.corners[0].x = 9; });
	bad(id, shapes(), "x", [](auto &a) { a.s1.origin.x = 21; });
	bad(id, shapes(), "label (no end)", [](auto &a) { memset(a.s1.origin.label, 'x', 8); });
}

TEST_F(glue, handles_texts_and_counts)
{
	lxd_all_use_in u{};
	u.t = 0x10005;
	EXPECT_EQ(say(LXD_ALL_USE, u), 0);
	bad(LXD_ALL_USE, u, "t (handle)", [](auto &a) { a.t = 0x20005; });
	bad(LXD_ALL_USE, u, "name (no end)", [](auto &a) { memset(a.name, 'x', 12); });
	lxd_all_list_in l{};
	l.limit = 1;
	l.n = 3000;
	EXPECT_EQ(say(LXD_ALL_LIST, l), 0);
	bad(LXD_ALL_LIST, l, "n", [](auto &a) { a.n = 3001; });
	EXPECT_EQ(say(LXD_ALL_LIST, l, 1, -1, 2000), -EPROTO);
	EXPECT_EQ(domain.what, "length");
	bad(LXD_ALL_LIST, l, "limit", [](auto &a) { a.limit = 7; });
	lxd_all_sized_in z{};
	bad(LXD_ALL_SIZED, z, "want", [](auto &a) { a.want = 7; });
	lxd_all_done_in d{};
	d.queue = 4;
	EXPECT_EQ(say(LXD_ALL_DONE, d, 0, 4), 0);
	EXPECT_EQ(say(LXD_ALL_DONE, d, 0, 5), -EPROTO);
	EXPECT_EQ(domain.what, "queue (other ring)");
	d.many = 13;
	EXPECT_EQ(say(LXD_ALL_DONE, d, 0, 4), -EPROTO);
	d.many = 0;
	d.queue = 16;
	EXPECT_EQ(say(LXD_ALL_DONE, d, 0, 16), -EPROTO);
	lxd_all_note_in n{};
	EXPECT_EQ(say(LXD_ALL_NOTE, n, 0), 0);
	n.len = 55;
	EXPECT_EQ(say(LXD_ALL_NOTE, n, 0), -EPROTO);
	n.len = 0;
	n.level = 8;
	EXPECT_EQ(say(LXD_ALL_NOTE, n, 0), -EPROTO);
}

TEST_F(glue, a_thing_has_its_turn_to_itself_and_none_when_it_has_ended)
{
	lxd_all_use_in u{};
	u.t = 0x10005;
	host_calls = 0;
	EXPECT_EQ(say(LXD_ALL_USE, u), 0);
	EXPECT_EQ(the_thing.object.turn, 0);
	lxd_object_end(&the_thing.object);
	EXPECT_EQ(say(LXD_ALL_USE, u), -ESTALE);
	EXPECT_EQ(the_thing.object.turn, 0);
	EXPECT_EQ(host_calls, 1);
	lxd_object_init(&the_thing.object);
}

TEST_F(glue, frames)
{
	lxd_all_scalars_in a = scalars();
	auto refused = [&](int ret, const char *what) {
		EXPECT_EQ(ret, -EPROTO);
		EXPECT_EQ(domain.what, what);
		EXPECT_EQ(host_calls, 0);
	};
	refused(say(LXD_ALL_SCALARS, a, 0), "call number");
	lxd_all_note_in n{};
	refused(say(LXD_ALL_NOTE, n, 1), "call number");
	refused(say(LXD_ALL_SCALARS, a, 1, 0), "ring");
	lxd_all_done_in d{};
	refused(say(LXD_ALL_DONE, d, 0, -1), "ring");
	refused(say(LXD_ALL_SCALARS, a, 1, -1, 8), "length");
	refused(say(LXD_ALL_SCALARS, a, 1, -1, 57), "length");
	refused(say(LXD_ALL_SCALARS | LXD_FN_REPLY, a), "function");
	refused(say(LXD_FN(9, LXD_ALL_NR_HOST_FNS), a), "function");
	refused(say(LXD_FN(8, 0), a), "function");
	EXPECT_EQ(say(LXD_ALL_SCALARS | LXD_FN_AREA, a), 0);
	host_calls = 0;
	std::vector<__u64> store;
	lxd_msg m = message(LXD_ALL_SCALARS, a, 1, -1, store), reply{};
	reply.data = reply.w;
	reply.len = 8;
	refused(lxd_all_host_dispatch(&domain, &m, &reply), "room for the reply");
	EXPECT_EQ(reply.len, 4u);
}

TEST_F(glue, hostile_replies)
{
	lxd_all_shape s = shape();
	__u32 a = 1, more = 1;
	lxd_all_point b{};
	__u8 extra[40];
	auto ask = [&] { return lxd_all_ask(&domain, &s, 1, &a, &b, extra, &more); };
	EXPECT_EQ(ask(), 0);
	EXPECT_EQ(a, 150u);
	EXPECT_EQ(b.x, 12u);
	EXPECT_EQ(more, 2u);
	EXPECT_EQ(extra[1], 2);
	answer_ret = -5;
	EXPECT_EQ(ask(), -5);
	answer_ret = 0;
	EXPECT_EQ(domain.violations, 0);
	auto refused = [&](const char *what) {
		domain = {};
		EXPECT_EQ(ask(), -EPROTO) << what;
		EXPECT_EQ(domain.violations, 1) << what;
		EXPECT_EQ(domain.what, what);
		SetUp();
	};
	tamper_ret = 1;
	refused("result");
	tamper_ret = -4096;
	refused("result");
	answer = 201;
	refused("answer");
	answer = 99;
	refused("answer");
	best.kind = 0;
	refused("kind");
	memset(best.label, 'x', 8);
	refused("label (no end)");
	extra_count = 41;
	refused("more");
	extra_count = 5;
	refused("length");
	reply_cut = 8;
	refused("length");
}

TEST_F(glue, a_careless_implementation_leaks_nothing)
{
	__u32 got = 0, squares[6];
	__u16 items[6];
	got_lie = 100;
	EXPECT_EQ(lxd_all_list(5, "", 0, &got, items), 0);
	EXPECT_EQ(got, 6u);
	lxd_all_list_in l{};
	l.limit = 1;
	std::vector<__u64> store, back;
	lxd_msg m = message(LXD_ALL_LIST, l, 1, -1, store), r;
	EXPECT_EQ(to_host(m, back, r), 0);
	EXPECT_EQ(reinterpret_cast<lxd_all_list_out *>(back.data())->got, 6u);
	got_lie = 0;
	l.limit = 2;
	m = message(LXD_ALL_LIST, l, 1, -1, store);
	EXPECT_EQ(to_host(m, back, r), 0);
	EXPECT_EQ(reinterpret_cast<lxd_all_list_out *>(back.data())->items[1], 3);
	EXPECT_EQ(reinterpret_cast<lxd_all_list_out *>(back.data())->items[2], 0);
	lxd_all_sized_in z{};
	z.want = 3;
	m = message(LXD_ALL_SIZED, z, 1, -1, store);
	EXPECT_EQ(to_host(m, back, r), 0);
	EXPECT_EQ(reinterpret_cast<lxd_all_sized_out *>(back.data())->squares[2], 4u);
	EXPECT_EQ(reinterpret_cast<lxd_all_sized_out *>(back.data())->squares[3], 0u);
	lazy = true;
	memset(squares, 0x77, sizeof(squares));
	EXPECT_EQ(lxd_all_sized(6, squares), 0);
	for (__u32 x : squares)
		EXPECT_EQ(x, 0u);
	char text[8];
	memset(text, 0x77, sizeof(text));
	lxd_text_copy(text, sizeof(text), "ab");
	EXPECT_EQ(memcmp(text, "ab\0\0\0\0\0", 8), 0);
}

TEST_F(glue, an_error_comes_without_results)
{
	lxd_all_shape s = shape();
	__u32 a = 77, more = 77;
	lxd_all_point b{};
	__u8 extra[40];
	answer_ret = -5;
	EXPECT_EQ(lxd_all_ask(&domain, &s, 1, &a, &b, extra, &more), -5);
	answer = 500; // nor is anything in them looked at
	EXPECT_EQ(lxd_all_ask(&domain, &s, 1, &a, &b, extra, &more), -5);
	EXPECT_EQ(domain.violations, 0);
	answer_ret = 0;
	call_error = -ESHUTDOWN;
	EXPECT_EQ(lxd_all_ask(&domain, &s, 1, &a, &b, extra, &more), -ESHUTDOWN);
	EXPECT_EQ(a, 77u);
	EXPECT_EQ(more, 77u);
}

TEST_F(glue, random_bytes_never_reach_an_implementation_unchecked)
{
	std::mt19937_64 random(20241124);
	int passed = 0;
	for (int round = 0; round < 50000; round++) {
		std::vector<__u64> store(512), back;
		size_t words = round % 8 ? 8 : 512;
		for (size_t i = 0; i < words; i++)
			store[i] = random() & (random() % 3 ? 0x0303030303030303 : ~0ull);
		std::vector<unsigned char> exact(56 + random() % 4041);
		lxd_msg m{}, r;
		m.len = random() % 2 ? 56 : static_cast<__u32>(exact.size());
		// A buffer of exactly len bytes, so that the sanitizer sees each byte too many.
		std::unique_ptr<__u64[]> tight(new __u64[(m.len + 7) / 8]);
		memcpy(tight.get(), store.data(), m.len);
		m.data = tight.get();
		m.fn = static_cast<__u16>(random() % 8 ? LXD_FN(9, random() % 8) : random());
		m.call = random() % 2;
		m.queue = static_cast<int>(random() % 3) - 1;
		int before = domain.violations;
		int ret = to_host(m, back, r);
		EXPECT_TRUE(ret == 0 || ret == -EPROTO);
		EXPECT_EQ(domain.violations, before + (ret != 0));
		EXPECT_LE(r.len, 4096u);
		passed += ret == 0;
	}
	EXPECT_GT(passed, 200);
}
