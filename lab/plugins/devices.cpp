// SPDX-License-Identifier: GPL-2.0-only
#include "devices.hpp"

#include "disk_file.hpp"
#include "../models/nvme/controller.hpp"

#include <cstdlib>
#include <map>
#include <sstream>

namespace lxd::lab {

namespace {

using options = std::map<std::string, std::string>;

/// "32M", "512K" or bytes; 0 if it is no such thing.
uint64_t parse_size(const std::string &text)
{
	char *end;
	const uint64_t n = strtoull(text.c_str(), &end, 10);

	if (*end == 'M' && !end[1])
		return n << 20;
	if (*end == 'K' && !end[1])
		return n << 10;
	return *end ? 0 : n;
}

carrier *make_nvme(options o, const std::string &folder, unsigned slot)
{
	static unsigned next;
	const std::string name = "nvme" + std::to_string(next++);
	auto *disk = new disk_file(o.contains("file") ? o["file"] : folder + "/" + name + ".img",
				   o.contains("size") ? parse_size(o["size"]) : 32 << 20);
	// The second namespace's contents never come from a scenario.
	auto *second = new disk_file(folder + "/" + name + "n2.img", 4 << 20);
	auto *model = new nvme::controller;
	auto *c = new carrier(name, *model, slot);
	nvme::settings s;

	if (!disk->is_open() || !second->is_open() || disk->size() < 4096)
		return nullptr;
	s.disks[0] = disk;
	s.disks[1] = o["ns"] == "2" ? second : nullptr;
	s.latency_ns = strtoull(o["latency"].c_str(), nullptr, 10) * 1000;
	s.number = next - 1;
	model->connect(*c, s);
	return c;
}

} // namespace

carrier *make_device(const std::string &line, const std::string &folder, unsigned slot)
{
	static const std::map<std::string, std::string> known = {{"nvme", " size file ns latency "}};
	std::istringstream words(line);
	std::string kind, word;
	options o;

	words >> kind;
	if (!known.contains(kind))
		return nullptr;
	while (words >> word) {
		const size_t equals = word.find('=');

		if (equals == word.npos || known.at(kind).find(" " + word.substr(0, equals) + " ") == word.npos)
			return nullptr;
		o[word.substr(0, equals)] = word.substr(equals + 1);
	}
	return make_nvme(o, folder, slot);
}

} // namespace lxd::lab
