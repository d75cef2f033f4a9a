// SPDX-License-Identifier: GPL-2.0-only
/// Ends, and the close of a file, that meet a start, a user of the device or a call at once.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>

#include "block.hpp"
#include "net.hpp"
#include "test.hpp"

using namespace hostile;

namespace {

constexpr uint64_t at_once_ms = 2000;

/// Its answers take longer than any bound here, so that a start, an end or a close that waits for it is seen.
constexpr manner slow{9000, false, false};

/// Both must come back, whatever each of them says.
void both_return(domain &d, const std::function<void()> &first, unsigned ahead_ms)
{
	std::atomic<unsigned> ended = 0;
	std::thread other([&] {
		first();
		ended++;
	});
	sleep_ms(ahead_ms);
	std::thread stopper([&] {
		say("stop: %d", d.stop_if_unused());
		ended++;
	});
	if (!wait_until([&] { return ended == 2; }, 100'000))
		give_up("100 s later %u of two have ended", ended.load());
	other.join();
	stopper.join();
}

} // namespace

HOSTILE_TEST(end_beside_start, "end-beside-start", "a forced stop and a start at once: whichever is first, the domain ends at once")
{
	for (unsigned round = 0; round < (is_long() ? 200 : 10); round++) {
		domain d;
		d.set_manner(0xffff, slow);
		uint64_t took = 0;
		std::thread stopper([&] {
			uint64_t begin = now_ms();
			d.stop(true);
			took = now_ms() - begin;
		});
		sleep_ms(round * 10 % 100);
		int started = d.start();
		stopper.join();
		if (took > at_once_ms)
			wrong("round %u: start %d, the forced stop took %llu ms", round, started,
			      static_cast<unsigned long long>(took));
		EXPECT(started < 0);
		EXPECT_EQUAL(d.now(), dead);
		d.destroy();
	}
}

HOSTILE_TEST(remove_beside_start, "remove-beside-start", "the device is taken away while its domain starts: the domain ends, the unbind returns")
{
	domain d(with_device());
	d.on_init = [&] { register_driver(d); };
	std::atomic<bool> unbound = false;
	std::thread remover([&] {
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		unbound = true;
	});
	sleep_ms(100);
	int started = d.start();
	if (!wait_until([&] { return unbound.load(); }, 20'000))
		wrong("start %d; 20 s later the unbind waits, in state %d", started, d.now());
	d.stop(true);
	remover.join();
}

HOSTILE_TEST(close_beside_start, "close-beside-start", "the close of a file that made no domain waits for nobody's start")
{
	domain d;
	d.set_manner(0xffff, slow);
	std::thread keeper([&] { d.start(); });
	sleep_ms(300);
	int other = open("/dev/lxd", O_RDWR | O_CLOEXEC);
	EXPECT(other >= 0);
	uint64_t begin = now_ms();
	close(other);
	uint64_t took = now_ms() - begin;
	if (took > at_once_ms)
		wrong("the close took %llu ms", static_cast<unsigned long long>(took));
	d.stop(true);
	keeper.join();
}

HOSTILE_TEST(stop_beside_down, "stop-beside-down",
	     "`ip link down` and `lxdctl stop` at once, and the driver's stop fails: rtnl, control and the end do not wait for each other")
{
	domain d(with_device());
	start_with_device(d);
	uint32_t dev = register_interface(d);
	std::string name = interface_name(d);
	EXPECT(interface_up(d, dev, name.c_str()));
	d.on_call = [](call &c) {
		usual_answer(c, {});
		if (c.fn == LXD_NET_STOP)
			c.answer<lxd_net_stop_out>().ret = -EIO;
	};
	d.set_manner(LXD_NET_STOP, {2000, false, false});
	both_return(d, [&] { link_up(name.c_str(), false); }, 700);
}

HOSTILE_TEST(stop_beside_open, "stop-beside-open",
	     "a disk is opened exclusively while its partition table is read, and `lxdctl stop` waits for that claim")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d, 2000);
	hostile_mode m{};
	m.requests = HOSTILE_HOLD;
	d.mode(m);
	auto in = disk_details(k);
	d.put(LXD_BLOCK_ADD_DISK, 4, &in, sizeof(in));
	d.kick();
	EXPECT(wait_until([&] { return d.look().requests > 0; }, 20'000));
	// What is in flight ends by timeouts, which end the domain.
	both_return(d, [] {
		int fd = open(("/dev/" + disk_name()).c_str(), O_RDONLY | O_EXCL | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
	}, 700);
}

HOSTILE_TEST(call_beside_end, "call-beside-end", "a user's call that the scheduler kept while the domain died does not go into memory that is freed")
{
	domain d(with_device());
	start_with_device(d);
	disk k = make_disk(d);
	EXPECT_EQUAL(show_disk(d, k), 0);
	int fd = open(("/dev/" + disk_name()).c_str(), O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0);
	std::thread user([&] {
		nvme_admin_cmd cmd{};
		cmd.opcode = 10; // get features: power management
		cmd.cdw10 = 2;
		while (ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd) >= 0 || errno != ENODEV)
			sleep_ms(1);
	});
	sleep_ms(300);
	d.stop(true);
	user.join();
	close(fd);
	// Longer than a call would have been kept.
	sleep_ms(4000);
}

HOSTILE_TEST(down_silent, "down-silent", "behind its shutdown, before a kexec, a device is no bus master: neither by a call of the domain nor by another domain")
{
	constexpr uint32_t device_handle = 0x10000;
	auto master = [] {
		std::string config = read_file(std::string("/sys/bus/pci/devices/") + device_address + "/config");
		return config.size() > 4 && config[4] & 4;
	};
	options o = with_device();
	{
		domain d(o);
		start_with_device(d);
		EXPECT_EQUAL(d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{device_handle}), 0);
		EXPECT_EQUAL(d.ask(LXD_PCI_SET_MASTER, lxd_pci_set_master_in{device_handle}), 0);
		EXPECT(master());
		std::atomic<bool> over = false;
		std::thread busy([&] {
			while (!over)
				d.ask(LXD_PCI_SET_MASTER, lxd_pci_set_master_in{device_handle}, 4);
		});
		EXPECT_EQUAL(shut_device_down(), 0);
		EXPECT_EQUAL(d.calls(LXD_PCI_SHUTDOWN), 1);
		EXPECT_EQUAL(d.ask(LXD_PCI_SET_MASTER, lxd_pci_set_master_in{device_handle}), -ENODEV);
		over = true;
		busy.join();
		EXPECT(!master());
		EXPECT_EQUAL(d.stop(true), 0);
		EXPECT(!master());
	}
	domain other(o);
	EXPECT(other.error() != 0);
	EXPECT(!master());
	// As if the machine had come up again.
	write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
}
