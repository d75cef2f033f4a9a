// SPDX-License-Identifier: GPL-2.0-only
#include "params.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "error.hpp"

namespace lxdctl {
namespace {

constexpr const char *system = "modprobe.d or the kernel's command line";

struct Option {
    std::string name;
    std::optional<std::string> value; ///< nothing: the name alone, which sets a bool
};

Option parse(const std::string &text)
{
    const std::size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    std::replace(name.begin(), name.end(), '-', '_');
    if (equals == std::string::npos)
        return {name, {}};
    return {name, text.substr(equals + 1)};
}

/// 1, Y, y, on and the name alone are one value of a bool.
std::string plain(const std::optional<std::string> &value, const std::string &type)
{
    const std::string v = value.value_or("1");
    if (type != "bool")
        return v;
    if (v == "y" || v == "Y" || v == "on" || v == "1")
        return "1";
    if (v == "n" || v == "N" || v == "off" || v == "0")
        return "0";
    return v;
}

std::string key(const std::string &module, const std::string &name)
{
    return module + "." + name;
}

const Preset *fixed(const Driver &driver, const std::string &module, const std::string &name)
{
    for (const Preset &p : driver.presets)
        if (p.module == module && p.name == name && !p.why.empty())
            return &p;
    return nullptr;
}

} // namespace

std::vector<std::string> split_options(const std::string &text)
{
    std::vector<std::string> options(1);
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (!quoted && (c == ' ' || c == '\t' || c == '\n'))
            options.emplace_back();
        else
            options.back() += c;
    }
    std::erase(options, "");
    return options;
}

Params merge_params(const Driver &driver, const std::map<std::string, Modinfo> &modules,
                    const std::function<std::string(const std::string &)> &configured,
                    const std::vector<std::string> &given)
{
    Params result;
    std::vector<std::string> order;
    const auto set = [&](const std::string &where, const std::string &text) {
        if (!result.last.contains(where))
            order.push_back(where);
        result.last[where] = text;
    };
    const auto value_of = [](const Option &o) { return "=" + o.value.value_or("1"); };

    for (const Preset &p : driver.presets)
        set(key(p.module, p.name), "=" + p.value);

    std::map<std::string, std::string> from_system;
    for (const auto &[module, info] : modules) {
        for (const std::string &text : split_options(configured(module))) {
            const Option o = parse(text);
            const std::string where = key(module, o.name);
            const Preset *p = fixed(driver, module, o.name);
            if (!info.has_param(o.name)) {
                // As modprobe and the kernel: a module is not kept back by an option that it does not know.
                result.notes.push_back(fmt::format("{}{} of {} is not used: the module has no such parameter", where,
                                                   value_of(o), system));
            } else if (p && plain(o.value, info.type(o.name)) != p->value) {
                result.notes.push_back(fmt::format("{}{} of {} is not used: {}, so it is {}", where, value_of(o), system,
                                                   p->why, p->value));
            } else {
                set(where, value_of(o));
                from_system[where] = value_of(o);
            }
        }
    }

    for (const std::string &text : given) {
        const std::size_t dot = text.find('.');
        if (dot == std::string::npos || dot > text.find('='))
            throw Error(fmt::format("--param {}: must be MODULE.NAME=VALUE, as nvme.io_queue_depth=256", text));
        std::string module = text.substr(0, dot);
        std::replace(module.begin(), module.end(), '-', '_');
        const auto info = modules.find(module);
        if (info == modules.end()) {
            std::vector<std::string> names;
            for (const auto &[name, unused] : modules)
                names.push_back(name);
            throw Error(fmt::format("--param {}: the domain has no module '{}'; it has {}", text, module,
                                    fmt::join(names, ", ")));
        }
        const Option o = parse(text.substr(dot + 1));
        const std::string where = key(module, o.name);
        if (!info->second.has_param(o.name))
            throw Error(fmt::format("--param {}: {} has no such parameter; it has: {}", text, module,
                                    fmt::join(info->second.params(), " ")));
        const Preset *p = fixed(driver, module, o.name);
        if (p && plain(o.value, info->second.type(o.name)) != p->value)
            throw Error(fmt::format("--param {}: is always {} in a domain: {}", text, p->value, p->why));
        if (const auto s = from_system.find(where); s != from_system.end() && s->second != value_of(o))
            result.notes.push_back(fmt::format("{}{} of {} gives way to --param {}", where, s->second, system, text));
        set(where, value_of(o));
    }

    for (const std::string &where : order)
        result.text += (result.text.empty() ? "" : " ") + where + result.last[where];
    for (auto &[where, value] : result.last)
        value = value.substr(1);
    return result;
}

} // namespace lxdctl
