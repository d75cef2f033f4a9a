// SPDX-License-Identifier: GPL-2.0-only
/// Garbage for a network interface from user space: each ethtool ioctl and its neighbours, ethtool's netlink
/// messages and link messages with attributes of random kinds and lengths. Every one must come back, with
/// an error or without; what the kernel says about it meanwhile is the runner's to judge.
///
///     net-fuzz INTERFACE COUNT [SEED]
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Bytes = std::vector<std::uint8_t>;

class Fuzzer {
public:
    Fuzzer(const char *name, std::uint64_t seed) : random_(seed), index_(if_nametoindex(name))
    {
        snprintf(name_, sizeof name_, "%s", name);
        ioctl_ = socket(AF_INET, SOCK_DGRAM, 0);
        route_ = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        generic_ = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
        const timeval limit{0, 200000};
        for (const int fd : {route_, generic_})
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        find_family();
    }

    [[nodiscard]] bool ready() const { return index_ && ioctl_ >= 0 && route_ >= 0 && generic_ >= 0 && family_; }

    /// One call; returns the errno it ended with, 0 for success.
    int call()
    {
        switch (random_() % 4) {
        case 0:
            return link();
        case 1:
            return ethtool_netlink();
        default:
            return ethtool_ioctl();
        }
    }

    /// What a link message may have changed, by number: its name first.
    void restore()
    {
        ifreq r{};
        if (!if_indextoname(index_, r.ifr_name) || !strcmp(r.ifr_name, name_))
            return;
        ioctl_flags(r.ifr_name, false);
        strcpy(r.ifr_newname, name_);
        ioctl(ioctl_, SIOCSIFNAME, &r);
        ioctl_flags(name_, true);
    }

private:
    static constexpr unsigned most_blinks = 3;

    std::mt19937_64 random_;
    unsigned blinks_ = 0;
    unsigned index_;
    char name_[IFNAMSIZ];
    int ioctl_ = -1, route_ = -1, generic_ = -1;
    std::uint16_t family_ = 0;
    std::uint32_t sequence_ = 0;

    void ioctl_flags(const char *name, bool up)
    {
        ifreq r{};
        strcpy(r.ifr_name, name);
        ioctl(ioctl_, SIOCGIFFLAGS, &r);
        r.ifr_flags = up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP;
        ioctl(ioctl_, SIOCSIFFLAGS, &r);
    }

    /// Small numbers often, so that some of it gets past the first check.
    std::uint32_t number()
    {
        switch (random_() % 6) {
        case 0:
            return 0;
        case 1:
            return random_();
        case 2:
            return ~0u;
        case 3:
            return 1u << random_() % 32;
        default:
            return random_() % 64;
        }
    }

    int ethtool_ioctl()
    {
        alignas(8) static std::uint8_t data[256 << 10];
        ifreq r{};
        for (std::size_t i = 0; i < 1024; i += 4) {
            const std::uint32_t n = number();
            memcpy(data + i, &n, 4);
        }
        std::uint32_t command = random_() % 16 ? random_() % 0x60 : random_();
        if (command == ETHTOOL_PHYS_ID) {
            // Seconds that this waits for; 0 is for ever.
            const std::uint32_t seconds = 1;
            memcpy(data + 4, &seconds, 4);
            if (blinks_++ >= most_blinks)
                command = ETHTOOL_GDRVINFO;
        }
        memcpy(data, &command, 4);
        strcpy(r.ifr_name, name_);
        r.ifr_data = reinterpret_cast<char *>(data);
        if (random_() % 16 == 0)
            r.ifr_data = reinterpret_cast<char *>(random_());
        static constexpr unsigned long others[] = {SIOCSIFMTU, SIOCSIFHWADDR, SIOCSIFTXQLEN, SIOCSHWTSTAMP, SIOCGHWTSTAMP,
                                                   SIOCGMIIPHY, SIOCGMIIREG, SIOCSMIIREG, SIOCADDMULTI, SIOCDELMULTI,
                                                   SIOCSIFMAP, SIOCDEVPRIVATE, SIOCDEVPRIVATE + 1, SIOCBONDENSLAVE};
        if (random_() % 4 == 0) {
            for (std::size_t i = 0; i < sizeof r.ifr_ifru; i += 4) {
                const std::uint32_t n = number();
                memcpy(reinterpret_cast<char *>(&r.ifr_ifru) + i, &n, 4);
            }
            return ioctl(ioctl_, others[random_() % std::size(others)], &r) ? errno : 0;
        }
        return ioctl(ioctl_, SIOCETHTOOL, &r) ? errno : 0;
    }

    static void put(Bytes &to, const void *from, std::size_t n)
    {
        const auto *p = static_cast<const std::uint8_t *>(from);
        to.insert(to.end(), p, p + n);
        while (to.size() % 4)
            to.push_back(0);
    }

