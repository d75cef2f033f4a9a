// SPDX-License-Identifier: GPL-2.0-only
#include "sema.hpp"

#include "eval.hpp"
#include "layout.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace lxd::idl {

using model::array;
using model::kind;
using model::wide;

namespace {

struct scalar_name {
	const char *name;
	uint32_t width;
	bool sign;
};

constexpr scalar_name scalars[] = {{"u8", 1, false}, {"u16", 2, false}, {"u32", 4, false}, {"u64", 8, false},
				   {"i8", 1, true}, {"i16", 2, true}, {"i32", 4, true}, {"i64", 8, true},
				   {"bool", 1, false}};

const scalar_name *find_scalar(const std::string &name)
{
	for (const scalar_name &s : scalars)
		if (name == s.name)
			return &s;
	return nullptr;
}

/// Names that the output cannot use, in C or (headers are shared with test programs) in C++.
const std::set<std::string> &reserved()
{
	static const std::set<std::string> words = {
		"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
		"extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
		"short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
		"volatile", "while", "asm", "bool", "catch", "class", "delete", "explicit", "export", "false",
		"friend", "mutable", "namespace", "new", "operator", "private", "protected", "public", "template",
		"this", "throw", "true", "try", "typeid", "typename", "using", "virtual", "and", "or", "not", "xor",
		"current", "linux", "unix", "NULL"};
	return words;
}

/// Local names of generated functions.
const std::set<std::string> &locals()
{
	static const std::set<std::string> words = {"dom", "msg", "reply", "a", "r", "req", "err", "i", "w", "ret"};
	return words;
}

class analyser {
public:
	analyser(const source_manager &sources, const unit &u, model::program &program, constant_map &constants,
		 diagnostics &diags)
		: sources_(sources), unit_(u), ast_(u.ast), program_(program), constants_(constants), diags_(diags)
	{
	}

	void run()
	{
		if (ast_.driver_name)
			program_.driver = ast_.driver_name.text;
		later();
		for (const ast::constant &c : ast_.constants)
			constant(c);
		if (!ast_.interface_name) {
			without_interface();
			return;
		}
		auto owned = std::make_unique<model::interface>();
		out_ = owned.get();
		header();
		for (const ast::enumeration &e : ast_.enumerations)
			enumeration(e);
		for (const ast::handle &h : ast_.handles)
			handle(h);
		structures();
		for (const ast::function &f : ast_.functions)
			function(f);
		mark_directions();
		program_.interfaces.push_back(std::move(owned));
	}

private:
	/// Declares a name; false and an error if it is taken or impossible.
	bool declare(std::map<std::string, span> &scope, const ast::ident &id, const char *what)
	{
		if (id.text.size() > 40) {
			diags_.error("name-long", id.at, "names have at most 40 characters");
			return false;
		}
		if (reserved().count(id.text)) {
			diags_.error("name-reserved", id.at, fmt::format("'{}' is a word of C or C++", id.text))
				.suggest(fmt::format("call it '{}_'-something that C allows, for example '{}_code'",
						     id.text, id.text));
			return false;
		}
		auto [it, fresh] = scope.emplace(id.text, id.at);
		if (!fresh)
			diags_.error("name-twice", id.at, fmt::format("{} '{}' is declared twice", what, id.text))
				.with(it->second, "the first one is here");
		return fresh;
	}

	void constant(const ast::constant &c)
	{
		auto it = constants_.find(c.name.text);
		if (it != constants_.end()) {
			diags_.error("name-twice", c.name.at, fmt::format("constant '{}' is declared twice", c.name.text))
				.with(it->second.at, "the first one is here");
			return;
		}
		std::optional<wide> v = evaluate(*c.value, constants_, diags_);
		constants_[c.name.text] = {v.value_or(1), c.name.at};
		mine_.push_back({c.name.text, v.value_or(1)});
	}

	void without_interface()
	{
		span at;
		if (!ast_.functions.empty())
			at = ast_.functions.front().at;
		else if (!ast_.structures.empty())
			at = ast_.structures.front().name.at;
		else if (!ast_.handles.empty())
			at = ast_.handles.front().name.at;
		else
			return;
		diags_.error("interface-missing", at, "functions, structures and handles belong to an interface")
			.suggest("begin the file with 'interface NAME = NUMBER;'");
	}

