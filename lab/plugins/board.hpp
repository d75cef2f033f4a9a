// SPDX-License-Identifier: GPL-2.0-only
/// What all lab devices of one machine share: the judge's knowledge of views,
/// the log, the list of devices, the folder for results.
#pragma once

#include "judge.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace lxd::lab {

/// A device that scenarios can ask and disturb by name ("nvme0").
class board_device {
public:
	virtual const std::string &name() const = 0;
	virtual bool fault(const std::string &what, uint64_t argument) = 0;
	virtual void list_counters(std::vector<std::pair<std::string, uint64_t>> &out) const = 0;
	virtual void clear_counters() = 0;
	virtual std::string describe_doorbells() const = 0;
	virtual void close() = 0;

protected:
	~board_device() = default;
};

class board {
public:
	static board &get();

	views seen;
	std::vector<board_device *> devices;

	/// Opens the log; `folder` is where results go.
	void open(const std::string &folder);
	/// Results go there from now on; the log, which is open, has been moved.
	void move(const std::string &folder) { folder_ = folder; }
	const std::string &folder() const { return folder_; }
	/// A line of lab.log with instruction count, CPU and view.
	void log(const std::string &text);
	/// Each device's counters as "name value" lines.
	std::string counters(const std::string &prefix) const;
	/// Keeps the first verdict only.
	void verdict(const std::string &text);
	/// Writes counters and closes all files; called once before the end.
	void finish();

private:
	std::string folder_ = ".";
	FILE *log_ = nullptr;
	bool judged_ = false;
	bool finished_ = false;

	void write(const char *file, const std::string &text) const;
};

} // namespace lxd::lab