    /// Attributes with random types below `most`, sometimes nested, sometimes with a wrong length.
    Bytes attributes(unsigned most, unsigned depth)
    {
        Bytes all;
        for (unsigned i = random_() % 5; i; i--) {
            Bytes inner;
            if (depth && random_() % 3 == 0) {
                inner = attributes(24, depth - 1);
            } else {
                for (unsigned n = random_() % 10; n; n--) {
                    const std::uint32_t word = number();
                    put(inner, &word, random_() % 8 ? 4 : 1);
                }
            }
            nlattr a{static_cast<std::uint16_t>(sizeof a + inner.size()),
                     static_cast<std::uint16_t>(1 + random_() % most + (random_() % 4 ? 0 : NLA_F_NESTED))};
            if (random_() % 20 == 0)
                a.nla_len = random_();
            put(all, &a, sizeof a);
            put(all, inner.data(), inner.size());
        }
        return all;
    }

    int exchange(int fd, std::uint16_t type, const Bytes &body)
    {
        const nlmsghdr head{static_cast<std::uint32_t>(sizeof head + body.size()), type, NLM_F_REQUEST | NLM_F_ACK,
                            ++sequence_, 0};
        Bytes all;
        put(all, &head, sizeof head);
        put(all, body.data(), body.size());
        if (send(fd, all.data(), all.size(), 0) < 0)
            return errno;
        alignas(8) static std::uint8_t answer[65536];
        for (int i = 0; i < 8; i++) {
            const ssize_t n = recv(fd, answer, sizeof answer, 0);
            if (n < 0)
                return errno;
            const auto *h = reinterpret_cast<const nlmsghdr *>(answer);
            if (h->nlmsg_seq == sequence_ && h->nlmsg_type == NLMSG_ERROR)
                return -reinterpret_cast<const nlmsgerr *>(answer + sizeof *h)->error;
        }
        return 0;
    }

    int link()
    {
        ifinfomsg info{};
        info.ifi_index = static_cast<int>(index_);
        Bytes body;
        put(body, &info, sizeof info);
        // Not into a namespace where nobody finds it again.
        for (;;) {
            const Bytes more = attributes(IFLA_MAX, 2);
            bool moves = false;
            for (std::size_t i = 0; i + 4 <= more.size(); i += 4) {
                const unsigned type = (more[i + 2] | more[i + 3] << 8) & NLA_TYPE_MASK;
                moves |= type == IFLA_NET_NS_PID || type == IFLA_NET_NS_FD || type == IFLA_TARGET_NETNSID ||
                         type == IFLA_NEW_NETNSID;
            }
            if (moves)
                continue;
            put(body, more.data(), more.size());
            break;
        }
        return exchange(route_, random_() % 4 ? RTM_NEWLINK : RTM_GETLINK, body);
    }

    int ethtool_netlink()
    {
        const genlmsghdr head{static_cast<std::uint8_t>(1 + random_() % 40), 1, 0};
        Bytes body, header;
        put(body, &head, sizeof head);
        const nlattr index{8, ETHTOOL_A_HEADER_DEV_INDEX};
        put(header, &index, sizeof index);
        put(header, &index_, 4);
        const nlattr nest{static_cast<std::uint16_t>(sizeof nest + header.size()), 1 | NLA_F_NESTED};
        put(body, &nest, sizeof nest);
        put(body, header.data(), header.size());
        const Bytes more = attributes(30, 3);
        put(body, more.data(), more.size());
        return exchange(generic_, family_, body);
    }

    void find_family()
    {
        const genlmsghdr head{CTRL_CMD_GETFAMILY, 1, 0};
        Bytes body;
        put(body, &head, sizeof head);
        const nlattr name{4 + 8, CTRL_ATTR_FAMILY_NAME};
        put(body, &name, sizeof name);
        put(body, "ethtool", 8);
        const nlmsghdr h{static_cast<std::uint32_t>(sizeof h + body.size()), GENL_ID_CTRL, NLM_F_REQUEST, ++sequence_, 0};
        Bytes all;
        put(all, &h, sizeof h);
        put(all, body.data(), body.size());
        alignas(8) std::uint8_t answer[8192];
        if (send(generic_, all.data(), all.size(), 0) < 0)
            return;
        const ssize_t n = recv(generic_, answer, sizeof answer, 0);
        for (ssize_t at = sizeof h + sizeof head; at + 4 <= n;) {
            const auto *a = reinterpret_cast<const nlattr *>(answer + at);
            if (a->nla_type == CTRL_ATTR_FAMILY_ID)
                memcpy(&family_, a + 1, sizeof family_);
            at += a->nla_len < 4 ? n : (a->nla_len + 3) & ~3;
        }
    }
};

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: net-fuzz INTERFACE COUNT [SEED]\n", stderr);
        return 2;
    }
    Fuzzer fuzzer(argv[1], argc > 3 ? strtoull(argv[3], nullptr, 0) : 1);
    if (!fuzzer.ready()) {
        fprintf(stderr, "net-fuzz: no interface %s, or no netlink\n", argv[1]);
        return 1;
    }
    std::map<int, unsigned> ends;
    for (unsigned long n = strtoul(argv[2], nullptr, 0); n; n--) {
        ends[fuzzer.call()]++;
        fuzzer.restore();
    }
    for (const auto &[error, n] : ends)
        printf("%u: %s\n", n, error ? strerror(error) : "accepted");
    // All of it refused, or all of it taken: then nothing was tested.
    return ends.size() < 3 || !ends.contains(0) ? 1 : 0;
}
