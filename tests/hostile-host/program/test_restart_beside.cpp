// SPDX-License-Identifier: GPL-2.0-only
/// A restart beside a stop, a removal, a CPU that goes, and calls of the domain itself.
#include "restart.hpp"

using namespace hostile;

HOSTILE_TEST(restart_stop, "restart-stop", "a stop, orderly or not, that meets a domain between two lives or in the start of the second ends it")
{
	for (unsigned pause : {0u, 20u, 200u}) {
		for (bool force : {true, false}) {
			lives l;
			l.d.on_init = [&] { register_driver(l.d); };
			l.d.set_manner(LXD_DOMAIN_INIT_MODULE, {.late_ms = 300});
			waiter reads([&] { return l.touch(), 0; });
			l.d.die();
			sleep_ms(pause);
			l.d.stop(force);
			EXPECT_EQUAL(l.d.now(), dead);
			EXPECT(wait_until([&] { return reads.done.load(); }));
			EXPECT(disk_name().empty());
			close(l.fd);
			l.fd = -1;
			EXPECT_EQUAL(l.d.destroy(), 0);
		}
	}
}

HOSTILE_TEST(restart_stop_waits, "restart-stop-waits", "a stop that asks first waits for a start between two lives, which fails: the disk in use stays")
{
	lives l;
	l.d.on_init = [&] { register_driver(l.d); };
	l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 3000});
	l.d.die();
	sleep_ms(600);
	waiter stops([&] { return -l.d.stop_if_unused(); });
	EXPECT(stops.waits());
	l.d.set_manner(LXD_PCI_PROBE, {});
	l.d.die();
	EXPECT(wait_until([&] { return stops.done.load(); }, 20'000));
	EXPECT_EQUAL(stops.result, EBUSY);
	l.n += 2;
	if (!l.d.reborn(l.n))
		give_up("no third life: state %d", l.d.now());
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_in_use, "restart-in-use", "a stop that asks first ends nothing between two lives while the disk is open")
{
	lives l;
	l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 1500});
	l.d.die();
	sleep_ms(300);
	EXPECT_EQUAL(l.d.stop_if_unused(), -EBUSY);
	if (!l.d.reborn(++l.n))
		give_up("no life number %u", l.n);
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_remove, "restart-remove", "the device is taken away while its domain is restarted: it ends")
{
	for (unsigned pause : {0u, 20u, 200u}) {
		lives l;
		l.d.on_init = [&] { register_driver(l.d); };
		l.d.set_manner(LXD_PCI_PROBE, {.late_ms = 300});
		l.d.die();
		sleep_ms(pause);
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		EXPECT(wait_until([&] { return l.d.now() == dead; }, 20'000));
		EXPECT(disk_name().empty());
		close(l.fd);
		l.fd = -1;
		EXPECT_EQUAL(l.d.destroy(), 0);
		take_device();
	}
}

HOSTILE_TEST(restart_cpu, "restart-cpu", "a CPU does not go offline while a disk waits for its driver, and does when it is back")
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	lives l;
	l.hold();
	uint64_t before = l.d.look().requests;
	waiter reads([&] {
		stay_on(1);
		return l.touch();
	});
	EXPECT(wait_until([&] { return l.d.look().requests > before; }));
	l.die();
	EXPECT(!write_file(online, "0"));
	EXPECT_EQUAL(l.bring_back(), 0);
	EXPECT(wait_until([&] { return reads.done.load(); }));
	EXPECT_EQUAL(reads.result, 0);
	EXPECT(write_file(online, "0"));
	EXPECT(write_file(online, "1"));
	EXPECT_EQUAL(l.touch(), 0);
	EXPECT_EQUAL(l.d.stop(true), 0);
}

HOSTILE_TEST(restart_cpus_vectors, "restart-cpus-vectors", "a CPU goes offline and waits for a request, the domain waits for vectors, and ends: all three go on")
{
	const char *online = "/sys/devices/system/cpu/cpu1/online";
	lives l;
	EXPECT_EQUAL(l.d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{first_device}), 0);
	l.hold();
	uint64_t before = l.d.look().requests;
	{
		waiter reads([&] {
			stay_on(1);
			return l.touch(), 0;
		});
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		waiter goes([&] { return write_file(online, "0") ? 0 : EBUSY; });
		EXPECT(goes.waits());
		lxd_pci_alloc_vectors_in in{};
		in.dev = first_device;
		in.min = 1;
		in.max = 2;
		in.flags = LXD_PCI_IRQ_TYPES_MSIX | LXD_PCI_IRQ_TYPES_AFFINITY;
		l.d.put(LXD_PCI_ALLOC_VECTORS, 4, &in, sizeof(in));
		l.d.kick();
		sleep_ms(500);
		l.d.die();
		EXPECT(wait_until([&] { return goes.done && reads.done; }, 30'000));
		EXPECT_EQUAL(goes.result, 0);
	}
	EXPECT(write_file(online, "1"));
	l.d.stop(true);
}

HOSTILE_TEST(restart_ledger, "restart-ledger", "quiesce beside the return of a disk: the one that goes has no clock that runs on")
{
	std::string limit = read_file("/sys/module/lxd/parameters/held_limit_s");
	write_file("/sys/module/lxd/parameters/held_limit_s", "2");
	lives l;
	for (unsigned round = 0; round < 3; round++) {
		l.die();
		l.k = make_disk(l.d);
		auto add = disk_details(l.k);
		lxd_block_quiesce_in quiesce{l.k.handle};
		l.d.put(LXD_BLOCK_ADD_DISK, 2, &add, sizeof(add));
		for (uint16_t number = 3; number < 15; number++)
			l.d.put(LXD_BLOCK_QUIESCE, number, &quiesce, sizeof(quiesce));
		l.d.kick();
		for (uint16_t number = 2; number < 15; number++)
			l.d.wait(number, 10'000);
		for (unsigned n = 0; n < 12; n++)
			l.d.ask(LXD_BLOCK_UNQUIESCE, lxd_block_unquiesce_in{l.k.handle});
		sleep_ms(3000);
		EXPECT_EQUAL(l.touch(), 0);
	}
	EXPECT_EQUAL(l.d.stop(true), 0);
	write_file("/sys/module/lxd/parameters/held_limit_s", limit);
}

HOSTILE_TEST(restart_shape, "restart-shape", "it dies while the number of queues changes, or while a second disk comes: nothing waits for ever")
{
	for (bool second : {false, true}) {
		lives l;
		l.hold();
		uint64_t before = l.d.look().requests;
		waiter reads([&] { return l.touch(), 0; });
		EXPECT(wait_until([&] { return l.d.look().requests > before; }));
		lxd_block_update_nr_hw_queues_in update{l.k.set, 1};
		lxd_block_alloc_disk_in alloc{l.k.set};
		if (second)
			l.d.put(LXD_BLOCK_ALLOC_DISK, 4, &alloc, sizeof(alloc));
		else
			l.d.put(LXD_BLOCK_UPDATE_NR_HW_QUEUES, 4, &update, sizeof(update));
		l.d.kick();
		sleep_ms(300);
		l.die();
		EXPECT(wait_until([&] { return reads.done.load(); }, 20'000));
		close(l.fd);
		l.fd = -1;
		EXPECT_EQUAL(l.bring_back(), 0);
		EXPECT_EQUAL(l.d.stop(true), 0);
		l.d.destroy();
	}
}
