// SPDX-License-Identifier: GPL-2.0-only
/// The transport, the core and both implementations that full.idl's glue calls.
#include "full_glue.hpp"

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
int to_host(lxd_msg *m, std::vector<__u64> &back, lxd_msg *r)
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

int klcd_full_drain(lxd_domain *, klcd_port *p)
{
	log_.push_back("drain in " + std::to_string(p->object.state) + " turn " + std::to_string(p->object.turn));
	if (during)
		during();
	return klcd_ret;
}
int klcd_full_wait_for(lxd_domain *, klcd_port *p)
{
	log_.push_back("wait_for turn " + std::to_string(p->object.turn));
	return klcd_ret;
}
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
