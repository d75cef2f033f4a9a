// SPDX-License-Identifier: GPL-2.0-only
#include "carrier.hpp"

#include <algorithm>
#include <cstring>

namespace lxd::lab {

static constexpr Bit8u msix_enable = 0x80, msix_mask_all = 0x40;
static constexpr uint32_t vector_masked = 1;

carrier::carrier(std::string name, pci_model &model, unsigned slot)
	: name_(std::move(name)), model_(model), id_(model.identity()), devfunc_(slot << 3)
{
	put("LAB", name_.c_str());
}

template <unsigned Bar>
bool carrier::on_read(bx_phy_address address, unsigned size, void *data, void *self)
{
	carrier *c = static_cast<carrier *>(self);

	return c->bar_read(Bar, address & (c->id_.bar_size[Bar] - 1), size, data);
}

template <unsigned Bar>
bool carrier::on_write(bx_phy_address address, unsigned size, void *data, void *self)
{
	carrier *c = static_cast<carrier *>(self);

	return c->bar_write(Bar, address & (c->id_.bar_size[Bar] - 1), size, data);
}

void carrier::on_timer(void *self)
{
	static_cast<carrier *>(self)->model_.timer();
}

void carrier::init()
{
	static constexpr memory_handler_t readers[6] = {on_read<0>, on_read<1>, on_read<2>,
							on_read<3>, on_read<4>, on_read<5>};
	static constexpr memory_handler_t writers[6] = {on_write<0>, on_write<1>, on_write<2>,
							on_write<3>, on_write<4>, on_write<5>};

	if (!bx_devices.register_pci_handlers(this, &devfunc_, name_.c_str(), name_.c_str(), 0))
		panic("PCI device %u is taken", devfunc_ >> 3);
	// Interrupt pin 0: message-signalled interrupts only.
	init_pci_conf(id_.vendor, id_.device, id_.revision, id_.class_code, 0, 0);
	for (unsigned i = 0; i < 6; i++)
		if (id_.bar_size[i])
			init_bar_mem(i, id_.bar_size[i], readers[i], writers[i]);
	pci_conf[0x06] = 0x10;
	pci_conf[0x34] = id_.msix_at;
	Bit8u *m = pci_conf + id_.msix_at;
	const uint32_t table = id_.msix_table | id_.msix_bar, pba = id_.msix_pba | id_.msix_bar;
	m[0] = 0x11;
	m[2] = id_.msix_vectors - 1;
	memcpy(m + 4, &table, 4);
	memcpy(m + 8, &pba, 4);
	for (const auto &b : id_.extra) {
		if (!b.at)
			break;
		pci_conf[b.at] = b.value;
	}
	timer_ = bx_pc_system.register_timer(this, on_timer, 1, false, false, name_.c_str());
	trace_ = fopen((board::get().folder() + "/" + name_ + ".trace").c_str(), "w");
	reset(BX_RESET_HARDWARE);
}

void carrier::reset(unsigned)
{
	pci_conf[0x04] = pci_conf[0x05] = 0;
	pci_conf[id_.msix_at + 3] = 0;
	pending_.reset();
	for (unsigned i = 0; i < max_vectors; i++) {
		table_[i * 4] = table_[i * 4 + 1] = table_[i * 4 + 2] = 0;
		table_[i * 4 + 3] = vector_masked;
	}
	model_.reset();
}

void carrier::pci_write_handler(Bit8u address, Bit32u value, unsigned size)
{
	for (unsigned i = 0; i < size; i++, value >>= 8) {
		const unsigned at = address + i;
		const Bit8u byte = value;

		if (at == 0x04)
			pci_conf[at] = byte & 0x46;
		else if (at == 0x05)
			pci_conf[at] = byte & 0x05;
		else if (at == 0x0c || at == 0x0d)
			pci_conf[at] = byte;
		else if (at == id_.msix_at + 3u)
			pci_conf[at] = byte & (msix_enable | msix_mask_all);
	}
	deliver();
}

template <typename Copy>
bool carrier::by_page(uint64_t address, size_t size, Copy copy)
{
	const uint64_t end = SIM->get_param_num(BXPN_MEM_SIZE)->get64() << 20;

	// Bochs panics on DMA to a place without memory; a device just fails.
	// Memory above 3 GiB does not exist in this machine.
	if (address >= end || size > end - address || !(pci_conf[0x04] & 4))
		return false;
	while (size) {
		const size_t part = std::min<size_t>(size, 4096 - (address & 4095));

		copy(address, part);
		address += part;
		size -= part;
	}
	return true;
}

bool carrier::read_memory(uint64_t address, void *to, size_t size)
{
	Bit8u *p = static_cast<Bit8u *>(to);

	return by_page(address, size, [&](uint64_t at, size_t n) {
		BX_MEM(0)->dmaReadPhysicalPage(at, n, p);
		p += n;
	});
}

bool carrier::write_memory(uint64_t address, const void *from, size_t size)
{
	Bit8u *p = static_cast<Bit8u *>(const_cast<void *>(from));

	return by_page(address, size, [&](uint64_t at, size_t n) {
		BX_MEM(0)->dmaWritePhysicalPage(at, n, p);
		p += n;
	});
}

void carrier::raise(unsigned vector)
{
	if (vector >= id_.msix_vectors)
		return;
	pending_.set(vector);
	deliver();
}

void carrier::deliver()
{
	const Bit8u state = pci_conf[id_.msix_at + 3];

	if (!(state & msix_enable) || (state & msix_mask_all) || pending_.none())
		return;
	for (unsigned v = 0; v < id_.msix_vectors; v++) {
		const Bit32u *e = table_ + v * 4;

		if (!pending_.test(v) || (e[3] & vector_masked))
			continue;
		pending_.reset(v);
		messages_++;
		// SDM volume 3, "Message Signalled Interrupts": address bits 12-19
		// destination, 2 logical; data bits 0-7 vector, 8-10 delivery mode.
		apic_bus_deliver_interrupt(e[2] & 0xff, (e[0] >> 12) & 0xff, (e[2] >> 8) & 7,
					   (e[0] >> 2) & 1, (e[2] >> 14) & 1, (e[2] >> 15) & 1);
	}
}

// The guest's clock is its TSC, one tick an instruction; CPUID leaves 15H and 16H of the processor
// model say 3.3 GHz. Bochs' own microseconds are a setting ("ips") and mean nothing to the guest.
namespace {
constexpr uint64_t ticks_per_10_ns = 33;
}

uint64_t carrier::now()
{
	return bx_pc_system.time_ticks() * 10 / ticks_per_10_ns;
}

void carrier::set_timer(uint64_t ns)
{
	bx_pc_system.activate_timer_ticks(timer_, std::max<uint64_t>(ns * ticks_per_10_ns / 10, 1), false);
}

void carrier::trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	if (trace_)
		fprintf(trace_, "%s %llx %llx %llx %llx\n", what, (unsigned long long)a, (unsigned long long)b,
			(unsigned long long)c, (unsigned long long)d);
}

