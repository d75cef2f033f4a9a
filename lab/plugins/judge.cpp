// SPDX-License-Identifier: GPL-2.0-only
#include "judge.hpp"

#include <cstdio>

namespace lxd::lab {

std::string describe(const origin &o)
{
	if (o.mode == origin::kind::bare)
		return "bare";
	if (o.mode == origin::kind::root)
		return "root";
	char text[32];
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)o.ept_root);
	return text;
}

void views::host_seen(const origin &o)
{
	if (o.mode == origin::kind::guest)
		host_roots_[o.ept_root] = true;
}

bool views::is_domain(const origin &o) const
{
	// A guest without EPT shares the host's memory.
	return o.mode == origin::kind::guest && o.ept_root && !host_roots_.contains(o.ept_root);
}

void tally::add(const origin &o)
{
	counts_[origin{o.mode, o.ept_root, 0}]++;
}

void tally::clear()
{
	counts_.clear();
}

uint64_t tally::domain(const views &v) const
{
	uint64_t sum = 0;

	for (const auto &[o, n] : counts_)
		sum += v.is_domain(o) ? n : 0;
	return sum;
}

uint64_t tally::elsewhere(const views &v) const
{
	uint64_t sum = 0;

	for (const auto &[o, n] : counts_)
		sum += v.is_domain(o) ? 0 : n;
	return sum;
}

std::string tally::describe_all() const
{
	std::string text;

	for (const auto &[o, n] : counts_)
		text += (text.empty() ? "" : ", ") + describe(o) + " " + std::to_string(n);
	return text.empty() ? "none" : text;
}

} // namespace lxd::lab
