// SPDX-License-Identifier: GPL-2.0-only
/// poke FILE OFFSET: writes back what a 32-bit register of a device has (FILE: a PCI device's resourceN).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const auto offset = strtoul(argv[2], nullptr, 0);
    const int fd = open(argv[1], O_RDWR | O_SYNC);
    void *page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset & ~4095ul));
    if (fd < 0 || page == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }
    volatile auto *reg = reinterpret_cast<volatile std::uint32_t *>(static_cast<char *>(page) + offset % 4096);
    const std::uint32_t value = *reg;
    *reg = value;
    printf("%#lx: %#x\n", offset, value);
    return 0;
}
