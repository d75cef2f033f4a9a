// SPDX-License-Identifier: GPL-2.0-only
#include "stock.hpp"

#include <fstream>

#include <fmt/format.h>
#include <libkmod.h>
#include <sys/utsname.h>

#include "error.hpp"
#include "unpack.hpp"

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

std::string release()
{
    utsname u{};
    uname(&u);
    return u.release;
}

std::shared_ptr<kmod_module> module_of(kmod_ctx *kmod, const std::string &name)
{
    kmod_module *m = nullptr;
    if (kmod_module_new_from_name(kmod, name.c_str(), &m) < 0)
        throw Error(fmt::format("module {}: libkmod has no memory", name));
    return {m, kmod_module_unref};
}

bool builtin(const fs::path &folder, const std::string &path)
{
    std::ifstream in(folder / "modules.builtin");
    for (std::string line; std::getline(in, line);)
        if (line == "kernel/" + path + ".ko")
            return true;
    return false;
}

} // namespace

Stock::Stock(const std::string &folder, const char *const *configs)
    : folder_(folder.empty() ? fs::path("/lib/modules") / release() : fs::path(folder)),
      kmod_(kmod_new(folder_.c_str(), configs), kmod_unref)
{
    if (!kmod_)
        throw Error("libkmod has no memory");
    // modprobe reports what is wrong with a file of modprobe.d.
    kmod_set_log_priority(kmod_.get(), 0);
}

fs::path Stock::file(const std::string &path) const
{
    const std::string name = module_name(fs::path(path).filename());
    const auto module = module_of(kmod_.get(), name);
    std::error_code ignored;
    if (const char *known = kmod_module_get_path(module.get()); known && fs::exists(known, ignored))
        return known;
    for (const char *suffix : {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
        if (const fs::path usual = folder_ / "kernel" / (path + suffix); fs::exists(usual, ignored))
            return usual;
    if (builtin(folder_, path))
        throw Error(fmt::format("{} is built into this kernel; only modules can be isolated", name));
    if (!fs::exists(folder_, ignored))
        throw Error(fmt::format("{} is not there: the running kernel's modules are not installed", folder_.string()));
    throw Error(fmt::format("{} has no module {} (kernel/{}.ko, .ko.xz, .ko.zst or .ko.gz): is the kernel's own module "
                            "package installed?",
                            folder_.string(), name, path));
}

std::string Stock::options(const std::string &name) const
{
    const auto module = module_of(kmod_.get(), name);
    const char *options = kmod_module_get_options(module.get()); // the module's
    return options ? options : "";
}

} // namespace lxdctl
