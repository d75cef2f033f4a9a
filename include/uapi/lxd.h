/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/lxd: make, start, watch and end domains. Needs CAP_SYS_ADMIN. A domain outlives the file
 * descriptor; it ends by LXD_IOC_STOP or a fault, and keeps lxd.ko loaded until then. One that was made
 * with LXD_CREATE_TAKE and not started ends with the descriptor.
 *
 * In use is a disk that is claimed (mounted, swap, below another device, opened O_EXCL) or open at all, and
 * an interface that is up, has an address, is part of another one or was moved to another namespace. What is
 * in use is neither taken nor ended unless forced; the disk or the interface is named.
 *
 * Every structure begins with its own size, which must be exactly sizeof: a newer structure gets a
 * new ioctl. Reserved fields are 0. "text" buffers get one or more lines about what went wrong and
 * what to do, always terminated; their length may be 0.
 */
#ifndef UAPI_LXD_H
#define UAPI_LXD_H
#include <linux/ioctl.h>
#include <linux/types.h>

#define LXD_ABI 3
#define LXD_NAME_LEN 32
#define LXD_DEVICE_LEN 32
#define LXD_CLASSES_LEN 64
#define LXD_MODULE_NAME_LEN 56
#define LXD_MAX_MODULES 16
#define LXD_MAX_IMAGE (16u << 20)
#define LXD_MAX_PARAMS 4096
#define LXD_MAX_DOMAINS 32
#define LXD_MAX_TEXT (64u << 10)
#define LXD_HEAP_MIN (2u << 20)
#define LXD_HEAP_MAX (1u << 30)

struct lxd_text {
	__u64 buffer; /* user pointer */
	__u32 size;
	__u32 pad;
};

struct lxd_ioc_query {
	__u32 size, abi;
	__u32 hypervisor; /* 1: every online CPU runs under it */
	__u32 gate_mode; /* enum lxd_gate_mode */
	__u32 nr_cpus, nr_domains;
	__u64 spare[4];
};

struct lxd_ioc_module {
	__u64 image, image_size;
	char name[LXD_MODULE_NAME_LEN]; /* "nvme_core"; the first one is the runtime */
};

/* The payload of what its interface receives reaches the stack in pages that the domain can still write. */
#define LXD_CREATE_SHARE_RX 1
/*
 * The device is taken from its driver, after all else was checked, unless it is in use; FORCE: even then. It goes
 * back to that driver, with its former driver_override and type of IOMMU group, when the start fails or
 * LXD_IOC_DESTROY forgets the domain.
 */
#define LXD_CREATE_TAKE 2
#define LXD_CREATE_FORCE 4
/*
 * Once it was started, a fault is not its end: the same image is restarted with the same device, and what users have
 * above it stays. Only where every granted class can do that; -EOPNOTSUPP else.
 */
#define LXD_CREATE_RESTART 8
struct lxd_ioc_create {
	__u32 size, flags;
	char name[LXD_NAME_LEN]; /* [a-z0-9_-]+, unique among living domains */
	char device[LXD_DEVICE_LEN]; /* PCI address, or empty */
	char classes[LXD_CLASSES_LEN]; /* "pci,block": what it may use besides its own start, stop and log */
	__u64 modules; /* struct lxd_ioc_module[nr_modules] */
	__u32 nr_modules, params_size;
	__u64 params; /* "nvme_core.multipath=0 nvme.io_queue_depth=128", terminated */
	__u64 heap_bytes; /* multiple of 2 MiB; 0: the default */
	__u32 queues, queue_depth; /* 0: the default */
	struct lxd_text error;
	__u32 id; /* out */
	__u32 pad;
};

/*
 * Start, stop, destroy. Stop is orderly unless KILL; it refuses what is in use unless IN_USE. Destroy forgets a
 * dead domain and gives its device back; with KEEP the device of one that was started stays with lxd, as after
 * LXD_IOC_BIND. Restart is for a domain that was made with LXD_CREATE_RESTART and runs: its driver is ended as by a
 * fault, and what users have above it stays; it returns when the driver has been restarted.
 */
