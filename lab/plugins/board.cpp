// SPDX-License-Identifier: GPL-2.0-only
#include "board.hpp"

namespace lxd::lab {

board &board::get()
{
	static board the_board;
	return the_board;
}

void board::open(const std::string &folder)
{
	folder_ = folder;
	log_ = fopen((folder + "/lab.log").c_str(), "w");
}

void board::log(const std::string &text)
{
	if (!log_)
		return;
	const origin o = current_origin();
	fprintf(log_, "%12llu cpu%u %s %s\n", (unsigned long long)current_instructions(), o.cpu,
		describe(o).c_str(), text.c_str());
	fflush(log_);
}

std::string board::counters(const std::string &prefix) const
{
	std::string text;

	for (const board_device *d : devices) {
		std::vector<std::pair<std::string, uint64_t>> list;

		d->list_counters(list);
		for (const auto &[name, value] : list) {
			const std::string full = d->name() + "." + name;

			if (full.starts_with(prefix))
				text += full + " " + std::to_string(value) + "\n";
		}
	}
	return text;
}

void board::write(const char *file, const std::string &text) const
{
	FILE *f = fopen((folder_ + "/" + file).c_str(), "w");

	if (!f)
		return;
	fputs(text.c_str(), f);
	fclose(f);
}

void board::verdict(const std::string &text)
{
	log("verdict " + text + (judged_ ? " (there is one already)" : ""));
	if (!judged_)
		write("verdict", text + "\n");
	judged_ = true;
}

void board::finish()
{
	if (finished_)
		return;
	finished_ = true;
	for (board_device *d : devices)
		log(d->name() + " doorbells: " + d->describe_doorbells());
	write("counters", counters(""));
	for (board_device *d : devices)
		d->close();
	fflush(nullptr);
}

} // namespace lxd::lab
