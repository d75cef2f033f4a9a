// SPDX-License-Identifier: GPL-2.0-only
/// Entry of the plugin "lab": reads the files `processor` (special_cpu.hpp) and `devices` in $LXD_LAB_OUT
/// (one line a device, `KIND key=value ...`) and puts each on the PCI bus. A machine that serves (server.hpp) does
/// so in each child, whose guest then looks for the devices; the folder is then the scenario's.
#include "carrier.hpp"
#include "control.hpp"
#include "devices.hpp"
#include "handover.hpp"
#include "moment.hpp"
#include "open_files.hpp"
#include "server.hpp"
#include "special_cpu.hpp"

#include <cstdlib>
#include <fstream>
#include <memory>

namespace lxd::lab {

class lab_plugin final : public bx_devmodel_c {
public:
	lab_plugin() { put("LAB"); }
	void init() override;
	void reset(unsigned type) override;

private:
	/// First PCI device number of ours; Bochs' own chips are below.
	static constexpr unsigned first_slot = 8;

	control control_;
	handover handover_;
	moment moment_;
	server server_;
	std::vector<std::unique_ptr<carrier>> carriers_;

	void plug_devices();
	std::string begin();
};

void lab_plugin::init()
{
	const char *folder = getenv("LXD_LAB_OUT");
	board &b = board::get();
	std::string line;

	b.open(folder ? folder : ".");
	control_.init([this] { return begin(); }, handover_);
	handover_.init();
	moment_.init();
	server_.init();
	std::ifstream processor(b.folder() + "/processor");
	if (std::getline(processor, line) && !make_special(line))
		panic("bad processor line '%s'", line.c_str());
	if (!server_.is_serving())
		plug_devices();
}

void lab_plugin::plug_devices()
{
	board &b = board::get();
	std::ifstream list(b.folder() + "/devices");
	std::string line;

	while (std::getline(list, line)) {
		carrier *c = make_device(line, b.folder(), first_slot + carriers_.size());

		if (!c)
			panic("bad device line '%s'", line.c_str());
		carriers_.emplace_back(c);
		c->init();
		b.devices.push_back(c);
	}
}

/// The guest has booted and asks what to do. "files" if it has to fetch its scenario, nothing if it booted with it.
std::string lab_plugin::begin()
{
	board &b = board::get();

	if (server_.is_serving()) {
		const std::string base = b.folder(), folder = server_.wait_for_scenario(base);
		const std::string error = move_open_files(base, folder);

		if (!error.empty())
			server_.complain(error);
		if (!handover_.open(folder + "/files.cpio"))
			server_.complain(folder + "/files.cpio cannot be read");
		b.move(folder);
		plug_devices();
		b.log("begin");
	}
	return handover_.size() ? "files\n" : "";
}

void lab_plugin::reset(unsigned type)
{
	for (auto &c : carriers_)
		c->reset(type);
}

} // namespace lxd::lab

static lxd::lab::lab_plugin *the_plugin;

PLUGIN_ENTRY_FOR_MODULE(lab)
{
	switch (mode) {
	case PLUGIN_PROBE:
		return PLUGTYPE_OPTIONAL;
	case PLUGIN_FLAGS:
		return PLUGFLAG_PCI;
	case PLUGIN_INIT:
		the_plugin = new lxd::lab::lab_plugin;
		pluginRegisterDeviceDevmodel(plugin, type, the_plugin, "lab");
		return 0;
	case PLUGIN_FINI:
		lxd::lab::board::get().finish();
		delete the_plugin;
		return 0;
	}
	return 0;
}