#define LXD_STOP_KILL 1
#define LXD_STOP_IN_USE 2
#define LXD_DESTROY_KEEP 1
struct lxd_ioc_control {
	__u32 size, id, flags, pad;
	struct lxd_text error;
};

struct lxd_ioc_list {
	__u32 size, nr; /* nr: out */
	__u32 ids[LXD_MAX_DOMAINS];
};

#define LXD_UAPI_STATS 32
/* Between two lives, and until the driver of the next one has been started. */
#define LXD_STATE_RESTARTING 5
struct lxd_ioc_status {
	__u32 size, id;
	__u32 state; /* enum lxd_state, or LXD_STATE_RESTARTING */
	__u32 slot, nr_cpus, nr_modules, queues, queue_depth;
	char name[LXD_NAME_LEN], device[LXD_DEVICE_LEN];
	__u64 heap_bytes, image_bytes, shared_bytes, table_bytes, mapped_bytes;
	__u64 run_ns; /* time inside the domain, all CPUs */
	__u64 age_ns;
	__u64 stats[LXD_UAPI_STATS]; /* by enum lxd_stat */
	__u64 restarts; /* lives after the first */
	__u64 spare[3];
	struct lxd_text fault; /* the fault report; empty line when there is none */
	struct lxd_text classes; /* what the classes have to say */
};

/* The text of all imported symbols: "class name module\n" each. */
struct lxd_ioc_symbols {
	__u32 size, id;
	struct lxd_text symbols;
	__u64 needed; /* out: bytes */
};

/* domain.ping: how a domain proves that its loop lives. */
struct lxd_ioc_ping {
	__u32 size, id;
	__u64 value, echo; /* echo, ns: out */
	__u64 ns;
};

/* Exits of one CPU by view (host, airlock, domain) and basic reason. */
struct lxd_ioc_exits {
	__u32 size, cpu;
	__u64 exits[3][80];
	__u64 nmi_kicks, nmis_injected, watchdog_expiries, watchdog_kills, ud_injected;
	char names[80][32];
};

/* Bind takes a device from its driver, to stay with lxd; unbind gives it back. FORCE: bind what is in use. */
#define LXD_BIND_FORCE 1
struct lxd_ioc_bind {
	__u32 size, flags;
	char device[LXD_DEVICE_LEN];
	struct lxd_text error;
};

#define LXD_IOC_QUERY _IOWR('L', 0x80, struct lxd_ioc_query)
#define LXD_IOC_CREATE _IOWR('L', 0x81, struct lxd_ioc_create)
#define LXD_IOC_START _IOWR('L', 0x82, struct lxd_ioc_control)
#define LXD_IOC_STOP _IOWR('L', 0x83, struct lxd_ioc_control)
#define LXD_IOC_DESTROY _IOWR('L', 0x84, struct lxd_ioc_control)
#define LXD_IOC_LIST _IOWR('L', 0x85, struct lxd_ioc_list)
#define LXD_IOC_STATUS _IOWR('L', 0x86, struct lxd_ioc_status)
#define LXD_IOC_SYMBOLS _IOWR('L', 0x87, struct lxd_ioc_symbols)
#define LXD_IOC_PING _IOWR('L', 0x88, struct lxd_ioc_ping)
#define LXD_IOC_EXITS _IOWR('L', 0x89, struct lxd_ioc_exits)
#define LXD_IOC_BIND _IOWR('L', 0x8a, struct lxd_ioc_bind)
#define LXD_IOC_RESTART _IOWR('L', 0x8c, struct lxd_ioc_control) /* flags 0 */
#define LXD_IOC_UNBIND _IOWR('L', 0x8b, struct lxd_ioc_bind)
#endif
