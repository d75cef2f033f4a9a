// SPDX-License-Identifier: GPL-2.0-only
/// Entry of the plugin "lab": reads the files `processor` (special_cpu.hpp) and `devices` in $LXD_LAB_OUT
/// (one line a device, `KIND key=value ...`) and puts each on the PCI bus.
#include "carrier.hpp"
#include "control.hpp"
#include "devices.hpp"
#include "moment.hpp"
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
	moment moment_;
	std::vector<std::unique_ptr<carrier>> carriers_;
};

void lab_plugin::init()
{
	const char *folder = getenv("LXD_LAB_OUT");
	board &b = board::get();
	std::string line;

	b.open(folder ? folder : ".");
	control_.init();
	moment_.init();
	std::ifstream processor(b.folder() + "/processor");
	if (std::getline(processor, line) && !make_special(line))
		panic("bad processor line '%s'", line.c_str());
	std::ifstream list(b.folder() + "/devices");
	while (std::getline(list, line)) {
		carrier *c = make_device(line, b.folder(), first_slot + carriers_.size());

		if (!c)
			panic("bad device line '%s'", line.c_str());
		carriers_.emplace_back(c);
		c->init();
		b.devices.push_back(c);
	}
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
