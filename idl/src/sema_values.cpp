// SPDX-License-Identifier: GPL-2.0-only
/// Fields and parameters: type, array, range, count.
#include "sema_class.hpp"

namespace lxd::idl {

model::value analyser::value(const ast::field &f, bool parameter)
{
	model::value v;
	v.name = f.name.text;
	v.at = f.at;
	v.out = f.out;
	v.bulk = f.bulk.has_value();
	v.label = f.label.text == "secret" || f.label.text == "host" ? model::label::host
		: f.label.text == "domain"			     ? model::label::domain
		: f.label.text == "public"			     ? model::label::open
								     : model::label::none;
	if (parameter && locals().count(v.name))
		diags_.error("name-local", f.name.at,
			     fmt::format("the generated code has a local variable '{}'", v.name))
			.suggest("use another name");
	type(f, v, parameter);
	shape(f, v);
	range(f, v);
	v.any = f.any;
	if (f.any_at && (v.k != kind::scalar || v.choice || v.codes || v.power_of_two || f.low))
		diags_.error("any-limited", *f.any_at, fmt::format("'{}' cannot be any number", v.name))
			.suggest("a reason belongs to a number without a range");
	else if (f.any_at && f.any.empty())
		diags_.error("any-reason", *f.any_at, fmt::format("why may '{}' be any number?", v.name))
			.suggest("any \"compared with what the host gave out\"");
	return v;
}

void analyser::type(const ast::field &f, model::value &v, bool parameter)
{
	const std::string &t = f.type.text;
	if (const scalar_name *s = find_scalar(t)) {
		v.width = s->width;
		v.sign = s->sign;
	} else if (t == "char") {
		v.k = kind::text;
		if (!f.size)
			diags_.error("text-size", f.at, "a text has a fixed size with room for its final NUL")
				.suggest(fmt::format("char {}[32]", v.name));
	} else if (t == "bytes") {
		v.k = kind::bytes;
		if (!f.size && !f.max)
			diags_.error("bytes-size", f.at, "bytes are an array")
				.suggest(fmt::format("bytes {}[len max 64]", v.name));
	} else if (model::structure *s2 = find_structure(t)) {
		v.k = kind::structure;
		v.type = s2;
	} else if (find_handle(t)) {
		v.k = kind::handle;
		v.object = find_handle(t);
		if (!parameter)
			diags_.error("handle-in-struct", f.type.at,
				     "handles are parameters, so that each is resolved before first use")
				.with(v.object->at, "declared here");
	} else if (const model::enumeration *e = find_enumeration(t)) {
		v.width = e->bytes;
		v.choice = e;
	} else if (const model::opcode_table *o = find_opcodes(t)) {
		v.width = o->bytes;
		v.codes = o;
		if (!parameter)
			diags_.error("opcode-in-struct", f.type.at, "an opcode is a parameter: it decides what the others may be")
				.with(o->at, "declared here");
	} else {
		unknown_type(f);
	}
	v.low = v.type_low();
	v.high = t == "bool" ? 1 : v.type_high();
}

void analyser::unknown_type(const ast::field &f)
{
	const std::string &t = f.type.text;
	if (broken_.count(t) || find_ast_structure(t) || find_ast_choice(t))
		return; // reported already
	diagnostic &d = diags_.error("type-unknown", f.type.at, fmt::format("no type '{}'", t));
	static const std::map<std::string, std::string> c_names = {
		{"int", "i32"}, {"unsigned", "u32"}, {"long", "i64"}, {"short", "i16"},
		{"size_t", "u64"}, {"uint32_t", "u32"}, {"uint64_t", "u64"}, {"__u32", "u32"},
		{"__u64", "u64"}, {"s32", "i32"}, {"s64", "i64"}, {"void", "bytes"}, {"string", "char"}};
	auto c = c_names.find(t);
	std::vector<std::string> known = {"u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool", "char",
					  "bytes"};
	for (const auto &s : types_)
		known.push_back(s.first);
	std::string near = c != c_names.end() ? c->second : nearest(t, known);
	if (!near.empty())
		d.suggest(fmt::format("did you mean '{}'?", near));
}

void analyser::shape(const ast::field &f, model::value &v)
{
	if (!f.size && !f.max)
		return;
	v.shape = f.max ? array::counted : array::fixed;
	const ast::expr &e = f.max ? *f.max : *f.size;
	std::optional<wide> n = evaluate(e, constants_, diags_);
	v.size = 1;
	if (n && (*n < 1 || *n > model::area_bytes))
		diags_.error("array-size", e.at,
			     fmt::format("an array has 1 to {} elements, not {}", model::area_bytes, show(*n)));
	else if (n)
		v.size = static_cast<uint64_t>(*n);
	v.count = f.count.text;
	if (v.k == kind::text) {
		v.shape = array::none;
		if (f.max)
			diags_.error("text-counted", f.at, "a text has a fixed size; counted data is bytes")
				.suggest(fmt::format("bytes {}[{} max {}]", v.name, v.count, v.size));
	}
	if (v.k == kind::handle)
		diags_.error("handle-array", f.at, "there are no arrays of handles");
}

void analyser::range(const ast::field &f, model::value &v)
{
	if (f.power_of_two) {
		v.power_of_two = true;
		if (v.k != kind::scalar || v.sign || v.choice || v.codes)
			diags_.error("power-type", *f.power_of_two, "only unsigned numbers are powers of two");
	}
	if (!f.low)
		return;
	if (v.k != kind::scalar || v.choice || v.codes) {
		diags_.error("range-type", f.range_at, fmt::format("'{}' is no number", v.name));
		return;
	}
	std::optional<wide> low = evaluate(*f.low, constants_, diags_),
			    high = evaluate(*f.high, constants_, diags_);
	if (!low || !high)
		return;
	if (*low > *high)
		diags_.error("range-empty", f.range_at,
			     fmt::format("no value lies in {} .. {}", show(*low), show(*high)))
			.suggest(fmt::format("[{} .. {}]", show(*high), show(*low)));
	for (auto [n, e] : {std::pair{*low, f.low.get()}, std::pair{*high, f.high.get()}})
		if (n < v.type_low() || n > v.type_high())
			diags_.error("range-type-limit", e->at,
				     fmt::format("{} does not fit in {}, which holds {} .. {}", show(n),
						 f.type.text, show(v.type_low()), show(v.type_high())));
	if (v.power_of_two && *low <= *high) {
		wide p = 1;
		while (p < *low)
			p <<= 1;
		if (p > *high)
			diags_.error("range-no-power", f.range_at, "no power of two lies in this range");
	}
	v.low = *low;
	v.high = *high;
}

void analyser::counts(std::vector<model::value> &values, const ast::function *f)
{
	for (size_t i = 0; i < values.size(); i++) {
		model::value &v = values[i];
		if (v.bulk && (v.shape != array::counted || !v.out || !f || !f->from_host))
			diags_.error("bulk-form", v.at, "bulk data is a counted array that a domain gives the host")
				.suggest("out bulk u64 x[asked max 64], where 'asked' is a parameter that the host gives");
		if (v.shape != array::counted)
			continue;
		for (size_t k = 0; k < values.size(); k++)
			if (values[k].name == v.count)
				v.count_value = static_cast<int>(k);
		if (v.bulk && (v.count_value < 0 || values[static_cast<size_t>(v.count_value)].out))
			diags_.error("bulk-count", v.at, fmt::format("the host sizes '{}', so '{}' is a parameter that it gives",
								     v.name, v.count))
				.suggest(fmt::format("declare 'u32 {} [0 .. {}]' before it", v.count, v.size));
		if (v.count_value < 0) {
			if (!f)
				diags_.error("count-missing", v.at,
					     fmt::format("no field '{}' counts '{}'", v.count, v.name))
					.suggest(fmt::format("declare 'u32 {};' before it", v.count));
			else if (reserved().count(v.count) || locals().count(v.count))
				diags_.error("name-local", v.at,
					     fmt::format("the count cannot be called '{}'", v.count));
			continue;
		}
		const model::value &c = values[static_cast<size_t>(v.count_value)];
		if (c.k != kind::scalar || c.sign || c.choice || c.codes || c.shape != array::none)
			diags_.error("count-type", v.at, fmt::format("'{}' cannot count: it is no unsigned number",
								      c.name))
				.with(c.at, "declared here");
		if (f && c.out && !v.out)
			diags_.error("count-direction", v.at,
				     fmt::format("'{}' travels with the call, its count comes back", v.name))
				.with(c.at, "declared here");
		model::value &writable = values[static_cast<size_t>(v.count_value)];
		writable.high = std::min<wide>(writable.high, v.size);
		if (writable.low > writable.high)
			diags_.error("count-range", v.at,
				     fmt::format("'{}' is at least {}, the array holds {}", c.name, show(c.low),
						 v.size))
				.with(c.at, "declared here");
	}
}

} // namespace lxd::idl
