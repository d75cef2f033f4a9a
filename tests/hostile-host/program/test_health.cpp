// SPDX-License-Identifier: GPL-2.0-only
/// Admin commands of users: what reaches the domain, and what of its answers reaches them.
#include "block.hpp"
#include "test.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hostile;

namespace {

constexpr uint32_t piece = 1024;

/// A shown disk, opened by a user; the domain's answers to commands are `answer`'s.
struct patient {
	domain d{with_device()};
	disk k;
	int fd = -1;
	std::function<void(const lxd_block_health_in &, lxd_block_health_out &)> answer = honest;
	std::atomic<unsigned> commands = 0;
	lxd_block_health_in last{};

	patient()
	{
		d.on_call = [this](call &c) {
			if (c.fn != LXD_BLOCK_HEALTH)
				return usual_answer(c, {});
			last = c.arguments<lxd_block_health_in>();
			commands++;
			auto &out = c.answer<lxd_block_health_out>();
			answer(last, out);
			c.length = static_cast<uint32_t>(offsetof(lxd_block_health_out, data) + std::min(out.n, piece));
		};
		start_with_device(d);
		k = make_disk(d);
		EXPECT_EQUAL(show_disk(d, k), 0);
		fd = open(("/dev/" + disk_name()).c_str(), O_RDONLY | O_CLOEXEC);
		EXPECT(fd >= 0);
	}
	~patient() { close(fd); }

	/// Each byte of an answer is its place.
	static void honest(const lxd_block_health_in &in, lxd_block_health_out &out)
	{
		out.n = std::min(in.length - in.offset, piece);
		for (uint32_t i = 0; i < out.n; i++)
			out.data[i] = static_cast<uint8_t>((in.offset + i) * 7);
		out.result = 0x1234;
	}

	std::array<uint8_t, 8192> data{};

	/// What ioctl() says: a status, or -errno. Behind the answer nothing may have changed.
	int command(uint8_t opcode, uint32_t cdw10, uint32_t length, uint32_t *result = nullptr)
	{
		nvme_admin_cmd cmd{};
		cmd.opcode = opcode;
		cmd.nsid = 1;
		cmd.cdw10 = cdw10;
		cmd.addr = reinterpret_cast<uint64_t>(data.data());
		cmd.data_len = length;
		data.fill(0xee);
		int r = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);
		r = r < 0 ? -errno : r;
		if (result)
			*result = cmd.result;
		if (!std::all_of(data.begin() + (r ? 0 : length), data.end(), [](uint8_t b) { return b == 0xee; }))
			wrong("opcode %u: the user's memory is written where it may not be", opcode);
		return r;
	}
	int identify() { return command(6, 1, 4096); }
};

} // namespace

HOSTILE_TEST(health_plain, "health-plain", "identify, log pages and features by ioctl, the temperature by hwmon")
{
	patient p;
	uint32_t result = 0;
	EXPECT_EQUAL(p.identify(), 0);
	EXPECT_EQUAL(p.commands, 4);
	for (uint32_t i = 0; i < 4096; i++)
		if (p.data[i] != static_cast<uint8_t>(i * 7))
			give_up("byte %u of an answer is another one", i);
	EXPECT_EQUAL(p.command(2, 2 | 127 << 16, 512), 0);
	EXPECT_EQUAL(p.last.cdw10, 2 | 127 << 16);
	EXPECT_EQUAL(p.command(10, 6, 0, &result), 0);
	EXPECT_EQUAL(result, 0x1234);
	EXPECT_EQUAL(ioctl(p.fd, NVME_IOCTL_ID), 1);
	p.answer = [](const lxd_block_health_in &in, lxd_block_health_out &out) {
		patient::honest(in, out);
		memset(out.data, 0, sizeof(out.data));
		out.data[1] = 300 & 0xff;
		out.data[2] = 300 >> 8;
		if (in.cdw10 == 1 && !in.offset)
			out.data[266] = 350 & 0xff, out.data[267] = 350 >> 8;
	};
	std::string dir = temperature();
	EXPECT(read_file(dir + "temp1_input") == "26850\n");
	EXPECT(read_file(dir + "temp1_max") == "76850\n");
	EXPECT(read_file(dir + "temp1_crit").empty());
	EXPECT(read_file(dir + "temp1_alarm") == "0\n");
	unsigned before = p.commands;
	uint64_t begin = now_ms();
	for (unsigned i = 0; i < 2000; i++)
		read_file(dir + "temp1_input");
	uint64_t seconds = (now_ms() - begin) / 1000 + 2;
	EXPECT(p.commands - before <= seconds);
	EXPECT_EQUAL(p.d.look().violations, 0);
	EXPECT_EQUAL(p.d.stop(true), 0);
	EXPECT(temperature().empty());
	EXPECT(p.identify() < 0);
}

