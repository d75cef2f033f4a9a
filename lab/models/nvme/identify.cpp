// SPDX-License-Identifier: GPL-2.0-only
/// What the device says about itself: Identify and Get Log Page.
#include "controller.hpp"
#include "prp.hpp"

#include <initializer_list>

namespace lxd::lab::nvme {

template <typename T>
static void put(uint8_t *buffer, unsigned at, T value)
{
	__builtin_memcpy(buffer + at, &value, sizeof(value));
}

/// ASCII field, padded with spaces.
static void put_text(uint8_t *buffer, unsigned at, unsigned size, const char *text)
{
	for (unsigned i = 0; i < size; i++)
		buffer[at + i] = *text ? *text++ : ' ';
}

void controller::fill_controller()
{
	uint8_t *b = buffer_;

	put<uint16_t>(b, 0, 0x1b36);
	put<uint16_t>(b, 2, 0x1b36);
	put_text(b, 4, 20, "LAB0001");
	b[10] = '1' + settings_.number % 9;
	put_text(b, 24, 40, "LXD lab NVMe");
	put_text(b, 64, 8, "1.0");
	b[77] = 5;                            // MDTS
	put<uint16_t>(b, 78, 1);              // CNTLID
	put<uint32_t>(b, 80, version);
	b[111] = 1;                           // an I/O controller
	b[258] = 3;                           // ACL
	b[259] = max_events - 1;              // AERL
	b[260] = 2 | 1;                       // one firmware slot, read only
	put<uint16_t>(b, 266, 343);           // WCTEMP
	put<uint16_t>(b, 268, 353);           // CCTEMP
	b[512] = 0x66;                        // SQES
	b[513] = 0x44;                        // CQES
	put<uint32_t>(b, 516, namespaces());
	put<uint16_t>(b, 520, 1 << 2 | 1 << 3); // ONCS: DSM, Write Zeroes
	b[525] = 7;                           // VWC, flush of all namespaces
	const char nqn[] = "nqn.2026-11.lab.lxd:nvme";
	__builtin_memcpy(b + 768, nqn, sizeof(nqn));
	b[768 + sizeof(nqn) - 1] = '0' + settings_.number % 10;
	put<uint16_t>(b, 2048, 500);          // power state 0: 5 W
	switch (faults_.identify) {
	case 0: break;
	case 1: b[512] = b[513] = 0; break;   // no queue entry size at all
	case 2: __builtin_memset(b, 0xff, sizeof(buffer_)); break;
	case 3: put<uint32_t>(b, 516, ~0u); break;
	}
}

void controller::fill_guid(uint8_t *to, unsigned nsid) const
{
	static constexpr uint8_t guid[16] = {0x1c, 0x0d, 0, 0, 0, 0, 0, 0, 0x02, 0x4c, 0x58, 0x44, 0, 0, 0, 1};

	__builtin_memcpy(to, guid, 16);
	to[13] = settings_.number;
	to[15] = nsid;
}

void controller::fill_namespace(unsigned nsid)
{
	const uint64_t blocks = settings_.disks[nsid - 1]->size() / block;

	for (unsigned at : {0u, 8u, 16u})
		put<uint64_t>(buffer_, at, blocks);
	buffer_[33] = 1 | 1 << 3; // DLFEAT: reads zeroes, also by Write Zeroes
	fill_guid(buffer_ + 104, nsid);
	buffer_[130] = 9;         // LBADS of format 0
	if (faults_.identify == 4)
		buffer_[130] = 31;
	if (faults_.identify == 5)
		put<uint64_t>(buffer_, 0, ~0ull);
}

void controller::fill_descriptors(unsigned nsid)
{
	buffer_[0] = 2; // NGUID
	buffer_[1] = 16;
	fill_guid(buffer_ + 4, nsid);
}

status controller::do_identify(const command &c)
{
	const bool valid = c.nsid >= 1 && c.nsid <= namespaces();

	__builtin_memset(buffer_, 0, sizeof(buffer_));
	switch (c.cdw10 & 0xff) {
	case 0:
		if (!valid)
			return st_invalid_namespace;
		fill_namespace(c.nsid);
		break;
	case 1: fill_controller(); break;
	case 2:
		if (c.nsid >= 0xfffffffe)
			return st_invalid_namespace;
		for (uint32_t n = c.nsid + 1, i = 0; n <= namespaces(); n++, i++)
			put<uint32_t>(buffer_, i * 4, n);
		break;
	case 3:
		if (!valid)
			return st_invalid_namespace;
		fill_descriptors(c.nsid);
		break;
	case 6:
		// Limits of the NVM command set: zeroes mean "none given".
		if (c.cdw11 >> 24)
			return st_invalid_field;
		break;
	default: return st_invalid_field;
	}
	return copy_out(*host_, c, buffer_, sizeof(buffer_));
}

status controller::do_get_log(const command &c)
{
	const uint64_t size = (((uint64_t)(c.cdw11 & 0xffff) << 16 | c.cdw10 >> 16) + 1) * 4;
	const uint64_t from = (uint64_t)c.cdw13 << 32 | c.cdw12;

	__builtin_memset(buffer_, 0, sizeof(buffer_));
	switch (c.cdw10 & 0xff) {
	case 1: // errors: none recorded
		break;
	case 2:
		put<uint16_t>(buffer_, 1, 300); // 27 degrees
		buffer_[3] = 100;               // spare
		buffer_[4] = 10;                // threshold
		put<uint64_t>(buffer_, 64, counts_.reads);
		put<uint64_t>(buffer_, 80, counts_.writes);
		break;
	case 3:
		buffer_[0] = 1;
		put_text(buffer_, 8, 8, "1.0");
		break;
	default: return st_log_page;
	}
	if (from || size > sizeof(buffer_))
		return st_invalid_field;
	return copy_out(*host_, c, buffer_, size);
}

} // namespace lxd::lab::nvme
