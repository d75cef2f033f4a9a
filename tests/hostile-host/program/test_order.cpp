// SPDX-License-Identifier: GPL-2.0-only
/// What one CPU posts keeps its order, although other CPUs take from the same ring.
#include "net.hpp"
#include "test.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hostile;

namespace {

/// What the other CPU does meanwhile.
enum class other { nothing, enters, sends };

/// Enters the domain on CPU 1 without a pause, and takes what is there.
std::thread enter_elsewhere(domain &d, const std::atomic<bool> &stop)
{
	return std::thread([&] {
		stay_on(1);
		while (!stop)
			d.kick();
	});
}

/// Of the frames that the stack was given, told from each other by their lengths, how many come behind a later one.
class arrivals {
public:
	static constexpr unsigned lengths = 1200, least = 64;

	/// Of no protocol until it is bound: before that it would hear all interfaces, and what the host itself sends.
	explicit arrivals(const std::string &name) : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0))
	{
		int room = 256 << 20, yes = 1;
		setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		setsockopt(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes));
		sockaddr_ll to{};
		to.sll_family = AF_PACKET;
		to.sll_protocol = htons(ETH_P_ALL);
		to.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
		EXPECT_EQUAL(bind(socket_, reinterpret_cast<sockaddr *>(&to), sizeof(to)), 0);
	}
	~arrivals() { close(socket_); }
	arrivals(const arrivals &) = delete;

	void collect()
	{
		char frame[2048];
		for (ssize_t n; (n = recv(socket_, frame, sizeof(frame), MSG_DONTWAIT)) > 0;) {
			unsigned at = (static_cast<unsigned>(n) - least) % lengths, ahead = (at + lengths - next_) % lengths;
			got++;
			if (ahead > lengths / 2) {
				behind++;
				most = std::max(most, lengths - ahead);
			} else {
				next_ = (at + 1) % lengths;
			}
		}
	}

	unsigned got = 0, behind = 0, most = 0;

private:
	int socket_;
	unsigned next_ = 0;
};

void frames_in_order(domain &d, const std::string &name, other what, const char *words)
{
	arrivals seen(name);
	std::atomic<bool> stop = false;
	std::thread second;
	if (what == other::enters)
		second = enter_elsewhere(d, stop);
	else if (what == other::sends)
		second = std::thread([&] { blast(name.c_str(), 1, stop); });
	unsigned posted = 0;
	for (unsigned i = 0; i < (is_long() ? 200'000u : 6000u); i++) {
		hostile_slot slot{};
		slot.queue = 0;
		slot.fn = LXD_NET_RX;
		lxd_net_rx_in in{};
		in.queue = 0;
		in.n = 3;
		for (unsigned f = 0; f < 3; f++)
			in.frames[f].length = static_cast<uint16_t>(arrivals::least + (posted + f) % arrivals::lengths);
		static_assert(sizeof(in) <= sizeof(slot.w));
		memcpy(slot.w, &in, sizeof(in));
		if (d.put(std::span<const hostile_slot>(&slot, 1), i % 4 == 3)) {
			d.kick(); // the ring is full
			sched_yield();
		} else {
			posted += 3;
		}
		if (i % 64 == 0)
			seen.collect();
	}
	sleep_ms(300);
	stop = true;
	if (second.joinable())
		second.join();
	seen.collect();
	say("other CPU %s: %u posted, %u received, %u behind a later one, by %u at most", words, posted, seen.got,
	    seen.behind, seen.most);
	EXPECT_EQUAL(seen.got, posted);
	EXPECT_EQUAL(seen.behind, 0);
}

/// The domain's lines in the kernel's log from now on.
class log_reader {
public:
	log_reader() : fd_(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) { lseek(fd_, 0, SEEK_END); }
	~log_reader() { close(fd_); }
	log_reader(const log_reader &) = delete;

	void collect(const std::string &begin)
	{
		char record[4096];
		for (ssize_t n; (n = read(fd_, record, sizeof(record))) > 0;) {
			std::string text(record, static_cast<size_t>(n));
			size_t at = text.find(begin);
			if (at != text.npos)
				lines.push_back(text.substr(at + begin.size(), text.find('\n', at) - at - begin.size()));
		}
	}

	std::vector<std::string> lines;

private:
	int fd_;
};

} // namespace

HOSTILE_TEST(net_order, "net-order", "frames of one queue reach the stack in the order of their ring, whoever takes them")
{
	domain d;
	EXPECT_EQUAL(d.start(), 0);
	uint32_t dev = register_interface(d);
	std::string name = interface_name(d);
	EXPECT(interface_up(d, dev, name.c_str()));
	// A queue's frames that wait for its poll are not dropped, however many.
	write_file("/proc/sys/net/core/netdev_max_backlog", "1000000");
	stay_on(0);
	frames_in_order(d, name, other::nothing, "does nothing");
	frames_in_order(d, name, other::enters, "enters");
	frames_in_order(d, name, other::sends, "sends");
	write_file("/proc/sys/net/core/netdev_max_backlog", "1000");
	EXPECT_EQUAL(unregister_interface(d, dev), 0);
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TEST(core_posts_order, "core-posts-order", "posted control messages are dispatched in the order of their ring: pieces of log lines")
{
	static constexpr unsigned lines = 150, pieces = 60; // of 4 characters; the rate of lines is limited
	domain d;
	EXPECT_EQUAL(d.start(), 0);
	log_reader log;
	std::atomic<bool> stop = false;
	std::thread second = enter_elsewhere(d, stop);
	stay_on(0);
	std::vector<std::string> wanted;
	for (unsigned line = 0; line < lines; line++) {
		std::vector<hostile_slot> slots(pieces);
		wanted.emplace_back();
		for (unsigned piece = 0; piece < pieces; piece++) {
			lxd_domain_log_in in{};
			in.level = 6;
			snprintf(reinterpret_cast<char *>(in.text), sizeof(in.text), "%03x%c", (line * pieces + piece) & 0xfff,
				 piece + 1 == pieces ? '\n' : '.');
			in.len = 4;
			wanted.back() += std::string(reinterpret_cast<char *>(in.text), piece + 1 == pieces ? 3 : 4);
			slots[piece].queue = -1;
			slots[piece].fn = LXD_DOMAIN_LOG;
			static_assert(sizeof(in) <= sizeof(slots[piece].w));
			memcpy(slots[piece].w, &in, sizeof(in));
		}
		EXPECT_EQUAL(d.put(slots, true), 0);
		if (!wait_until([&] { log.collect("lxd: a| "); return log.lines.size() > line; }, 5000))
			give_up("line %u does not come", line);
	}
	stop = true;
	second.join();
	EXPECT_EQUAL(log.lines.size(), lines);
	unsigned changed = 0;
	for (unsigned i = 0; i < std::min<size_t>(lines, log.lines.size()); i++)
		changed += log.lines[i] != wanted[i];
	say("%u of %u lines are not as they were posted", changed, lines);
	EXPECT_EQUAL(changed, 0);
	EXPECT_EQUAL(d.stop(true), 0);
}
