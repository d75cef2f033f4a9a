// SPDX-License-Identifier: GPL-2.0-only
/// An NVMe 1.4 controller with up to two namespaces of 512-byte blocks.
#pragma once

#include "../device.hpp"
#include "spec.hpp"

namespace lxd::lab::nvme {

struct settings {
	storage *disks[2] = {nullptr, nullptr}; ///< contents of namespaces 1 and 2
	uint64_t latency_ns = 0;                ///< guest time from fetch to completion of I/O
	unsigned number = 0;                    ///< makes serial number and NGUIDs unique
};

class controller final : public pci_model {
public:
	static constexpr unsigned max_queues = 9; ///< the admin pair and eight more
	static constexpr unsigned max_entries = 1024;
	static constexpr unsigned block = 512;
	static constexpr size_t max_transfer = 4096 << 5; ///< MDTS 5

	/// Before anything else; both must outlive the model.
	void connect(host &h, const settings &s);

	const pci_identity &identity() const override;
	void reset() override;
	uint32_t read(unsigned bar, uint32_t offset) override;
	void write(unsigned bar, uint32_t offset, uint32_t value) override;
	void timer() override;
	bool doorbell(unsigned bar, uint32_t offset) const override;
	bool fault(const char *name, uint64_t argument) override;
	counter get_counter(unsigned index) const override;
	void clear_counters() override;

private:
	static constexpr unsigned max_in_flight = 1024;
	static constexpr unsigned max_events = 4; ///< AERL + 1
	static constexpr uint64_t never = ~0ull;

	struct submission_queue {
		uint64_t base;
		uint16_t entries, head, tail, cq;
		bool on;
	};
	struct completion_queue {
		uint64_t base;
		uint16_t entries, head, tail, vector;
		bool phase, interrupts, on;
	};
	/// A command that was fetched and has not been completed.
	struct flight {
		uint64_t due; ///< guest time of its completion, or never (lost)
		uint32_t result;
		uint16_t sq, id;
		status st;
		bool used;
	};
	struct counts {
		uint64_t admin, io, reads, writes, flushes, discards, write_zeroes, fua;
		uint64_t errors, completions, bytes_read, bytes_written;
		uint64_t resets, shutdowns, bad_doorbells, aborts, lost, forgotten, max_depth;
	};
	/// What scenarios asked the device to do wrong, as remaining occasions.
	struct faults {
		uint64_t drop, fail, bad_id, twice, never_ready, identify;
		bool hang;
	};

	host *host_ = nullptr;
	settings settings_;
	uint32_t cc_ = 0, csts_ = 0, aqa_ = 0, mask_ = 0;
	uint64_t asq_ = 0, acq_ = 0;
	submission_queue sq_[max_queues] = {};
	completion_queue cq_[max_queues] = {};
	flight flights_[max_in_flight] = {};
	unsigned in_flight_ = 0;
	uint16_t events_[max_events] = {};
	unsigned n_events_ = 0;
	uint32_t features_[16] = {};
	counts counts_ = {};
	faults faults_ = {};
	uint8_t buffer_[4096];

	// queues.cpp
	void enable();
	void disable();
	void clear_queues();
	void ring(uint32_t offset, uint32_t value);
	void bad_doorbell(unsigned info);
	void fetch();
	bool fetch_one(unsigned q);
	void add_flight(unsigned q, uint16_t id, status st, uint32_t result, uint64_t due);
	void post_due();
	bool post(unsigned q, uint16_t id, status st, uint32_t result);
	void rearm();

	// admin.cpp
	status admin(const command &c, uint32_t &result, bool &parked);
	status do_create_cq(const command &c);
	status do_create_sq(const command &c);
	status do_delete_cq(const command &c);
	status do_delete_sq(const command &c);
	status do_abort(const command &c, uint32_t &result);
	status do_set_features(const command &c, uint32_t &result);
	status do_get_features(const command &c, uint32_t &result);
	bool any_io_queue() const;

	// identify.cpp
	status do_identify(const command &c);
	status do_get_log(const command &c);
	void fill_controller();
	void fill_namespace(unsigned nsid);
	void fill_descriptors(unsigned nsid);
	void fill_guid(uint8_t *to, unsigned nsid) const;
	unsigned namespaces() const { return settings_.disks[1] ? 2 : 1; }

	// io.cpp
	status io(const command &c);
	status do_read_write(const command &c, storage &disk);
	status do_write_zeroes(const command &c, storage &disk);
	status do_dsm(const command &c, storage &disk);
	status zero(storage &disk, uint64_t lba, uint64_t blocks);
	/// After a write: does it bypass the cache?
	status settle(const command &c, storage &disk, uint64_t lba, uint64_t blocks);
	status check_range(storage &disk, uint64_t lba, uint64_t blocks) const;
};

} // namespace lxd::lab::nvme
