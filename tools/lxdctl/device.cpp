// SPDX-License-Identifier: GPL-2.0-only
#include "device.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace lxdctl {
namespace {

std::string reason(int error)
{
    return std::strerror(error);
}

/// A buffer that the kernel writes an explanation into.
class Text {
public:
    explicit Text(std::uint32_t size = 4096) : bytes_(size) {}

    lxd_text out()
    {
        return {.buffer = reinterpret_cast<std::uintptr_t>(bytes_.data()),
                .size = static_cast<std::uint32_t>(bytes_.size()),
                .pad = 0};
    }

    [[nodiscard]] std::string str() const
    {
        std::string text(bytes_.data(), strnlen(bytes_.data(), bytes_.size()));
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        return text;
    }

private:
    std::vector<char> bytes_;
};

template <std::size_t N> void copy_name(char (&to)[N], const std::string &from, const char *what)
{
    if (from.size() >= N)
        throw Error(fmt::format("{} '{}' is longer than {} characters", what, from, N - 1));
    std::memcpy(to, from.c_str(), from.size() + 1);
}

[[noreturn]] void fail(const std::string &what, int error, const Text &text)
{
    const std::string more = text.str();
    throw Error(fmt::format("{}: {}", what, more.empty() ? reason(error) : more), error == EBUSY ? exit_in_use : exit_failed);
}

} // namespace

Device::Device() : fd_(open("/dev/lxd", O_RDWR | O_CLOEXEC))
{
    if (fd_ >= 0)
        return;
    if (errno == ENOENT)
        throw Error("/dev/lxd does not exist: load the modules first (lxdctl load)");
    if (errno == EACCES || errno == EPERM)
        throw Error("/dev/lxd: permission denied: run as root (CAP_SYS_ADMIN)");
    throw Error(fmt::format("/dev/lxd: {}", reason(errno)));
}

Device::~Device()
{
    close(fd_);
}

lxd_ioc_query Device::query() const
{
    lxd_ioc_query q{};
    q.size = sizeof q;
    if (ioctl(fd_, LXD_IOC_QUERY, &q))
        throw Error(fmt::format("query: {}", reason(errno)));
    if (q.abi != LXD_ABI)
        throw Error(fmt::format("lxd.ko speaks version {} and lxdctl {}: build both from one tree", q.abi, LXD_ABI));
    return q;
}

std::uint32_t Device::create(const Create &what) const
{
    std::vector<lxd_ioc_module> modules;
    for (const Module &m : what.modules) {
        lxd_ioc_module &raw = modules.emplace_back();
        raw.image = reinterpret_cast<std::uintptr_t>(m.image.data());
        raw.image_size = m.image.size();
        copy_name(raw.name, m.name, "module name");
    }
    Text text;
    lxd_ioc_create c{};
    c.size = sizeof c;
    copy_name(c.name, what.name, "domain name");
    copy_name(c.device, what.device, "device");
    copy_name(c.classes, what.classes, "classes");
    c.modules = reinterpret_cast<std::uintptr_t>(modules.data());
    c.nr_modules = static_cast<std::uint32_t>(modules.size());
    if (!what.params.empty()) {
        c.params = reinterpret_cast<std::uintptr_t>(what.params.c_str());
        c.params_size = static_cast<std::uint32_t>(what.params.size() + 1);
    }
    c.heap_bytes = what.heap_bytes;
    c.queues = what.queues;
    c.queue_depth = what.depth;
    c.flags = (what.share_receive_pages ? LXD_CREATE_SHARE_RX : 0) | (what.device.empty() ? 0 : LXD_CREATE_TAKE) |
              (what.force ? LXD_CREATE_FORCE : 0) | (what.restart ? LXD_CREATE_RESTART : 0);
    c.error = text.out();
    if (ioctl(fd_, LXD_IOC_CREATE, &c))
        fail(fmt::format("create domain '{}'", what.name), errno, text);
    return c.id;
}

void Device::control(unsigned long request, const char *verb, std::uint32_t id, std::uint32_t flags) const
{
    Text text;
    lxd_ioc_control c{};
    c.size = sizeof c;
    c.id = id;
    c.flags = flags;
    c.error = text.out();
    if (ioctl(fd_, request, &c))
        fail(fmt::format("{} domain {}", verb, id), errno, text);
}

