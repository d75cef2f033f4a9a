// SPDX-License-Identifier: GPL-2.0-only
#include "node.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace fs = std::filesystem;

namespace lxdctl {

std::vector<fs::path> entries(const fs::path &folder)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error))
        found.push_back(i->path());
    return found;
}

std::string first_line(const fs::path &file)
{
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::string subsystem(const fs::path &folder)
{
    std::error_code error;
    const fs::path link = fs::read_symlink(folder / "subsystem", error);
    return error ? "" : link.filename().string();
}

std::optional<Node> node_of(const fs::path &folder)
{
    const std::string number = first_line(folder / "dev");
    const std::string kind = subsystem(folder);
    // A hidden path of a multipath disk has no node, but somebody above it has.
    if (number.empty() && kind != "block")
        return {};
    Node n{folder.filename(), number, kind == "block", folder, ""};
    std::ifstream in(folder / "uevent");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("DEVNAME="))
            n.name = line.substr(8);
    return n;
}

bool Node::is(const Target &target) const
{
    if (!target.number.empty())
        return target.block == block && target.number == number;
    return target.path == "/dev/" + name;
}

bool Node::is(const std::string &path) const
{
    return !path.empty() && is(target_of(path));
}

Target target_of(const fs::path &path)
{
    std::error_code error;
    const fs::path link = fs::read_symlink(path, error);
    Target target{error ? path.string() : link.string(), "", false};
    struct stat st {};
    if (stat(path.c_str(), &st) == 0 && (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))) {
        target.number = fmt::format("{}:{}", major(st.st_rdev), minor(st.st_rdev));
        target.block = S_ISBLK(st.st_mode);
    }
    return target;
}

std::string multipath_head(const std::string &name)
{
    unsigned subsystem = 0, controller = 0, number = 0;
    char rest = 0;
    if (std::sscanf(name.c_str(), "nvme%uc%un%u%c", &subsystem, &controller, &number, &rest) != 3)
        return "";
    return fmt::format("nvme{}n{}", subsystem, number);
}

std::vector<fs::path> processes(const fs::path &proc)
{
    std::vector<fs::path> found;
    for (const fs::path &path : entries(proc)) {
        const std::string name = path.filename();
        if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
            found.push_back(path);
    }
    std::sort(found.begin(), found.end(), [](const fs::path &a, const fs::path &b) {
        return std::stoul(a.filename().string()) < std::stoul(b.filename().string());
    });
    return found;
}

std::string process_name(const fs::path &process)
{
    return fmt::format("process {} ({})", process.filename().string(), first_line(process / "comm"));
}

std::string unescape(const std::string &text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3') {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

Mount parse_mount(const std::string &line)
{
    std::istringstream in(line);
    std::string id, parent, root, options, word, kind;
    Mount m;
    in >> id >> parent >> m.number >> root >> m.point >> options;
    while (in >> word && word != "-") {
    }
    in >> kind >> m.source;
    m.point = unescape(m.point);
    m.source = unescape(m.source);
    return m;
}

std::vector<std::string> routes(const fs::path &proc, const std::string &interface)
{
    bool by_default = false;
    int others = 0;
    const auto count = [&](bool all) {
        by_default |= all;
        others += !all;
    };
    std::ifstream v4(proc / "net/route");
    for (std::string line; std::getline(v4, line);) {
        std::istringstream in(line);
        std::string name, destination;
        if (in >> name >> destination && name == interface)
            count(destination == "00000000");
    }
    std::ifstream v6(proc / "net/ipv6_route");
    for (std::string line; std::getline(v6, line);) {
        std::istringstream in(line);
        std::string destination, length, rest, name;
        in >> destination >> length;
        while (in >> rest)
            name = rest;
        // The kernel's own routes of each interface that is up: link-local and multicast.
        if (name == interface && !destination.starts_with("fe80") && !destination.starts_with("ff"))
            count(length == "00");
    }
    std::vector<std::string> result;
    if (by_default)
        result.emplace_back("has the default route");
    if (others)
        result.push_back(fmt::format("has {} route{}", others, others == 1 ? "" : "s"));
    return result;
}

} // namespace lxdctl
