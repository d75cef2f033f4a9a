// SPDX-License-Identifier: GPL-2.0-only
/// Both sides of full.idl in one process: what the tests see of it. Tests lie in full_*.cpp by topic.
#pragma once
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

inline lxd_domain domain;
inline klcd_port ports[20];
inline __u64 now;
inline bool capable;
inline int call_error, calls, posts, post_error, restarts, restart_error, klcd_ret, rt_ret;
inline std::vector<std::string> log_;	///< what implementations saw, in order
inline lxd_full_media media_seen;
inline __u32 answer_bytes, given;
inline lxd_full_look_out look_answer;
inline __u32 sset_answer, version_answer;
inline void (*tamper)(void *reply, __u32 *len);
inline void (*during)();	///< what happens while drain runs

inline __u32 handle(int n)
{
	return 0x10000u + static_cast<__u32>(n);
}

extern "C" int to_host(lxd_msg *m, std::vector<__u64> &back, lxd_msg *r);

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
		during = nullptr;
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
