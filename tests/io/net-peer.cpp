// SPDX-License-Identifier: GPL-2.0-only
/// Two ends of a connection whose contents are known, so that each byte is compared and each packet counted.
///
///     net-peer serve ADDRESS PORT BYTES          one TCP stream: takes that much, then sends as much
///     net-peer exchange ADDRESS PORT BYTES       the other end
///     net-peer answer ADDRESS PORT COUNT         so many TCP connections, one number each, answered by the next number
///     net-peer connect ADDRESS PORT COUNT        the other end
///     net-peer collect ADDRESS PORT MS [GROUP INTERFACE-ADDRESS]   datagrams, until none came for so long
///     net-peer datagrams ADDRESS PORT COUNT SIZE [INTERFACE-ADDRESS]   the other end
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

/// Negative results are errors.
long check(long result, const char *what)
{
    if (result < 0)
        throw std::runtime_error(std::string(what) + ": " + strerror(errno));
    return result;
}

sockaddr_in place(const char *address, const char *port)
{
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
        throw std::runtime_error(std::string("no address: ") + address);
    return a;
}

int bound(const char *address, const char *port, int type)
{
    const int fd = check(socket(AF_INET, type, 0), "socket"), yes = 1;
    const sockaddr_in a = place(address, port);
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "SO_REUSEADDR");
    check(bind(fd, reinterpret_cast<const sockaddr *>(&a), sizeof a), "bind");
    if (type == SOCK_STREAM)
        check(listen(fd, 64), "listen");
    return fd;
}

/// The other end may not listen yet.
int connected(const char *address, const char *port)
{
    const sockaddr_in a = place(address, port);
    for (int tries = 0;; tries++) {
        const int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
        if (!connect(fd, reinterpret_cast<const sockaddr *>(&a), sizeof a))
            return fd;
        if (errno != ECONNREFUSED || tries == 100)
            check(-1, "connect");
        close(fd);
        usleep(20000);
    }
}

void read_all(int fd, void *to, std::size_t n)
{
    for (auto *p = static_cast<char *>(to); n;) {
        const std::size_t part = check(read(fd, p, n), "read");
        if (!part)
            throw std::runtime_error("the stream ended early");
        p += part;
        n -= part;
    }
}

void write_all(int fd, const void *from, std::size_t n)
{
    for (auto *p = static_cast<const char *>(from); n;) {
        const std::size_t part = check(write(fd, p, n), "write");
        p += part;
        n -= part;
    }
}

/// Numbers that no shift, loss or repetition of bytes turns into themselves.
class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : x_(seed * 0x9e3779b97f4a7c15u | 1) {}
    std::uint64_t next()
    {
        x_ ^= x_ << 13;
        x_ ^= x_ >> 7;
        return x_ ^= x_ << 17;
    }

private:
    std::uint64_t x_;
};

using Block = std::array<std::uint64_t, 8192>;

void send_stream(int fd, std::size_t bytes, std::uint64_t seed)
{
    Numbers numbers(seed);
    for (Block block; bytes; bytes -= sizeof block) {
        for (auto &n : block)
            n = numbers.next();
        write_all(fd, block.data(), sizeof block);
    }
}

void take_stream(int fd, std::size_t bytes, std::uint64_t seed)
{
    Numbers numbers(seed);
    std::size_t at = 0;
    for (Block block; at < bytes; at += sizeof block) {
        read_all(fd, block.data(), sizeof block);
        for (const auto n : block)
            if (n != numbers.next())
                throw std::runtime_error("wrong data in the block at " + std::to_string(at));
    }
}

std::size_t whole_blocks(const char *text)
{
    const std::size_t bytes = std::stoull(text);
    if (bytes % sizeof(Block))
        throw std::runtime_error("BYTES must be a multiple of 64 KiB");
    return bytes;
}

void stream(int fd, std::size_t bytes, bool first)
{
    if (first)
        send_stream(fd, bytes, 1);
    take_stream(fd, bytes, first ? 2 : 1);
    if (!first)
        send_stream(fd, bytes, 2);
    printf("%zu bytes received, none differs\n", bytes);
}

