// SPDX-License-Identifier: GPL-2.0-only
/// A domain that has one of everything, and messages to it made from the tables.
#pragma once
#include "domain.hpp"
#include "messages.hpp"

#include <memory>
#include <optional>

namespace hostile {

class world {
public:
	world();

	domain &d() { return *domain_; }
	/// What is missing or was meddled with by these functions is there again. False: it cannot be had.
	bool mend(const std::vector<const function *> &used);
	/// Arguments that the contract allows, with the handles that there are.
	std::vector<uint8_t> arguments(const function &f) const;
	/// Into the ring, on the ring where it belongs; `number` of a waiting call.
	void put(const function &f, const std::vector<uint8_t> &arguments, uint16_t number);
	/// Sent; of a waiting call the result. A domain that ends meanwhile says -ESHUTDOWN.
	long send(const function &f, const std::vector<uint8_t> &arguments);
	uint32_t handle(const std::string &type) const;
	void set_handle(const std::string &type, uint32_t value);
	/// How many domains this took.
	unsigned domains() const { return made_; }

private:
	void begin();
	void make_block();
	void drop_block();

	std::unique_ptr<domain> domain_;
	std::map<std::string, uint32_t> handles_;
	unsigned made_ = 0;
};

void set_field(std::vector<uint8_t> &arguments, const field &f, uint64_t value);
/// Values at the field's bounds and beyond, as far as its width holds them.
std::vector<uint64_t> bounds(const field &f);
bool within(const field &f, uint64_t value);

} // namespace hostile
