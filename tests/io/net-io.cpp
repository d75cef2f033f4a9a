// SPDX-License-Identifier: GPL-2.0-only
/// Traffic over sockets whose instructions are counted: against the services of the lab's echoing peer.
///
///     net-io send ADDRESS BYTES        one TCP stream to port 9
///     net-io receive ADDRESS BYTES     one TCP stream from port 19
///     net-io ask ADDRESS COUNT SIZE    UDP datagrams to port 7, each answered before the next
///     net-io flood ADDRESS COUNT SIZE  the same, 32 of them on their way at once
///     net-io connect ADDRESS COUNT     TCP connections to port 9, opened and closed
///     net-io await INTERFACE COUNT     sleeps until it has received so many packets, and prints nothing
///
/// Prints a JSON object: operations (packets of 1,448 or 1,460 bytes for streams, packets in both directions for a flood) and counts.
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "counts.hpp"

namespace {

constexpr std::size_t chunk = 65536, segment = 1460;

/// Negative results are errors.
long check(long result, const char *what)
{
    if (result < 0)
        throw std::runtime_error(std::string(what) + ": " + strerror(errno));
    return result;
}

int connected(const char *address, std::uint16_t port, int type)
{
    const int fd = check(socket(AF_INET, type, 0), "socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
        throw std::runtime_error(std::string("no address: ") + address);
    check(connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to), "connect");
    return fd;
}

/// Until the peer has said that it has everything, or that there is no more.
std::size_t drain(int fd)
{
    std::vector<char> buffer(chunk);
    std::size_t all = 0;
    while (const std::size_t n = check(read(fd, buffer.data(), buffer.size()), "read"))
        all += n;
    return all;
}

std::uint64_t send_stream(const char *address, std::size_t bytes)
{
    const int fd = connected(address, 9, SOCK_STREAM);
    const std::vector<char> buffer(chunk, 'x');
    for (std::size_t done = 0; done < bytes;)
        done += check(write(fd, buffer.data(), std::min(chunk, bytes - done)), "write");
    check(shutdown(fd, SHUT_WR), "shutdown");
    drain(fd);
    close(fd);
    return (bytes + segment - 1) / segment;
}

std::uint64_t receive_stream(const char *address, std::size_t bytes)
{
    const int fd = connected(address, 19, SOCK_STREAM);
    std::uint8_t wish[8];
    for (int i = 0; i < 8; i++)
        wish[i] = static_cast<std::uint64_t>(bytes) >> (56 - 8 * i);
    check(write(fd, wish, sizeof wish), "write");
    if (drain(fd) != bytes)
        throw std::runtime_error("the peer sent another number of bytes");
    close(fd);
    return (bytes + segment - 1) / segment;
}

std::uint64_t ask(const char *address, std::size_t count, std::size_t size)
{
    const int fd = connected(address, 7, SOCK_DGRAM);
    std::vector<char> out(size, 'q'), in(size + 1);
    const timeval limit{5, 0};
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
    for (std::size_t i = 0; i < count; i++) {
        check(send(fd, out.data(), size, 0), "send");
        if (check(recv(fd, in.data(), in.size(), 0), "recv") != static_cast<long>(size))
            throw std::runtime_error("an answer of another size");
    }
    close(fd);
    return count;
}

/// Datagrams by the window, all of one on their way at once; what is lost is an error.
std::uint64_t flood(const char *address, std::size_t count, std::size_t size)
{
    constexpr std::size_t window = 32;
    const int fd = connected(address, 7, SOCK_DGRAM);
    std::vector<char> out(size, 'q'), in(size + 1);
    const timeval limit{5, 0};
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
    for (std::size_t done = 0; done < count; done += window) {
        for (std::size_t i = 0; i < window; i++)
            check(send(fd, out.data(), size, 0), "send");
        for (std::size_t i = 0; i < window; i++) {
            if (check(recv(fd, in.data(), in.size(), 0), "recv") != static_cast<long>(size))
                throw std::runtime_error("an answer of another size");
        }
    }
    close(fd);
    return 2 * count;
}

std::uint64_t connections(const char *address, std::size_t count)
{
    for (std::size_t i = 0; i < count; i++) {
        const int fd = connected(address, 9, SOCK_STREAM);
        check(shutdown(fd, SHUT_WR), "shutdown");
        drain(fd);
        close(fd);
    }
    return count;
}

/// The processor idles meanwhile, so that what is counted is the reception.
void await(const std::string &interface, std::uint64_t count)
{
    const std::string path = "/sys/class/net/" + interface + "/statistics/rx_packets";
    const int fd = check(open(path.c_str(), O_RDONLY), path.c_str());
    char text[32];
    for (;;) {
        const long n = check(pread(fd, text, sizeof text - 1, 0), path.c_str());
        text[n] = 0;
        if (strtoull(text, nullptr, 10) >= count)
            break;
        usleep(1000);
    }
    close(fd);
}

} // namespace

int main(int argc, char **argv)
{
    const std::string what = argc > 1 ? argv[1] : "";
    if (argc < 4 || ((what == "ask" || what == "flood") && argc < 5)) {
        fputs("usage: net-io send|receive ADDRESS BYTES | ask|flood ADDRESS COUNT SIZE | connect ADDRESS COUNT |\n"
              "       await INTERFACE COUNT\n", stderr);
        return 2;
    }
    try {
        const std::size_t n = strtoul(argv[3], nullptr, 0);
        if (what == "await") {
            await(argv[2], n);
            return 0;
        }
        const counts::Numbers before = counts::now();
        std::uint64_t operations = 0;
        if (what == "send")
            operations = send_stream(argv[2], n);
        else if (what == "receive")
            operations = receive_stream(argv[2], n);
        else if (what == "ask")
            operations = ask(argv[2], n, strtoul(argv[4], nullptr, 0));
        else if (what == "flood")
            operations = flood(argv[2], n, strtoul(argv[4], nullptr, 0));
        else if (what == "connect")
            operations = connections(argv[2], n);
        else
            throw std::runtime_error("no such test: " + what);
        const std::string counted = counts::since(before);
        printf("{\"count\": %llu, %s}\n", static_cast<unsigned long long>(operations), counted.c_str());
    } catch (const std::exception &e) {
        fprintf(stderr, "net-io: %s\n", e.what());
        return 1;
    }
}
