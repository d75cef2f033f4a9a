// SPDX-License-Identifier: GPL-2.0-only
#include "control.hpp"

#include "board.hpp"

#include <sstream>

namespace lxd::lab {

static constexpr Bit32u first_port = 0x5c0, last_port = 0x5cf;
static constexpr size_t max_line = 1024;
static constexpr Bit32u magic = 0x4244584c;

void control::init(std::function<std::string()> begin, handover &files)
{
	begin_ = std::move(begin);
	files_ = &files;
	bx_devices.register_io_read_handler_range(this, on_read, first_port, last_port, "lab", 7);
	bx_devices.register_io_write_handler_range(this, on_write, first_port, last_port, "lab", 7);
	profile_.init();
}

Bit32u control::on_read(void *self, Bit32u port, unsigned size)
{
	return static_cast<control *>(self)->read(port, size);
}

void control::on_write(void *self, Bit32u port, Bit32u value, unsigned size)
{
	static_cast<control *>(self)->write(port, value, size);
}

Bit32u control::read(Bit32u port, unsigned size)
{
	if (port == first_port + 1 && size == 1)
		return answered_ < answer_.size() ? (Bit8u)answer_[answered_++] : 0;
	if (port == first_port + 4 && size == 4)
		return magic;
	if (port == first_port + 8 && size == 4) {
		counted_ = current_instructions();
		return counted_;
	}
	if (port == first_port + 12 && size == 4)
		return counted_ >> 32;
	return ~0u;
}

void control::write(Bit32u port, Bit32u value, unsigned size)
{
	board &b = board::get();

	if (port == first_port + 4 && size == 4) {
		b.log("number " + std::to_string(value));
		return;
	}
	if (size != 1 || port > first_port + 1)
		return;
	std::string &line = port == first_port ? console_ : line_;
	if (port == first_port + 1)
		b.seen.host_seen(current_origin());
	if (value != '\n') {
		if (line.size() < max_line)
			line += value >= ' ' && value < 0x7f ? (char)value : '?';
		return;
	}
	if (port == first_port) {
		b.log("console " + line);
	} else if (!line.empty()) {
		answer_ = execute(line);
		answered_ = 0;
	}
	line.clear();
}

std::string control::execute(const std::string &line)
{
	board &b = board::get();
	std::istringstream in(line);
	std::string word, rest;

	in >> word;
	std::getline(in >> std::ws, rest);
	if (word == "begin")
		return begin_();
	if (word == "files") {
		files_->rewind();
		return std::to_string(files_->size()) + "\n";
	}
	if (word == "mark") {
		b.log("mark " + rest);
		return "";
	}
	if (word == "pass" || word == "fail" || word == "skip") {
		b.verdict(rest.empty() ? word : word + " " + rest);
		return "";
	}
	if (word == "off") {
		b.log("off");
		b.finish();
		// The guest's serial output is on disk (Bochs flushes each byte).
		_exit(0);
	}
	if (word == "counters")
		return b.counters(rest);
	if (word == "get") {
		const std::string found = b.counters(rest);

		if (found.starts_with(rest + " "))
			return found.substr(rest.size() + 1, found.find('\n') - rest.size());
		return "!no counter '" + rest + "'\n";
	}
	if (word == "reset") {
		for (board_device *d : b.devices)
			d->clear_counters();
		return "";
	}
	if (word == "profile") {
		std::istringstream words(rest);
		std::string name;
		uint64_t ticks = 0;

		words >> ticks >> name;
		profile_.command(b.folder(), ticks, name);
		return "";
	}
	if (word == "fault") {
		std::istringstream words(rest);
		std::string name, what;
		uint64_t argument = 0;

		words >> name >> what >> argument;
		for (board_device *d : b.devices) {
			if (d->name() != name)
				continue;
			b.log("fault " + rest);
			return d->fault(what, argument) ? "" : "!" + name + " has no fault '" + what + "'\n";
		}
		return "!no device '" + name + "'\n";
	}
	return "!unknown command '" + word + "'\n";
}

} // namespace lxd::lab
