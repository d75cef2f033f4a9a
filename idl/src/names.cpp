// SPDX-License-Identifier: GPL-2.0-only
#include "names.hpp"

namespace lxd::idl {

static constexpr scalar_name scalars[] = {{"u8", 1, false}, {"u16", 2, false}, {"u32", 4, false}, {"u64", 8, false},
				   {"i8", 1, true}, {"i16", 2, true}, {"i32", 4, true}, {"i64", 8, true},
				   {"bool", 1, false}};

const scalar_name *find_scalar(const std::string &name)
{
	for (const scalar_name &s : scalars)
		if (name == s.name)
			return &s;
	return nullptr;
}

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

const std::set<std::string> &locals()
{
	static const std::set<std::string> words = {"dom", "msg", "reply", "a", "r", "req", "err", "i", "w", "ret", "in",
						   "out", "no"};
	return words;
}

} // namespace lxd::idl
