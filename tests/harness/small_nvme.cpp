// SPDX-License-Identifier: GPL-2.0-only
// NVM Express base specification 1.4: "Controller Registers", "Admin Command Set", "NVM Command Set".
#include "small_nvme.hpp"

#include <algorithm>
#include <cstring>

namespace lxd::harness {

namespace {

enum reg : uint32_t { r_cap = 0, r_vs = 8, r_intms = 0xc, r_intmc = 0x10, r_cc = 0x14, r_csts = 0x1c, r_aqa = 0x24, r_asq = 0x28, r_acq = 0x30 };
enum : uint32_t { csts_ready = 1, csts_fatal = 2, csts_shutdown_done = 8 };
enum : uint16_t { ok = 0, bad_opcode = 1, bad_field = 2, data_error = 4, bad_namespace = 0xb, bad_queue = 0x101, out_of_range = 0x80 };
constexpr uint32_t block = 512, mdts_bytes = 4096 << 5;

void text(uint8_t *to, const char *from, size_t size)
{
	memset(to, ' ', size);
	memcpy(to, from, std::min(size, strlen(from)));
}

template <typename T> void put(uint8_t *to, T value)
{
	memcpy(to, &value, sizeof(value));
}

} // namespace

const lab::pci_identity &small_nvme::identity() const
{
	static const auto make = [](uint32_t class_code) {
		lab::pci_identity i{};
		i.vendor = 0x1b36;
		i.device = 0x00ff; // no quirks in the driver
		i.class_code = class_code;
		i.revision = 1;
		i.bar_size[0] = 0x10000;
		i.msix_vectors = max_queues;
		return i;
	};
	static const lab::pci_identity real = make(0x010802), other = make(0x020000);
	return foreign_ ? other : real;
}

void small_nvme::reset()
{
	disable();
	cc_ = csts_ = aqa_ = masked_ = 0;
	asq_ = acq_ = 0;
}

void small_nvme::enable()
{
	disable();
	sq_[0] = {true, asq_, (aqa_ & 0xfff) + 1, 0, 0, 0};
	cq_[0] = {true, true, acq_, (aqa_ >> 16 & 0xfff) + 1, 0, 0, true, 0};
	csts_ = stuck_ ? 0u : csts_ready;
}

void small_nvme::disable()
{
	sq_ = {};
	cq_ = {};
	csts_ = 0;
	fatal_after_ = 0;
}

uint32_t small_nvme::read(unsigned, uint32_t offset)
{
	// 256 entries, contiguous queues, 10 s to ready, doorbell stride 4, NVM commands, 4 KiB pages.
	const uint64_t cap = 255 | 1 << 16 | 20 << 24 | 1ull << 37;

	switch (offset) {
	case r_cap: return static_cast<uint32_t>(cap);
	case r_cap + 4: return cap >> 32;
	case r_vs: return 0x10400;
	case r_intms: case r_intmc: return masked_;
	case r_cc: return cc_;
	case r_csts: return csts_;
	case r_aqa: return aqa_;
	case r_asq: return asq_;
	case r_asq + 4: return asq_ >> 32;
	case r_acq: return acq_;
	case r_acq + 4: return acq_ >> 32;
	}
	return 0;
}

void small_nvme::write(unsigned, uint32_t offset, uint32_t value)
{
	auto low = [value](uint64_t r) { return (r & ~0xffffffffull) | value; };
	auto high = [value](uint64_t r) { return (r & 0xffffffff) | uint64_t(value) << 32; };

	switch (offset) {
	case r_intms: masked_ |= value; return;
	case r_intmc: masked_ &= ~value; return;
	case r_aqa: aqa_ = value; return;
	case r_asq: asq_ = low(asq_); return;
	case r_asq + 4: asq_ = high(asq_); return;
	case r_acq: acq_ = low(acq_); return;
	case r_acq + 4: acq_ = high(acq_); return;
	case r_cc: {
		bool was = cc_ & 1;
		cc_ = value;
		host_.trace("CC", value);
		if (!was && value & 1)
			enable();
		else if (was && !(value & 1))
			disable();
		if (value >> 14 & 3)
			csts_ |= csts_shutdown_done;
		return;
	}
	}
	if (offset < 0x1000)
		return;
	unsigned queue = (offset - 0x1000) / 8;
	if (queue >= max_queues)
		return;
	if (offset & 4) {
		if (cq_[queue].on && value < cq_[queue].size)
			cq_[queue].head = value;
	} else if (sq_[queue].on && value < sq_[queue].size) {
		sq_[queue].tail = value;
	}
	host_.set_timer(latency_ns);
}

void small_nvme::timer()
{
	for (unsigned q = 0; q < max_queues; q++)
		run(q);
}

void small_nvme::run(unsigned queue)
{
	submission &s = sq_[queue];

	while (s.on && csts_ == csts_ready && s.head != s.tail && !full(cq_[s.cq])) {
		command c;
		uint16_t status = ok;
		uint32_t result = 0;

		if (!host_.read_memory(s.base + 64ull * s.head, &c, sizeof(c))) {
			csts_ |= csts_fatal;
			return;
		}
		s.head = (s.head + 1) % s.size;
		opcodes_[(queue ? 256 : 0) + c.opcode]++;
		host_.trace(queue ? "I/O" : "admin", c.opcode, c.nsid, c.dw10, c.dw12);
		if (!queue) {
			if (admin(c, status, result))
				complete(queue, c.id, status, result);
			continue;
		}
		if (fatal_after_ && !--fatal_after_) {
			host_.trace("fatal");
			csts_ |= csts_fatal;
			return;
		}
		if (error_) {
			error_--;
			host_.trace("error");
			complete(queue, c.id, data_error, 0);
			continue;
		}
		status = io(c);
		if (drop_) {
			drop_--;
			host_.trace("dropped", c.id);
			continue;
		}
		if (bad_id_ && (cq_[s.cq].head + cq_[s.cq].size - cq_[s.cq].tail) % cq_[s.cq].size != 2) {
			bad_id_--;
			host_.trace("bad id");
			complete(queue, 0xffff, ok, 0);
		}
		complete(queue, c.id, status, 0);
		if (twice_ && !full(cq_[s.cq])) {
			twice_--;
			host_.trace("twice");
			complete(queue, c.id, status, 0);
		}
	}
}

void small_nvme::complete(unsigned queue, uint16_t id, uint16_t status, uint32_t result)
{
	completion &c = cq_[sq_[queue].cq];
	uint32_t entry[4] = {result, 0, sq_[queue].head | queue << 16, id | uint32_t(c.phase) << 16 | uint32_t(status) << 17};

	if (!host_.write_memory(c.base + 16ull * c.tail, entry, sizeof(entry)))
		csts_ |= csts_fatal;
	if (++c.tail == c.size) {
		c.tail = 0;
		c.phase = !c.phase;
	}
	if (c.interrupts)
		host_.raise(c.vector);
}

bool small_nvme::admin(const command &c, uint16_t &status, uint32_t &result)
{
	unsigned queue = c.dw10 & 0xffff;

	switch (c.opcode) {
	case 0x00: // delete SQ
	case 0x04: // delete CQ
		if (!queue || queue >= max_queues)
			status = bad_queue;
		else if (c.opcode)
			cq_[queue] = {};
		else
			sq_[queue] = {};
		return true;
	case 0x05: // create CQ
		if (!queue || queue >= max_queues || cq_[queue].on)
			status = bad_queue;
		else
			cq_[queue] = {true, bool(c.dw11 & 2), c.prp1, (c.dw10 >> 16) + 1, 0, 0, true, c.dw11 >> 16};
		return true;
	case 0x01: // create SQ
		if (!queue || queue >= max_queues || sq_[queue].on || c.dw11 >> 16 >= max_queues || !cq_[c.dw11 >> 16].on)
			status = bad_queue;
		else
			sq_[queue] = {true, c.prp1, (c.dw10 >> 16) + 1, 0, 0, c.dw11 >> 16};
		return true;
	case 0x06:
		status = identify(c);
		return true;
	case 0x02: { // get log page: everything reads as zero
		std::vector<uint8_t> zero(std::min<size_t>(((c.dw10 >> 16) + 1) * 4ull, 4096));
		status = transfer(c, zero.data(), zero.size(), true) ? ok : data_error;
		return true;
	}
	case 0x08: // abort: too late
		result = 1;
		return true;
	case 0x09:
	case 0x0a:
		if ((c.dw10 & 0xff) == 7)
			result = (max_queues - 2) | (max_queues - 2) << 16;
		else if ((c.dw10 & 0xff) == 6)
			result = 1;
		return true;
	case 0x0c: // asynchronous event: nothing ever happens
		return false;
	}
	status = bad_opcode;
	return true;
}

uint16_t small_nvme::identify(const command &c)
{
	uint8_t data[4096] = {};
	uint64_t blocks = disk_.size() / block;

	switch (c.dw10 & 0xff) {
	case 0: // namespace
		if (c.nsid != 1)
			return bad_namespace;
		put(data, blocks);
		put(data + 8, blocks);
		put(data + 16, blocks);
		data[130] = 9; // 512 bytes
		data[33] = 0;
		for (unsigned i = 0; i < 16; i++)
			data[104 + i] = i + 1; // NGUID
		break;
	case 1: // controller
		put<uint16_t>(data, 0x1b36);
		put<uint16_t>(data + 2, 0x1af4);
		text(data + 4, "HARNESS1", 20);
		text(data + 24, "small NVMe", 40);
		text(data + 64, "1.0", 8);
		data[77] = 5; // MDTS
		put<uint16_t>(data + 78, 1);
		put<uint32_t>(data + 80, 0x10400);
		data[111] = 1; // I/O controller
		data[258] = 3; // abort limit
		data[512] = 0x66;
		data[513] = 0x44;
		put<uint32_t>(data + 516, 1);
		put<uint16_t>(data + 520, 1 << 2 | 1 << 3); // DSM, write zeroes
		data[525] = 1; // volatile cache
		strcpy(reinterpret_cast<char *>(data + 768), "nqn.2024-01.lxd:harness");
		break;
	case 2: // active namespaces
		if (c.nsid < 1)
			put<uint32_t>(data, 1);
		break;
	case 3: // descriptors: the NGUID
		data[0] = 2;
		data[1] = 16;
		for (unsigned i = 0; i < 16; i++)
			data[4 + i] = i + 1;
		break;
	default:
		return bad_field;
	}
	if (bad_identify_) {
		bad_identify_--;
		memset(data, 0xff, sizeof(data));
	}
	return transfer(c, data, sizeof(data), true) ? ok : data_error;
}

template <typename F> bool small_nvme::pieces(const command &c, size_t size, F fn)
{
	size_t part = std::min<size_t>(size, 4096 - c.prp1 % 4096);
	uint64_t list = c.prp2;

	if (!fn(c.prp1, part))
		return false;
	size -= part;
	if (size && size <= 4096)
		return !(c.prp2 % 4096) && fn(c.prp2, size);
	while (size) {
		uint64_t entry;
		if (list % 8 || !host_.read_memory(list, &entry, 8) || entry % 4096)
			return false;
		if (list % 4096 == 4088 && size > 4096) { // the last entry points to the next list
			list = entry;
			continue;
		}
		part = std::min<size_t>(size, 4096);
		if (!fn(entry, part))
			return false;
		size -= part;
		list += 8;
	}
	return true;
}

bool small_nvme::transfer(const command &c, void *data, size_t size, bool to_guest)
{
	auto *p = static_cast<uint8_t *>(data);

	return pieces(c, size, [&](uint64_t address, size_t part) {
		bool good = to_guest ? host_.write_memory(address, p, part) : host_.read_memory(address, p, part);
		p += part;
		return good;
	});
}

uint16_t small_nvme::io(const command &c)
{
	uint64_t lba = c.dw10 | uint64_t(c.dw11) << 32;
	size_t size = ((c.dw12 & 0xffff) + 1ull) * block;

	if (c.nsid != 1 && !(c.opcode == 0 && c.nsid == ~0u))
		return bad_namespace;
	switch (c.opcode) {
	case 0x00:
		return disk_.flush() ? ok : data_error;
	case 0x01:
	case 0x02: {
		if (size > mdts_bytes)
			return bad_field;
		if (lba > disk_.size() / block || size > disk_.size() - lba * block)
			return out_of_range;
		std::vector<uint8_t> data(size);
		if (c.opcode == 2)
			return disk_.read(lba * block, data.data(), size) && transfer(c, data.data(), size, true) ? ok : data_error;
		return transfer(c, data.data(), size, false) && disk_.write(lba * block, data.data(), size) ? ok : data_error;
	}
	case 0x08: { // write zeroes
		std::vector<uint8_t> zero(size);
		if (lba > disk_.size() / block || size > disk_.size() - lba * block)
			return out_of_range;
		return disk_.write(lba * block, zero.data(), size) ? ok : data_error;
	}
	case 0x09: { // dataset management: ranges of 16 bytes
		std::vector<uint8_t> ranges(((c.dw10 & 0xff) + 1) * 16);
		if (!transfer(c, ranges.data(), ranges.size(), false))
			return data_error;
		for (size_t i = 0; c.dw11 & 4 && i < ranges.size(); i += 16) {
			uint32_t blocks;
			uint64_t start;
			memcpy(&blocks, &ranges[i + 4], 4);
			memcpy(&start, &ranges[i + 8], 8);
			std::vector<uint8_t> zero(uint64_t(blocks) * block);
			if (!disk_.write(start * block, zero.data(), zero.size()))
				return out_of_range;
		}
		return ok;
	}
	}
	return bad_opcode;
}

bool small_nvme::fault(const char *name, uint64_t argument)
{
	if (!strcmp(name, "drop"))
		drop_ = argument;
	else if (!strcmp(name, "error"))
		error_ = argument;
	else if (!strcmp(name, "cfs"))
		fatal_after_ = argument;
	else if (!strcmp(name, "badcid"))
		bad_id_ = argument;
	else if (!strcmp(name, "twice"))
		twice_ = argument;
	else if (!strcmp(name, "identify"))
		bad_identify_ = argument;
	else if (!strcmp(name, "stuck"))
		stuck_ = true;
	else if (!strcmp(name, "foreign"))
		foreign_ = true;
	else if (!strcmp(name, "dead"))
		fatal_after_ = argument, stuck_ = true;
	else
		return false;
	return true;
}

lab::counter small_nvme::get_counter(unsigned index) const
{
	static const lab::counter none{nullptr, 0};
	static const std::pair<const char *, unsigned> names[] = {
		{"flush", 256}, {"write", 257}, {"read", 258}, {"write_zeroes", 264}, {"dsm", 265}, {"abort", 8}, {"identify", 6},
	};
	if (index >= std::size(names))
		return none;
	return {names[index].first, opcodes_[names[index].second]};
}

} // namespace lxd::harness
