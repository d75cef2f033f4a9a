// SPDX-License-Identifier: GPL-2.0-only
#include "domain.hpp"
#include "test.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hostile {

domain::domain(const options &o) : options_(o)
{
	static uint64_t image[64];
	std::string said(4096, 0);
	lxd_ioc_module module{};
	lxd_ioc_create c{};
	lxd_ = open("/dev/lxd", O_RDWR | O_CLOEXEC);
	inside_ = open("/dev/hostile", O_RDWR | O_CLOEXEC);
	module.image = reinterpret_cast<uint64_t>(image);
	module.image_size = sizeof(image);
	strcpy(module.name, "hostile");
	c.size = sizeof(c);
	c.flags = (o.share_rx ? LXD_CREATE_SHARE_RX : 0) | (o.restart ? LXD_CREATE_RESTART : 0);
	strcpy(c.name, o.name.c_str());
	strcpy(c.device, o.device.c_str());
	strcpy(c.classes, o.classes.c_str());
	c.modules = reinterpret_cast<uint64_t>(&module);
	c.nr_modules = 1;
	c.heap_bytes = uint64_t{o.heap_mib} << 20;
	c.queues = o.queues;
	c.queue_depth = o.depth;
	c.error = {reinterpret_cast<uint64_t>(said.data()), static_cast<uint32_t>(said.size()), 0};
	error_ = ioctl(lxd_, LXD_IOC_CREATE, &c) ? -errno : 0;
	text_ = said.c_str();
	id_ = c.id;
	if (error_)
		return;
	if (ioctl(inside_, HOSTILE_BIND, &id_)) {
		say("domain %u has no inside any more", id_);
		return;
	}
	server_ = std::thread([this] { serve(); });
}

domain::~domain()
{
	ending_ = true;
	if (server_.joinable())
		server_.join();
	for (std::thread &t : late_)
		t.join();
	if (areas_)
		munmap(areas_, HOSTILE_AREA * 64);
	close(inside_);
	close(lxd_);
}

int domain::control(unsigned long request, uint32_t flags)
{
	std::string said(4096, 0);
	lxd_ioc_control c{};
	c.size = sizeof(c);
	c.id = id_;
	c.flags = flags;
	c.error = {reinterpret_cast<uint64_t>(said.data()), static_cast<uint32_t>(said.size()), 0};
	return ioctl(lxd_, request, &c) ? -errno : 0;
}

int domain::ping()
{
	lxd_ioc_ping p{};
	p.size = sizeof(p);
	p.id = id_;
	return ioctl(lxd_, LXD_IOC_PING, &p) ? -errno : 0;
}

int domain::status(std::string *classes) const
{
	std::string fault(4096, 0), text(8192, 0);
	lxd_ioc_status s{};
	s.size = sizeof(s);
	s.id = id_;
	s.fault = {reinterpret_cast<uint64_t>(fault.data()), static_cast<uint32_t>(fault.size()), 0};
	s.classes = {reinterpret_cast<uint64_t>(text.data()), static_cast<uint32_t>(text.size()), 0};
	if (ioctl(lxd_, LXD_IOC_STATUS, &s))
		return -errno;
	if (classes)
		*classes = text.c_str();
	return static_cast<int>(s.state);
}

state domain::now() const
{
	lxd_ioc_status s{};
	s.size = sizeof(s);
	s.id = id_;
	return ioctl(lxd_, LXD_IOC_STATUS, &s) ? gone : static_cast<state>(s.state);
}

bool domain::reborn(unsigned n, unsigned limit_ms) const
{
	return wait_until([&] {
		lxd_ioc_status s{};
		s.size = sizeof(s);
		s.id = id_;
		return !ioctl(lxd_, LXD_IOC_STATUS, &s) && s.restarts >= n && s.state == running && lives_ >= n && probed_;
	}, limit_ms);
}

void domain::die()
{
	hostile_mode m{};
	m.fault = 1;
	mode(m);
	kick();
}

bool domain::rebind()
{
	while (!ending_) {
		state s = now();
		if (s == dead || s == gone)
			return false;
		int fd = open("/dev/hostile", O_RDWR | O_CLOEXEC);
		if (!ioctl(fd, HOSTILE_BIND, &id_)) {
			dup3(fd, inside_, O_CLOEXEC);
			close(fd);
			stay_awake();
			probed_ = false;
			lives_++;
			return true;
		}
		close(fd);
		sleep_ms(10);
	}
	return false;
}

hostile_state domain::look() const
{
	hostile_state s{};
	ioctl(inside_, HOSTILE_STATE, &s);
	return s;
}

