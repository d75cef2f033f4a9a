// SPDX-License-Identifier: GPL-2.0-only
/// The control device: I/O ports by which the guest reports to the lab.
///
///   0x5c0  byte, write    console byte of the lab's log (a line at a time)
///   0x5c1  byte, write    command text, a newline executes it
///          byte, read     next byte of the answer, 0 at its end; an answer
///                         that begins with '!' says why the command failed
///   0x5c4  dword, read    0x4244584c, "LXDB"
///          dword, write   a number for the log (cheap marker for kernel code)
///   0x5c8  dword, read    instructions executed by this CPU, low half;
///   0x5cc  dword, read    high half as of the last read of the low one
///
/// Commands: see lab/image/labctl.c. Any write to 0x5c1 tells the judge that
/// the view in use is the host's.
#pragma once

#include "bochs_api.hpp"
#include "handover.hpp"
#include "profile.hpp"

#include <functional>
#include <string>

namespace lxd::lab {

class control {
public:
	/// `begin` runs when the guest has booted; its result is the answer.
	void init(std::function<std::string()> begin, handover &files);

private:
	std::function<std::string()> begin_;
	handover *files_ = nullptr;
	std::string console_;
	std::string line_;
	std::string answer_;
	size_t answered_ = 0;
	uint64_t counted_ = 0;
	profile profile_;

	static Bit32u on_read(void *self, Bit32u port, unsigned size);
	static void on_write(void *self, Bit32u port, Bit32u value, unsigned size);
	Bit32u read(Bit32u port, unsigned size);
	void write(Bit32u port, Bit32u value, unsigned size);
	std::string execute(const std::string &line);
};

} // namespace lxd::lab
