// SPDX-License-Identifier: GPL-2.0-only
/// The judge: which view of memory did the processor use for an access?
/// It believes nothing that the guest says and looks at the processor itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace lxd::lab {

/// Where an access came from.
struct origin {
	enum class kind : uint8_t { bare, root, guest } mode;
	uint64_t ept_root; ///< without attribute bits; 0 unless guest
	unsigned cpu;
};

/// The processor that runs right now.
origin current_origin();

/// Instructions that the current processor has executed.
uint64_t current_instructions();

/// "bare", "root" or the EPT root in hex.
std::string describe(const origin &o);

/// Remembers from which views the control device was used: those are the
/// host's. A domain that writes there only makes its own accesses suspicious.
class views {
public:
	void host_seen(const origin &o);
	bool is_domain(const origin &o) const;

private:
	std::map<uint64_t, bool> host_roots_;
};

/// Accesses of one sort, by origin.
class tally {
public:
	void add(const origin &o);
	void clear();
	uint64_t domain(const views &v) const;
	uint64_t elsewhere(const views &v) const;
	/// "bare 12, 0x1234000 5", for the log.
	std::string describe_all() const;

private:
	struct order {
		bool operator()(const origin &a, const origin &b) const
		{
			return a.mode != b.mode ? a.mode < b.mode : a.ept_root < b.ept_root;
		}
	};
	std::map<origin, uint64_t, order> counts_;
};

} // namespace lxd::lab
