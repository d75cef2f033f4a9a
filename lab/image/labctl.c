// SPDX-License-Identifier: GPL-2.0-only
/*
 * labctl - talks to the lab's control device from the guest
 *
 * The device takes lines of text at an I/O port and answers with text (see
 * lab/plugins/control.hpp). On a machine without it (QEMU, Debian's Bochs) the
 * verdict becomes a line on the console, which the runner reads instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#define PORT_FILES	0x5bc
#define PORT		0x5c0
#define PORT_LINE	(PORT + 1)
#define PORT_MAGIC	(PORT + 4)
#define MAGIC		0x4244584cu	/* "LXDB" */

static const char usage[] =
	"usage: labctl COMMAND [TEXT...]\n"
	"  mark TEXT              a line in the lab's log, with instruction count\n"
	"  pass | fail TEXT | skip TEXT   the verdict (the first one counts)\n"
	"  end CODE               verdict by exit status, then power off\n"
	"  begin                  wait for a scenario; fail if its files are here already\n"
	"  files                  write the scenario's files, an archive, to the standard output\n"
	"  off                    power off at once\n"
	"  get NAME               print one counter (nvme0.doorbell.domain)\n"
	"  counters [PREFIX]      print all counters, or those of a device\n"
	"  reset                  set all counters to zero\n"
	"  instructions           print how many this CPU has executed\n"
	"  fault DEVICE WHAT [N]  make a device misbehave\n"
	"  present                succeed if the control device exists\n"
	"Any other command goes to the device as it is.\n";

static int present(void)
{
	return ioperm(PORT, 16, 1) == 0 && inl(PORT_MAGIC) == MAGIC;
}

/* One command at a time: lines of two processes must not mix. */
static void lock(void)
{
	int fd = open("/tmp/.labctl", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		flock(fd, LOCK_EX);
}

/*
 * The judge calls every view from which this port is written "the host's", so
 * write it once from each CPU: each may have its own root of the host's view.
 */
static void touch_all_cpus(void)
{
	cpu_set_t old, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(old), &old))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (CPU_ISSET(cpu, &old) && !sched_setaffinity(0, sizeof(one), &one))
			outb('\n', PORT_LINE);
	}
	sched_setaffinity(0, sizeof(old), &old);
}

static void send(const char *line)
{
	unsigned char c = inb(PORT_LINE);

	while (c)
		c = inb(PORT_LINE);
	for (; *line; line++)
		outb(*line == '\n' ? ' ' : *line, PORT_LINE);
	outb('\n', PORT_LINE);
}

static int begin(void)
{
	send("begin");
	return !inb(PORT_LINE);
}

static int files(void)
{
	static unsigned int part[16384];
	size_t left = 0, n;
	unsigned char c;

	if (ioperm(PORT_FILES, 4, 1)) {
		perror("labctl: ioperm");
		return 1;
	}
	send("files");
	while ((c = inb(PORT_LINE)) >= '0')
		left = left * 10 + c - '0';
	for (; left; left -= n) {
		n = left < sizeof(part) ? left : sizeof(part);
		insl(PORT_FILES, part, (n + 3) / 4);
		if (fwrite(part, 1, n, stdout) != n || fflush(stdout)) {
			perror("labctl: files");
			return 1;
		}
	}
	return 0;
}

/* Sends a line, prints the answer; an answer that begins with '!' is an error. */
static int command(const char *line)
{
	unsigned char c;
	int error;

	send(line);
	c = inb(PORT_LINE);
	error = c == '!';
	for (; c; c = inb(PORT_LINE))
		fputc(c, error ? stderr : stdout);
	fflush(NULL);
	return error;
}

static void say(const char *line)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY);

	if (fd < 0)
		fd = dup(1);
	dprintf(fd, "\nLABCTL %s\n", line);
	tcdrain(fd);
	close(fd);
}

static int off(int have)
{
	int fd = open("/dev/ttyS0", O_WRONLY | O_NOCTTY | O_NONBLOCK);

	sync();
	if (fd >= 0)
		tcdrain(fd);
	if (have)
		command("off");
	else
		reboot(RB_POWER_OFF);
	return 1;
}

int main(int argc, char **argv)
{
	char line[1024] = "";
	int have, i;

	if (argc < 2 || !strcmp(argv[1], "--help")) {
		fputs(usage, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	for (i = 1; i < argc; i++) {
		if (strlen(line) + strlen(argv[i]) + 2 > sizeof(line)) {
			fputs("labctl: line too long\n", stderr);
			return 2;
		}
		strcat(line, argv[i]);
		if (i + 1 < argc)
			strcat(line, " ");
	}
	have = present();
	if (!strcmp(argv[1], "present"))
		return !have;
	if (have && !strcmp(argv[1], "instructions")) {
		unsigned long long low = inl(PORT + 8);

		return printf("%llu\n", low | (unsigned long long)inl(PORT + 12) << 32) < 0;
	}
	lock();
	if (have)
		touch_all_cpus();
	if (!strcmp(argv[1], "off"))
		return off(have);
	if (!strcmp(argv[1], "end")) {
		const char *code = argc > 2 ? argv[2] : "1";

		if (strcmp(code, "0"))
			snprintf(line, sizeof(line), "fail script ended with status %.8s", code);
		else
			strcpy(line, "pass");
		if (have)
			command(line);
		else
			say(line);
		return off(have);
	}
	if (!strcmp(argv[1], "begin"))
		return have ? begin() : 1;
	if (!strcmp(argv[1], "files"))
		return have ? files() : 1;
	if (have)
		return command(line);
	say(line);
	return 0;
}
