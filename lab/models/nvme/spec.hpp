// SPDX-License-Identifier: GPL-2.0-only
/// Numbers of the NVM Express base specification 1.4 that the model uses.
#pragma once

#include <cstdint>

namespace lxd::lab::nvme {

/// Register offsets ("Controller Registers").
enum reg : uint32_t {
	reg_cap = 0x00,
	reg_cap_high = 0x04,
	reg_vs = 0x08,
	reg_intms = 0x0c,
	reg_intmc = 0x10,
	reg_cc = 0x14,
	reg_csts = 0x1c,
	reg_aqa = 0x24,
	reg_asq = 0x28,
	reg_asq_high = 0x2c,
	reg_acq = 0x30,
	reg_acq_high = 0x34,
	reg_doorbells = 0x1000,
};

constexpr uint32_t cc_enable = 1, cc_mps = 0xf << 7, cc_css = 7 << 4, cc_shutdown = 3 << 14;
constexpr uint32_t csts_ready = 1, csts_fatal = 2, csts_shutdown = 3 << 2, csts_shutdown_done = 2 << 2;
constexpr uint32_t version = 0x00010400;

enum admin_opcode : uint8_t {
	delete_sq = 0x00,
	create_sq = 0x01,
	get_log = 0x02,
	delete_cq = 0x04,
	create_cq = 0x05,
	identify = 0x06,
	abort_command = 0x08,
	set_features = 0x09,
	get_features = 0x0a,
	async_event = 0x0c,
};

enum io_opcode : uint8_t {
	io_flush = 0x00,
	io_write = 0x01,
	io_read = 0x02,
	io_write_zeroes = 0x08,
	io_dsm = 0x09,
};

/// Status field without phase: code, type << 8, "do not retry" in bit 14.
using status = uint16_t;
constexpr status dnr = 0x4000;
constexpr status st_ok = 0;
constexpr status st_invalid_opcode = 0x01 | dnr;
constexpr status st_invalid_field = 0x02 | dnr;
constexpr status st_transfer_error = 0x04 | dnr;
constexpr status st_internal = 0x06; ///< may be tried again
constexpr status st_aborted = 0x07;
constexpr status st_invalid_namespace = 0x0b | dnr;
constexpr status st_sequence = 0x0c | dnr;
constexpr status st_prp_offset = 0x13 | dnr;
constexpr status st_lba_range = 0x80 | dnr;
constexpr status st_cq_invalid = 0x100 | dnr;
constexpr status st_queue_id = 0x101 | dnr;
constexpr status st_queue_size = 0x102 | dnr;
constexpr status st_abort_limit = 0x103 | dnr;
constexpr status st_aer_limit = 0x105 | dnr;
constexpr status st_vector = 0x108 | dnr;
constexpr status st_log_page = 0x109 | dnr;
constexpr status st_queue_deletion = 0x10c | dnr;
constexpr status st_not_saveable = 0x10d | dnr;

/// A submission queue entry.
struct command {
	uint8_t opcode;
	uint8_t flags; ///< fused bits and PSDT
	uint16_t id;
	uint32_t nsid;
	uint32_t reserved[2];
	uint64_t metadata;
	uint64_t prp1;
	uint64_t prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
static_assert(sizeof(command) == 64);

/// A completion queue entry.
struct completion {
	uint32_t result;
	uint32_t reserved;
	uint16_t sq_head;
	uint16_t sq_id;
	uint16_t id;
	uint16_t status_phase;
};
static_assert(sizeof(completion) == 16);

} // namespace lxd::lab::nvme
