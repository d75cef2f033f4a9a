// SPDX-License-Identifier: GPL-2.0-only
// A second, independent NVMe controller for the harness: just what the stock driver needs to start,
// read, write and recover. The lab's model (lab/models/nvme) is the full one.
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "../../lab/models/device.hpp"

namespace lxd::harness {

class small_nvme final : public lab::pci_model {
public:
	small_nvme(lab::host &host, lab::storage &disk) : host_(host), disk_(disk) {}

	const lab::pci_identity &identity() const override;
	void reset() override;
	uint32_t read(unsigned bar, uint32_t offset) override;
	void write(unsigned bar, uint32_t offset, uint32_t value) override;
	void timer() override;
	bool doorbell(unsigned bar, uint32_t offset) const override { return !bar && offset >= 0x1000; }
	/// drop: the next n I/O completions never come; error: the next n I/O commands fail, retry allowed;
	/// cfs: controller fatal status after n more I/O commands; badcid: n completions with an id that
	/// no command has come before real ones; twice: n completions come twice; stuck: never ready
	/// again; dead: fatal after n more I/O commands and never ready again; identify: n wrong identify
	/// structures; foreign: another PCI class.
	bool fault(const char *name, uint64_t argument) override;
	lab::counter get_counter(unsigned index) const override;
	void clear_counters() override { opcodes_ = {}; }

private:
	static constexpr unsigned max_queues = 9;
	static constexpr uint64_t latency_ns = 10000;
	struct submission {
		bool on = false;
		uint64_t base = 0;
		uint32_t size = 0, head = 0, tail = 0;
		unsigned cq = 0;
	};
	struct completion {
		bool on = false, interrupts = false;
		uint64_t base = 0;
		uint32_t size = 0, head = 0, tail = 0;
		bool phase = true;
		unsigned vector = 0;
	};
	/// One submission entry; NVM Express base specification, "Submission Queue Entry".
	struct command {
		uint8_t opcode, flags;
		uint16_t id;
		uint32_t nsid, dw2, dw3;
		uint64_t metadata, prp1, prp2;
		uint32_t dw10, dw11, dw12, dw13, dw14, dw15;
	};
	static_assert(sizeof(command) == 64);

	void enable();
	void disable();
	bool full(const completion &c) const { return (c.tail + 1) % c.size == c.head; }
	void run(unsigned queue);
	/// False: no completion (asynchronous event requests).
	bool admin(const command &c, uint16_t &status, uint32_t &result);
	uint16_t identify(const command &c);
	uint16_t io(const command &c);
	void complete(unsigned queue, uint16_t id, uint16_t status, uint32_t result);
	/// Calls fn(address, size) for each piece of a PRP pair; false: bad list.
	template <typename F> bool pieces(const command &c, size_t size, F fn);
	bool transfer(const command &c, void *data, size_t size, bool to_guest);

	lab::host &host_;
	lab::storage &disk_;
	uint32_t cc_ = 0, csts_ = 0, aqa_ = 0, masked_ = 0;
	uint64_t asq_ = 0, acq_ = 0;
	std::array<submission, max_queues> sq_{};
	std::array<completion, max_queues> cq_{};
	uint64_t drop_ = 0, error_ = 0, fatal_after_ = 0, bad_id_ = 0, twice_ = 0, bad_identify_ = 0;
	bool stuck_ = false, foreign_ = false;
	std::array<uint64_t, 512> opcodes_{}; // 256: I/O
};

} // namespace lxd::harness
