// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second kernel: this program loads it with kexec_file_load() and, as PID 1 of its initramfs,
 * tells the lab's control device that it runs.
 *
 *   second load KERNEL INITRAMFS CMDLINE    for `second go`
 *   second crash KERNEL INITRAMFS CMDLINE   for the next panic; needs crashkernel=
 *   second go                               reboots into the one that was loaded
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAB_COMMAND 0x5c1

static void lab_command(const char *text)
{
	for (; *text; text++)
		outb(*text, LAB_COMMAND);
}

/* VMX must be off, as the first kernel has to leave it: then the hypervisor's module starts. */
static int init(void)
{
	char cmdline[256] = "", said[300];
	int fd;

	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY);
	if (fd < 0 || read(fd, cmdline, sizeof(cmdline) - 1) < 0 || ioperm(LAB_COMMAND, 1, 1))
		return 1;
	cmdline[strcspn(cmdline, "\n")] = 0;
	fd = open("/lxd_hv.ko", O_RDONLY);
	if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0)) {
		lab_command("fail the second kernel cannot load the hypervisor\noff\n");
		return 1;
	}
	snprintf(said, sizeof(said), "pass the second kernel runs: %.200s%s\noff\n", cmdline,
		 fd >= 0 ? ", with a hypervisor of its own" : "");
	lab_command(said);
	return 0;
}

static int load(char **argv, unsigned long flags)
{
	int kernel = open(argv[0], O_RDONLY), initramfs = open(argv[1], O_RDONLY);

	if (kernel < 0 || initramfs < 0 ||
	    syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[2]) + 1, argv[2], flags)) {
		perror("second: kexec_file_load");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (getpid() == 1)
		return init();
	if (argc == 5 && !strcmp(argv[1], "load"))
		return load(argv + 2, 0);
	if (argc == 5 && !strcmp(argv[1], "crash"))
		return load(argv + 2, KEXEC_FILE_ON_CRASH);
	if (argc == 2 && !strcmp(argv[1], "go")) {
		sync();
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		perror("second: reboot");
		return 1;
	}
	fprintf(stderr, "usage: second load|crash KERNEL INITRAMFS CMDLINE, second go\n");
	return 2;
}
