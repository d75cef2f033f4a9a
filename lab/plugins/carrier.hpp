// SPDX-License-Identifier: GPL-2.0-only
/// Carries a device model as a PCI function of Bochs: configuration space,
/// memory BARs, MSI-X, DMA and one timer. Bochs itself knows no MSI-X.
#pragma once

#include "bochs_api.hpp"

#include "board.hpp"
#include "../models/device.hpp"

#include <bitset>

namespace lxd::lab {

class carrier final : public bx_pci_device_c, public host, public board_device {
public:
	/// The model outlives the carrier; `slot` is the PCI device number.
	carrier(std::string name, pci_model &model, unsigned slot);

	void init() override;
	void reset(unsigned type) override;
	void pci_write_handler(Bit8u address, Bit32u value, unsigned size) override;

	bool read_memory(uint64_t address, void *to, size_t size) override;
	bool write_memory(uint64_t address, const void *from, size_t size) override;
	void raise(unsigned vector) override;
	uint64_t now() override;
	void set_timer(uint64_t ns) override;
	void trace(const char *what, uint64_t a, uint64_t b, uint64_t c, uint64_t d) override;

	const std::string &name() const override { return name_; }
	bool fault(const std::string &what, uint64_t argument) override;
	void list_counters(std::vector<std::pair<std::string, uint64_t>> &out) const override;
	void clear_counters() override;
	std::string describe_doorbells() const override { return doorbells_.describe_all(); }
	void close() override;

private:
	static constexpr unsigned max_vectors = 64;

	std::string name_;
	pci_model &model_;
	const pci_identity &id_;
	Bit8u devfunc_;
	int timer_ = -1;
	FILE *trace_ = nullptr;
	Bit32u table_[max_vectors * 4];
	std::bitset<max_vectors> pending_;
	tally doorbells_;
	tally registers_;
	uint64_t messages_ = 0;

	template <unsigned Bar>
	static bool on_read(bx_phy_address address, unsigned size, void *data, void *self);
	template <unsigned Bar>
	static bool on_write(bx_phy_address address, unsigned size, void *data, void *self);
	static void on_timer(void *self);

	bool bar_read(unsigned bar, uint32_t offset, unsigned size, void *data);
	bool bar_write(unsigned bar, uint32_t offset, unsigned size, const void *data);
	uint32_t read32(unsigned bar, uint32_t offset);
	void write32(unsigned bar, uint32_t offset, uint32_t value);
	bool in_table(unsigned bar, uint32_t offset) const;
	void deliver();
	template <typename Copy>
	bool by_page(uint64_t address, size_t size, Copy copy);
};

} // namespace lxd::lab
