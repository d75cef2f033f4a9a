// SPDX-License-Identifier: GPL-2.0-only
/// The seam between a device model and whatever carries it: a Bochs plugin, a
/// unit test, or the harness that runs a driver in a process. Models are
/// freestanding: no libc, no exceptions, no allocation, everything by this seam.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lxd::lab {

/// What a model asks of its carrier. Single-threaded: never re-enters the model,
/// except that raise() may be served before it returns.
class host {
public:
	/// Reads or writes guest memory; false if no memory is there.
	virtual bool read_memory(uint64_t address, void *to, size_t size) = 0;
	virtual bool write_memory(uint64_t address, const void *from, size_t size) = 0;
	/// Sends MSI-X message `vector` (the carrier keeps table and pending bits).
	virtual void raise(unsigned vector) = 0;
	/// Guest time in nanoseconds.
	virtual uint64_t now() = 0;
	/// Calls the model's timer() once after `ns`; a later call replaces an earlier.
	virtual void set_timer(uint64_t ns) = 0;
	/// One line of the trace: what happened and up to four numbers.
	virtual void trace(const char *what, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) = 0;

protected:
	~host() = default;
};

/// Contents of a disk, kept by the carrier.
class storage {
public:
	virtual uint64_t size() = 0;
	virtual bool read(uint64_t offset, void *to, size_t size) = 0;
	virtual bool write(uint64_t offset, const void *from, size_t size) = 0;
	virtual bool flush() = 0;
	/// This part outlasts a loss of power from now on, as after a flush.
	virtual bool settle(uint64_t offset, size_t size)
	{
		(void)offset, (void)size;
		return true;
	}
	/// The power was away. How many blocks that no flush had covered are as they were before.
	virtual uint64_t power_lost() { return 0; }

protected:
	~storage() = default;
};

/// A counter that a model shows to scenarios: "nvme0." is put before the name.
struct counter {
	const char *name;
	uint64_t value;
};

/// What PCI needs to know of a model.
struct pci_identity {
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code;
	uint8_t revision;
	/// Bytes of memory BARs, 0 for none; powers of two, at least 64 KiB
	/// because Bochs keeps memory handlers in units of that size.
	uint32_t bar_size[6];
	/// MSI-X: position of the capability, vectors, BAR, offsets in it.
	uint8_t msix_at;
	uint8_t msix_vectors;
	uint8_t msix_bar;
	uint32_t msix_table;
	uint32_t msix_pba;
	/// Further configuration bytes: position and value, ends at position 0.
	struct byte {
		uint8_t at;
		uint8_t value;
	} extra[16];
};

/// A device as its carrier sees it.
class pci_model {
public:
	virtual const pci_identity &identity() const = 0;
	virtual void reset() = 0;
	/// Aligned 32-bit register access; the carrier splits 64-bit ones, low
	/// half first, and keeps accesses to the MSI-X table to itself.
	virtual uint32_t read(unsigned bar, uint32_t offset) = 0;
	virtual void write(unsigned bar, uint32_t offset, uint32_t value) = 0;
	virtual void timer() = 0;
	/// Whether the register at this place is a doorbell (the judge counts these).
	virtual bool doorbell(unsigned bar, uint32_t offset) const = 0;
	/// Makes the device misbehave; false for an unknown name.
	virtual bool fault(const char *name, uint64_t argument) = 0;
	/// The index-th counter, one without name ends the list.
	virtual counter get_counter(unsigned index) const = 0;
	virtual void clear_counters() = 0;

protected:
	~pci_model() = default;
};

} // namespace lxd::lab
