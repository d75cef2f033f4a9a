// SPDX-License-Identifier: GPL-2.0-only
/// The kernel's own modules are found as modprobe finds them, packed as distributions pack them.
#include <cstdlib>

#include <gtest/gtest.h>

#include "error.hpp"
#include "fake.hpp"
#include "modinfo.hpp"
#include "module.hpp"
#include "params.hpp"
#include "stock.hpp"
#include "unpack.hpp"

namespace {

using namespace lxdctl;
using lxdctl::test::Fake;
using lxdctl::test::module_image;
namespace fs = std::filesystem;

constexpr const char *path = "drivers/nvme/host/nvme-core";

struct Folder : Fake {
    fs::path modules = top() / "lib/modules/6.1.0-test", configs = top() / "modprobe.d";
    std::vector<std::uint8_t> image = module_image({"alias=pci:v*d*sv*sd*bc01sc08i02*", "parmtype=multipath:bool"});

    Folder()
    {
        fs::create_directories(modules);
        fs::create_directories(configs);
    }

    fs::path module(const std::string &name)
    {
        fs::create_directories((modules / name).parent_path());
        std::ofstream(modules / name, std::ios::binary).write(reinterpret_cast<const char *>(image.data()),
                                                              static_cast<std::streamsize>(image.size()));
        return modules / name;
    }

    /// depmod's answer.
    void depmod() { ASSERT_EQ(std::system(("depmod -b " + top().string() + " 6.1.0-test 2>/dev/null").c_str()), 0); }

    [[nodiscard]] Stock stock() const
    {
        const char *const places[] = {configs.c_str(), nullptr};
        return Stock(modules, places);
    }
};

std::string refusal(const auto &what)
{
    try {
        what();
    } catch (const Error &e) {
        return e.what();
    }
    return "";
}

TEST(Stock, UpdatesGoFirst)
{
    Folder f;
    f.module("kernel/drivers/nvme/host/nvme-core.ko");
    const fs::path newer = f.module("updates/nvme-core.ko");
    f.depmod();
    EXPECT_EQ(f.stock().file(path), newer);
}

TEST(Stock, WithoutDepmod)
{
    Folder f;
    const fs::path plain = f.module("kernel/drivers/nvme/host/nvme-core.ko");
    EXPECT_EQ(f.stock().file(path), plain);
}

TEST(Stock, SaysWhatIsThere)
{
    Folder f;
    EXPECT_NE(refusal([&] { (void)f.stock().file(path); }).find("has no module nvme_core"), std::string::npos);
    f.write("lib/modules/6.1.0-test/modules.builtin", "kernel/drivers/nvme/host/nvme-core.ko\n");
    EXPECT_NE(refusal([&] { (void)f.stock().file(path); }).find("built into this kernel"), std::string::npos);
    fs::remove_all(f.modules);
    EXPECT_NE(refusal([&] { (void)f.stock().file(path); }).find("modules are not installed"), std::string::npos);
}

TEST(Stock, Options)
{
    Folder f;
    f.write("modprobe.d/a.conf", "options nvme_core io_timeout=9 \\\n multipath=N\noptions nvme io_queue_depth=64\n");
    f.write("modprobe.d/b.conf", "options nvme-core io_timeout=8\n# options nvme x=1\n");
    EXPECT_EQ(split_options(f.stock().options("nvme_core")),
              (std::vector<std::string>{"io_timeout=9", "multipath=N", "io_timeout=8"}));
    EXPECT_EQ(f.stock().options("nvme"), "io_queue_depth=64");
    EXPECT_EQ(f.stock().options("ixgbe"), "");
}

/// How distributions pack modules; what they pack is what is read, whatever the name says.
TEST(Unpack, EachWay)
{
    for (const char *command : {"xz --check=crc32", "zstd -q --rm", "gzip"}) {
        Folder f;
        const fs::path plain = f.module("kernel/drivers/nvme/host/nvme-core.ko");
        ASSERT_EQ(std::system((std::string(command) + " " + plain.string()).c_str()), 0) << command;
        const fs::path packed = f.stock().file(path);
        EXPECT_NE(packed, plain) << command;
        EXPECT_EQ(read_module(packed), f.image) << command;
        EXPECT_EQ(module_name(packed), "nvme_core");
        fs::rename(packed, plain);
        EXPECT_EQ(read_module(plain), f.image) << command;
        // Half of it is refused by name.
        fs::resize_file(plain, fs::file_size(plain) - 6);
        EXPECT_NE(refusal([&] { (void)read_module(plain); }).find("is not a sound"), std::string::npos) << command;
    }
}

TEST(Unpack, TooLarge)
{
    for (const char *command : {"xz -0", "zstd -q --rm", "gzip"}) {
        Folder f;
        const fs::path file = f.modules / "large.ko";
        std::ofstream(file) << "x";
        fs::resize_file(file, 17 << 20);
        ASSERT_EQ(std::system((std::string(command) + " " + file.string()).c_str()), 0);
        for (const auto &entry : fs::directory_iterator(f.modules))
            EXPECT_NE(refusal([&] { (void)read_module(entry.path()); }).find("larger than 16 MiB"), std::string::npos)
                << command;
    }
}

TEST(Modinfo, AliasAndParameters)
{
    const Modinfo info(module_image({"license=GPL", "alias=pci:v*d*sv*sd*bc01sc08i02*", "parm=b:only words",
                                     "parmtype=a:int", "parm=a:words", "parmtype="}));
    EXPECT_TRUE(info.drives("pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02"));
    EXPECT_FALSE(info.drives("pci:v00008086d00007000sv00001AF4sd00001100bc06sc01i00"));
    EXPECT_EQ(info.params(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(info.type("a"), "int");
    EXPECT_EQ(info.type("c"), "");
}

/// Any prefix of a module and any damaged header: nothing is read outside of it (the sanitizer says so), nothing thrown.
TEST(Modinfo, Damaged)
{
    const std::vector<std::uint8_t> good = module_image({"alias=pci:*", "parmtype=a:int"});
    for (std::size_t n = 0; n < good.size(); n++) {
        EXPECT_FALSE(Modinfo(std::span(good).first(n)).has_param("b"));
        std::vector<std::uint8_t> bad = good;
        bad[n] = static_cast<std::uint8_t>(~bad[n]);
        EXPECT_FALSE(Modinfo(bad).has_param("b"));
    }
}

} // namespace
