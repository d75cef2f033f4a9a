// SPDX-License-Identifier: GPL-2.0-only
/// x_test.c. Values and structures are in emit_test.cpp, functions in emit_test_calls.cpp, lies in
/// emit_test_lies.cpp.
#pragma once
#include "emit.hpp"

#include <functional>

namespace lxd::idl {

class test_emitter : emitter {
public:
	test_emitter(const source_manager &sources, const model::interface &interface);
	std::string run();

private:
	bool scrubs(const model::structure &) const override { return false; }
	std::string condition(const model::value &v, const std::string &e) const;
	static std::vector<std::string> legal(const model::value &v);
	void make(const model::value &v, const std::string &e);
	void each(const model::value &v, const std::string &count, const std::function<void(const std::string &)> &f,
		  const std::string &e);
	void make_all(const std::vector<const model::value *> &values, const std::string &base,
		      const std::function<std::string(const model::value &)> &count);
	void structure_make(const model::structure &s);
	void structure_valid(const model::structure &s);
	void structure_copy(const model::structure &s);
	void cases();

	std::string test_name(const model::function &f) const { return (f.from_host ? "h_" : "d_") + f.name; }
	std::string count_of(const model::function &f, const model::value &v) const;
	void function(const model::function &f);
	void most(const model::function &f);
	void fill(const model::function &f);
	void implementation(const model::function &f);
	void call(const model::function &f, const std::string &result);
	void compare_results(const model::function &f);
	void valid_results(const model::function &f);
	void prepare_state(const model::function &f);
	void round_trip(const model::function &f);
	void hostile(const model::function &f);
	bool can_be_hostile(const model::function &f) const { return !f.from_host || f.wait; }

	/// One change of a legal message, and the name under which it is refused.
	void lies(const model::function &f);
	void tell(const model::function &f);
	void lie(const std::string &when, const std::string &what, const std::string &change);
	void lies_about(const model::value &v, const std::string &base, const std::string &when, const std::string &count);
	void lies_about_one(const model::value &v, const std::string &e, const std::string &when);
	void lies_about_number(const model::value &v, const std::string &e, const std::string &when);
	void lies_about_union(const model::structure &s, const std::string &e, const std::string &when);
	std::string told_;	///< name of the function that is lied to
};

} // namespace lxd::idl
