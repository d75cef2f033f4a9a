// SPDX-License-Identifier: GPL-2.0-only
#include "sema_machine.hpp"

namespace lxd::idl {

void analyse_machines(const ast::file &, model::interface &, diagnostics &)
{
}

void check_waits(const model::program &, diagnostics &)
{
}

} // namespace lxd::idl
