// SPDX-License-Identifier: GPL-2.0-only
/// A port of an 82599 with the device id of a KX4 backplane (no optics module, no PHY).
#pragma once

#include "../device.hpp"
#include "fifo.hpp"
#include "offload.hpp"
#include "packet.hpp"
#include "spec.hpp"

namespace lxd::lab::ixgbe {

struct settings {
	partner *peer = nullptr; ///< may be set later, by plug()
	unsigned number = 0;     ///< makes the MAC address unique
};

class port final : public pci_model, public partner, private sender {
public:
	/// Before anything else; the host must outlive the port.
	void connect(host &h, const settings &s);
	void plug(partner *peer) { peer_ = peer; }

	const pci_identity &identity() const override;
	void reset() override;
	uint32_t read(unsigned bar, uint32_t offset) override;
	void write(unsigned bar, uint32_t offset, uint32_t value) override;
	void timer() override;
	bool doorbell(unsigned bar, uint32_t offset) const override;
	bool fault(const char *name, uint64_t argument) override;
	counter get_counter(unsigned index) const override;
	void clear_counters() override { counts_ = {}; }

	void receive(const uint8_t *frame, size_t size) override;
	void pause(bool stop) override;
	void carrier(bool up) override;

private:
	static constexpr uint64_t never = ~0ull;
	static constexpr size_t max_packet = 66 << 10; ///< before segmentation
	static constexpr unsigned max_pieces = 128;    ///< descriptors of a packet

	struct counts {
		uint64_t tx_frames, rx_frames, tx_bytes, rx_bytes, segmented, tx_sums, rx_sums, interrupts, throttled;
		uint64_t resets, filtered, no_descriptor, overrun, dma_errors, bad_descriptors, xoff_sent, xoff_received;
		uint64_t lost_interrupts, lost_frames, link_changes, vlan_inserted, vlan_stripped, rss_queues;
	};
	/// What scenarios asked the device to do wrong, as remaining occasions.
	struct faults {
		uint64_t drop_interrupts, twice, lose, crc, garbage, dma, bad_sums, stuck;
	};

	host *host_ = nullptr;
	partner *peer_ = nullptr;
	unsigned number_ = 0;
	uint32_t regs_[reg_end / 4] = {};
	uint16_t eeprom_[64] = {};
	context contexts_[max_queues][2] = {};
	uint64_t queue_causes_ = 0, queue_enabled_ = 0;
	uint32_t other_causes_ = 0, other_enabled_ = 0, other_told_ = 0;
	uint64_t next_message_[max_vectors] = {};
	uint64_t clock_start_ = 0;
	uint64_t link_back_ = never; ///< when the link comes up again
	bool link_ = true, peer_link_ = true, held_ = false, asked_hold_ = false;
	bool draining_ = false, sending_ = false;
	uint64_t to_send_[max_queues / 64] = {};
	fifo waiting_;
	counts counts_ = {};
	faults faults_ = {};
	uint8_t packet_[max_packet];
	uint8_t frame_[max_frame + 4];

	uint32_t &at(uint32_t offset) { return regs_[offset / 4]; }
	uint32_t at(uint32_t offset) const { return regs_[offset / 4]; }
	static uint32_t rx_base(unsigned q) { return q < 64 ? reg_rx + q * 0x40 : reg_rx_more + (q - 64) * 0x40; }
	static uint32_t tx_base(unsigned q) { return reg_tx + q * 0x40; }
	uint64_t ring(uint32_t base) const { return at(base) | (uint64_t)at(base + q_base_high) << 32; }

	// registers.cpp
	static uint32_t alias(uint32_t offset);
	static bool reads_clear(uint32_t offset);
	void defaults();
	void fill_eeprom();
	void write_queue(uint32_t offset, uint32_t value);
	uint64_t system_time() const;
	void set_link();

	// interrupt.cpp
	void add_queue_cause(unsigned q, bool tx);
	void add_other_cause(uint32_t bits);
	uint32_t low_causes() const { return other_causes_ | (uint16_t)queue_causes_; }
	void write_interrupt(uint32_t offset, uint32_t value);
	void fire();
	void send_message(unsigned vector);
	uint64_t interval(unsigned vector) const;
	void rearm();

	// transmit.cpp
	void transmit(unsigned q);
	void run_queue(unsigned q);
	bool transmit_one(unsigned q, uint32_t &head, bool &told);
	void sent(const uint8_t *frame, size_t size) override;
	void bad_descriptor(unsigned q, const char *why);
	void resume();

	// receive.cpp
	void arrive(const uint8_t *frame, size_t size);
	void drain();
	bool deliver(const uint8_t *frame, size_t size);
	bool store(unsigned q, const uint8_t *frame, size_t size, const packet &p, int tag, uint32_t hash, unsigned kind);
	void ask_hold();

	// filter.cpp
	bool wanted(const uint8_t *frame, const packet &p) const;
	bool address_wanted(const uint8_t *frame) const;
	unsigned choose_queue(const uint8_t *frame, const packet &p, uint32_t &hash, unsigned &kind);

	// counters.cpp
	void count_frame(const uint8_t *frame, size_t size, bool tx);
	void count_queue(unsigned q, size_t size, bool tx);
	void burst(uint64_t n, size_t size);
	void add(uint32_t offset, uint32_t n = 1) { at(offset) += n; }
};

} // namespace lxd::lab::ixgbe
