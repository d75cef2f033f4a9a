// SPDX-License-Identifier: GPL-2.0-only
/// The fork server: a machine that has booted waits here for scenarios, and each gets a copy of it.
///
/// lab/run starts the emulator with LXD_LAB_SERVE=N, the number of a descriptor that holds a connection. When the
/// guest says `begin`, the process writes "ready" there, listens at the socket `socket` in its folder and forks a
/// child for each scenario. A connection carries lines of text:
///
///   hold SECONDS   keep the server as long as this connection lives; afterwards it ends when nobody has been
///                  connected for so long
///   run FOLDER     answered by "pid N"; the child is the scenario's machine and works in that folder. When it has
///                  ended, "ended STATUS" (as waitpid has it) and the end of the file follow, before them
///                  perhaps "!" and why it cannot run. The child ends when the other side closes or shuts
///                  down the connection.
///   state          answered by "pid N running N served N keep SECONDS idle SECONDS"
///   stop           answered by "stopping", or by "!" and why not
///
/// The process has one thread, so a fork is a whole copy. The server itself ends by itself when it is idle or when
/// its socket is no longer where it was.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <sys/types.h>

namespace lxd::lab {

class server {
public:
	/// Before the guest runs: finds out whether this process serves, and ties it to who has started it.
	void init();
	bool is_serving() const { return starter_ >= 0; }
	/// Serves; returns in each child, with the scenario's folder. Ends the process on errors.
	std::string wait_for_scenario(const std::string &folder);
	/// In a child: tells why the scenario cannot run, and ends the process.
	[[noreturn]] void complain(const std::string &text);

private:
	struct client {
		int fd;
		std::string line;
		bool holds = false;
		pid_t child = 0;
		/// Ends when the child has ended; -1 without a child.
		int life = -1;
	};

	int starter_ = -1;
	int listener_ = -1;
	std::string path_;
	ino_t inode_ = 0;
	std::list<client> clients_;
	uint64_t idle_limit_ = 0, idle_since_ = 0;
	unsigned served_ = 0;
	/// In a child, the folder of its scenario and its connection.
	std::string scenario_;
	int connection_ = -1;

	void listen_at(const std::string &path);
	bool is_stale() const;
	void wait_for_events();
	void accept_client();
	bool read_client(client &c);
	bool execute(client &c, const std::string &line);
	void run(client &c, const std::string &folder);
	void reap(client &c);
	unsigned running() const;
};

} // namespace lxd::lab
