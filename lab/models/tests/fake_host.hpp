// SPDX-License-Identifier: GPL-2.0-only
/// A machine of 16 MiB without processor: memory, clock, vectors, a disk.
#pragma once

#include "../device.hpp"

#include <cstring>
#include <optional>
#include <vector>

namespace lxd::lab::test {

class fake_host final : public host {
public:
	std::vector<uint8_t> memory = std::vector<uint8_t>(16 << 20);
	std::vector<unsigned> vectors;
	uint64_t clock = 0;
	std::optional<uint64_t> deadline;

	bool read_memory(uint64_t address, void *to, size_t size) override
	{
		if (address > memory.size() || size > memory.size() - address)
			return false;
		memcpy(to, memory.data() + address, size);
		return true;
	}
	bool write_memory(uint64_t address, const void *from, size_t size) override
	{
		if (address > memory.size() || size > memory.size() - address)
			return false;
		memcpy(memory.data() + address, from, size);
		return true;
	}
	void raise(unsigned vector) override { vectors.push_back(vector); }
	uint64_t now() override { return clock; }
	void set_timer(uint64_t ns) override { deadline = clock + ns; }
	void trace(const char *, uint64_t, uint64_t, uint64_t, uint64_t) override {}
};

class fake_disk final : public storage {
public:
	std::vector<uint8_t> bytes;
	unsigned flushes = 0;
	bool broken = false;

	explicit fake_disk(size_t size) : bytes(size) {}
	uint64_t size() override { return bytes.size(); }
	bool read(uint64_t offset, void *to, size_t size) override
	{
		if (broken || offset > bytes.size() || size > bytes.size() - offset)
			return false;
		memcpy(to, bytes.data() + offset, size);
		return true;
	}
	bool write(uint64_t offset, const void *from, size_t size) override
	{
		if (broken || offset > bytes.size() || size > bytes.size() - offset)
			return false;
		memcpy(bytes.data() + offset, from, size);
		return true;
	}
	bool flush() override
	{
		flushes++;
		return !broken;
	}
};

} // namespace lxd::lab::test
