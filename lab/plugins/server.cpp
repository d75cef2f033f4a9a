// SPDX-License-Identifier: GPL-2.0-only
#include "server.hpp"

#include "tether.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace lxd::lab {

namespace {

constexpr size_t max_line = 4096;
/// How often the server looks whether it is idle or stale, in milliseconds.
constexpr int look_interval = 1000;

uint64_t seconds()
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

[[noreturn]] void give_up(const char *what)
{
	fprintf(stderr, "lab server: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/// An answer that the other side no longer wants is lost.
void answer(int fd, const std::string &text)
{
	(void)!send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace

void server::init()
{
	const char *number = getenv("LXD_LAB_SERVE");

	if (!number)
		return;
	starter_ = atoi(number);
	// While the machine boots, nobody but the starter waits for it.
	tether(starter_);
}

void server::listen_at(const std::string &path)
{
	struct sockaddr_un address = {};

	// A short name: the length of a socket's address is limited.
	address.sun_family = AF_UNIX;
	strcpy(address.sun_path, "socket");
	path_ = path + "/socket";
	unlink(path_.c_str());
	listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat made;
	if (listener_ < 0 || chdir(path.c_str()) ||
	    bind(listener_, reinterpret_cast<struct sockaddr *>(&address), sizeof(address)) ||
	    listen(listener_, 16) || stat(path_.c_str(), &made))
		give_up(path_.c_str());
	inode_ = made.st_ino;
}

/// Somebody has removed the folder, or another server has taken the place.
bool server::is_stale() const
{
	struct stat now;

	return stat(path_.c_str(), &now) || now.st_ino != inode_;
}

unsigned server::running() const
{
	return std::count_if(clients_.begin(), clients_.end(), [](const client &c) { return c.child; });
}

std::string server::wait_for_scenario(const std::string &folder)
{
	listen_at(folder);
	untether(starter_);
	clients_.push_back({starter_, "", true});
	answer(starter_, "ready\n");
	idle_since_ = seconds();
	while (scenario_.empty()) {
		wait_for_events();
		if (!clients_.empty())
			idle_since_ = seconds();
		else if (seconds() - idle_since_ >= idle_limit_ || is_stale())
			break;
	}
	if (!scenario_.empty())
		return scenario_;
	if (!is_stale())
		unlink(path_.c_str());
	_exit(0);
}

void server::wait_for_events()
{
	std::vector<struct pollfd> wanted = {{listener_, POLLIN, 0}};

	for (const client &c : clients_) {
		wanted.push_back({c.fd, POLLIN, 0});
		wanted.push_back({c.life, POLLIN, 0});
	}
	if (poll(wanted.data(), wanted.size(), look_interval) <= 0)
		return;
	size_t at = 1;
	for (auto c = clients_.begin(); c != clients_.end(); at += 2) {
		bool stays = true;

		if (wanted[at + 1].revents)
			reap(*c), stays = false;
		// A child's connection is the child's to watch.
		else if (wanted[at].revents && !c->child)
			stays = read_client(*c);
		if (!scenario_.empty())
			return;
		if (!stays)
			close(c->fd);
		c = stays ? std::next(c) : clients_.erase(c);
	}
	if (wanted[0].revents)
		accept_client();
}

void server::accept_client()
{
	const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);

	if (fd >= 0)
		clients_.push_back({fd, ""});
}

/// False: the connection is to be closed.
bool server::read_client(client &c)
{
	char text[512];
	const ssize_t n = recv(c.fd, text, sizeof(text), MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c.line.append(text, n);
	for (size_t end; (end = c.line.find('\n')) != c.line.npos && scenario_.empty();) {
		const std::string line = c.line.substr(0, end);

		c.line.erase(0, end + 1);
		if (!execute(c, line))
			return false;
	}
	return c.line.size() < max_line;
}

bool server::execute(client &c, const std::string &line)
{
	if (line.starts_with("hold ")) {
		idle_limit_ = strtoull(line.c_str() + 5, nullptr, 10);
		c.holds = true;
		return true;
	}
	if (line.starts_with("run /") && !c.child) {
		run(c, line.substr(4));
		return true;
	}
	if (line == "state") {
		// The one that asks does not count as a user.
		const bool idle = clients_.size() == 1;

		answer(c.fd, "pid " + std::to_string(getpid()) + " running " + std::to_string(running()) +
				     " served " + std::to_string(served_) + " keep " + std::to_string(idle_limit_) +
				     " idle " + std::to_string(idle ? seconds() - idle_since_ : 0) + "\n");
		return true;
	}
	if (line == "stop") {
		const auto users = std::count_if(clients_.begin(), clients_.end(),
						 [](const client &o) { return o.holds || o.child; });

		if (users) {
			answer(c.fd, "!in use by " + std::to_string(users) + "\n");
			return true;
		}
		answer(c.fd, "stopping\n");
		unlink(path_.c_str());
		_exit(0);
	}
	answer(c.fd, "!unknown command '" + line + "'\n");
	return false;
}

void server::run(client &c, const std::string &folder)
{
	int life[2];

	fflush(nullptr);
	if (pipe(life)) {
		answer(c.fd, std::string("!no pipe: ") + strerror(errno) + "\n");
		return;
	}
	const pid_t child = fork();
	if (child < 0) {
		answer(c.fd, std::string("!no fork: ") + strerror(errno) + "\n");
		close(life[0]);
		close(life[1]);
		return;
	}
	if (child) {
		close(life[1]);
		c.child = child;
		c.life = life[0];
		served_++;
		answer(c.fd, "pid " + std::to_string(child) + "\n");
		return;
	}
	setsid();
	close(life[0]);
	close(listener_);
	for (const client &other : clients_) {
		if (other.fd != c.fd)
			close(other.fd);
		if (other.life >= 0)
			close(other.life);
	}
	starter_ = -1;
	connection_ = c.fd;
	tether(connection_);
	scenario_ = folder;
}

void server::complain(const std::string &text)
{
	answer(connection_, "!" + text + "\n");
	_exit(1);
}

void server::reap(client &c)
{
	int status = 0;

	waitpid(c.child, &status, 0);
	close(c.life);
	answer(c.fd, "ended " + std::to_string(status) + "\n");
}

} // namespace lxd::lab