	void header()
	{
		out_->name = ast_.interface_name.text;
		out_->at = ast_.interface_name.at;
		out_->upper = out_->name;
		for (char &c : out_->upper)
			c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
		out_->constants = mine_;
		std::map<std::string, span> scope;
		declare(scope, ast_.interface_name, "interface");
		std::optional<wide> n = evaluate(*ast_.interface_number, constants_, diags_);
		if (n && (*n < 0 || *n > 63))
			diags_.error("interface-number", ast_.interface_number->at,
				     "interfaces are numbered from 0 to 63: the number shares 16 bits with the "
				     "function and two flags");
		else if (n)
			out_->number = static_cast<uint32_t>(*n);
		for (const auto &other : program_.interfaces) {
			if (n && other->number == out_->number)
				diags_.error("interface-number-taken", ast_.interface_number->at,
					     fmt::format("interface '{}' has the number {} already", other->name,
							 other->number))
					.with(other->at, "declared here");
			if (other->name == out_->name)
				diags_.error("name-twice", out_->at,
					     fmt::format("interface '{}' is declared twice", out_->name))
					.with(other->at, "the first one is here");
		}
	}

	void enumeration(const ast::enumeration &e)
	{
		auto m = std::make_unique<model::enumeration>();
		if (!declare(types_, e.name, "type"))
			return;
		m->flags = e.flags;
		m->name = e.name.text;
		m->at = e.name.at;
		const scalar_name *s = find_scalar(e.base.text);
		if (!s || s->sign || e.base.text == "bool") {
			diags_.error("enum-base", e.base.at, "the type that carries it is u8, u16, u32 or u64");
			return;
		}
		m->bytes = s->width;
		wide limit = (static_cast<wide>(1) << (8 * s->width)) - 1;
		wide next = e.flags ? 1 : 0;
		std::map<std::string, span> scope;
		std::map<uint64_t, span> taken;
		for (const ast::enumerator &v : e.values) {
			if (!declare(scope, v.name, "value"))
				continue;
			wide n = v.value ? evaluate(*v.value, constants_, diags_).value_or(next) : next;
			if (n < 0 || n > limit) {
				diags_.error("enum-value-range", v.name.at,
					     fmt::format("{} does not fit in {}", show(n), e.base.text));
				continue;
			}
			auto [it, fresh] = taken.emplace(static_cast<uint64_t>(n), v.name.at);
			if (!fresh)
				diags_.error("enum-value-twice", v.name.at, fmt::format("{} is taken", show(n)))
					.with(it->second, "by this one");
			m->values.push_back({v.name.text, static_cast<uint64_t>(n)});
			next = e.flags ? n << 1 : n + 1;
		}
		if (e.values.empty())
			diags_.error("enum-empty", e.name.at, fmt::format("'{}' has no value", e.name.text));
		out_->enumerations.push_back(std::move(m));
	}

	void handle(const ast::handle &h)
	{
		if (!declare(types_, h.name, "type"))
			return;
		bool good = h.c_type.starts_with("struct ") && h.c_type.size() > 7;
		for (char c : h.c_type.substr(std::min<size_t>(7, h.c_type.size())))
			good &= std::isalnum(static_cast<unsigned char>(c)) || c == '_';
		if (!good)
			diags_.error("handle-type", h.c_type_at, "a handle names a structure of the host")
				.suggest("handle disk is \"struct klcd_disk\";");
		auto m = std::make_unique<model::handle>();
		m->name = h.name.text;
		m->c_type = h.c_type;
		m->at = h.name.at;
		m->number = static_cast<uint32_t>(out_->handles.size()) + 1;
		out_->handles.push_back(std::move(m));
	}

	const ast::structure *find_ast_structure(const std::string &name) const
	{
		for (const ast::structure &s : ast_.structures)
			if (s.name.text == name)
				return &s;
		return nullptr;
	}

	/// Each after those that it uses; recursion is an error.
	void structures()
	{
		for (const ast::structure &s : ast_.structures)
			declare(types_, s.name, "type");
		for (const ast::structure &s : ast_.structures)
			structure(s, 0);
	}

	model::structure *find_structure(const std::string &name)
	{
		for (const auto &s : out_->structures)
			if (s->name == name)
				return s.get();
		return nullptr;
	}

