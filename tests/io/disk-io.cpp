// SPDX-License-Identifier: GPL-2.0-only
/// Direct I/O on a block device in the lab's guest: random sizes at random offsets with verification,
/// or reads whose instructions are counted.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <libaio.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "counts.hpp"

namespace {

constexpr std::uint64_t sector_size = 512;
constexpr std::size_t words = sector_size / sizeof(std::uint64_t);

struct Options {
    std::string device;
    std::uint64_t count = 1000, depth = 8, smallest = 512, largest = 1 << 20, seed = 1;
    bool sequential = false, until_error = false;
};

/// One request in flight and its buffer.
struct Slot {
    iocb control{};
    std::uint64_t sector = 0, sectors = 0;
    std::uint32_t stamp = 0;
    bool busy = false, write = false;
    std::uint64_t *buffer = nullptr;
};

std::uint64_t pattern(std::uint64_t sector, std::uint32_t stamp, std::size_t word)
{
    return (sector * 0x9e3779b97f4a7c15 ^ (static_cast<std::uint64_t>(stamp) << 32)) + word;
}

class Disk {
public:
    explicit Disk(const Options &o) : o_(o), slots_(o.depth)
    {
        fd_ = open(o.device.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
        std::uint64_t bytes = 0;
        if (fd_ < 0 || ioctl(fd_, BLKGETSIZE64, &bytes))
            throw std::runtime_error(fmt::format("{}: {}", o.device, std::strerror(errno)));
        sectors_ = bytes / sector_size;
        if (const int err = io_setup(static_cast<int>(o.depth), &context_))
            throw std::runtime_error(fmt::format("io_setup: {}", std::strerror(-err)));
        for (Slot &s : slots_) {
            s.buffer = static_cast<std::uint64_t *>(std::aligned_alloc(4096, (o.largest + 4095) & ~4095ull));
            if (!s.buffer)
                throw std::bad_alloc();
        }
    }
    Disk(const Disk &) = delete;
    Disk &operator=(const Disk &) = delete;
    ~Disk()
    {
        io_destroy(context_);
        for (Slot &s : slots_)
            std::free(s.buffer);
        close(fd_);
    }

    /// Writes and reads in a random order; what is read must be what was written last.
    void verify()
    {
        stamps_.assign(sectors_, 0);
        for (std::uint64_t n = 0; n < o_.count; n++) {
            Slot &s = idle();
            choose(s);
            s.write = random_() % 2;
            if (s.write)
                fill(s);
            submit(s);
        }
        drain();
        if (fsync(fd_))
            throw std::runtime_error(fmt::format("fsync: {}", std::strerror(errno)));
        fmt::print("{} requests, {} bytes written, {} bytes verified\n", o_.count, written_, verified_);
    }

    void read()
    {
        const std::uint64_t sectors = o_.largest / sector_size, places = sectors_ / sectors;
        const counts::Numbers before = counts::now();
        for (std::uint64_t n = 0; n < o_.count; n++) {
            Slot &s = idle();
            s.sectors = sectors;
            s.sector = (o_.sequential ? n % places : random_() % places) * sectors;
            s.write = false;
            submit(s);
        }
        drain();
        fmt::print("{{\"count\": {}, \"bytes\": {}, \"depth\": {}, {}}}\n", o_.count, o_.largest, o_.depth,
                   counts::since(before));
    }

private:
    const Options &o_;
    int fd_ = -1;
    io_context_t context_ = nullptr;
    std::uint64_t sectors_ = 0, written_ = 0, verified_ = 0;
    std::uint32_t stamp_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> stamps_; ///< of the last write to each sector, 0 before any
    std::mt19937_64 random_{o_.seed};

    Slot &idle()
    {
        for (;;) {
            for (Slot &s : slots_) {
                if (!s.busy)
                    return s;
            }
            reap(1);
        }
    }

    void drain()
    {
        for (Slot &s : slots_) {
            while (s.busy)
                reap(1);
        }
    }

    [[nodiscard]] bool overlaps(std::uint64_t sector, std::uint64_t sectors) const
    {
        for (const Slot &s : slots_) {
            if (s.busy && sector < s.sector + s.sectors && s.sector < sector + sectors)
                return true;
        }
        return false;
    }

    void choose(Slot &s)
    {
        const std::uint64_t smallest = o_.smallest / sector_size, largest = o_.largest / sector_size;
        do {
            // As many small ones as large ones: the exponent is what is uniform.
            const double bits = std::uniform_real_distribution(std::log2(static_cast<double>(smallest)),
                                                               std::log2(static_cast<double>(largest)))(random_);
            s.sectors = std::min(largest, static_cast<std::uint64_t>(std::exp2(bits) + 0.5));
            s.sector = random_() % (sectors_ - s.sectors + 1);
        } while (overlaps(s.sector, s.sectors));
    }

    void fill(Slot &s)
    {
        s.stamp = ++stamp_;
        for (std::uint64_t i = 0; i < s.sectors; i++) {
            for (std::size_t w = 0; w < words; w++)
                s.buffer[i * words + w] = pattern(s.sector + i, s.stamp, w);
        }
    }

    void submit(Slot &s)
    {
        const auto offset = static_cast<long long>(s.sector * sector_size);
        (s.write ? io_prep_pwrite : io_prep_pread)(&s.control, fd_, s.buffer, s.sectors * sector_size, offset);
        s.control.data = &s;
        iocb *one = &s.control;
        if (const int n = io_submit(context_, 1, &one); n != 1)
            throw std::runtime_error(fmt::format("io_submit: {}", std::strerror(-n)));
        s.busy = true;
    }

    void reap(long least)
    {
        io_event events[64];
        const int n = io_getevents(context_, least, 64, events, nullptr);
        if (n < 0)
            throw std::runtime_error(fmt::format("io_getevents: {}", std::strerror(-n)));
        for (int i = 0; i < n; i++) {
            Slot &s = *static_cast<Slot *>(events[i].data);
            const auto result = static_cast<long>(events[i].res);
            s.busy = false;
            if (result != static_cast<long>(s.sectors * sector_size))
                throw std::runtime_error(fmt::format("{} of {} sectors at {}: {}", s.write ? "write" : "read", s.sectors,
                                                     s.sector, result < 0 ? std::strerror(-result) : "short"));
            if (!stamps_.empty())
                finish(s);
        }
    }

    void finish(const Slot &s)
    {
        for (std::uint64_t i = 0; i < s.sectors; i++) {
            std::uint32_t &stamp = stamps_[s.sector + i];
            if (s.write) {
                stamp = s.stamp;
                continue;
            }
            for (std::size_t w = 0; stamp && w < words; w++) {
                if (s.buffer[i * words + w] != pattern(s.sector + i, stamp, w))
                    throw std::runtime_error(fmt::format("sector {} differs at byte {}", s.sector + i, w * 8));
            }
            verified_ += stamp ? sector_size : 0;
        }
        written_ += s.write ? s.sectors * sector_size : 0;
    }
};

} // namespace

int main(int argc, char **argv)
{
    Options o;
    CLI::App app{"Direct I/O on a block device: verification, or reads to be counted."};
    app.require_subcommand(1);
    app.fallthrough();
    auto *verify = app.add_subcommand("verify", "random writes and reads, verified; destroys what is on the device");
    auto *read = app.add_subcommand("read", "reads of one size (--max); prints what they cost as JSON");
    for (CLI::App *command : {verify, read})
        command->add_option("device", o.device)->required();
    app.add_option("--count", o.count, "requests");
    app.add_option("--depth", o.depth, "in flight")->check(CLI::Range(1, 1024));
    app.add_option("--min", o.smallest, "bytes, smallest")->transform(CLI::AsSizeValue(false));
    app.add_option("--max", o.largest, "bytes, largest")->transform(CLI::AsSizeValue(false));
    app.add_option("--seed", o.seed, "of the random numbers");
    app.add_flag("--sequential", o.sequential, "one behind the other");
    app.add_flag("--until-error", o.until_error, "goes on until a request fails, which is then success");
    CLI11_PARSE(app, argc, argv);
    if (o.smallest < sector_size || o.smallest % sector_size || o.largest % sector_size || o.largest < o.smallest) {
        fmt::print(stderr, "disk-io: --min and --max must be multiples of 512 with --min <= --max\n");
        return 2;
    }
    if (o.until_error)
        o.count = UINT64_MAX;
    try {
        Disk disk(o);
        *verify ? disk.verify() : disk.read();
    } catch (const std::exception &e) {
        fmt::print(stderr, "disk-io: {}\n", e.what());
        return o.until_error ? 0 : 1;
    }
    return o.until_error;
}
