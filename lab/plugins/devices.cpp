// SPDX-License-Identifier: GPL-2.0-only
#include "devices.hpp"

#include "disk_file.hpp"
#include "tap.hpp"
#include "volatile_cache.hpp"
#include "../models/ixgbe/echo.hpp"
#include "../models/ixgbe/port.hpp"
#include "../models/nvme/controller.hpp"

#include <cstdlib>
#include <map>
#include <sstream>
#include <vector>

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

/// The file of a namespace; null if it cannot be made or holds no block. Behind a cache that forgets, if so wished.
storage *open_disk(const std::string &path, uint64_t size, bool forgets)
{
	auto *disk = new disk_file(path, size);

	if (disk->is_open() && size >= nvme::controller::block)
		return forgets ? static_cast<storage *>(new volatile_cache(*disk)) : disk;
	delete disk;
	return nullptr;
}

carrier *make_nvme(options o, const std::string &folder, unsigned slot)
{
	static unsigned next;
	const std::string base = folder + "/nvme" + std::to_string(next);
	const std::string &count = o.try_emplace("ns", "1").first->second;
	const std::string &latency = o.try_emplace("latency", "0").first->second;
	const std::string &cache = o.try_emplace("cache", "safe").first->second;
	const bool forgets = cache == "volatile";
	nvme::settings s;

	if ((cache != "safe" && !forgets) || (count != "1" && count != "2") || latency.find_first_not_of("0123456789") != latency.npos)
		return nullptr;
	s.disks[0] = open_disk(o.contains("file") ? o["file"] : base + ".img",
			       o.contains("size") ? parse_size(o["size"]) : 32 << 20, forgets);
	if (!s.disks[0])
		return nullptr;
	if (count == "2") {
		s.disks[1] = open_disk(base + "n2.img", 4 << 20, forgets);
		if (!s.disks[1])
			return nullptr;
	}
	s.latency_ns = strtoull(latency.c_str(), nullptr, 10) * 1000;
	s.number = next++;
	auto *model = new nvme::controller;
	auto *c = new carrier("nvme" + std::to_string(s.number), *model, slot);
	model->connect(*c, s);
	return c;
}

/// peer=echo: an answering machine on the cable; peer=tap:NAME: a TAP interface of this computer; peer=N: the
/// port with that number, made before; without: a port made later, or nothing.
carrier *make_ixgbe(options o, const std::string &, unsigned slot)
{
	static std::vector<ixgbe::port *> ports;
	const std::string peer = o.contains("peer") ? o["peer"] : "";
	const unsigned number = ports.size();
	auto *model = new ixgbe::port;
	ixgbe::settings s{nullptr, number};

	if (peer == "echo") {
		auto *far = new ixgbe::echo;

		far->connect(*model);
		s.peer = far;
	} else if (peer.starts_with("tap:")) {
		auto *far = new tap(peer.substr(4), *model);

		if (!far->is_open())
			return nullptr;
		s.peer = far;
	} else if (!peer.empty()) {
		const unsigned n = strtoul(peer.c_str(), nullptr, 10);

		if (peer.find_first_not_of("0123456789") != peer.npos || n >= number)
			return nullptr;
		s.peer = ports[n];
		ports[n]->plug(model);
	}
	ports.push_back(model);
	auto *c = new carrier("ixgbe" + std::to_string(number), *model, slot);
	model->connect(*c, s);
	return c;
}

} // namespace

carrier *make_device(const std::string &line, const std::string &folder, unsigned slot)
{
	static const std::map<std::string, std::string> known = {{"nvme", " size file ns latency cache "},
								      {"ixgbe", " peer "}};
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
	return kind == "nvme" ? make_nvme(o, folder, slot) : make_ixgbe(o, folder, slot);
}

} // namespace lxd::lab