	void structure(const ast::structure &s, int depth)
	{
		if (find_structure(s.name.text) || broken_.count(s.name.text))
			return;
		if (depth > 16) {
			diags_.error("struct-deep", s.name.at, "structures nest more than 16 deep");
			broken_.insert(s.name.text);
			return;
		}
		open_.insert(s.name.text);
		bool recursive = false;
		for (const ast::field &f : s.fields) {
			const ast::structure *inner = find_ast_structure(f.type.text);
			if (!inner)
				continue;
			if (open_.count(inner->name.text)) {
				diags_.error("struct-recursive", f.type.at,
					     fmt::format("'{}' contains itself", inner->name.text))
					.with(inner->name.at, "declared here");
				recursive = true;
				continue;
			}
			structure(*inner, depth + 1);
		}
		open_.erase(s.name.text);
		if (recursive) {
			broken_.insert(s.name.text);
			return;
		}
		auto m = std::make_unique<model::structure>();
		m->name = s.name.text;
		m->at = s.name.at;
		std::map<std::string, span> scope;
		for (const ast::field &f : s.fields)
			if (declare(scope, f.name, "field"))
				m->fields.push_back(value(f, false));
		if (s.fields.empty())
			diags_.error("struct-empty", s.name.at, fmt::format("'{}' has no field", s.name.text));
		counts(m->fields, nullptr);
		std::vector<const model::value *> pointers;
		for (const model::value &v : m->fields)
			pointers.push_back(&v);
		m->layout = lay_out(out_->name, pointers, false, false);
		if (m->layout.size > model::area_bytes)
			diags_.error("struct-large", s.name.at,
				     fmt::format("'{}' has {} bytes; a message carries at most {}", s.name.text,
						 m->layout.size, model::area_bytes));
		out_->structures.push_back(std::move(m));
	}

	model::value value(const ast::field &f, bool parameter)
	{
		model::value v;
		v.name = f.name.text;
		v.at = f.at;
		v.out = f.out;
		v.secret = f.secret.has_value();
		if (parameter && locals().count(v.name))
			diags_.error("name-local", f.name.at,
				     fmt::format("the generated code has a local variable '{}'", v.name))
				.suggest("use another name");
		type(f, v, parameter);
		shape(f, v);
		range(f, v);
		return v;
	}

