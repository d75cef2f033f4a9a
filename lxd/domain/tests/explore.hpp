// SPDX-License-Identifier: GPL-2.0-only
/// Runs two sides in every interleaving of their steps; a step is an access that goes through owner_step().
#pragma once
#include <functional>
#include <ucontext.h>
#include <vector>

namespace explorer {
constexpr int sides = 2;
inline ucontext_t main_context, context[sides];
inline char stacks[sides][65536];
inline bool done[sides];
inline int current;
inline std::function<void(int)> side;

inline void run_side(int n)
{
	side(n);
	done[n] = true;
	swapcontext(&context[n], &main_context);
}

/// One run along `schedule`; extends it with 0 where it is too short, and cuts it to the length used.
inline void play(std::vector<int> &schedule)
{
	size_t at = 0;

	for (int i = 0; i < sides; i++) {
		done[i] = false;
		getcontext(&context[i]);
		context[i].uc_stack.ss_sp = stacks[i];
		context[i].uc_stack.ss_size = sizeof(stacks[i]);
		context[i].uc_link = &main_context;
		makecontext(&context[i], reinterpret_cast<void (*)()>(run_side), 1, i);
	}
	while (!done[0] || !done[1]) {
		if (done[0] || done[1]) {
			current = done[0];
		} else {
			if (at == schedule.size())
				schedule.push_back(0);
			current = schedule[at++];
		}
		swapcontext(&main_context, &context[current]);
	}
	schedule.resize(at);
}

/// All runs: `begin` before each, `good` after it. Adds to the counts.
inline void all(const std::function<void()> &begin, const std::function<void(int)> &sides_do, const std::function<bool()> &good,
		unsigned long &runs, unsigned long &lost)
{
	std::vector<int> schedule;

	side = sides_do;
	for (;;) {
		begin();
		play(schedule);
		runs++;
		lost += !good();
		while (!schedule.empty() && schedule.back() == 1)
			schedule.pop_back();
		if (schedule.empty())
			break;
		schedule.back() = 1;
	}
}
} // namespace explorer

/// Of owner_user.h.
void owner_step(void)
{
	swapcontext(&explorer::context[explorer::current], &explorer::main_context);
}