bool carrier::in_table(unsigned bar, uint32_t offset) const
{
	return bar == id_.msix_bar && offset >= id_.msix_table &&
	       offset - id_.msix_table < id_.msix_vectors * 16u;
}

uint32_t carrier::read32(unsigned bar, uint32_t offset)
{
	if (in_table(bar, offset))
		return table_[(offset - id_.msix_table) / 4];
	if (bar == id_.msix_bar && offset - id_.msix_pba < 8 && offset >= id_.msix_pba)
		return pending_.to_ullong() >> ((offset - id_.msix_pba) * 8);
	return model_.read(bar, offset);
}

void carrier::write32(unsigned bar, uint32_t offset, uint32_t value)
{
	if (in_table(bar, offset)) {
		table_[(offset - id_.msix_table) / 4] = value;
		deliver();
	} else {
		model_.write(bar, offset, value);
	}
}

bool carrier::bar_read(unsigned bar, uint32_t offset, unsigned size, void *data)
{
	uint32_t words[2] = {0, 0};

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return true;
	registers_.add(current_origin());
	for (unsigned i = 0; i < (size == 8 ? 2u : 1u); i++)
		words[i] = read32(bar, (offset & ~3u) + i * 4);
	memcpy(data, reinterpret_cast<char *>(words) + (offset & 3), size);
	return true;
}

bool carrier::bar_write(unsigned bar, uint32_t offset, unsigned size, const void *data)
{
	uint32_t words[2];
	const origin from = current_origin();

	registers_.add(from);
	if (model_.doorbell(bar, offset))
		doorbells_.add(from);
	// Narrow writes have no meaning for these devices.
	if ((size != 4 && size != 8) || (offset & 3))
		return true;
	memcpy(words, data, size);
	for (unsigned i = 0; i < size / 4; i++)
		write32(bar, offset + i * 4, words[i]);
	return true;
}

bool carrier::fault(const std::string &what, uint64_t argument)
{
	return model_.fault(what.c_str(), argument);
}

void carrier::list_counters(std::vector<std::pair<std::string, uint64_t>> &out) const
{
	const views &v = board::get().seen;

	out.emplace_back("doorbell.domain", doorbells_.domain(v));
	out.emplace_back("doorbell.elsewhere", doorbells_.elsewhere(v));
	out.emplace_back("register.domain", registers_.domain(v));
	out.emplace_back("register.elsewhere", registers_.elsewhere(v));
	out.emplace_back("messages", messages_);
	for (unsigned i = 0;; i++) {
		const counter c = model_.get_counter(i);

		if (!c.name)
			break;
		out.emplace_back(c.name, c.value);
	}
}

void carrier::clear_counters()
{
	doorbells_.clear();
	registers_.clear();
	messages_ = 0;
	model_.clear_counters();
}

void carrier::close()
{
	if (trace_)
		fclose(trace_);
	trace_ = nullptr;
}

} // namespace lxd::lab
