// SPDX-License-Identifier: GPL-2.0-only
/// What the core promises whatever a class does: grants, call numbers, what the other CPUs pay.
#include "net.hpp"
#include "test.hpp"

using namespace hostile;

namespace {

/// With the interpreter of the firmware's methods it would be tens of milliseconds of the host's time.
constexpr uint64_t most_enable_ms = 5;

struct device_memory {
	uint64_t address = 0, bus = 0;
};

long take(domain &d, device_memory &m)
{
	lxd_pci_dma_alloc_in alloc{};
	alloc.dev = 0x10000;
	alloc.size = 4096;
	long err = d.ask(LXD_PCI_DMA_ALLOC, alloc);
	m = {d.answer<lxd_pci_dma_alloc_out>().address, d.answer<lxd_pci_dma_alloc_out>().bus};
	return err;
}

long give_back(domain &d, const device_memory &m)
{
	lxd_pci_dma_free_in back{};
	back.dev = 0x10000;
	back.size = 4096;
	back.address = m.address;
	back.bus = m.bus;
	return d.ask(LXD_PCI_DMA_FREE, back);
}

} // namespace

HOSTILE_TEST(domain_classes, "domain-classes", "HS-15: a domain that was granted no class registers no interface")
{
	options o;
	o.classes = "";
	domain d(o);
	EXPECT_EQUAL(d.error(), 0);
	EXPECT_EQUAL(d.start(), 0);
	lxd_net_register_netdev_in in{};
	EXPECT_EQUAL(d.ask(LXD_NET_REGISTER_NETDEV, in, 1, 3000), -ETIMEDOUT);
	EXPECT_EQUAL(d.look().violations, 1);
	EXPECT_EQUAL(d.stop(true), 0);

	o.classes = "pci,nonsense";
	o.name = "b";
	domain b(o);
	EXPECT_EQUAL(b.error(), -EINVAL);
	o.classes = "block";
	o.device = device_address;
	domain c(o);
	EXPECT_EQUAL(c.error(), -EINVAL);
}

HOSTILE_TEST(domain_number_again, "domain-number-again", "A8: a call's number is free when its answer is seen, 500 times")
{
	domain d(with_device());
	start_with_device(d);
	lxd_pci_is_present_in in{};
	in.dev = 0x10000;
	for (unsigned i = 0; i < 500; i++)
		if (long err = d.ask(LXD_PCI_IS_PRESENT, in, 3, 20000)) {
			wrong("round %u: %ld", i, err);
			break;
		}
	EXPECT_EQUAL(d.look().violations, 0);
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TEST(domain_unmaps, "domain-unmaps", "A7: unmappings, each of which interrupts all CPUs, have a rate")
{
	domain d(with_device());
	start_with_device(d);
	uint64_t begin = now_ms();
	for (unsigned n = 1; n <= 1200; n++) {
		device_memory m;
		EXPECT_EQUAL(take(d, m), 0);
		EXPECT_EQUAL(give_back(d, m), 0);
		uint64_t took = now_ms() - begin;
		if (n > 512 + took / 10 + 16) {
			wrong("%u unmappings in %llu ms", n, static_cast<unsigned long long>(took));
			break;
		}
	}
	EXPECT_EQUAL(d.stop(true), 0);
}

HOSTILE_TIMED_TEST(domain_enables, "domain-enables", "a device that is enabled and disabled all the time runs no method of the firmware each time")
{
	domain d(with_device());
	start_with_device(d);
	EXPECT_EQUAL(d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{0x10000}), 0);
	uint64_t begin = now_ms();
	constexpr unsigned rounds = 60;
	for (unsigned n = 0; n < rounds; n++) {
		EXPECT_EQUAL(d.ask(LXD_PCI_DISABLE_DEVICE, lxd_pci_disable_device_in{0x10000}), 0);
		EXPECT_EQUAL(d.ask(LXD_PCI_ENABLE_DEVICE_MEM, lxd_pci_enable_device_mem_in{0x10000}), 0);
	}
	uint64_t took = now_ms() - begin;
	say("%u times: %llu ms", rounds, static_cast<unsigned long long>(took));
	if (took > rounds * most_enable_ms)
		wrong("%u times took %llu ms", rounds, static_cast<unsigned long long>(took));
	EXPECT_EQUAL(d.stop(true), 0);
}
