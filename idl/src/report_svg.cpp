// SPDX-License-Identifier: GPL-2.0-only
/// The diagram: the host on the left, the domain on the right, one arrow a function. The width of
/// an arrow grows with its bytes, its colour says what the domain may choose freely.
#include "report.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace lxd::idl {
namespace {

constexpr int row = 20, left = 190, right = 650, width = 840;

void box(std::string &out, int x, int y, int h, const char *name)
{
	out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"150\" height=\"{}\" rx=\"4\" fill=\"#f4f4f4\" "
			   "stroke=\"#444\"/>\n<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" class=\"b\">{}</text>\n",
			   x, y, h, x + 75, y + 20, name);
}

void arrow(std::string &out, int y, const function_report &f, bool to_domain)
{
	uint32_t bytes = std::max(f.in_most, f.out_most);
	double w = 1 + 0.4 * std::bit_width(bytes);
	const char *colour = f.trust.any ? "#b03a2e" : f.trust.total() ? "#b9770e" : "#1e8449";
	out += fmt::format("<path d=\"M{} {} H{}\" stroke=\"{}\" stroke-width=\"{:.1f}\"{} marker-end=\"url(#a)\"/>\n",
			   to_domain ? left : right, y, to_domain ? right - 8 : left + 8, colour, w,
			   f.f->wait ? "" : " stroke-dasharray=\"6 3\"");
	out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{} <tspan class=\"s\">{} B{}</tspan></text>\n",
			   (left + right) / 2, y - 4, f.f->name, f.in_most,
			   f.f->wait ? fmt::format(" / {} B", f.out_most) : "");
}

} // namespace

std::string report_svg(const model::program &program, const std::vector<interface_report> &all)
{
	std::string body;
	int y = 50;
	for (const interface_report &r : all) {
		int rows = static_cast<int>(r.from_domain.size() + r.from_host.size());
		int h = 40 + rows * row;
		body += fmt::format("<text x=\"20\" y=\"{}\" class=\"b\">interface {}: the domain chooses {} values, {} without "
				    "a limit</text>\n", y, r.i->name, r.trust.total(), r.trust.any);
		y += 10;
		box(body, left - 150, y, h, "host");
		box(body, right, y, h, "domain");
		int line = y + 30;
		for (const function_report &f : r.from_host)
			arrow(body, line += row, f, true);
		for (const function_report &f : r.from_domain)
			arrow(body, line += row, f, false);
		y += h + 30;
	}
	std::string out = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n";
	out += fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
			   "font-family=\"sans-serif\" font-size=\"12\">\n", width, y + 20);
	out += "<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerUnits=\"userSpaceOnUse\" "
	       "markerWidth=\"10\" markerHeight=\"10\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#444\"/>"
	       "</marker></defs>\n<style>.b{font-weight:bold}.s{fill:#666;font-size:10px}path{fill:none}"
	       "marker path{fill:#444}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
	out += fmt::format("<text x=\"20\" y=\"24\" class=\"s\">{}dashed: posted. Red: some value without a limit; ochre: all "
			   "values checked; green: the domain chooses nothing.</text>\n",
			   program.driver.empty() ? "" : "driver " + program.driver + ". ");
	return out + body + "</svg>\n";
}

} // namespace lxd::idl