void answer(int listener, std::uint64_t count)
{
    for (std::uint64_t i = 0, n; i < count; i++) {
        const int fd = check(accept(listener, nullptr, nullptr), "accept");
        read_all(fd, &n, sizeof n);
        n++;
        write_all(fd, &n, sizeof n);
        close(fd);
    }
}

void ask(const char *address, const char *port, std::uint64_t count)
{
    for (std::uint64_t i = 0, n; i < count; i++) {
        const int fd = connected(address, port);
        write_all(fd, &i, sizeof i);
        read_all(fd, &n, sizeof n);
        close(fd);
        if (n != i + 1)
            throw std::runtime_error("a wrong answer");
    }
    printf("%llu connections\n", static_cast<unsigned long long>(count));
}

/// What datagram `number` of `size` bytes holds.
void fill(std::vector<std::uint8_t> &to, std::uint32_t number)
{
    Numbers numbers(number + 1);
    memcpy(to.data(), &number, sizeof number);
    for (std::size_t i = sizeof number; i < to.size(); i++)
        to[i] = static_cast<std::uint8_t>(numbers.next());
}

void datagrams(int argc, char **argv)
{
    const int fd = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    const sockaddr_in to = place(argv[2], argv[3]);
    const unsigned long count = std::stoul(argv[4]);
    std::vector<std::uint8_t> data(std::max(std::stoul(argv[5]), 4ul));
    if (argc > 6) {
        const in_addr from = place(argv[6], "0").sin_addr;
        check(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from), "IP_MULTICAST_IF");
    }
    for (std::uint32_t i = 0; i < count; i++) {
        fill(data, i);
        check(sendto(fd, data.data(), data.size(), 0, reinterpret_cast<const sockaddr *>(&to), sizeof to), "sendto");
    }
    printf("%lu sent\n", count);
}

void collect(int argc, char **argv)
{
    const int fd = bound(argv[2], argv[3], SOCK_DGRAM);
    const long ms = std::stol(argv[4]);
    std::vector<bool> seen(1 << 20);
    std::vector<std::uint8_t> data(65536), want;
    unsigned long received = 0, twice = 0, damaged = 0;
    if (argc > 6) {
        const ip_mreq group{.imr_multiaddr = place(argv[5], "0").sin_addr, .imr_interface = place(argv[6], "0").sin_addr};
        check(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), "IP_ADD_MEMBERSHIP");
    }
    // The first may take longer.
    timeval limit{20, 0};
    for (ssize_t n;; limit = {ms / 1000, ms % 1000 * 1000}) {
        check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
        n = recv(fd, data.data(), data.size(), 0);
        if (n < 0)
            break;
        std::uint32_t number = seen.size();
        if (n >= 4)
            memcpy(&number, data.data(), sizeof number);
        want.resize(n);
        if (number < seen.size())
            fill(want, number);
        received++;
        if (number >= seen.size() || memcmp(want.data(), data.data(), n))
            damaged++;
        else if (seen[number])
            twice++;
        else
            seen[number] = true;
    }
    printf("received %lu twice %lu damaged %lu\n", received, twice, damaged);
}

int run(int argc, char **argv)
{
    const std::string what = argc > 4 ? argv[1] : "";
    if (what == "serve")
        stream(check(accept(bound(argv[2], argv[3], SOCK_STREAM), nullptr, nullptr), "accept"), whole_blocks(argv[4]), false);
    else if (what == "exchange")
        stream(connected(argv[2], argv[3]), whole_blocks(argv[4]), true);
    else if (what == "answer")
        answer(bound(argv[2], argv[3], SOCK_STREAM), std::stoull(argv[4]));
    else if (what == "connect")
        ask(argv[2], argv[3], std::stoull(argv[4]));
    else if (what == "collect")
        collect(argc, argv);
    else if (what == "datagrams" && argc > 5)
        datagrams(argc, argv);
    else
        return 2;
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception &e) {
        fprintf(stderr, "net-peer: %s\n", e.what());
        return 1;
    }
}
