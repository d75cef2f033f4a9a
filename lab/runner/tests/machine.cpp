// SPDX-License-Identifier: GPL-2.0-only
/// usage: machine FOLDER   a server's process without an emulator: its guest has booted at once, and the child's
/// scenario is to wait until its folder has a file `end`.
#include "../../plugins/open_files.hpp"
#include "../../plugins/server.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

int main(int, char **argv)
{
	const std::string folder = argv[1];
	FILE *log = fopen((folder + "/serial.log").c_str(), "w");
	lxd::lab::server server;

	server.init();
	// What is read keeps its position, whatever a child does.
	const int disc = open((folder + "/boot.iso").c_str(), O_RDONLY | O_CREAT, 0644);

	fprintf(log, "booted\n");
	if (getenv("SLOW_BOOT"))
		pause();
	const std::string scenario = server.wait_for_scenario(folder);
	const std::string error = lxd::lab::move_open_files(folder, scenario);

	if (!error.empty())
		server.complain(error);
	lseek(disc, getpid() % 1000 + 1, SEEK_SET);
	fprintf(log, "scenario\n");
	fflush(log);
	while (access((scenario + "/end").c_str(), F_OK))
		usleep(5000);
	fprintf(log, "position %d\n", (int)(lseek(disc, 0, SEEK_CUR) - getpid() % 1000));
	fflush(log);
	return 0;
}
