// SPDX-License-Identifier: GPL-2.0-only
/// Traffic over sockets whose instructions are counted: against the services of the lab's echoing peer.
///
///     net-io send ADDRESS BYTES [FLOWS]        TCP streams to port 9, one or so many with a part of the bytes each
///     net-io file ADDRESS BYTES PATH [PORT]    a file's first bytes by sendfile(), to port 9 or another
///     net-io receive ADDRESS BYTES [FLOWS]     TCP streams from port 19
///     net-io ask ADDRESS COUNT SIZE            UDP datagrams to port 7, each answered before the next
///     net-io flood ADDRESS COUNT SIZE [FLOWS]  the same, 32 of them on their way at once, by turns from so many ports
///     net-io connect ADDRESS COUNT     TCP connections to port 9, opened and closed
///     net-io await INTERFACE COUNT     sleeps until it has received so many packets, and prints nothing
///
/// Prints a JSON object: operations (packets of 1,448 or 1,460 bytes for streams, packets in both directions for a flood) and counts.
#include <array>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/sendfile.h>
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

/// Sockets with something to do, one after the other, until each of them has said that it is done.
template <typename Work> void by_turns(const std::vector<int> &fds, short events, Work work)
{
    std::vector<pollfd> waiting;
    for (const int fd : fds) {
        check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
        waiting.push_back({fd, events, 0});
    }
    for (std::size_t left = fds.size(); left;) {
        if (check(poll(waiting.data(), waiting.size(), 5000), "poll") == 0)
            throw std::runtime_error("nothing goes on");
        for (std::size_t i = 0; i < waiting.size(); i++) {
            if (waiting[i].revents && work(i)) {
                waiting[i].fd = -1;
                left--;
            }
        }
    }
}

std::vector<int> all_connected(const char *address, std::uint16_t port, int type, std::size_t flows)
{
    std::vector<int> fds;
    for (std::size_t i = 0; i < flows; i++)
        fds.push_back(connected(address, port, type));
    return fds;
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

/// Until the peer has all of it.
std::uint64_t end_stream(int fd, std::size_t bytes)
{
    check(shutdown(fd, SHUT_WR), "shutdown");
    drain(fd);
    close(fd);
    return (bytes + segment - 1) / segment;
}

std::uint64_t send_stream(const char *address, std::size_t bytes)
{
    const int fd = connected(address, 9, SOCK_STREAM);
    const std::vector<char> buffer(chunk, 'x');
    for (std::size_t done = 0; done < bytes;)
        done += check(write(fd, buffer.data(), std::min(chunk, bytes - done)), "write");
    return end_stream(fd, bytes);
}

std::uint64_t send_file(const char *address, std::size_t bytes, const char *path, std::uint16_t port)
{
    const int file = check(open(path, O_RDONLY | O_CLOEXEC), path);
    const int fd = connected(address, port, SOCK_STREAM);
    for (off_t done = 0; static_cast<std::size_t>(done) < bytes;)
        if (check(sendfile(fd, file, &done, bytes - done), "sendfile") == 0)
            throw std::runtime_error(std::string(path) + " is too short");
    close(file);
    return end_stream(fd, bytes);
}

std::uint64_t send_streams(const char *address, std::size_t bytes, std::size_t flows)
{
    const std::vector<int> fds = all_connected(address, 9, SOCK_STREAM, flows);
    const std::vector<char> buffer(chunk, 'x');
    std::vector<std::size_t> left(flows, bytes / flows);
    by_turns(fds, POLLOUT, [&](std::size_t i) {
        left[i] -= check(write(fds[i], buffer.data(), std::min(chunk, left[i])), "write");
        return left[i] == 0;
    });
    for (const int fd : fds) {
        check(fcntl(fd, F_SETFL, 0), "fcntl");
        end_stream(fd, 0);
    }
    return flows * ((bytes / flows + segment - 1) / segment);
}

/// What is to be said to port 19.
std::array<std::uint8_t, 8> wish(std::size_t bytes)
{
    std::array<std::uint8_t, 8> w{};
    for (int i = 0; i < 8; i++)
        w[i] = static_cast<std::uint64_t>(bytes) >> (56 - 8 * i);
    return w;
}

std::uint64_t receive_streams(const char *address, std::size_t bytes, std::size_t flows)
{
    const std::vector<int> fds = all_connected(address, 19, SOCK_STREAM, flows);
    std::vector<char> buffer(chunk);
    std::size_t all = 0;
    for (const int fd : fds)
        check(write(fd, wish(bytes / flows).data(), 8), "write");
    by_turns(fds, POLLIN, [&](std::size_t i) {
        const std::size_t n = check(read(fds[i], buffer.data(), chunk), "read");
        all += n;
        return n == 0;
    });
    if (all != bytes / flows * flows)
        throw std::runtime_error("the peer sent another number of bytes");
    for (const int fd : fds)
        close(fd);
    return flows * ((bytes / flows + segment - 1) / segment);
}

std::uint64_t receive_stream(const char *address, std::size_t bytes)
{
    const int fd = connected(address, 19, SOCK_STREAM);
    check(write(fd, wish(bytes).data(), 8), "write");
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
std::uint64_t flood(const char *address, std::size_t count, std::size_t size, std::size_t flows)
{
    constexpr std::size_t window = 32;
    const std::vector<int> fds = all_connected(address, 7, SOCK_DGRAM, flows);
    std::vector<char> out(size, 'q'), in(size + 1);
    const timeval limit{5, 0};
    for (const int fd : fds)
        check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
    for (std::size_t done = 0; done < count; done += window) {
        for (std::size_t i = 0; i < window; i++)
            check(send(fds[i % flows], out.data(), size, 0), "send");
        for (std::size_t i = 0; i < window; i++) {
            if (check(recv(fds[i % flows], in.data(), in.size(), 0), "recv") != static_cast<long>(size))
                throw std::runtime_error("an answer of another size");
        }
    }
    for (const int fd : fds)
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
    if (argc < 4 || ((what == "ask" || what == "flood" || what == "file") && argc < 5)) {
        fputs("usage: net-io send|receive ADDRESS BYTES [FLOWS] | file ADDRESS BYTES PATH [PORT] | ask ADDRESS COUNT SIZE | flood ADDRESS COUNT SIZE [FLOWS] |\n"
              "       connect ADDRESS COUNT | await INTERFACE COUNT\n", stderr);
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
        const int last = what == "flood" || what == "file" ? 5 : 4;
        const std::size_t flows = what != "file" && argc > last ? strtoul(argv[last], nullptr, 0) : 1;
        if (flows < 1 || flows > 64)
            throw std::runtime_error("1 to 64 flows");
        if (what == "send")
            operations = flows > 1 ? send_streams(argv[2], n, flows) : send_stream(argv[2], n);
        else if (what == "receive")
            operations = flows > 1 ? receive_streams(argv[2], n, flows) : receive_stream(argv[2], n);
        else if (what == "file")
            operations = send_file(argv[2], n, argv[4], argc > last ? strtoul(argv[last], nullptr, 0) : 9);
        else if (what == "ask")
            operations = ask(argv[2], n, strtoul(argv[4], nullptr, 0));
        else if (what == "flood")
            operations = flood(argv[2], n, strtoul(argv[4], nullptr, 0), flows);
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
