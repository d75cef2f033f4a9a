// SPDX-License-Identifier: GPL-2.0-only
/// Who uses a device is found and named, whatever the way in which it is used.
#include <gtest/gtest.h>

#include "error.hpp"
#include "fake.hpp"
#include "node.hpp"

namespace {

using namespace lxdctl;
using lxdctl::test::Fake;
namespace fs = std::filesystem;
using Uses = std::vector<Use>;

constexpr const char *address = "0000:01:00.0";

TEST(Use, NothingOfAFreeDisk)
{
    Fake f;
    f.nvme();
    f.write("proc/100/mountinfo", "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:5 / /proc rw - proc proc rw\n");
    EXPECT_EQ(uses(f.machine(), address), Uses{});
}

TEST(Use, MountOfAPartition)
{
    Fake f;
    f.nvme();
    f.write("proc/100/mountinfo", "36 35 259:2 / /mnt/a\\040b rw,noatime shared:1 master:2 - ext4 /dev/root rw\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1p2", "is mounted on /mnt/a b"}}));
}

TEST(Use, MountInAnotherNamespaceOnly)
{
    Fake f;
    f.nvme();
    f.process(7, "podman", "mnt:[2]");
    f.process(8, "child", "mnt:[2]");
    f.write("proc/7/mountinfo", "36 35 259:0 / /data rw - xfs /dev/nvme0n1 rw\n");
    f.write("proc/8/mountinfo", "36 35 259:0 / /data rw - xfs /dev/nvme0n1 rw\n");
    EXPECT_EQ(uses(f.machine(), address),
              (Uses{{"/dev/nvme0n1", "is mounted on /data in the mount namespace of process 7 (podman)"}}));
}

TEST(Use, TheOwnNamespaceSpeaksForCopies)
{
    Fake f;
    f.nvme();
    f.process(7, "podman", "mnt:[2]");
    for (const char *process : {"proc/100/mountinfo", "proc/7/mountinfo"})
        f.write(process, "36 35 259:0 / /data rw - xfs /dev/nvme0n1 rw\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1", "is mounted on /data"}}));
}

TEST(Use, BtrfsHasANumberOfItsOwn)
{
    Fake f;
    f.nvme();
    f.write("proc/100/mountinfo", "36 35 0:44 / /b rw - btrfs /dev/nvme0n1p1 rw\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1p1", "is mounted on /b"}}));
}

TEST(Use, Swap)
{
    Fake f;
    f.nvme();
    f.write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/nvme0n1p2  partition\t100\t0\t-2\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1p2", "is used as swap"}}));
}

/// A logical volume, mounted: both are said.
TEST(Use, HoldersAndWhatIsMadeOfThem)
{
    Fake f;
    const fs::path disk = f.nvme();
    const fs::path volume = f.device("sys/devices/virtual/block", "dm-0", "block", "254:0");
    f.write(volume / "dm/name", "vg-home\n");
    f.write(disk / "nvme0n1p1/holders/dm-0", "");
    f.write("proc/100/mountinfo", "36 35 254:0 / /home rw - ext4 /dev/mapper/vg-home rw\n");
    EXPECT_EQ(uses(f.machine(), address),
              (Uses{{"/dev/nvme0n1p1", "belongs to /dev/dm-0 (vg-home)"},
                    {"/dev/dm-0", "is mounted on /home (it is made of /dev/nvme0n1p1)"}}));
}

TEST(Use, RaidUponVolumesUponDisk)
{
    Fake f;
    const fs::path disk = f.nvme();
    const fs::path lower = f.device("sys/devices/virtual/block", "dm-0", "block", "254:0");
    f.device("sys/devices/virtual/block", "md0", "block", "9:0");
    f.write(disk / "holders/dm-0", "");
    f.write(lower / "holders/md0", "");
    f.write("proc/swaps", "Filename\n/dev/md0 partition 1 0 -2\n");
    const Uses found = uses(f.machine(), address);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[2], (Use{"/dev/md0", "is used as swap (it is made of /dev/dm-0)"}));
}

TEST(Use, LoopDevice)
{
    Fake f;
    f.nvme();
    const fs::path loop = f.device("sys/devices/virtual/block", "loop3", "block", "7:3");
    f.write(loop / "loop/backing_file", "/dev/nvme0n1\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1", "is the file behind /dev/loop3"}}));
}

TEST(Use, BackingDeviceOfZram)
{
    Fake f;
    f.nvme();
    f.write(f.device("sys/devices/virtual/block", "zram0", "block", "253:0") / "backing_dev", "/dev/nvme0n1p1\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1p1", "is the backing device of /dev/zram0"}}));
}

TEST(Use, ServedToOthers)
{
    Fake f;
    f.nvme();
    f.write("sys/kernel/config/nvmet/subsystems/s1/namespaces/1/device_path", "/dev/nvme0n1\n");
    f.write("sys/kernel/config/nvmet/subsystems/s1/namespaces/1/enable", "1\n");
    f.write("sys/kernel/config/nvmet/subsystems/s2/passthru/device_path", "/dev/nvme0\n");
    f.write("sys/kernel/config/nvmet/subsystems/s2/passthru/enable", "1\n");
    f.write("sys/kernel/config/nvmet/subsystems/off/namespaces/1/device_path", "/dev/nvme0n1\n");
    f.write("sys/kernel/config/nvmet/subsystems/off/namespaces/1/enable", "0\n");
    f.write("sys/kernel/config/target/core/iblock_0/t/udev_path", "/dev/nvme0n1p1\n");
    EXPECT_EQ(uses(f.machine(), address), (Uses{{"/dev/nvme0n1", "is served by the NVMe target s1"},
                                                {"/dev/nvme0", "is passed through by the NVMe target s2"},
                                                {"/dev/nvme0n1p1", "is served by the SCSI target iblock_0"}}));
}

