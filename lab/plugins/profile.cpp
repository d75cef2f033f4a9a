// SPDX-License-Identifier: GPL-2.0-only
#include "profile.hpp"

#include "bochs_api.hpp"
#include "board.hpp"

#include <cstdio>

namespace lxd::lab {

void profile::init()
{
	timer_ = bx_pc_system.register_timer_ticks(this, on_timer, 1, false, false, "lab profile");
}

void profile::on_timer(void *self)
{
	static_cast<profile *>(self)->sample();
}

void profile::sample()
{
	const origin o = current_origin();

	if (!ticks_)
		return;
	seen_[{o.mode == origin::kind::root ? 1 : o.ept_root, BX_CPU(bx_current_cpu)->prev_rip}]++;
	bx_pc_system.activate_timer_ticks(timer_, ticks_, false);
}

void profile::command(const std::string &folder, uint64_t ticks, const std::string &name)
{
	if (ticks_) {
		bx_pc_system.deactivate_timer(timer_);
		FILE *f = fopen((folder + "/profile").c_str(), "a");

		if (f) {
			fprintf(f, "round %s, every %llu\n", name.c_str(), (unsigned long long)ticks_);
			for (const auto &[at, n] : seen_)
				fprintf(f, "%llu %llx %llx%s\n", (unsigned long long)n, (unsigned long long)at.first,
					(unsigned long long)at.second,
					board::get().seen.is_domain({origin::kind::guest, at.first, 0}) && at.first > 1 ? " domain" : "");
			fclose(f);
		}
		seen_.clear();
	}
	ticks_ = ticks;
	if (ticks)
		bx_pc_system.activate_timer_ticks(timer_, ticks, false);
}

} // namespace lxd::lab
