// SPDX-License-Identifier: GPL-2.0-only
/// What a packet socket has received and nobody has read yet, when the domain has written its memory again meanwhile.
///
///     net-held INTERFACE COMMAND    runs COMMAND with the socket open, then reads what came and says what it is
///
/// Its frames are those of klcd/tests/loop/netloop.c: TCP from 10.0.0.2, number n from port 1000 + n with n modulo 128 in each byte
/// of the payload; written again, each byte is 0xa5. One that comes twice lies where another one lay.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <vector>

namespace {

constexpr std::uint8_t again = 0xa5;
constexpr std::size_t headers = 54;

struct Seen {
    std::set<unsigned> ports;
    unsigned headers_kept = 0, headers_changed = 0, payload_kept = 0, payload_changed = 0, other = 0;
};

bool all(const std::uint8_t *p, std::size_t n, std::uint8_t value)
{
    return std::all_of(p, p + n, [value](std::uint8_t b) { return b == value; });
}

void look(const std::uint8_t *f, std::size_t n, Seen &seen)
{
    constexpr std::array<std::uint8_t, 4> from{10, 0, 0, 2};
    if (n < headers)
        return;
    if (all(f, headers, again)) {
        seen.headers_changed++;
        return;
    }
    const unsigned port = f[34] << 8 | f[35];
    if (f[14] != 0x45 || f[23] != IPPROTO_TCP || std::memcmp(f + 26, from.data(), from.size()) || port < 1000)
        return; // somebody else's
    const bool whole = f[12] == 0x08 && f[13] == 0x00 && (f[16] << 8 | f[17]) == static_cast<int>(n - ETH_HLEN) &&
                       f[46] == 0x50 && f[47] == 0x18;
    (whole ? seen.headers_kept : seen.headers_changed)++;
    if (whole && !seen.ports.insert(port).second)
        seen.other++;
    else if (all(f + headers, n - headers, (port - 1000) & 0x7f))
        seen.payload_kept++;
    else if (all(f + headers, n - headers, again))
        seen.payload_changed++;
    else
        seen.other++;
}

/// GRO pulls headers out of pages, which would hide that they lay there.
bool no_gro(int fd, const char *interface)
{
    ethtool_value off{ETHTOOL_SGRO, 0};
    ifreq request{};
    std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char *>(&off);
    return !ioctl(fd, SIOCETHTOOL, &request);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: net-held INTERFACE COMMAND\n", stderr);
        return 2;
    }
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), room = 16 << 20;
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_IP);
    at.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
    if (fd < 0 || !no_gro(fd, argv[1]) || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) ||
        bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at)) {
        perror(argv[1]);
        return 1;
    }
    const int status = system(argv[2]);
    Seen seen;
    std::vector<std::uint8_t> frame(1 << 16);
    for (;;) {
        const long n = recv(fd, frame.data(), frame.size(), 0);
        // The interface may be gone: that is said once, then what it had received is there.
        if (n < 0 && errno == ENETDOWN)
            continue;
        if (n < 0)
            break;
        look(frame.data(), n, seen);
    }
    printf("headers kept %u changed %u, payload kept %u changed %u other %u\n", seen.headers_kept, seen.headers_changed,
           seen.payload_kept, seen.payload_changed, seen.other);
    return status ? 1 : 0;
}