TEST(Use, OpenNodes)
{
    Fake f;
    f.nvme();
    f.process(12, "mysqld");
    fs::create_symlink("/dev/nvme0n1p1", f.top() / "proc/12/fd/5");
    fs::create_symlink("/dev/nvme0", f.top() / "proc/12/fd/6");
    fs::create_symlink("/dev/null", f.top() / "proc/12/fd/7");
    // What lxdctl itself has open does not count.
    fs::create_symlink("/dev/nvme0n1", f.top() / "proc/100/fd/3");
    EXPECT_EQ(uses(f.machine(), address).size(), 2u);
    for (const char *name : {"/dev/nvme0", "/dev/nvme0n1p1"})
        EXPECT_NE(list_uses(uses(f.machine(), address)).find(std::string(name) + " "), std::string::npos);
}

TEST(Use, HeldExclusivelyByNobodyKnown)
{
    Fake f;
    f.nvme();
    Machine m = f.machine();
    m.free = [](const fs::path &node) { return node.filename() != "nvme0n1"; };
    EXPECT_EQ(uses(m, address), (Uses{{"/dev/nvme0n1", "is held exclusively, by the kernel or a program"}}));
}

TEST(Use, TheDiskOfAHiddenPath)
{
    Fake f;
    const fs::path pci = f.device("sys/devices/pci0000:00", address, "pci");
    f.device(pci / "nvme0", "nvme0c0n1", "block");
    f.device("sys/devices/virtual/nvme-subsystem", "nvme0n1", "block", "259:5");
    f.write("proc/100/mountinfo", "36 35 259:5 / /srv rw - ext4 /dev/nvme0n1 rw\n");
    const Uses found = uses(f.machine(), address);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[1], (Use{"/dev/nvme0n1", "is mounted on /srv (it is made of /dev/nvme0c0n1)"}));
}

/// Another controller's disk is nobody's business.
TEST(Use, OnlyOfThisDevice)
{
    Fake f;
    f.nvme();
    f.device(f.device("sys/devices/pci0000:00", "0000:02:00.0", "pci"), "nvme1n1", "block", "259:7");
    f.write("proc/100/mountinfo", "36 35 259:7 / /home rw - ext4 /dev/nvme1n1 rw\n");
    EXPECT_EQ(uses(f.machine(), address), Uses{});
    EXPECT_EQ(uses(f.machine(), "0000:02:00.0").size(), 1u);
}

TEST(Use, Interface)
{
    Fake f;
    const fs::path net = f.device(f.device("sys/devices/pci0000:00", address, "pci") / "net", "eth0", "net");
    f.write(net / "flags", "0x1002\n");
    EXPECT_EQ(uses(f.machine(), address), Uses{});
    f.write(net / "flags", "0x1003\n");
    f.write(net / "upper_bond0", "");
    f.write("proc/net/route", "Iface\tDestination\tGateway\neth0\t00000000\t0102A8C0\neth0\t0002A8C0\t0\neth1\t0003A8C0\t0\n");
    Machine m = f.machine();
    m.addresses = [](const std::string &name) { return std::vector<std::string>{name == "eth0" ? "192.168.2.2" : "?"}; };
    m.elsewhere = [](const std::string &) { return Uses{{"eth9", "is up in the network namespace far"}}; };
    EXPECT_EQ(uses(m, address), (Uses{{"eth0", "is up"},
                                      {"eth0", "is part of bond0"},
                                      {"eth0", "has 192.168.2.2"},
                                      {"eth0", "has the default route"},
                                      {"eth0", "has 1 route"},
                                      {"eth9", "is up in the network namespace far"}}));
}

TEST(Address, AllSpellings)
{
    Fake f;
    f.nvme();
    f.device(f.device("sys/devices/pci0000:00", "0000:03:00.1", "pci") / "net", "eth0", "net");
    for (const char *text : {"0000:01:00.0", "01:00.0", "/dev/nvme0n1", "nvme0n1p2"})
        EXPECT_EQ(pci_address(f.machine(), text), address) << text;
    EXPECT_EQ(pci_address(f.machine(), "eth0"), "0000:03:00.1");
    for (const char *text : {"", "0000:09:00.0", "../../../0000:01:00.0", "eth7", "/"})
        EXPECT_THROW((void)pci_address(f.machine(), text), Error) << text;
}

TEST(Node, Escapes)
{
    EXPECT_EQ(unescape("a\\040b\\134"), "a b\\");
    EXPECT_EQ(unescape("a\\0"), "a\\0");
    EXPECT_EQ(multipath_head("nvme2c11n3"), "nvme2n3");
    EXPECT_EQ(multipath_head("nvme2n3"), "");
}

} // namespace
