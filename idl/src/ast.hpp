// SPDX-License-Identifier: GPL-2.0-only
/// What was written, nothing resolved.
#pragma once
#include "source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lxd::idl::ast {

struct ident {
	std::string text;
	span at;
	explicit operator bool() const { return !text.empty(); }
};

struct expr {
	enum class kind { number, name, negate, binary } k = kind::number;
	span at;
	uint64_t number = 0;
	std::string name;
	char op = 0;	///< + - * & | and 's' for <<
	std::unique_ptr<expr> left, right;
};
using expr_ptr = std::unique_ptr<expr>;

/// A struct's field or a function's parameter.
struct field {
	span at;
	bool out = false;
	std::optional<span> bulk;
	ident label;		///< secret or host, domain, public
	ident type;
	ident name;
	expr_ptr size;		///< x[4]
	ident count;		///< x[count max N]
	expr_ptr max;
	expr_ptr low, high;	///< [low .. high]
	span range_at;
	std::optional<span> power_of_two;
	std::string any;		///< `any "reason"`: why no limit is needed
	std::optional<span> any_at;
	std::string kernel_name;	///< `as "class"`: what the kernel calls it
};

/// `within 30 s`, `once`, `context sleep`: a word, then perhaps a value, a word, a list of words or a text.
struct attribute {
	ident name;
	expr_ptr value;
	ident unit;
	std::vector<ident> words;
	std::string text;
	span at;
};

struct function {
	span at;
	bool from_host = false;
	bool data = false;
	ident mode;	///< wait or post
	ident result;	///< int or void
	ident name;
	std::vector<field> params;
	std::vector<attribute> attributes;
};

struct constant {
	ident name;
	expr_ptr value;
};

struct enumerator {
	ident name;
	expr_ptr value;	///< may be empty
};

/// enum (one of) or flags (any set of).
struct enumeration {
	bool flags = false;
	ident name;
	ident base;
	std::vector<enumerator> values;
};

struct handle {
	ident name;
	std::string c_type;
	span c_type_at;
};

struct structure {
	ident name;
	std::vector<field> fields;
	span kernel_at;
	std::string kernel;	///< `is "struct pci_device_id"`: checked against BTF
	std::string module;	///< `in "nvme-core"`: where its BTF is
};

/// `tag: field;` or `tag;` of a union.
struct alternative {
	ident tag;
	std::optional<ast::field> value;
};

/// union NAME of ENUM { ... }
struct choice {
	ident name;
	ident tag_type;
	std::vector<alternative> alternatives;
};

/// One `function -> action` of a state.
struct transition {
	std::vector<ident> functions;	///< or the single word `other`
	ident action;	///< accept, drop, defer, kill
	ident next;	///< accept: the state then; empty: the same
	ident then;	///< the state once the call has returned; empty: `next`
};

struct state {
	ident name;
	std::vector<transition> transitions;
};

struct machine {
	ident name;
	ident object;	///< the handle it belongs to
	ident initial;
	std::vector<state> states;
};

/// `symbol class { names }`: what the loader binds without a crossing.
struct symbol_class {
	ident kind;
	std::vector<ident> names;
};

struct operation {
	expr_ptr code;
	ident direction;
	expr_ptr max;
	ident capability;
	ident restart;
	span at;
};

struct opcode_table {
	ident name;
	ident base;
	std::vector<operation> operations;
};

/// A type as C spells it, or a parameter of one.
struct c_type {
	std::string text;
	span at;
};

/// What the kernel must have: a structure with fields, or a function.
struct binding {
	bool function = false;
	ident name;
	std::vector<field> fields;
	c_type result;
	std::vector<c_type> params;
	std::string module;
	std::string kernel;	///< only for this version; empty: for all
	span at;
};

struct include {
	std::string path;
	span at;
};

struct file {
	uint32_t id = 0;
	ident interface_name;
	expr_ptr interface_number;
	ident driver_name;
	std::vector<include> includes;
	std::vector<constant> constants;
	std::vector<enumeration> enumerations;
	std::vector<handle> handles;
	std::vector<structure> structures;
	std::vector<choice> choices;
	std::vector<function> functions;
	std::vector<machine> machines;
	std::vector<symbol_class> symbols;
	std::vector<opcode_table> opcodes;
	std::vector<binding> bindings;
};

} // namespace lxd::idl::ast
