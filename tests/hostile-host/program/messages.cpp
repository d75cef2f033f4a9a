// SPDX-License-Identifier: GPL-2.0-only
#include "messages.hpp"

namespace hostile {

#include "messages.inc"

const function *function_named(const std::string &name)
{
	for (const function &f : functions)
		if (f.name == name)
			return &f;
	return nullptr;
}

bool ends_object(const function &f)
{
	if (f.from_host || f.fields.empty() || f.fields[0].kind != kind::handle)
		return false;
	std::string verb = f.name.substr(f.name.find('_') + 1);
	for (const char *end : {"free_", "put_", "del_", "unregister_", "release_", "mark_dead", "disable_device"})
		if (verb.starts_with(end))
			return true;
	return false;
}

} // namespace hostile
