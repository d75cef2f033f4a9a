// SPDX-License-Identifier: GPL-2.0-only
/// First process of the guest. Each test gets a process; afterwards every domain must end and rtnl must be free, and
/// after all tests the module must go. The kernel panics at its first complaint; `run` then starts it anew for the rest.
#include "domain.hpp"
#include "net.hpp"
#include "test.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <signal.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hostile;

namespace {

/// Of the guest's clock; on a busy computer that may be far more than it takes.
constexpr unsigned test_limit_ms = 600'000, end_limit_ms = 200'000;

std::map<std::string, std::string> command_line()
{
	std::map<std::string, std::string> words;
	std::istringstream in(read_file("/proc/cmdline"));
	for (std::string word; in >> word;) {
		size_t at = word.find('=');
		words[word.substr(0, at)] = at == std::string::npos ? "1" : word.substr(at + 1);
	}
	return words;
}

void prepare()
{
	for (const char *folder : {"/proc", "/sys", "/dev", "/tmp"})
		mkdir(folder, 0755);
	mount("proc", "/proc", "proc", 0, nullptr);
	mount("sysfs", "/sys", "sysfs", 0, nullptr);
	mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
	for (const auto &[name, value] : command_line())
		if (name == "seed" || name == "long")
			setenv(name.c_str(), value.c_str(), 1);
}

/// Runs it in a process. 0: fine; 1: it failed; -1: it did not end.
int in_process(int (*what)(const test *), const test *t, unsigned limit_ms)
{
	pid_t pid = fork();
	if (!pid) {
		setpgid(0, 0);
		_exit(what(t));
	}
	int status = 0;
	for (uint64_t end = now_ms() + limit_ms; now_ms() < end; sleep_ms(10)) {
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		kill(-pid, SIGKILL); // its other processes
		while (waitpid(-1, nullptr, WNOHANG) > 0) {
		}
		if (WIFSIGNALED(status))
			say("wrong: signal %d ended the test", WTERMSIG(status));
		return !WIFEXITED(status) || WEXITSTATUS(status);
	}
	return -1;
}

int body(const test *t)
{
	t->run();
	return failures() != 0;
}

int load(const test *)
{
	int fd = open("/lxd.ko", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "gate=vmcall", 0))
		wrong("lxd.ko does not load: %s", strerror(errno));
	return failures() != 0;
}

/// What a test left behind ends, and rtnl is nobody's.
int aftermath(const test *)
{
	end_all_domains();
	if (!link_up("lo"))
		wrong("lo does not come up: %s", strerror(errno));
	return failures() != 0;
}

/// After all tests: nothing of any domain is left.
void unload()
{
	// Processes of the test that were killed may still have a file open.
	for (int tries = 0; syscall(SYS_delete_module, "lxd", O_NONBLOCK); tries++) {
		if (tries == 100) {
			wrong("lxd.ko does not unload: %s", strerror(errno));
			break;
		}
		sleep_ms(50);
	}
}

/// False: this kernel is of no use any more.
bool run(const test &t)
{
	say("begin %s", t.name);
	int bad = in_process(body, &t, test_limit_ms);
	if (bad >= 0) {
		int end = in_process(aftermath, &t, end_limit_ms);
		bad = end < 0 || bad > 0 ? (end < 0 ? -1 : 1) : end;
	}
	if (bad < 0) {
		say("wrong: no end");
		write_file("/proc/sysrq-trigger", "w");
		sleep_ms(1000);
	}
	say("%s %s", bad ? "FAIL" : "pass", t.name);
	return bad >= 0;
}

} // namespace

int main()
{
	prepare();
	auto words = command_line();
	say("seed %s", words["seed"].c_str());
	bool alive = !in_process(load, nullptr, end_limit_ms);
	std::istringstream wanted(alive ? words["tests"] : "");
	for (std::string name; std::getline(wanted, name, ',');) {
		const test *found = nullptr;
		for (const test &t : tests())
			if (t.name == name)
				found = &t;
		if (!found) {
			say("no test %s", name.c_str());
			continue;
		}
		if (!run(*found)) {
			alive = false;
			break;
		}
	}
	if (alive) {
		const test last = {"unload", "lxd.ko goes after all tests of a boot", unload};
		say("begin unload");
		int bad = in_process(body, &last, end_limit_ms);
		say("%s unload", bad ? "FAIL" : "pass");
	}
	say("the end");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
