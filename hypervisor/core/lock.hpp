// SPDX-License-Identifier: GPL-2.0-only
/// The one lock of root: held for bounded work, interrupts are off in root anyway.
#pragma once
#include "../x86/cpu.hpp"

namespace lxd::hv {

class spinlock {
public:
	constexpr spinlock() = default;

	void take()
	{
		// acquire: what the holder before us wrote is seen
		while (__atomic_exchange_n(&held_, 1u, __ATOMIC_ACQUIRE))
			cpu::pause();
	}
	void release() { __atomic_store_n(&held_, 0u, __ATOMIC_RELEASE); }

private:
	u32 held_ = 0;
};

class locked {
public:
	explicit locked(spinlock &lock) : lock_(lock) { lock_.take(); }
	~locked() { lock_.release(); }
	locked(const locked &) = delete;
	locked &operator=(const locked &) = delete;

private:
	spinlock &lock_;
};

} // namespace lxd::hv
