// SPDX-License-Identifier: GPL-2.0-only
/// Commands of the NVM command set.
#include "controller.hpp"
#include "prp.hpp"

namespace lxd::lab::nvme {

static uint64_t first_block(const command &c)
{
	return (uint64_t)c.cdw11 << 32 | c.cdw10;
}

static uint64_t block_count(const command &c)
{
	return (c.cdw12 & 0xffff) + 1;
}

status controller::check_range(storage &disk, uint64_t lba, uint64_t blocks) const
{
	const uint64_t all = disk.size() / block;

	return lba >= all || blocks > all - lba ? st_lba_range : st_ok;
}

status controller::settle(const command &c, storage &disk, uint64_t lba, uint64_t blocks)
{
	const bool through = (c.cdw12 >> 30 & 1) || !(features_[6] & 1);

	return !through || disk.settle(lba * block, blocks * block) ? st_ok : st_internal;
}

status controller::io(const command &c)
{
	if (c.opcode == io_flush && c.nsid == 0xffffffff) {
		counts_.flushes++;
		for (storage *d : settings_.disks)
			if (d && !d->flush())
				return st_internal;
		return st_ok;
	}
	if (!c.nsid || c.nsid > namespaces())
		return st_invalid_namespace;
	storage &disk = *settings_.disks[c.nsid - 1];

	switch (c.opcode) {
	case io_flush:
		counts_.flushes++;
		return disk.flush() ? st_ok : st_internal;
	case io_read:
	case io_write: return do_read_write(c, disk);
	case io_write_zeroes: return do_write_zeroes(c, disk);
	case io_dsm: return do_dsm(c, disk);
	default: return st_invalid_opcode;
	}
}

status controller::do_read_write(const command &c, storage &disk)
{
	const bool reading = c.opcode == io_read;
	const uint64_t lba = first_block(c), size = block_count(c) * block;
	uint64_t offset = lba * block;

	if (size > max_transfer)
		return st_invalid_field;
	if (const status s = check_range(disk, lba, block_count(c)))
		return s;
	prp_walker w(*host_, c.prp1, c.prp2, size);
	while (!w.done()) {
		uint64_t address;
		size_t n;

		if (const status s = w.next(address, n))
			return s;
		if (reading ? !disk.read(offset, buffer_, n) : !host_->read_memory(address, buffer_, n))
			return reading ? st_internal : st_transfer_error;
		if (reading ? !host_->write_memory(address, buffer_, n) : !disk.write(offset, buffer_, n))
			return reading ? st_transfer_error : st_internal;
		offset += n;
	}
	counts_.fua += c.cdw12 >> 30 & 1;
	(reading ? counts_.reads : counts_.writes)++;
	(reading ? counts_.bytes_read : counts_.bytes_written) += size;
	return reading ? st_ok : settle(c, disk, lba, block_count(c));
}

status controller::zero(storage &disk, uint64_t lba, uint64_t blocks)
{
	static constexpr uint8_t zeroes[4096] = {};
	uint64_t offset = lba * block, left = blocks * block;

	while (left) {
		const size_t n = left < sizeof(zeroes) ? left : sizeof(zeroes);

		if (!disk.write(offset, zeroes, n))
			return st_internal;
		offset += n;
		left -= n;
	}
	return st_ok;
}

status controller::do_write_zeroes(const command &c, storage &disk)
{
	if (const status s = check_range(disk, first_block(c), block_count(c)))
		return s;
	counts_.write_zeroes++;
	if (const status s = zero(disk, first_block(c), block_count(c)))
		return s;
	return settle(c, disk, first_block(c), block_count(c));
}

status controller::do_dsm(const command &c, storage &disk)
{
	struct range {
		uint32_t attributes, blocks;
		uint64_t lba;
	};
	const unsigned ranges = (c.cdw10 & 0xff) + 1;
	range r[256];

	if (const status s = copy_in(*host_, c, r, ranges * sizeof(range)))
		return s;
	if (!(c.cdw11 & 4))
		return st_ok; // hints only
	for (unsigned i = 0; i < ranges; i++)
		if (const status s = check_range(disk, r[i].lba, r[i].blocks))
			return s;
	counts_.discards++;
	for (unsigned i = 0; i < ranges; i++)
		if (const status s = zero(disk, r[i].lba, r[i].blocks))
			return s;
	return st_ok;
}

} // namespace lxd::lab::nvme
