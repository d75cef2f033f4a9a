// SPDX-License-Identifier: GPL-2.0-only
/// /dev/lxd as a class. Every call throws Error with a text that the user can act on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <lxd.h>

#include "error.hpp"

namespace lxdctl {

/// A module file as it goes to the kernel.
struct Module {
    std::string name; ///< "nvme_core"
    std::string path;
    std::vector<std::uint8_t> image; ///< decompressed
};

struct Create {
    std::string name;
    std::string device; ///< PCI address or empty
    std::string classes; ///< "pci,block": what the domain is granted
    std::string params; ///< "nvme_core.multipath=0 ..."
    std::uint64_t heap_bytes = 0;
    std::uint32_t queues = 0;
    std::uint32_t depth = 0;
    bool share_receive_pages = false;
    bool force = false; ///< even if the device is in use
    bool restart = false; ///< a fault is not its end
    std::span<const Module> modules;
};

struct Status {
    lxd_ioc_status raw{};
    std::string fault, classes;
};

class Device {
public:
    Device();
    ~Device();
    Device(const Device &) = delete;
    Device &operator=(const Device &) = delete;

    [[nodiscard]] lxd_ioc_query query() const;
    [[nodiscard]] std::uint32_t create(const Create &what) const;
    void start(std::uint32_t id) const;
    /// @p force: even if its disk or interface is in use. @p kill: without asking the driver to finish.
    void stop(std::uint32_t id, bool force, bool kill) const;
    /// Its driver is restarted below its users.
    void restart(std::uint32_t id) const;
    /// Its device goes back to its former driver, or stays with lxd.
    void destroy(std::uint32_t id, bool keep_device) const;
    void bind(const std::string &device, bool force) const;
    void unbind(const std::string &device) const;
    [[nodiscard]] std::vector<std::uint32_t> list() const;
    [[nodiscard]] Status status(std::uint32_t id) const;
    [[nodiscard]] std::string symbols(std::uint32_t id) const;
    [[nodiscard]] std::uint64_t ping(std::uint32_t id, std::uint64_t value) const; ///< nanoseconds
    [[nodiscard]] lxd_ioc_exits exits(std::uint32_t cpu) const;

    /// The domain called @p name, or with that number.
    [[nodiscard]] std::uint32_t find(const std::string &name) const;

private:
    void bind(unsigned long request, const char *verb, const std::string &device, std::uint32_t flags) const;
    void control(unsigned long request, const char *verb, std::uint32_t id, std::uint32_t flags) const;
    int fd_;
};

} // namespace lxdctl
