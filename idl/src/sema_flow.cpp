// SPDX-License-Identifier: GPL-2.0-only
/// Labels. A value of the host never reaches the domain, and what the domain chose is public only
/// once something limits it. The walk below is all of it: values travel as parameters, fields and
/// members only, there are no expressions over them, pointers have no type, and messages begin as
/// zeros (emit_stub.cpp, lxd_glue_open()), so that nothing travels which is no value.
#include "sema_class.hpp"

namespace lxd::idl {

/// The value itself or the first one within that has this label.
const model::value *analyser::labelled(const model::value &v, model::label label)
{
	if (v.label == label)
		return &v;
	if (v.type)
		for (const model::value &f : v.type->fields)
			if (const model::value *found = labelled(f, label))
				return found;
	return nullptr;
}

/// What in `v` the domain can set to anything: the glue checks nothing of it but its size.
const model::value *analyser::unlimited(const model::value &v)
{
	if (v.k == kind::bytes)
		return &v;
	if (v.k == kind::scalar)
		return v.choice || v.codes || v.power_of_two || v.low != v.type_low() || v.high != v.type_high() ? nullptr : &v;
	if (v.type)
		for (const model::value &f : v.type->fields)
			if (const model::value *found = unlimited(f))
				return found;
	return nullptr;
}

void analyser::flow(const ast::function &f, const model::value &v)
{
	bool to_domain = f.from_host != v.out;
	const model::value *host = labelled(v, model::label::host);
	if (host && to_domain)
		diags_.error("secret-flow", v.at, fmt::format("'{}' is secret and would reach the domain", v.name))
			.with(host->at, "secret because of this");
	else if (host)
		diags_.error("label-host", v.at, fmt::format("'{}' comes from the domain, which then knows it", v.name))
			.with(host->at, "said to be the host's here");
	if (to_domain) {
		const model::value *theirs = labelled(v, model::label::domain);
		if (theirs && !f.from_host)
			diags_.error("label-domain", v.at, fmt::format("'{}' is made by the host, not by the domain", v.name))
				.with(theirs->at, "said to be the domain's here");
		return;
	}
	if (const model::value *open = labelled(v, model::label::open))
		if (const model::value *loose = unlimited(*open))
			diags_.error("label-public", loose->at,
				     fmt::format("the domain may set '{}' to anything, so it is not public", loose->name))
				.with(open->at, "said to be public here")
				.suggest("give it a range, an enumeration or a flags set, or call it 'domain'");
}

} // namespace lxd::idl
