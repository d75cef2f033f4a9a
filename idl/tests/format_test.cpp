// SPDX-License-Identifier: GPL-2.0-only
/// Formatting changes blanks only, and a second time changes nothing. Files named in IDL_FILES (a
/// list in the environment) are taken as they are and torn apart at random places.
#include "../src/format.hpp"
#include "../src/parser.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <sstream>

using namespace lxd::idl;

namespace {

struct taken_apart {
	std::vector<std::string> tokens, comments;
	std::string formatted;
	bool good = false;
};

taken_apart take(const std::string &text)
{
	source_manager sources;
	diagnostics diags;
	auto file = static_cast<uint32_t>(sources.add("x.idl", text));
	token_list list = lex(sources, file, diags);
	parse(sources, file, list, diags);
	taken_apart out;
	out.good = !diags.failed();
	for (const token &t : list.tokens)
		out.tokens.emplace_back(sources.text(t.at));
	for (const comment &c : list.comments)
		out.comments.emplace_back(c.text);
	if (out.good)
		out.formatted = format(sources, file, list);
	return out;
}

std::string load(const std::string &path)
{
	source_manager sources;
	std::string error;
	int id = sources.load(path, error);
	EXPECT_GE(id, 0) << path << ": " << error;
	return id < 0 ? "" : sources.file(static_cast<uint32_t>(id)).text;
}

std::vector<std::string> files()
{
	std::istringstream in(std::getenv("IDL_FILES") ? std::getenv("IDL_FILES") : "");
	std::vector<std::string> out;
	for (std::string f; in >> f;)
		out.push_back(f);
	return out;
}

bool holds(const std::string &text, const std::string &what)
{
	taken_apart a = take(text);
	if (!a.good)
		return false;
	taken_apart b = take(a.formatted);
	EXPECT_TRUE(b.good) << what << "\n" << a.formatted;
	EXPECT_EQ(a.tokens, b.tokens) << what;
	EXPECT_EQ(a.comments, b.comments) << what;
	EXPECT_EQ(a.formatted, b.formatted) << what;
	std::istringstream lines(a.formatted);
	for (std::string l; std::getline(lines, l);)
		EXPECT_FALSE(l.ends_with(' ') || l.ends_with('\t')) << what << ": blanks at the end of: " << l;
	return !testing::Test::HasFailure();
}

} // namespace

TEST(format, files_as_they_are)
{
	int good = 0;
	for (const std::string &f : files())
		good += holds(load(f), f);
	EXPECT_GT(good, 20);
}

TEST(format, torn_apart)
{
	std::mt19937 random(20261126);
	static const char *const gaps[] = {" ", "\n", "\t", "\n\n\n", " /* c */ ", " // c\n", "\n// own\n", "  "};
	int good = 0;
	for (const std::string &f : files()) {
		source_manager sources;
		diagnostics diags;
		auto id = static_cast<uint32_t>(sources.add(f, load(f)));
		token_list list = lex(sources, id, diags);
		for (int round = 0; round < 6 && !diags.failed(); round++) {
			std::string text;
			for (const token &t : list.tokens) {
				text += sources.text(t.at);
				text += gaps[random() % (round < 3 ? 4 : 8)];
			}
			if (holds(text, f + ", torn apart"))
				good++;
			ASSERT_FALSE(HasFailure()) << text;
		}
	}
	EXPECT_GT(good, 100);
}

TEST(format, exact)
{
	EXPECT_EQ(take("interface   t=3 ;enum  c:u8{a,b=4}\n\n\n\nstruct s{u8 a[3];i32 b[-1..4]; // tail\n\n\nchar n[4]; }").formatted,
		  "interface t = 3;\nenum c : u8 { a, b = 4 }\n\nstruct s { u8 a[3]; i32 b [-1 .. 4]; // tail\n\n\tchar n[4]; }\n");
}
