// SPDX-License-Identifier: GPL-2.0-only
/// Who can wait for whom: nested waiting calls, and the host locks that they are made under or
/// take. Each possible deadlock is named with its way. (A hostile domain can call what it does not
/// declare; then the deadline of the host's call ends it.)
#include "sema_wait.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <set>

namespace lxd::idl {
namespace {

class wait_for {
public:
	wait_for(const model::program &program, diagnostics &diags) : diags_(diags)
	{
		for (const auto &i : program.interfaces)
			for (const auto *list : {&i->host_functions, &i->domain_functions})
				for (const auto &f : *list) {
					all_.push_back(f.get());
					by_name_[{f->name, f->from_host}].push_back(f.get());
				}
	}

	void run()
	{
		for (const model::function *f : all_)
			edges(*f);
		for (const model::function *f : all_)
			if (f->from_host && f->wait)
				walk(*f);
		cycles();
		lock_order();
	}

private:
	/// What the other side may call before it answers `f`. Posted messages wait for nothing.
	void edges(const model::function &f)
	{
		for (const auto &c : f.calls) {
			auto it = by_name_.find({c.first, !f.from_host});
			if (it == by_name_.end() || it->second.size() != 1) {
				diags_.error("calls-unknown", c.second,
					     it == by_name_.end()
						     ? fmt::format("no function '{}' from the {}", c.first, f.from_host ? "domain" : "host")
						     : fmt::format("'{}' is the name of several functions", c.first));
				continue;
			}
			const model::function *to = it->second.front();
			if (!to->wait)
				continue;
			next_[&f].push_back(to);
			if (!f.from_host && f.wait && !f.sleeps)
				diags_.error("wait-atomic", c.second,
					     fmt::format("'{}' runs where messages arrive, which cannot wait for '{}'", f.name, to->name))
					.suggest("context sleep");
			if (!f.from_host && !f.wait)
				diags_.error("wait-atomic", c.second,
					     fmt::format("the posted '{}' is handled where it arrives, which cannot wait", f.name));
		}
	}

	/// Along all calls below `top`, with the locks that are held by then.
	void walk(const model::function &top)
	{
		std::vector<const model::function *> path;
		std::function<void(const model::function &)> step = [&](const model::function &f) {
			if (std::find(path.begin(), path.end(), &f) != path.end() || path.size() > 32)
				return;
			for (const std::string &lock : f.locks)
				for (const model::function *held : path) {
					if (held == &f)
						continue;
					bool same = std::find(held->locks.begin(), held->locks.end(), lock) != held->locks.end();
					if (same && reported_.insert({&f, lock}).second)
						deadlock(path, f, *held, lock);
					for (const std::string &outer : held->locks)
						if (outer != lock)
							order_[outer].emplace(lock, std::pair{held, &f});
				}
			path.push_back(&f);
			if (f.from_host && path.size() > 1 && path.front()->deadline_ms && f.deadline_ms >= path.front()->deadline_ms &&
			    reported_.insert({&f, "deadline"}).second)
				diags_.error("wait-deadline", f.at,
					     fmt::format("'{}' may wait {} ms inside of '{}', which ends after {} ms", f.name,
							 f.deadline_ms, path.front()->name, path.front()->deadline_ms))
					.with(path.front()->at, "the outer call");
			for (const model::function *to : next_[&f])
				step(*to);
			path.pop_back();
		};
		step(top);
	}

	static std::string way(const std::vector<const model::function *> &path, const model::function &end)
	{
		std::string out;
		for (const model::function *f : path)
			out += f->name + " -> ";
		return out + end.name;
	}

	void deadlock(const std::vector<const model::function *> &path, const model::function &f, const model::function &held,
		      const std::string &lock)
	{
		diags_.error("wait-lock", f.at,
			     fmt::format("deadlock: {}: '{}' needs {}, which is held while '{}' waits", way(path, f), f.name, lock,
					 held.name))
			.with(held.at, fmt::format("made under {} here", lock))
			.suggest("post it, or let the outer call return before it");
	}

	/// Calls that can nest without an end use up every call number and every worker.
	void cycles()
	{
		std::set<const model::function *> done;
		std::vector<const model::function *> path;
		std::function<void(const model::function *)> step = [&](const model::function *f) {
			auto it = std::find(path.begin(), path.end(), f);
			if (it != path.end()) {
				std::string text;
				for (; it != path.end(); ++it)
					text += (*it)->name + " -> ";
				diags_.error("wait-cycle", f->at, fmt::format("calls may nest without an end: {}{}", text, f->name));
				return;
			}
			if (!done.insert(f).second)
				return;
			path.push_back(f);
			for (const model::function *to : next_[f])
				step(to);
			path.pop_back();
		};
		for (const model::function *f : all_)
			step(f);
	}

	void lock_order()
	{
		for (const auto &[a, inner] : order_)
			for (const auto &[b, how] : inner) {
				auto back = order_.find(b);
				if (a < b && back != order_.end() && back->second.count(a)) {
					auto other = back->second.at(a);
					diags_.error("wait-order", how.second->at,
						     fmt::format("deadlock: '{}' takes {} under {}, '{}' takes {} under {}", how.second->name, b,
								 a, other.second->name, a, b))
						.with(how.first->at, fmt::format("{} is held here", a))
						.with(other.second->at, "the other order")
						.with(other.first->at, fmt::format("{} is held here", b));
				}
			}
	}

	using held_and_taken = std::pair<const model::function *, const model::function *>;

	diagnostics &diags_;
	std::vector<const model::function *> all_;
	std::map<std::pair<std::string, bool>, std::vector<const model::function *>> by_name_;
	std::map<const model::function *, std::vector<const model::function *>> next_;
	std::set<std::pair<const model::function *, std::string>> reported_;
	std::map<std::string, std::map<std::string, held_and_taken>> order_;
};

} // namespace

void check_waits(const model::program &program, diagnostics &diags)
{
	wait_for(program, diags).run();
}

} // namespace lxd::idl