void Device::start(std::uint32_t id) const
{
    control(LXD_IOC_START, "start", id, 0);
}

void Device::stop(std::uint32_t id, bool force, bool kill) const
{
    control(LXD_IOC_STOP, "stop", id, (force ? LXD_STOP_IN_USE : 0) | (kill ? LXD_STOP_KILL : 0));
}

void Device::restart(std::uint32_t id) const
{
    control(LXD_IOC_RESTART, "restart", id, 0);
}

void Device::destroy(std::uint32_t id, bool keep_device) const
{
    control(LXD_IOC_DESTROY, "forget", id, keep_device ? LXD_DESTROY_KEEP : 0);
}

void Device::bind(unsigned long request, const char *verb, const std::string &device, std::uint32_t flags) const
{
    Text text;
    lxd_ioc_bind b{};
    b.size = sizeof b;
    b.flags = flags;
    copy_name(b.device, device, "device");
    b.error = text.out();
    if (ioctl(fd_, request, &b))
        fail(verb, errno, text);
}

void Device::bind(const std::string &device, bool force) const
{
    bind(LXD_IOC_BIND, "bind", device, force ? LXD_BIND_FORCE : 0);
}

void Device::unbind(const std::string &device) const
{
    bind(LXD_IOC_UNBIND, "unbind", device, 0);
}

std::vector<std::uint32_t> Device::list() const
{
    lxd_ioc_list l{};
    l.size = sizeof l;
    if (ioctl(fd_, LXD_IOC_LIST, &l))
        throw Error(fmt::format("list: {}", reason(errno)));
    return {l.ids, l.ids + std::min<std::uint32_t>(l.nr, LXD_MAX_DOMAINS)};
}

Status Device::status(std::uint32_t id) const
{
    Text fault, classes(LXD_MAX_TEXT);
    Status s;
    s.raw.size = sizeof s.raw;
    s.raw.id = id;
    s.raw.fault = fault.out();
    s.raw.classes = classes.out();
    if (ioctl(fd_, LXD_IOC_STATUS, &s.raw))
        throw Error(fmt::format("status of domain {}: {}", id, reason(errno)));
    s.fault = fault.str();
    s.classes = classes.str();
    return s;
}

std::string Device::symbols(std::uint32_t id) const
{
    Text text(LXD_MAX_TEXT);
    lxd_ioc_symbols s{};
    s.size = sizeof s;
    s.id = id;
    s.symbols = text.out();
    if (ioctl(fd_, LXD_IOC_SYMBOLS, &s))
        throw Error(fmt::format("symbols of domain {}: {}", id, reason(errno)));
    if (s.needed > LXD_MAX_TEXT)
        throw Error(fmt::format("symbols of domain {}: {} bytes are more than the {} an answer may have", id, s.needed,
                                LXD_MAX_TEXT));
    return text.str();
}

std::uint64_t Device::ping(std::uint32_t id, std::uint64_t value) const
{
    lxd_ioc_ping p{};
    p.size = sizeof p;
    p.id = id;
    p.value = value;
    if (ioctl(fd_, LXD_IOC_PING, &p))
        throw Error(fmt::format("ping domain {}: {}", id, reason(errno)));
    if (p.echo != value)
        throw Error(fmt::format("ping domain {}: sent {:#x}, it answered {:#x}", id, value, p.echo));
    return p.ns;
}

lxd_ioc_exits Device::exits(std::uint32_t cpu) const
{
    lxd_ioc_exits e{};
    e.size = sizeof e;
    e.cpu = cpu;
    if (ioctl(fd_, LXD_IOC_EXITS, &e))
        throw Error(fmt::format("exits of CPU {}: {}", cpu, reason(errno)));
    return e;
}

std::uint32_t Device::find(const std::string &name) const
{
    for (const std::uint32_t id : list()) {
        const Status s = status(id);
        if (name == std::to_string(id) || name == s.raw.name)
            return id;
    }
    throw Error(fmt::format("no domain is called '{}' (lxdctl list shows them)", name));
}

} // namespace lxdctl
