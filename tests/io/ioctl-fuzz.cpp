// SPDX-License-Identifier: GPL-2.0-only
/// Garbage for /dev/lxd: sizes, numbers, flags and pointers. Every call must come back with an error or
/// a sound answer; what the kernel says about it meanwhile is the runner's to judge.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <lxd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr unsigned long commands[] = {LXD_IOC_QUERY,   LXD_IOC_CREATE, LXD_IOC_START,   LXD_IOC_STOP, LXD_IOC_DESTROY,
                                      LXD_IOC_LIST,    LXD_IOC_STATUS, LXD_IOC_SYMBOLS, LXD_IOC_PING, LXD_IOC_EXITS,
                                      LXD_IOC_BIND,    LXD_IOC_UNBIND};
constexpr std::uint32_t nobody = 1000000; ///< an id that no domain has

class Fuzzer {
public:
    explicit Fuzzer(std::uint64_t seed) : random_(seed)
    {
        // A page that is there, with one behind it that is not.
        page_ = static_cast<std::uint8_t *>(
            mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        munmap(page_ + 4096, 4096);
    }

    /// One call; returns the errno it ended with, 0 for success.
    int call(int fd)
    {
        unsigned long command = commands[random_() % std::size(commands)];
        std::vector<std::uint8_t> data(sizeof(lxd_ioc_exits) + 4096);
        const std::size_t size = _IOC_SIZE(command);
        for (std::size_t i = 0; i < size && i < 256; i++)
            data[i] = random_() % 4 ? 0 : static_cast<std::uint8_t>(random_());
        words(data.data(), size);
        auto *head = reinterpret_cast<std::uint32_t *>(data.data());
        head[0] = random_() % 8 ? static_cast<std::uint32_t>(size) : static_cast<std::uint32_t>(random_());
        // Living domains are somebody else's.
        if (command == LXD_IOC_START || command == LXD_IOC_STOP || command == LXD_IOC_DESTROY)
            head[1] |= nobody;
        if (random_() % 16 == 0)
            command = random_() % 2 ? _IOC(random_() % 4, 'L', 0x80 + random_() % 16, random_() % 16384) : random_();
        void *argument = data.data();
        switch (random_() % 12) {
        case 0:
            argument = page_ + 4096 - random_() % 64; // ends in a hole
            break;
        case 1:
            argument = reinterpret_cast<void *>(random_());
            break;
        default:
            break;
        }
        return ioctl(fd, command, argument) == 0 ? 0 : errno;
    }

private:
    std::mt19937_64 random_;
    std::uint8_t *page_;

    /// Pointers and lengths of all kinds at places where there may be some.
    void words(std::uint8_t *data, std::size_t size)
    {
        for (std::size_t at = 8; at + 8 <= size; at += 8) {
            const std::uint64_t kinds[] = {0, ~0ull, reinterpret_cast<std::uint64_t>(page_), 0xffff888000000000ull,
                                           reinterpret_cast<std::uint64_t>(page_) + 4090, 1ull << 63, 64, random_()};
            if (random_() % 3 == 0)
                std::memcpy(data + at, &kinds[random_() % std::size(kinds)], 8);
        }
    }
};

} // namespace

int main(int argc, char **argv)
{
    std::uint64_t count = 20000, seed = 1;
    CLI::App app{"Random ioctls for /dev/lxd."};
    app.add_option("--count", count, "calls");
    app.add_option("--seed", seed, "of the random numbers");
    CLI11_PARSE(app, argc, argv);
    const int fd = open("/dev/lxd", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        fmt::print(stderr, "ioctl-fuzz: /dev/lxd: {}\n", std::strerror(errno));
        return 1;
    }
    Fuzzer fuzzer(seed);
    std::map<int, std::uint64_t> ends;
    for (std::uint64_t i = 0; i < count; i++)
        ends[fuzzer.call(fd)]++;
    for (const auto &[error, n] : ends)
        fmt::print("{:>8}  {}\n", n, error ? std::strerror(error) : "accepted");
    close(fd);
    return 0;
}
