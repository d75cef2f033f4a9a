// SPDX-License-Identifier: GPL-2.0-only
#include "layout.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {

using model::array;
using model::kind;

std::string c_type(const std::string &interface, const model::value &v)
{
	switch (v.k) {
	case kind::bytes:
		return "__u8";
	case kind::text:
		return "char";
	case kind::handle:
		return "__u32";
	case kind::structure:
		return fmt::format("struct lxd_{}_{}", interface, v.type->name);
	case kind::scalar:
		break;
	}
	return fmt::format("__{}{}", v.sign ? 's' : 'u', v.width * 8);
}

namespace {

class builder {
public:
	void put(model::member m, uint64_t element, uint32_t align)
	{
		pad(align);
		m.offset = clip(offset_);
		uint64_t bytes = element * std::max<uint64_t>(1, m.elements);
		m.size = clip(bytes);
		offset_ = std::min<uint64_t>(offset_ + bytes, limit);
		out_.align = std::max(out_.align, align);
		out_.members.push_back(std::move(m));
	}

	model::layout finish()
	{
		pad(out_.align);
		out_.size = clip(offset_);
		return std::move(out_);
	}

	model::layout out_;

private:
	static constexpr uint64_t limit = 1 << 30;

	static uint32_t clip(uint64_t v) { return static_cast<uint32_t>(std::min(v, limit)); }

	/// Padding has a name, so that it can be cleared: none may carry old memory across.
	void pad(uint32_t align)
	{
		uint32_t n = static_cast<uint32_t>((align - offset_ % align) % align);
		if (!n)
			return;
		model::member m;
		m.name = fmt::format("pad{}", pads_++);
		m.c_type = "__u8";
		m.elements = n;
		m.offset = clip(offset_);
		m.size = n;
		offset_ += n;
		out_.members.push_back(std::move(m));
	}

	uint64_t offset_ = 0;
	int pads_ = 0;
};

void put_value(builder &b, const std::string &prefix, const model::value &v, int index)
{
	model::member m;
	m.name = v.name;
	m.c_type = c_type(prefix, v);
	m.value = index;
	if (v.shape != array::none || v.k == kind::text)
		m.elements = static_cast<uint32_t>(std::min<uint64_t>(v.size, 1 << 20));
	uint32_t size = v.k == kind::structure ? v.type->layout.size
		      : v.k == kind::handle ? 4
		      : v.k == kind::scalar ? v.width : 1;
	uint32_t align = v.k == kind::structure ? v.type->layout.align : size;
	b.put(std::move(m), size, align);
}

} // namespace

uint32_t member_size(const model::value &v)
{
	builder one;
	put_value(one, "", v, 0);
	return one.finish().members.front().size;
}

void lay_out_union(const std::string &prefix, model::structure &u)
{
	uint32_t align = 1;
	u.room = 1;
	for (const model::value &v : u.fields) {
		builder one;
		put_value(one, prefix, v, 0);
		u.room = std::max(u.room, member_size(v));
		align = std::max(align, one.finish().align);
	}
	u.room = (u.room + align - 1) / align * align;
	builder b;
	model::member tag;
	tag.name = "tag";
	tag.c_type = fmt::format("__u{}", u.tag->bytes * 8);
	tag.value = 0;
	b.put(std::move(tag), u.tag->bytes, u.tag->bytes);
	// The members lie over each other in `raw`, which the header declares as a union.
	model::member raw;
	raw.name = "as";
	raw.c_type = "union";
	raw.elements = u.room;
	raw.value = 0;
	b.put(std::move(raw), 1, align);
	u.layout = b.finish();
	for (const model::member &m : u.layout.members)
		if (m.name == "as")
			u.room_at = m.offset;
}

model::layout lay_out(const std::string &prefix, const std::vector<const model::value *> &values, bool result,
		      bool arguments)
{
	builder b;
	int counted = -1, many = 0;
	for (size_t i = 0; i < values.size(); i++)
		if (values[i]->shape == array::counted) {
			counted = static_cast<int>(i);
			many++;
		}
	if (!arguments || many != 1)
		counted = -1;

	if (result) {
		model::member m;
		m.name = "ret";
		m.c_type = "__s32";
		b.put(std::move(m), 4, 4);
	}
	auto count_of = [&](size_t i) {
		const model::value &v = *values[i];
		if (!v.own_count())
			return;
		model::member m;
		m.name = v.own_count_name();
		m.c_type = fmt::format("__u{}", v.count_width() * 8);
		m.value = static_cast<int>(i);
		m.is_count = true;
		b.put(std::move(m), v.count_width(), v.count_width());
	};
	auto element = [&](size_t i) { put_value(b, prefix, *values[i], static_cast<int>(i)); };
	for (size_t i = 0; i < values.size(); i++) {
		count_of(i);
		if (static_cast<int>(i) != counted)
			element(i);
	}
	if (counted >= 0) {
		element(static_cast<size_t>(counted));
		b.out_.tail = static_cast<int>(b.out_.members.size() - 1);
	}
	return b.finish();
}

} // namespace lxd::idl