HOSTILE_TEST(health_refused, "health-refused", "what writes, or is not on the list, never reaches the domain; nor does a user without the capability")
{
	patient p;
	for (unsigned opcode = 0; opcode < 256; opcode++)
		if (opcode != 2 && opcode != 6 && opcode != 10)
			EXPECT_EQUAL(p.command(static_cast<uint8_t>(opcode), 1, 4096), -EACCES);
	EXPECT_EQUAL(p.command(6, 0x10, 4096), -EACCES);
	EXPECT_EQUAL(p.command(2, 7 | 127 << 16, 512), -EACCES);
	EXPECT_EQUAL(p.command(6, 1, 8192), -EINVAL);
	EXPECT_EQUAL(p.command(2, 1 | 2047 << 16, 8192), -EINVAL);
	nvme_admin_cmd cmd{};
	for (unsigned long other : {static_cast<unsigned long>(NVME_IOCTL_IO_CMD), static_cast<unsigned long>(NVME_IOCTL_RESET),
				    static_cast<unsigned long>(NVME_IOCTL_SUBSYS_RESET), static_cast<unsigned long>(NVME_IOCTL_RESCAN),
				    static_cast<unsigned long>(NVME_IOCTL_ADMIN64_CMD), static_cast<unsigned long>(NVME_IOCTL_SUBMIT_IO)})
		EXPECT_EQUAL(ioctl(p.fd, other, &cmd) < 0 ? errno : 0, ENOTTY);
	// Nobody: this thread only.
	EXPECT_EQUAL(syscall(SYS_setresuid, 65534, 65534, 65534), 0);
	EXPECT_EQUAL(p.identify(), -EACCES);
	EXPECT_EQUAL(p.commands, 0);
}

HOSTILE_TEST(health_lies, "health-lies", "answers that are too long, too short, all ones, another error, a status with data")
{
	patient p;
	using in = const lxd_block_health_in &;
	using out = lxd_block_health_out &;
	auto lie = [&](const char *what, int wanted, const decltype(p.answer) &answer) {
		p.answer = answer;
		int r = p.identify();
		if (r != wanted)
			wrong("%s: %d, not %d", what, r, wanted);
		p.d.pardon();
	};
	lie("one byte less", -EIO, [](in i, out o) { patient::honest(i, o); o.n--; });
	lie("nothing", -EIO, [](in, out o) { o.n = 0; });
	lie("more than there is room for", -EIO, [](in, out o) { o.n = piece + 1; });
	lie("as many as a number counts", -EIO, [](in, out o) { memset(&o, 0xff, sizeof(o)); });
	lie("the second piece is short", -EIO, [](in i, out o) { patient::honest(i, o); o.n -= i.offset != 0; });
	lie("a status that no device has", -EIO, [](in, out o) { o.status = 0x8000; });
	lie("a status and data", -EIO, [](in i, out o) { patient::honest(i, o); o.status = 2; });
	lie("a status", 2, [](in, out o) { o.status = 2; });
	lie("an error of the kernel's own", -EIO, [](in, out o) { o.ret = -512; });
	lie("no error", -EIO, [](in, out o) { o.ret = -4096; });
	lie("busy", -EBUSY, [](in, out o) { o.ret = -EBUSY; });
	lie("a positive result", -EIO, [](in i, out o) { patient::honest(i, o); o.ret = 4; });
	for (unsigned byte : {0x00u, 0x7fu, 0x80u, 0xffu}) {
		p.answer = [byte](in i, out o) {
			patient::honest(i, o);
			memset(o.data, static_cast<int>(byte), sizeof(o.data));
		};
		sleep_ms(1200);
		EXPECT(read_file(temperature() + "temp1_input").empty());
	}
	EXPECT_EQUAL(p.d.now(), running);
}

