// SPDX-License-Identifier: GPL-2.0-only
/// The machine goes to sleep and wakes, and a domain that has a device is told.
#include "block.hpp"
#include "test.hpp"

#include <cerrno>
#include <utility>

using namespace hostile;

namespace {

constexpr uint32_t device_handle = 0x10000;

/// A started domain, the callbacks it was asked for, and what it says to each.
struct sleeper {
	domain d{with_device()};
	std::mutex lock;
	std::vector<unsigned> asked;
	std::atomic<int> answers[6] = {};

	sleeper()
	{
		start_with_device(d);
		d.on_call = [this](call &c) {
			if (c.fn != LXD_PCI_PM)
				return usual_answer(c, {});
			unsigned event = c.arguments<lxd_pci_pm_in>().event;
			std::lock_guard guard(lock);
			asked.push_back(event);
			c.answer<int32_t>() = answers[event % 6];
		};
	}
	std::vector<unsigned> events()
	{
		std::lock_guard guard(lock);
		return std::exchange(asked, {});
	}
	long present() { return d.ask(LXD_PCI_IS_PRESENT, lxd_pci_is_present_in{device_handle}, 3); }
};

using list = std::vector<unsigned>;

const list sleeps{LXD_PCI_PM_EVENT_SUSPEND, LXD_PCI_PM_EVENT_RESUME};

void ends_within(domain &d, unsigned ms)
{
	if (!wait_until([&d] { return d.now() == dead; }, ms))
		wrong("after %u ms the domain is in state %d", ms, d.now());
}

} // namespace

HOSTILE_TEST(sleep_told, "sleep-told", "F3: each callback of a sleep reaches the domain once, in the PCI core's order")
{
	sleeper s;
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
	EXPECT(s.events() == sleeps);
	EXPECT_EQUAL(sleep_machine("freeze", "devices"), 0);
	EXPECT(s.events() == sleeps);
	EXPECT_EQUAL(sleep_machine("mem", "freezer"), 0);
	EXPECT(s.events().empty());
	EXPECT_EQUAL(s.present(), 0);
}

HOSTILE_TIMED_TEST(sleep_image, "sleep-image", "F3: freeze and thaw around the image of a hibernation, which finds no swap here")
{
	sleeper s;
	EXPECT(sleep_machine("disk", "none") < 0);
	EXPECT((s.events() == list{LXD_PCI_PM_EVENT_FREEZE, LXD_PCI_PM_EVENT_THAW}));
	EXPECT_EQUAL(s.d.now(), running);
	if (!is_long())
		return;
	// The kernel's test of it waits 5 s in a loop, and then calls restore.
	EXPECT_EQUAL(sleep_machine("disk", "devices"), 0);
	EXPECT((s.events() == list{LXD_PCI_PM_EVENT_FREEZE, LXD_PCI_PM_EVENT_RESTORE}));
}

HOSTILE_TIMED_TEST(sleep_refused, "sleep-refused", "the driver's error is the machine's; it lives, and its device is awake")
{
	sleeper s;
	for (auto [answer, wanted] : {std::pair{-EBUSY, -EBUSY}, {-512, -EIO}}) {
		s.answers[LXD_PCI_PM_EVENT_SUSPEND] = answer;
		EXPECT_EQUAL(sleep_machine("mem", "devices"), wanted);
		EXPECT((s.events() == list{LXD_PCI_PM_EVENT_SUSPEND}));
		EXPECT_EQUAL(s.present(), 0);
	}
	s.answers[LXD_PCI_PM_EVENT_SUSPEND] = 0;
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
	EXPECT_EQUAL(s.d.now(), running);
}

