// SPDX-License-Identifier: GPL-2.0-only
/// Each parameter that the user gave is used, or refused with a message.
#include <gtest/gtest.h>

#include "error.hpp"
#include "module.hpp"
#include "params.hpp"

namespace {

using namespace lxdctl;
using lxdctl::test::module_image;

std::map<std::string, Modinfo> modules()
{
    std::map<std::string, Modinfo> all;
    all.emplace("nvme_core", Modinfo(module_image({"parmtype=multipath:bool", "parm=io_timeout:seconds",
                                                   "parmtype=io_timeout:uint", "parmtype=name:charp"})));
    all.emplace("nvme", Modinfo(module_image({"parmtype=io_queue_depth:uint", "parmtype=poll_queues:uint",
                                              "parmtype=use_threaded_interrupts:int", "parmtype=use_cmb_sqes:bool",
                                              "parmtype=max_host_mem_size_mb:uint"})));
    return all;
}

Params merge(const std::string &core, const std::string &pci, const std::vector<std::string> &given = {})
{
    return merge_params(driver("nvme"), modules(), [&](const std::string &m) { return m == "nvme" ? pci : core; }, given);
}

std::string refusal(const std::vector<std::string> &given)
{
    try {
        (void)merge("", "", given);
    } catch (const Error &e) {
        return e.what();
    }
    return "";
}

TEST(Params, DefaultsAlone)
{
    const Params p = merge("", "");
    EXPECT_EQ(p.last.at("nvme.io_queue_depth"), "128");
    EXPECT_EQ(p.last.at("nvme_core.multipath"), "0");
    EXPECT_TRUE(p.notes.empty());
}

TEST(Params, WhatTheSystemSaysIsUsed)
{
    const Params p = merge("io_timeout=7", "io_queue_depth=64");
    EXPECT_EQ(p.last.at("nvme_core.io_timeout"), "7");
    EXPECT_EQ(p.last.at("nvme.io_queue_depth"), "64");
    EXPECT_NE((" " + p.text + " ").find(" nvme.io_queue_depth=64 "), std::string::npos);
    EXPECT_EQ(p.text.find("=128"), std::string::npos);
    EXPECT_TRUE(p.notes.empty());
}

/// The command line stands behind the files: libkmod appends it.
TEST(Params, TheLastOneWins)
{
    EXPECT_EQ(merge("io_timeout=9 io-timeout=7", "").last.at("nvme_core.io_timeout"), "7");
}

TEST(Params, GivenWinsAndThatIsSaid)
{
    const Params p = merge("io_timeout=7", "", {"nvme-core.io_timeout=5", "nvme.io_queue_depth=32"});
    EXPECT_EQ(p.last.at("nvme_core.io_timeout"), "5");
    EXPECT_EQ(p.last.at("nvme.io_queue_depth"), "32");
    ASSERT_EQ(p.notes.size(), 1u);
    EXPECT_NE(p.notes[0].find("nvme_core.io_timeout=7 of modprobe.d"), std::string::npos);
}

TEST(Params, WhatADomainLacksIsSaidAndNotUsed)
{
    const Params p = merge("multipath=Y", "poll_queues=2 use_cmb_sqes=n");
    EXPECT_EQ(p.last.at("nvme_core.multipath"), "0");
    EXPECT_EQ(p.last.at("nvme.poll_queues"), "0");
    ASSERT_EQ(p.notes.size(), 2u);
    EXPECT_NE(p.notes[0].find("poll_queues=2"), std::string::npos);
    EXPECT_NE(p.notes[1].find("multipath"), std::string::npos);
}

TEST(Params, AnUnknownOneOfTheSystemIsSaid)
{
    const Params p = merge("nonsense=1", "");
    ASSERT_EQ(p.notes.size(), 1u);
    EXPECT_EQ(p.text.find("nonsense"), std::string::npos);
}

TEST(Params, GivenButImpossible)
{
    EXPECT_NE(refusal({"nvme.poll_queues=2"}).find("polled queues are not carried"), std::string::npos);
    EXPECT_NE(refusal({"nvme_core.multipath"}).find("multipath disks are not carried"), std::string::npos);
    EXPECT_NE(refusal({"nvme.nonsense=1"}).find("has no such parameter; it has: io_queue_depth"), std::string::npos);
    EXPECT_NE(refusal({"ext4.x=1"}).find("no module 'ext4'"), std::string::npos);
    EXPECT_NE(refusal({"io_timeout=1"}).find("MODULE.NAME=VALUE"), std::string::npos);
    EXPECT_NE(refusal({"=a.b"}).find("MODULE.NAME=VALUE"), std::string::npos);
    // The value that it has anyhow may be given.
    EXPECT_EQ(refusal({"nvme_core.multipath=off", "nvme.poll_queues=0"}), "");
}

TEST(Params, Quotes)
{
    EXPECT_EQ(split_options(" a=1  b=\"x y\"\tc\n"), (std::vector<std::string>{"a=1", "b=\"x y\"", "c"}));
    EXPECT_EQ(merge("name=\"x y\"", "").last.at("nvme_core.name"), "\"x y\"");
}

} // namespace