int domain::put(uint16_t fn, uint16_t number, const void *arguments, size_t length, int queue)
{
	hostile_slot s{};
	s.queue = queue;
	s.fn = fn;
	s.call = number;
	if (length > sizeof(s.w)) {
		s.fn |= LXD_FN_AREA;
		s.area = reinterpret_cast<uint64_t>(arguments);
		s.bytes = static_cast<uint32_t>(length);
		s.w[0] = length;
	} else {
		memcpy(s.w, arguments, length);
	}
	return put({&s, 1}, false);
}

int domain::put(std::span<const hostile_slot> slots, bool kicked)
{
	hostile_post p{reinterpret_cast<uint64_t>(slots.data()), static_cast<uint32_t>(slots.size()), kicked};
	return ioctl(inside_, HOSTILE_POST, &p) ? -errno : 0;
}

void domain::kick() { put({}, true); }

void domain::kick(unsigned cpu) { ioctl(inside_, HOSTILE_KICK, &cpu); }

long domain::wait(uint16_t number, unsigned limit_ms)
{
	hostile_take t{};
	t.what = HOSTILE_REPLIES;
	t.timeout_ms = limit_ms;
	t.call = number;
	t.area = reinterpret_cast<uint64_t>(answers_[number].data());
	if (ioctl(inside_, HOSTILE_TAKE, &t))
		return -errno;
	if (!(t.fn & LXD_FN_AREA))
		memcpy(answers_[number].data(), t.w, sizeof(t.w));
	return answer<int32_t>(number);
}

bool domain::take_data(hostile_take &t, unsigned limit_ms) const
{
	t = {};
	t.what = HOSTILE_DATA;
	t.timeout_ms = limit_ms;
	return !ioctl(inside_, HOSTILE_TAKE, &t);
}

void domain::mode(const hostile_mode &m)
{
	if (ioctl(inside_, HOSTILE_MODE, &m))
		wrong("the inside's mode is refused: %s", strerror(errno));
}

void domain::pardon() { ioctl(inside_, HOSTILE_PARDON); }

uint8_t *domain::areas()
{
	if (!areas_) {
		void *at = mmap(nullptr, HOSTILE_AREA * 64, PROT_READ | PROT_WRITE, MAP_SHARED, inside_, 0);
		if (at == MAP_FAILED)
			give_up("no call areas: %s", strerror(errno));
		areas_ = static_cast<uint8_t *>(at);
	}
	return areas_;
}

void domain::set_manner(uint16_t fn, manner m)
{
	std::lock_guard guard(lock_);
	manners_[fn] = m;
}

unsigned domain::calls(uint16_t fn) const
{
	std::lock_guard guard(lock_);
	auto found = calls_.find(fn);
	return found == calls_.end() ? 0 : found->second;
}

void domain::give(call c)
{
	hostile_slot s{};
	s.queue = -1;
	s.fn = c.fn | LXD_FN_REPLY;
	s.call = c.number;
	if (c.length > sizeof(s.w)) {
		s.fn |= LXD_FN_AREA;
		s.area = reinterpret_cast<uint64_t>(c.out.data());
		s.bytes = c.length;
		s.theirs = 1;
		s.w[0] = c.length;
	} else {
		memcpy(s.w, c.out.data(), sizeof(s.w));
	}
	put({&s, 1}, true);
}

void domain::later(call c, manner m)
{
	late_.emplace_back([this, c, m] {
		stay_awake();
		if (c.fn == LXD_DOMAIN_INIT_MODULE && on_init)
			on_init();
		for (unsigned left = m.late_ms; left && !ending_; left -= std::min(left, 50u))
			sleep_ms(std::min(left, 50u));
		give(c);
		if (m.twice)
			give(c);
	});
}

void domain::stay_awake() { ioctl(inside_, HOSTILE_AWAKE); }

void domain::serve()
{
	stay_awake();
	while (!ending_) {
		call c;
		hostile_take t{};
		t.what = HOSTILE_CALLS;
		t.timeout_ms = 50;
		t.area = reinterpret_cast<uint64_t>(c.in.data());
		if (ioctl(inside_, HOSTILE_TAKE, &t)) {
			if (errno == ETIMEDOUT || errno == EINTR)
				continue;
			if (options_.restart && rebind())
				continue;
			return; // it has gone
		}
		if (!(t.fn & LXD_FN_AREA))
			memcpy(c.in.data(), t.w, sizeof(t.w));
		c.fn = static_cast<uint16_t>(t.fn & ~LXD_FN_AREA);
		c.number = static_cast<uint16_t>(t.call);
		manner m;
		{
			std::lock_guard guard(lock_);
			calls_[c.fn]++;
			auto found = manners_.find(c.fn);
			if (found == manners_.end())
				found = manners_.find(0xffff);
			if (found != manners_.end())
				m = found->second;
		}
		if (!c.number || m.never)
			continue;
		// Set after the domain was made and before it starts, so not looked at before there is a call.
		if (on_call)
			on_call(c);
		else
			usual_answer(c, options_);
		if (m.late_ms || (c.fn == LXD_DOMAIN_INIT_MODULE && on_init))
			later(c, m);
		else
			give(c);
		if (m.twice && !m.late_ms)
			give(c);
		if (c.fn == LXD_PCI_PROBE)
			probed_ = true;
	}
}