HOSTILE_TIMED_TEST(health_never, "health-never", "no answer: each user waits 30 s and no longer, no disk waits, and the domain's end does not")
{
	patient p;
	std::string dir = temperature();
	p.d.set_manner(LXD_BLOCK_HEALTH, {0, true, false});
	uint64_t begin = now_ms();
	EXPECT_EQUAL(p.identify(), -ETIMEDOUT);
	uint64_t took = now_ms() - begin;
	say("a command took %llu ms", static_cast<unsigned long long>(took));
	EXPECT(took > 29'000 && took < 35'000);
	std::thread reading([&] { EXPECT(read_file(dir + "temp1_input").empty()); });
	std::atomic<int> other = 1;
	std::thread asking([&] { other = p.identify(); });
	sleep_ms(500);
	begin = now_ms();
	{
		reader r(disk_name());
		EXPECT(wait_until([&] { return r.done(); }, 5000));
		EXPECT_EQUAL(r.error(), 0);
	}
	EXPECT_EQUAL(p.d.stop(true), 0);
	reading.join();
	asking.join();
	took = now_ms() - begin;
	say("a read and the end took %llu ms", static_cast<unsigned long long>(took));
	EXPECT(other < 0);
	EXPECT(took < 10'000);
}

HOSTILE_TIMED_TEST(health_late, "health-late", "each piece of an answer comes after 28 s: a user and a reader of the temperature wait 30 s in all")
{
	patient p;
	p.answer = [](const lxd_block_health_in &in, lxd_block_health_out &out) {
		patient::honest(in, out);
		out.data[2] = 1;
	};
	p.d.set_manner(LXD_BLOCK_HEALTH, {.late_ms = 28'000});
	uint64_t begin = now_ms();
	EXPECT_EQUAL(p.identify(), -ETIMEDOUT);
	EXPECT(now_ms() - begin < 35'000);
	begin = now_ms();
	EXPECT(!read_file(temperature() + "temp1_input").empty());
	EXPECT(now_ms() - begin < 35'000);
	EXPECT_EQUAL(p.d.now(), running);
}

HOSTILE_TIMED_TEST(health_asleep, "health-asleep", "nobody reads the temperature of a domain that does not answer: the machine goes to sleep, and the question is asked again")
{
	patient p;
	p.answer = [](const lxd_block_health_in &in, lxd_block_health_out &out) {
		patient::honest(in, out);
		out.data[2] = 1;
	};
	p.d.set_manner(LXD_BLOCK_HEALTH, {.never = true});
	std::string file = temperature() + "temp1_input";
	std::thread reading([&] {
		syscall(SYS_setresuid, 65534, 65534, 65534);
		EXPECT(!read_file(file).empty());
	});
	EXPECT(wait_until([&] { return p.d.calls(LXD_BLOCK_HEALTH) > 0; }));
	uint64_t begin = now_ms();
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
	EXPECT(now_ms() - begin < 15'000);
	p.d.set_manner(LXD_BLOCK_HEALTH, {});
	reading.join();
	EXPECT(now_ms() - begin < 60'000);
}

HOSTILE_TIMED_TEST(health_impatient, "health-impatient", "readers of the temperature who give up leave numbers of calls to others")
{
	patient p;
	p.d.set_manner(LXD_BLOCK_HEALTH, {.never = true});
	std::string file = temperature() + "temp1_input";
	for (unsigned i = 0; i < 40; i++) {
		pid_t reader = fork();
		if (!reader) {
			int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
			char text[16];
			alarm(2);
			_exit(read(fd, text, sizeof(text)) < 0);
		}
		waitpid(reader, nullptr, 0);
	}
	// Whatever else the host asks is answered at once.
	uint64_t begin = now_ms();
	EXPECT_EQUAL(p.d.ping(), 0);
	EXPECT(now_ms() - begin < 1000);
	EXPECT(p.d.calls(LXD_BLOCK_HEALTH) >= 4 && p.d.calls(LXD_BLOCK_HEALTH) <= 12);
}
