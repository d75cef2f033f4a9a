// SPDX-License-Identifier: GPL-2.0-only
/// The kernel's own modules as modprobe sees them: files by modules.dep, options by modprobe.d.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

struct kmod_ctx;

namespace lxdctl {

class Stock {
public:
    /// @p folder: /lib/modules/RELEASE if empty. @p configs: folders in place of modprobe.d's, ended by nullptr.
    explicit Stock(const std::string &folder = "", const char *const *configs = nullptr);

    /**
     * The file of a module, by its path below kernel/ without suffix. What modules.dep says comes first, so updates/
     * goes before kernel/; a module that it does not list is looked for at its usual place.
     * Throws Error, which says what is there instead.
     */
    [[nodiscard]] std::filesystem::path file(const std::string &path) const;

    /// Options of a module by its name: modprobe.d's, then those of the kernel's command line.
    [[nodiscard]] std::string options(const std::string &name) const;

private:
    std::filesystem::path folder_;
    std::shared_ptr<kmod_ctx> kmod_;
};

} // namespace lxdctl