void end_all_domains()
{
	lxd_ioc_list l{};
	int lxd = open("/dev/lxd", O_RDWR | O_CLOEXEC);
	l.size = sizeof(l);
	if (lxd < 0 || ioctl(lxd, LXD_IOC_LIST, &l)) {
		wrong("no list of domains: %s", strerror(errno));
		return;
	}
	for (uint32_t i = 0; i < l.nr; i++) {
		lxd_ioc_control c{};
		c.size = sizeof(c);
		c.id = l.ids[i];
		c.flags = LXD_STOP_KILL | LXD_STOP_IN_USE;
		uint64_t begin = now_ms();
		if (ioctl(lxd, LXD_IOC_STOP, &c))
			wrong("domain %u does not stop: %s after %llu ms", c.id, strerror(errno),
			      static_cast<unsigned long long>(now_ms() - begin));
		c.flags = 0;
		if (ioctl(lxd, LXD_IOC_DESTROY, &c))
			wrong("domain %u is not forgotten: %s", c.id, strerror(errno));
	}
	close(lxd);
}

int shut_device_down()
{
	int fd = open("/dev/hostile", O_RDWR | O_CLOEXEC);
	int err = ioctl(fd, HOSTILE_SHUTDOWN, device_address) ? -errno : 0;
	close(fd);
	return err;
}

bool step_reached()
{
	uint32_t yes = 0;
	static const int fd = open("/dev/hostile", O_RDWR | O_CLOEXEC);
	return !ioctl(fd, HOSTILE_REACHED, &yes) && yes;
}

static hostile_fault set_fault(unsigned n, hostile_action action, unsigned pause_ms = 0)
{
	hostile_fault f{};
	int fd = open("/dev/hostile", O_RDWR | O_CLOEXEC);
	f.at = n;
	f.action = action;
	f.pause_ms = pause_ms;
	if (fd < 0 || ioctl(fd, HOSTILE_FAULT, &f))
		give_up("no faults: %s", strerror(errno));
	close(fd);
	return f;
}

hostile_fault fail_at(unsigned n) { return set_fault(n, HOSTILE_FAIL); }

hostile_fault kill_at(unsigned n) { return set_fault(n, HOSTILE_KILL); }

hostile_fault pause_at(unsigned n, unsigned ms) { return set_fault(n, HOSTILE_PAUSE, ms); }

void take_device()
{
	std::string device = std::string("/sys/bus/pci/devices/") + device_address;
	if (!write_file(device + "/driver_override", "lxd"))
		give_up("%s is not there", device.c_str());
	write_file("/sys/bus/pci/drivers/lxd/bind", device_address);
}

options with_device(unsigned heap_mib)
{
	take_device();
	options o;
	o.device = device_address;
	o.heap_mib = heap_mib;
	return o;
}

long register_driver(domain &d)
{
	lxd_pci_register_driver_in in{};
	in.ids[0].vendor = in.ids[0].device = in.ids[0].subvendor = in.ids[0].subdevice = ~0u;
	in.n = 1;
	strcpy(in.name, "evil");
	return d.ask(LXD_PCI_REGISTER_DRIVER, in, 32);
}

void start_with_device(domain &d)
{
	d.on_init = [&d] { EXPECT_EQUAL(register_driver(d), 0); };
	if (d.error())
		give_up("the domain is not made: %d %s", d.error(), d.text().c_str());
	int err = d.start();
	if (err)
		give_up("the domain does not start: %d", err);
}

int sleep_machine(const char *state, const char *level, unsigned stays_s)
{
	write_file("/sys/module/suspend/parameters/pm_test_delay", std::to_string(stays_s));
	if (!write_file("/sys/power/pm_test", level))
		give_up("the kernel has no test of sleep");
	int fd = open("/sys/power/state", O_WRONLY | O_CLOEXEC);
	int err = write(fd, state, strlen(state)) < 0 ? -errno : 0;
	close(fd);
	write_file("/sys/power/pm_test", "none");
	return err;
}

} // namespace hostile
