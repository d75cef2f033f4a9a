// SPDX-License-Identifier: GPL-2.0-only
/// What goes wrong, in words that the user can act on, and the exit status that says which kind it was.
#pragma once

#include <stdexcept>

namespace lxdctl {

enum Exit { exit_failed = 1, exit_in_use = 5 };

struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
    explicit Error(const std::string &text, Exit status) : std::runtime_error(text), status_(status) {}
    [[nodiscard]] Exit status() const { return status_; }

private:
    Exit status_ = exit_failed;
};

} // namespace lxdctl
