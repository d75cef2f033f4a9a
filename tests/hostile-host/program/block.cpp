// SPDX-License-Identifier: GPL-2.0-only
#include "block.hpp"
#include "test.hpp"

#include <cerrno>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <sys/klog.h>
#include <unistd.h>

namespace hostile {

disk make_disk(domain &d, uint32_t timeout_ms)
{
	disk k;
	if (d.ask(LXD_BLOCK_ALLOC_TAG_SET, lxd_block_alloc_tag_set_in{.queues = 2, .depth = 32, .reserved = 0, .pad0 = {}, .timeout_ms = timeout_ms}))
		return k;
	k.set = d.answer<lxd_block_alloc_tag_set_out>().set;
	if (!d.ask(LXD_BLOCK_ALLOC_DISK, lxd_block_alloc_disk_in{k.set}))
		k.handle = d.answer<lxd_block_alloc_disk_out>().d;
	return k;
}

lxd_block_add_disk_in disk_details(const disk &k)
{
	lxd_block_add_disk_in in{};
	in.d = k.handle;
	strcpy(in.info.name, "nvme0n1");
	in.info.capacity = 1 << 16;
	in.info.nsid = 1;
	in.info.lim.logical_block_size = 512;
	in.info.lim.physical_block_size = 4096;
	in.info.lim.max_hw_sectors = 1024;
	in.info.lim.max_segments = 127;
	in.info.lim.dma_alignment = 3;
	in.info.lim.nonrot = 1;
	return in;
}

long show_disk(domain &d, const disk &k) { return d.ask(LXD_BLOCK_ADD_DISK, disk_details(k)); }

std::string disk_name()
{
	std::string found;
	DIR *dir = opendir("/sys/block");
	while (dirent *e = dir ? readdir(dir) : nullptr)
		if (!strncmp(e->d_name, "nvme", 4))
			found = e->d_name;
	if (dir)
		closedir(dir);
	return found;
}

std::string temperature()
{
	for (unsigned n = 0; n < 16; n++) {
		std::string dir = "/sys/class/hwmon/hwmon" + std::to_string(n) + "/";
		if (read_file(dir + "name") == "nvme\n")
			return dir;
	}
	return "";
}

reader::reader(const std::string &name)
{
	thread_ = std::thread([this, path = "/dev/" + name] {
		void *page = aligned_alloc(4096, 4096);
		int fd = open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
		if (fd < 0 || pread(fd, page, 4096, 0) < 0)
			error_ = errno;
		if (fd >= 0)
			close(fd);
		free(page);
		done_ = true;
	});
}

uint64_t uevents() { return strtoull(read_file("/sys/kernel/uevent_seqnum").c_str(), nullptr, 10); }

double cpu_seconds_of(const std::string &part)
{
	double sum = 0;
	DIR *dir = opendir("/proc");
	while (dirent *e = dir ? readdir(dir) : nullptr) {
		std::string stat = read_file(std::string("/proc/") + e->d_name + "/stat");
		size_t end = stat.rfind(')');
		if (end == std::string::npos || stat.substr(0, end).find(part) == std::string::npos)
			continue;
		unsigned long user = 0, system = 0;
		sscanf(stat.c_str() + end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
		sum += static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
	}
	if (dir)
		closedir(dir);
	return sum;
}

unsigned log_lines(const std::string &part)
{
	std::string log(1 << 20, 0);
	int n = klogctl(3, log.data(), static_cast<int>(log.size()));
	log.resize(n > 0 ? static_cast<size_t>(n) : 0);
	unsigned found = 0;
	for (size_t at = 0; (at = log.find(part, at)) != std::string::npos; at += part.size())
		found++;
	return found;
}

uint64_t available_kib()
{
	std::string text = read_file("/proc/meminfo");
	size_t at = text.find("MemAvailable:");
	return at == std::string::npos ? 0 : strtoull(text.c_str() + at + 13, nullptr, 10);
}

} // namespace hostile
