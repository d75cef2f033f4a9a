// SPDX-License-Identifier: GPL-2.0-only
/// What must not reach the domain.
#include "sema_class.hpp"

namespace lxd::idl {

bool analyser::is_secret(const model::value &v)
{
	if (v.secret)
		return true;
	if (v.type)
		for (const model::value &f : v.type->fields)
			if (is_secret(f))
				return true;
	return false;
}

span analyser::secret_at(const model::value &v)
{
	if (!v.secret && v.type)
		for (const model::value &f : v.type->fields)
			if (is_secret(f))
				return secret_at(f);
	return v.at;
}

} // namespace lxd::idl
