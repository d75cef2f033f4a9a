// SPDX-License-Identifier: GPL-2.0-only
/// Model to C.
#pragma once
#include "model.hpp"
#include "source.hpp"
#include "writer.hpp"

namespace lxd::idl {

struct output_file {
	std::string name, text;
};

/// x.h, x_trace.h, x_host.c and x_domain.c.
std::vector<output_file> emit(const source_manager &sources, const model::interface &interface);

/// Whose hands write or call a function: decides how parameters look.
enum class role { host_implementation, host_stub, domain_implementation, domain_stub };

/// In what the code of one side differs from the other's.
struct side {
	const char *name;
	role stub, implementation;
	const char *alloc, *release, *post;
};

/// Pieces that the three files share.
class emitter {
public:
	emitter(const source_manager &sources, const model::interface &interface, const side &s)
		: sources_(sources), if_(interface), side_(s)
	{
	}
	virtual ~emitter() = default;

protected:
	std::string upper(const std::string &s) const;
	std::string fn_id(const model::function &f) const;	///< LXD_PCI_PROBE
	/// The words of a posted message in its stub.
	static std::string slot_words(const model::function &f) { return f.in.size ? "m.w" : "w"; }
	std::string structure(const model::structure &s) const;
	std::string in_type(const model::function &f) const;
	std::string out_type(const model::function &f) const;
	bool has_outs(const model::function &f) const { return f.out.members.size() > 1; }
	std::string name_for(const model::function &f, role r) const;
	std::vector<std::string> parameters(const model::function &f, role r) const;
	void prototype(const model::function &f, role r, const std::string &end);
	std::string constant(model::wide v, const model::value &t) const;
	std::string where(span at) const { return sources_.short_where(at); }
	void banner(const std::string &what);
	void layout_asserts();
	/// Expression of a counted array's count with values in `base` ("a->" or "r->").
	std::string count_in(const model::function &f, const model::value &v, const std::string &base) const;
	/// "sizeof(*a)", or the used length if a tail is sent in part.
	std::string used_length(const model::function &f, const model::layout &l, const std::string &base,
				const std::string &type) const;
	void info_table(const std::vector<std::unique_ptr<model::function>> &fns);

	// Scrubs (emit_scrub.cpp): what this side clears before it sends.
	virtual bool scrubs(const model::structure &s) const = 0;
	void structure_scrub(const model::structure &s);
	void union_scrub(const model::structure &s);
	void scrub(const model::value &v, const std::string &base, const std::string &count);
	void scrub_rest(const model::value &v, const std::string &base, const std::string &count);
	void scrub_arguments(const model::function &f);
	void scrub_results(const model::function &f);
	std::string tag_name(const model::structure &s, const model::structure::alternative &a) const;

	// Stubs (emit_stub.cpp). The virtual ones are where the sides differ.
	void stub(const model::function &f);
	void call_stub(const model::function &f);
	void post_stub(const model::function &f);
	virtual void before_stub(const model::function &) {}
	virtual void stub_locals(const model::function &) {}
	bool loops_over_arguments(const model::function &f) const;
	virtual bool one_way_out(const model::function &f) const { return heap(f); }
	/// Between arguments and message; between a good answer and its results; at the end of each way out.
	virtual void before_sending(const model::function &, const std::string &) {}
	virtual void before_results(const model::function &, const std::string &) {}
	virtual void at_end(const model::function &) {}
	virtual void post(const model::function &f);
	virtual void send_and_wait(const model::function &, const std::string &) {}
	void fill_arguments(const model::function &f, const std::string &too_many);
	void copy_results(const model::function &f);
	void clamp_counts(const model::function &f, const std::string &base);
	std::vector<std::string> implementation_arguments(const model::function &f, role r) const;
	static bool sized_by_argument(const model::function &f);

	// Handlers (emit_handler.cpp).
	void handler_locals(const model::function &f);
	void handler_unused(const model::function &f);
	void call_implementation(const model::function &f);
	void handler_table(const std::vector<std::unique_ptr<model::function>> &fns, const std::string &arguments);
	bool heap(const model::function &f) const { return f.in.size > model::stack_bytes; }

	const source_manager &sources_;
	const model::interface &if_;
	const side &side_;
	writer w_;
};

std::string emit_header(const source_manager &sources, const model::interface &interface);
std::string emit_host(const source_manager &sources, const model::interface &interface);
std::string emit_domain(const source_manager &sources, const model::interface &interface);
/// x_test.c.
std::string emit_test(const source_manager &sources, const model::interface &interface);

} // namespace lxd::idl