HOSTILE_TIMED_TEST(sleep_silent, "sleep-silent", "no answer to suspend: no sleep, the domain ends, the machine sleeps without it")
{
	sleeper s;
	s.d.set_manner(LXD_PCI_PM, {.never = true});
	uint64_t begin = now_ms();
	EXPECT_EQUAL(sleep_machine("mem", "devices"), -ETIMEDOUT);
	EXPECT(now_ms() - begin < 90'000);
	ends_within(s.d, 30'000);
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
}

HOSTILE_TIMED_TEST(sleep_stays_down, "sleep-stays-down", "no answer to resume: the machine is awake, the domain ends")
{
	sleeper s;
	s.d.on_call = [&s, before = s.d.on_call](call &c) {
		before(c);
		if (c.fn == LXD_PCI_PM)
			s.d.set_manner(LXD_PCI_PM, {.never = true});
	};
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
	ends_within(s.d, 30'000);
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
}

HOSTILE_TEST(sleep_hands_off, "sleep-hands-off", "between its suspend and its resume a domain changes nothing of the device")
{
	sleeper s;
	std::atomic<bool> over = false;
	unsigned refused = 0, served = 0;
	std::thread busy([&] {
		s.d.stay_awake();
		while (!over) {
			long err = s.present();
			refused += err == -EBUSY;
			served += !err;
			sleep_ms(10);
		}
	});
	EXPECT_EQUAL(sleep_machine("mem", "devices", 1), 0);
	over = true;
	busy.join();
	say("%u calls refused, %u served", refused, served);
	EXPECT(refused >= 10);
	EXPECT_EQUAL(s.present(), 0);
}

HOSTILE_TEST(sleep_dies, "sleep-dies", "a domain that dies in its sleep is buried when the machine is awake")
{
	sleeper s;
	std::thread killer([&s] {
		s.d.stay_awake();
		if (!wait_until([&s] { return s.present() == -EBUSY; }))
			wrong("the device never slept");
		for (unsigned i = 0; i < 64; i++)
			s.d.post(0x7f7f, &i, sizeof(i));
		EXPECT(wait_until([&s] { return !s.d.look().alive; }));
		sleep_ms(200);
		// Whoever asks for its state waits for the recovery, and that for the end of the sleep.
		uint64_t begin = now_ms();
		s.d.status();
		if (now_ms() - begin < 500)
			wrong("its recovery went on after %llu ms, in its sleep", static_cast<unsigned long long>(now_ms() - begin));
	});
	EXPECT_EQUAL(sleep_machine("mem", "devices", 2), 0);
	killer.join();
	EXPECT((s.events() == list{LXD_PCI_PM_EVENT_SUSPEND}));
	ends_within(s.d, 30'000);
	EXPECT_EQUAL(sleep_machine("mem", "devices"), 0);
}

HOSTILE_TEST(sleep_vectors, "sleep-vectors", "F3: interrupts that the driver kept, over a sleep in which their CPU goes and comes")
{
	sleeper s;
	EXPECT_EQUAL(s.d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{device_handle}), 0);
	lxd_pci_alloc_vectors_in alloc{};
	alloc.dev = device_handle;
	alloc.min = alloc.max = 3;
	alloc.flags = LXD_PCI_IRQ_TYPES_MSIX | LXD_PCI_IRQ_TYPES_AFFINITY;
	alloc.pre = 1;
	EXPECT_EQUAL(s.d.ask(LXD_PCI_ALLOC_VECTORS, alloc), 0);
	for (uint32_t v = 0; v < 3; v++) {
		lxd_pci_request_irq_in in{};
		in.dev = device_handle;
		in.vector = v;
		strcpy(in.name, "q");
		EXPECT_EQUAL(s.d.ask(LXD_PCI_REQUEST_IRQ, in), 0);
	}
	EXPECT_EQUAL(s.d.ask(LXD_PCI_DISABLE_IRQ, lxd_pci_disable_irq_in{device_handle, 2}), 0);
	for (const char *level : {"devices", "processors", "core"}) {
		EXPECT_EQUAL(sleep_machine("mem", level), 0);
		EXPECT(s.events() == sleeps);
	}
	// Still disabled once, and each of them still the domain's.
	lxd_pci_enable_irq_in on{device_handle, 2};
	s.d.post(LXD_PCI_ENABLE_IRQ, &on, sizeof(on));
	for (uint32_t v = 0; v < 3; v++)
		EXPECT_EQUAL(s.d.ask(LXD_PCI_FREE_IRQ, lxd_pci_free_irq_in{device_handle, v}), 0);
	EXPECT_EQUAL(s.d.look().violations, 0);
}

HOSTILE_TEST(sleep_removed, "sleep-removed", "a device that goes while it sleeps, as pciehp removes it before its resume: the machine wakes")
{
	sleeper s;
	write_file("/sys/module/printk/parameters/console_suspend", "N");
	std::atomic<bool> removed = false, awake = false;
	std::thread remover([&] {
		s.d.stay_awake();
		if (!wait_until([&] { return s.present() == -EBUSY; }))
			wrong("the device never slept");
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		removed = true;
	});
	std::thread watcher([&] {
		s.d.stay_awake();
		if (wait_until([&] { return removed && awake; }, 60'000))
			return;
		// Nobody else could say so: the machine sleeps.
		wrong("60 s later: device removed %d, machine awake %d", removed.load(), awake.load());
		sleep_ms(500);
		write_file("/proc/sysrq-trigger", "c");
	});
	EXPECT_EQUAL(sleep_machine("mem", "devices", 2), 0);
	awake = true;
	remover.join();
	watcher.join();
	ends_within(s.d, 30'000);
}

HOSTILE_TEST(sleep_undriven, "sleep-undriven", "a domain whose driver has unregistered changes nothing of the device in its sleep either")
{
	sleeper s;
	EXPECT_EQUAL(s.d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{device_handle}), 0);
	EXPECT_EQUAL(s.d.ask(LXD_PCI_UNREGISTER_DRIVER), 0);
	std::atomic<bool> over = false;
	unsigned refused = 0;
	std::thread busy([&] {
		s.d.stay_awake();
		for (; !over; sleep_ms(10))
			refused += s.d.ask(LXD_PCI_SET_MASTER, lxd_pci_set_master_in{device_handle}, 4) == -EBUSY;
	});
	EXPECT_EQUAL(sleep_machine("mem", "devices", 2), 0);
	over = true;
	busy.join();
	EXPECT(refused > 0);
	EXPECT(s.events().empty());
	EXPECT_EQUAL(s.d.ask(LXD_PCI_SET_MASTER, lxd_pci_set_master_in{device_handle}, 4), 0);
}

HOSTILE_TEST(sleep_held, "sleep-held", "a driver keeps its queue frozen over a sleep, as stock nvme does, in which clocks go on: the host counts the time that it is awake")
{
	const char *limit = "/sys/module/lxd/parameters/held_limit_s";
	std::string before = read_file(limit);
	EXPECT(write_file(limit, "4"));
	sleeper s;
	disk k = make_disk(s.d);
	EXPECT_EQUAL(show_disk(s.d, k), 0);
	s.d.on_call = [&, usual = s.d.on_call](call &c) {
		usual(c);
		if (c.fn != LXD_PCI_PM || c.arguments<lxd_pci_pm_in>().event != LXD_PCI_PM_EVENT_SUSPEND)
			return;
		lxd_block_freeze_start_in in{k.handle};
		s.d.put(LXD_BLOCK_FREEZE_START, 8, &in, sizeof(in));
		s.d.kick();
	};
	std::atomic<bool> asleep = false, ended = false;
	std::thread watcher([&] {
		s.d.stay_awake();
		for (; !asleep; sleep_ms(100))
			ended = ended || !s.d.look().alive;
	});
	EXPECT_EQUAL(sleep_machine("freeze", "devices", 10), 0);
	asleep = true;
	watcher.join();
	EXPECT(!ended);
	// Time that it is awake does count.
	ends_within(s.d, 60'000);
	write_file(limit, before);
}
