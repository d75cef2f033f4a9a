// SPDX-License-Identifier: GPL-2.0-only
/**
 * take: /dev/lxd without lxdctl's own checks, so that what refuses is the kernel, and ways to use a disk.
 *
 *   take bind ADDRESS [force]      take unbind ADDRESS
 *   take create ADDRESS [take] [force] [then die|close|start|stop|forget|keep]...
 *   take stop NAME [force] [kill]
 *   take hold FILE [excl]          keeps it open until it is killed; "held" once it is
 */
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <lxd.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using Words = std::vector<std::string>;

char said[4096];

lxd_text text()
{
    said[0] = 0;
    return {reinterpret_cast<std::uintptr_t>(said), sizeof said, 0};
}

bool has(const Words &words, const char *word)
{
    for (const std::string &w : words)
        if (w == word)
            return true;
    return false;
}

int result(const char *what, int r)
{
    printf("%s: %s: %s\n", what, r ? strerror(errno) : "ok", said);
    fflush(stdout);
    return r ? errno == EBUSY ? 5 : 1 : 0;
}

int control(int fd, unsigned long request, const char *what, std::uint32_t id, std::uint32_t flags)
{
    lxd_ioc_control c{};
    c.size = sizeof c;
    c.id = id;
    c.flags = flags;
    c.error = text();
    return result(what, ioctl(fd, request, &c));
}

int bind(int fd, const Words &w)
{
    lxd_ioc_bind b{};
    b.size = sizeof b;
    b.flags = has(w, "force") ? LXD_BIND_FORCE : 0;
    strncpy(b.device, w[1].c_str(), sizeof b.device - 1);
    b.error = text();
    return result(w[0].c_str(), ioctl(fd, w[0] == "bind" ? LXD_IOC_BIND : LXD_IOC_UNBIND, &b));
}

/// The image is of no use to a real loader; the stand-in takes anything.
int create(int fd, const Words &w)
{
    static unsigned long image[64];
    lxd_ioc_module m{};
    m.image = reinterpret_cast<std::uintptr_t>(image);
    m.image_size = sizeof image;
    strcpy(m.name, "lxd_rt");
    lxd_ioc_create c{};
    c.size = sizeof c;
    strcpy(c.name, "test");
    strncpy(c.device, w[1].c_str(), sizeof c.device - 1);
    strcpy(c.classes, "pci,block");
    c.modules = reinterpret_cast<std::uintptr_t>(&m);
    c.nr_modules = 1;
    c.heap_bytes = 2u << 20;
    c.queues = 1;
    c.flags = (has(w, "take") ? LXD_CREATE_TAKE : 0) | (has(w, "force") ? LXD_CREATE_FORCE : 0);
    c.error = text();
    int status = result("create", ioctl(fd, LXD_IOC_CREATE, &c));
    for (std::size_t i = 2; i < w.size() && !status; i++) {
        if (w[i] == "die")
            kill(getpid(), SIGKILL);
        if (w[i] == "start")
            status = control(fd, LXD_IOC_START, "start", c.id, 0);
        if (w[i] == "stop")
            status = control(fd, LXD_IOC_STOP, "stop", c.id, LXD_STOP_KILL);
        if (w[i] == "forget")
            status = control(fd, LXD_IOC_DESTROY, "forget", c.id, 0);
        if (w[i] == "keep")
            status = control(fd, LXD_IOC_DESTROY, "forget", c.id, LXD_DESTROY_KEEP);
        if (w[i] == "close")
            close(fd);
    }
    return status;
}

int stop(int fd, const Words &w)
{
    lxd_ioc_list l{};
    l.size = sizeof l;
    if (ioctl(fd, LXD_IOC_LIST, &l))
        return result("list", -1);
    for (std::uint32_t i = 0; i < l.nr; i++) {
        lxd_ioc_status s{};
        s.size = sizeof s;
        s.id = l.ids[i];
        if (!ioctl(fd, LXD_IOC_STATUS, &s) && w[1] == s.name)
            return control(fd, LXD_IOC_STOP, "stop", s.id,
                           (has(w, "force") ? LXD_STOP_IN_USE : 0) | (has(w, "kill") ? LXD_STOP_KILL : 0));
    }
    fprintf(stderr, "no domain %s\n", w[1].c_str());
    return 2;
}

int hold(const Words &w)
{
    const int fd = open(w[1].c_str(), O_RDONLY | O_CLOEXEC | (has(w, "excl") ? O_EXCL : 0));
    if (fd < 0)
        return result("open", -1);
    printf("held\n");
    fflush(stdout);
    pause();
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const Words words(argv + 1, argv + argc);
    if (words.size() < 2)
        return 2;
    if (words[0] == "hold")
        return hold(words);
    const int fd = open("/dev/lxd", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return result("/dev/lxd", -1);
    if (words[0] == "bind" || words[0] == "unbind")
        return bind(fd, words);
    if (words[0] == "create")
        return create(fd, words);
    return words[0] == "stop" ? stop(fd, words) : 2;
}