	void type(const ast::field &f, model::value &v, bool parameter)
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
		} else {
			unknown_type(f);
		}
		v.low = v.type_low();
		v.high = t == "bool" ? 1 : v.type_high();
	}

	void unknown_type(const ast::field &f)
	{
		const std::string &t = f.type.text;
		if (broken_.count(t) || find_ast_structure(t))
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

	const model::handle *find_handle(const std::string &name) const
	{
		for (const auto &h : out_->handles)
			if (h->name == name)
				return h.get();
		return nullptr;
	}

	const model::enumeration *find_enumeration(const std::string &name) const
	{
		for (const auto &e : out_->enumerations)
			if (e->name == name)
				return e.get();
		return nullptr;
	}

	void shape(const ast::field &f, model::value &v)
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

	void range(const ast::field &f, model::value &v)
	{
		if (f.power_of_two) {
			v.power_of_two = true;
			if (v.k != kind::scalar || v.sign || v.choice)
				diags_.error("power-type", *f.power_of_two, "only unsigned numbers are powers of two");
		}
		if (!f.low)
			return;
		if (v.k != kind::scalar || v.choice) {
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

	/// Connects counted arrays with their counts. `f` is null for structures.
	void counts(std::vector<model::value> &values, const ast::function *f)
	{
		for (size_t i = 0; i < values.size(); i++) {
			model::value &v = values[i];
			if (v.shape != array::counted)
				continue;
			for (size_t k = 0; k < values.size(); k++)
				if (values[k].name == v.count)
					v.count_value = static_cast<int>(k);
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
			if (c.k != kind::scalar || c.sign || c.choice || c.shape != array::none)
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

	void function(const ast::function &f)
	{
		std::map<std::string, span> &scope = functions_;
		if (!declare(scope, f.name, "function"))
			return;
		auto m = std::make_unique<model::function>();
		m->name = f.name.text;
		m->at = f.name.at;
		m->from_host = f.from_host;
		m->data = f.data;
		m->wait = f.mode.text == "wait";
		m->returns_int = f.result.text == "int";
		if (m->wait && !m->returns_int)
			diags_.error("wait-void", f.result.at, "a waiting call returns int: it can always fail")
				.suggest(fmt::format("wait int {}(...)", m->name));
		if (m->wait && m->data)
			diags_.error("data-wait", f.mode.at, "nothing waits on a data ring").suggest("data post");
		std::map<std::string, span> names;
		for (const ast::field &p : f.params)
			if (declare(names, p.name, "parameter"))
				m->params.push_back(value(p, true));
		counts(m->params, &f);
		directions(f, *m);
		attributes(f, *m);
		place_arguments(f, *m);
		m->doc = doc_of(f);
		auto &list = f.from_host ? out_->domain_functions : out_->host_functions;
		if (list.size() > 255)
			diags_.error("functions-many", f.name.at, "more than 256 functions in one direction");
		m->number = static_cast<uint32_t>(list.size());
		list.push_back(std::move(m));
	}

	void directions(const ast::function &f, model::function &m)
	{
		for (const model::value &v : m.params) {
			if (v.out && !m.wait)
				diags_.error("post-out", v.at, "nothing comes back from a posted message")
					.with(f.mode.at, "posted here")
					.suggest("make it 'wait', or answer with a message of the other direction");
			if (v.out && f.from_host && v.k == kind::handle)
				diags_.error("handle-from-domain", v.at, "the domain cannot make handles");
			bool to_domain = f.from_host != v.out;
			if (to_domain && is_secret(v))
				diags_.error("secret-flow", v.at,
					     fmt::format("'{}' is secret and would reach the domain", v.name))
					.with(secret_at(v), "secret because of this");
		}
		if (m.data && (m.params.empty() || m.params[0].name != "queue" || m.params[0].k != kind::scalar ||
			       m.params[0].width != 2 || m.params[0].shape != array::none))
			diags_.error("data-queue", f.at, "the first parameter of a data message is 'u16 queue', its ring");
	}

	static bool is_secret(const model::value &v)
	{
		if (v.secret)
			return true;
		if (v.type)
			for (const model::value &f : v.type->fields)
				if (is_secret(f))
					return true;
		return false;
	}

	static span secret_at(const model::value &v)
	{
		if (!v.secret && v.type)
			for (const model::value &f : v.type->fields)
				if (is_secret(f))
					return secret_at(f);
		return v.at;
	}

	void attributes(const ast::function &f, model::function &m)
	{
		std::map<std::string, span> seen;
		for (const ast::attribute &a : f.attributes) {
			auto [it, fresh] = seen.emplace(a.name.text, a.at);
			if (!fresh) {
				diags_.error("attribute-twice", a.at, fmt::format("'{}' is said twice", a.name.text))
					.with(it->second, "the first one is here");
				continue;
			}
			attribute(f, a, m);
		}
		if (f.from_host && m.wait && !m.deadline_ms && !seen.count("within"))
			diags_.error("deadline-missing", f.name.at,
				     "the host does not wait for a domain without a deadline")
				.suggest("add 'within 10 s' behind the parameters");
		if (m.sleeps && !m.wait)
			diags_.error("post-sleep", seen["context"], "posted messages are handled where they arrive, "
								    "which cannot sleep")
				.suggest("make it 'wait'");
	}

	/// Nothing is accepted that the output would not hold to.
	void not_enforced(span at, const std::string &what)
	{
		diags_.error("not-enforced", at, fmt::format("this version makes no code that holds '{}'", what))
			.suggest("remove it and check it in the implementation");
	}

	void attribute(const ast::function &f, const ast::attribute &a, model::function &m)
	{
		const std::string &n = a.name.text;
		for (const char *w : {"once", "same_caller", "restart", "quota", "under", "calls"})
			if (n == w) {
				not_enforced(a.at, n);
				return;
			}
		if (n == "context") {
			for (const ast::ident &w : a.words) {
				if (w.text == "sleep")
					m.sleeps = true;
				else if (w.text != "atomic")
					diags_.error("context-unknown", w.at, "the context is 'sleep' or 'atomic'");
			}
		} else if (n == "within") {
			deadline(f, a, m);
		} else {
			static const std::vector<std::string> known = {"context", "within"};
			diagnostic &d = diags_.error("attribute-unknown", a.at, fmt::format("no attribute '{}'", n));
			std::string near = nearest(n, known);
			if (!near.empty())
				d.suggest(fmt::format("did you mean '{}'?", near));
		}
	}

	void deadline(const ast::function &f, const ast::attribute &a, model::function &m)
	{
		std::optional<wide> v = a.value ? evaluate(*a.value, constants_, diags_) : std::nullopt;
		wide ms = v.value_or(0) * (a.unit.text == "s" ? 1000 : 1);
		if (!v || ms < 1 || ms > 3600000 || (a.unit.text != "s" && a.unit.text != "ms")) {
			diags_.error("deadline-form", a.at, "a deadline is 1 ms to 3600 s").suggest("within 10 s");
			m.deadline_ms = 1;
			return;
		}
		if (!m.wait)
			diags_.error("post-deadline", a.at, "nobody waits for a posted message")
				.with(f.mode.at, "posted here");
		m.deadline_ms = static_cast<uint32_t>(ms);
	}

	void place_arguments(const ast::function &f, model::function &m)
	{
		std::vector<const model::value *> in, out;
		for (const model::value &v : m.params)
			(v.out ? out : in).push_back(&v);
		// Count references are indices into params; layout only asks whether one exists.
		m.in = lay_out(out_->name, in, false, true);
		if (m.wait)
			m.out = lay_out(out_->name, out, true, true);
		// A slot travels whole: nothing is saved by sending a part of it.
		for (model::layout *l : {&m.in, &m.out})
			if (l->size <= model::slot_bytes)
				l->tail = -1;
		for (model::member &x : m.in.members)
			if (x.value >= 0)
				x.value = static_cast<int>(in[static_cast<size_t>(x.value)] - m.params.data());
		for (model::member &x : m.out.members)
			if (x.value >= 0)
				x.value = static_cast<int>(out[static_cast<size_t>(x.value)] - m.params.data());
		if (!m.wait && m.in.size > model::slot_bytes)
			diags_.error("post-large", f.at,
				     fmt::format("the arguments have {} bytes; a posted message carries {}", m.in.size,
						 model::slot_bytes))
				.suggest("make it 'wait', or send pieces");
		else if (m.in.size > model::area_bytes || m.out.size > model::area_bytes)
			diags_.error("call-large", f.at,
				     fmt::format("the {} have {} bytes; a call carries {}",
						 m.in.size > model::area_bytes ? "arguments" : "results",
						 std::max(m.in.size, m.out.size), model::area_bytes));
	}

	/// The comment lines directly above a function.
	std::vector<std::string> doc_of(const ast::function &f) const
	{
		std::vector<std::string> lines;
		uint32_t line = sources_.where(f.at.file, f.at.begin).line;
		for (auto it = unit_.own_line_comments.rbegin(); it != unit_.own_line_comments.rend(); ++it) {
			if (it->begin > f.at.begin)
				continue;
			if (sources_.where(it->file, it->end).line + 1 != line || !sources_.text(*it).starts_with("//"))
				break;
			line--;
			std::string t(sources_.text(*it).substr(2));
			t.erase(0, t.find_first_not_of(" /"));
			for (size_t p; (p = t.find("*/")) != std::string::npos;)
				t.replace(p, 2, "* /");
			lines.insert(lines.begin(), t);
		}
		return lines;
	}

	static void mark(const model::structure *s, bool from_domain)
	{
		auto *w = const_cast<model::structure *>(s);
		(from_domain ? w->from_domain : w->from_host) = true;
		for (const model::value &f : s->fields)
			if (f.type)
				mark(f.type, from_domain);
	}

	void mark_directions()
	{
		for (const auto *list : {&out_->host_functions, &out_->domain_functions})
			for (const auto &f : *list)
				for (const model::value &v : f->params)
					if (v.type)
						mark(v.type, f->from_host == v.out);
	}

	void later()
	{
		for (const ast::machine &m : ast_.machines)
			not_enforced(m.name.at, "machine");
		for (const ast::opcode_table &t : ast_.opcodes)
			not_enforced(t.name.at, "opcodes");
		for (const ast::symbol_class &c : ast_.symbols)
			not_enforced(c.kind.at, "symbols");
		for (const ast::binding &b : ast_.bindings)
			not_enforced(b.name.at, "kernel");
		for (const ast::structure &t : ast_.structures)
			if (!t.kernel.empty())
				not_enforced(t.kernel_at, "is");
	}

	const source_manager &sources_;
	const unit &unit_;
	const ast::file &ast_;
	model::program &program_;
	constant_map &constants_;
	diagnostics &diags_;
	model::interface *out_ = nullptr;
	std::vector<std::pair<std::string, wide>> mine_;
	std::map<std::string, span> types_, functions_;
	std::set<std::string> open_, broken_;
};

} // namespace

model::program analyse(const source_manager &sources, const std::deque<unit> &units, diagnostics &diags)
{
	model::program program;
	constant_map constants;
	for (const unit &u : units)
		analyser(sources, u, program, constants, diags).run();
	return program;
}

} // namespace lxd::idl
