// SPDX-License-Identifier: GPL-2.0-only
/// libFuzzer: any bytes as a file. The compiler ends with messages or with output, formats what it
/// understands to what means the same, and never runs out of bounds. One unit of translation, since
/// the sanitizers' builds are slow.
#include "../../src/diag.cpp"
#include "../../src/emit.cpp"
#include "../../src/emit_check.cpp"
#include "../../src/emit_contract.cpp"
#include "../../src/emit_domain.cpp"
#include "../../src/emit_handler.cpp"
#include "../../src/emit_header.cpp"
#include "../../src/emit_host.cpp"
#include "../../src/emit_scrub.cpp"
#include "../../src/emit_stub.cpp"
#include "../../src/emit_test.cpp"
#include "../../src/emit_test_calls.cpp"
#include "../../src/emit_test_lies.cpp"
#include "../../src/emit_trace.cpp"
#include "../../src/eval.cpp"
#include "../../src/format.cpp"
#include "../../src/layout.cpp"
#include "../../src/lexer.cpp"
#include "../../src/model.cpp"
#include "../../src/names.cpp"
#include "../../src/parse_contract.cpp"
#include "../../src/parse_expr.cpp"
#include "../../src/parse_functions.cpp"
#include "../../src/parse_types.cpp"
#include "../../src/parser.cpp"
#include "../../src/sema.cpp"
#include "../../src/sema_complete.cpp"
#include "../../src/sema_contract.cpp"
#include "../../src/sema_flow.cpp"
#include "../../src/sema_functions.cpp"
#include "../../src/sema_machine.cpp"
#include "../../src/sema_types.cpp"
#include "../../src/sema_values.cpp"
#include "../../src/sema_wait.cpp"
#include "../../src/source.cpp"
#include "../../src/writer.cpp"

#include <cstdlib>

using namespace lxd::idl;

static void require(bool good)
{
	if (!good)
		std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > max_file_size)
		return 0;
	source_manager sources;
	diagnostics diags;
	std::deque<unit> units(1);
	auto file = static_cast<uint32_t>(sources.add("x.idl", std::string(reinterpret_cast<const char *>(data), size)));
	token_list tokens = lex(sources, file, diags);
	units[0].ast = parse(sources, file, tokens, diags);
	bool parsed = !diags.failed();
	for (const comment &c : tokens.comments)
		if (c.own_line)
			units[0].own_line_comments.push_back(c.at);
	model::program program = analyse(sources, units, diags);
	diags.text(sources, true);
	diags.json(sources);
	if (!diags.failed())
		for (const auto &i : program.interfaces) {
			emit(sources, *i);
			emit_test(sources, *i);
		}
	if (parsed) {
		std::string once = format(sources, file, tokens);
		diagnostics again;
		auto second = static_cast<uint32_t>(sources.add("y.idl", once));
		token_list same = lex(sources, second, again);
		require(!again.failed() && same.tokens.size() == tokens.tokens.size());
		require(format(sources, second, same) == once);
	}
	return 0;
}
