// SPDX-License-Identifier: GPL-2.0-only
/// A domain from both sides: /dev/lxd, as lxdctl has it, and /dev/hostile, as its inside.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <uapi/lxd.h>
#include "../hostile.h"

extern "C" {
#include <block.h>
#include <domain.h>
#include <net.h>
#include <pci.h>
}

namespace hostile {

/// Where the machine of `run` has its NVMe device.
inline constexpr const char *device_address = "0000:00:04.0";

enum state { embryo, running, faulted, draining, dead, restarting, gone };

/// How the domain answers one of the host's functions.
struct manner {
	unsigned late_ms = 0;
	bool never = false, twice = false;
};

/// What a call of the host's came with, and what goes back.
struct call {
	uint16_t fn = 0, number = 0;
	std::array<uint8_t, HOSTILE_AREA> in{}, out{};
	uint32_t length = 4;	///< of the answer

	template<class T> const T &arguments() const { return *reinterpret_cast<const T *>(in.data()); }
	template<class T> T &answer()
	{
		length = sizeof(T);
		return *reinterpret_cast<T *>(out.data());
	}
};

/// How a domain is made; what is not said is small and quick.
struct options {
	std::string name = "a";
	std::string device, classes = "pci,block,net";
	unsigned heap_mib = 2, queues = 2, depth = 64;
	bool share_rx = false;
	bool restart = false;	///< a fault is not its end
};

class domain {
public:
	/// LXD_IOC_CREATE; `error()` says whether it went well. Its inside answers from then on.
	explicit domain(const options &o = {});
	~domain();
	domain(const domain &) = delete;

	int error() const { return error_; }
	uint32_t id() const { return id_; }
	const std::string &text() const { return text_; }

	/// 0 or -errno, as the ioctls.
	int start() { return control(LXD_IOC_START, 0); }
	int stop(bool force) { return control(LXD_IOC_STOP, LXD_STOP_IN_USE | (force ? LXD_STOP_KILL : 0)); }
	/// Asks first whether the device is in use, as `lxdctl stop` without --force.
	int stop_if_unused() { return control(LXD_IOC_STOP, 0); }
	int restart() { return control(LXD_IOC_RESTART, 0); }
	int ping();
	int destroy() { return control(LXD_IOC_DESTROY, 0); }
	int status(std::string *classes = nullptr) const;
	state now() const;
	/// Waits until its driver has been probed in its n-th life after the first.
	bool reborn(unsigned n, unsigned limit_ms = 20000) const;
	/// Its inside does something bad.
	void die();

	/// The inside's own view: what the product accounts to it.
	hostile_state look() const;

	/// A message into the ring; nobody is told before kick().
	int put(uint16_t fn, uint16_t number, const void *arguments, size_t length, int queue = -1);
	int put(std::span<const hostile_slot> slots, bool kicked);
	void kick();
	/// As a message to the context of this CPU.
	void kick(unsigned cpu);
	/// The result of a waiting call, or -ETIMEDOUT, -ESHUTDOWN; its whole answer is in answer().
	long wait(uint16_t number, unsigned limit_ms = 60000);
	template<class T> long ask(uint16_t fn, const T &arguments, uint16_t number = 1, unsigned limit_ms = 60000)
	{
		put(fn, number, &arguments, sizeof(arguments));
		kick();
		return wait(number, limit_ms);
	}
	long ask(uint16_t fn, uint16_t number = 1)
	{
		uint64_t nothing = 0;
		return ask(fn, nothing, number);
	}
	template<class T> const T &answer(uint16_t number = 1) const
	{
		return *reinterpret_cast<const T *>(answers_[number].data());
	}
	void post(uint16_t fn, const void *arguments, size_t length, int queue = -1)
	{
		put(fn, 0, arguments, length, queue);
		kick();
	}
	/// The next request or packet that is held; false: there is none.
	bool take_data(hostile_take &t, unsigned limit_ms) const;

	/// Requests, packets, what is posted at each entry.
	void mode(const hostile_mode &m);
	void pardon();
	/// The call areas of the domain, as it sees them.
	uint8_t *areas();

	/// Before start(): what happens inside the driver's init.
	std::function<void()> on_init;
	/// Answers of this function; 0xffff: of all that have none of their own.
	void set_manner(uint16_t fn, manner m);
	/// How often the host called it.
	unsigned calls(uint16_t fn) const;
	/// The calling thread runs on while the machine goes to sleep, as a domain does.
	void stay_awake();
	/// Changes an answer before it is given.
	std::function<void(call &)> on_call;

private:
	int control(unsigned long request, uint32_t flags);
	void serve();
	/// Binds to the inside of the next life. False: there will be none.
	bool rebind();
	void give(call c);
	void later(call c, manner m);

	const options options_;
	int lxd_ = -1, inside_ = -1, error_ = 0;
	uint32_t id_ = 0;
	std::string text_;
	std::array<std::array<uint8_t, HOSTILE_AREA>, 33> answers_{};
	mutable std::mutex lock_;
	std::map<uint16_t, manner> manners_;
	std::map<uint16_t, unsigned> calls_;
	std::atomic<bool> ending_ = false;
	std::atomic<unsigned> lives_ = 0;
	std::atomic<bool> probed_ = false;	///< in this life
	std::thread server_;
	std::vector<std::thread> late_;
	uint8_t *areas_ = nullptr;
};

/// Fills in the usual answer to a call of the host's.
void usual_answer(call &c, const options &o);
/// Stops and destroys whatever lives; for the time after a test.
void end_all_domains();
/// Makes the allocation that is asked for `n` from now on fail; 0: none. What was before.
hostile_fault fail_at(unsigned n);
/// The same, but there the domains end; entries are steps, too.
hostile_fault kill_at(unsigned n);
/// The same, but whoever asks there waits.
hostile_fault pause_at(unsigned n, unsigned ms);
/// Did it come to the step since the last of these?
bool step_reached();

/// The device's driver has its shutdown, as when the machine goes down, but the machine does not. 0 or -errno.
int shut_device_down();
/// Binds the machine's device to lxd's PCI driver.
void take_device();
/// Options of a domain with that device, which is bound to the driver first.
options with_device(unsigned heap_mib = 4);
/// Registers a driver for every device, as `on_init`.
long register_driver(domain &d);
/// A started domain with the device.
void start_with_device(domain &d);

/// 0 or -errno of the machine's sleep, as far as the level of the kernel's test ("none": all the way).
int sleep_machine(const char *state, const char *level, unsigned stays_s = 0);

} // namespace hostile
