// SPDX-License-Identifier: GPL-2.0-only
/// A profile by samples: every N ticks (instructions) the place that the processor has reached, with
/// its view. lab/profile makes names of it. One CPU only: with more, ticks are shared.
#pragma once

#include "judge.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace lxd::lab {

class profile {
public:
	void init();
	/// "N" starts (the count of ticks), "0" ends; every round adds to the file `profile`.
	void command(const std::string &folder, uint64_t ticks, const std::string &name);

private:
	int timer_ = -1;
	uint64_t ticks_ = 0;
	/// EPT root (0: none, 1: VMX root) and RIP.
	std::map<std::pair<uint64_t, uint64_t>, uint64_t> seen_;

	static void on_timer(void *self);
	void sample();
};

} // namespace lxd::lab
