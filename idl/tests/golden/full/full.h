/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by lxd-idlc from full.idl. Do not edit. */
#ifndef LXD_GEN_FULL_H
#define LXD_GEN_FULL_H
#include <lxd/contract.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LXD_FULL_INTERFACE 7
#define LXD_FULL_HANDLE_PORT 0x701 /* struct klcd_port */

/* full.idl:8 */
#define LXD_FULL_KIND_NONE 0
#define LXD_FULL_KIND_LEVEL 1
#define LXD_FULL_KIND_SPOT 2
#define LXD_FULL_KIND_WORDS 3
#define LXD_FULL_KIND_PAIR 4

/* full.idl:10 */
#define LXD_FULL_SIZE_KIND_SMALL 0
#define LXD_FULL_SIZE_KIND_LARGE 1

/* Functions from the domain. */
enum {
	LXD_FULL_OPEN = LXD_FN(7, 0),
	LXD_FULL_CLOSE = LXD_FN(7, 1),
	LXD_FULL_TICK = LXD_FN(7, 2),
	LXD_FULL_ASK = LXD_FN(7, 3),
	LXD_FULL_SLOW = LXD_FN(7, 4),
	LXD_FULL_SHOW = LXD_FN(7, 5),
	LXD_FULL_DRAIN = LXD_FN(7, 6),
	LXD_FULL_WAIT_FOR = LXD_FN(7, 7),
};

#define LXD_FULL_NR_HOST_FNS 8

/* Functions from the host. */
enum {
	LXD_FULL_STOP = LXD_FN(7, 0),
	LXD_FULL_COMMAND = LXD_FN(7, 1),
	LXD_FULL_PEEK = LXD_FN(7, 2),
	LXD_FULL_SSET = LXD_FN(7, 3),
	LXD_FULL_VERSION = LXD_FN(7, 4),
	LXD_FULL_STATS = LXD_FN(7, 5),
	LXD_FULL_SET_MTU = LXD_FN(7, 6),
	LXD_FULL_SET_MODE = LXD_FN(7, 7),
	LXD_FULL_HINT = LXD_FN(7, 8),
	LXD_FULL_URGE = LXD_FN(7, 9),
	LXD_FULL_POKE = LXD_FN(7, 10),
	LXD_FULL_NUDGE = LXD_FN(7, 11),
	LXD_FULL_FORGETFUL = LXD_FN(7, 12),
	LXD_FULL_LOOK = LXD_FN(7, 13),
};

#define LXD_FULL_NR_DOMAIN_FNS 14

/* full.idl:12 */
struct lxd_full_place {
	__u32 x;
	__u8 y;
	__u8 pad0[3];
};

/* full.idl:14 */
struct lxd_full_media {
	__u8 tag;
	__u8 pad0[3];
	union {
		__u32 level; /* LXD_FULL_KIND_LEVEL */
		struct lxd_full_place where; /* LXD_FULL_KIND_SPOT */
		char text[12]; /* LXD_FULL_KIND_WORDS */
		struct lxd_full_place both[2]; /* LXD_FULL_KIND_PAIR */
		__u8 raw[16];
	} as;
};

/* full.idl:22 */
struct lxd_full_album {
	__u8 title;
	__u8 pad0[3];
	struct lxd_full_media pictures[2];
};

/* full.idl:50 */
struct lxd_full_open_in {
	__u32 p;
	struct lxd_full_media m;
};

/* full.idl:51 */
struct lxd_full_close_in {
	__u32 p;
};

/* full.idl:52 */
struct lxd_full_tick_in {
	__u32 p;
	__u32 n;
};

/* full.idl:53 */
struct lxd_full_ask_in {
	__u32 p;
};

/* full.idl:53: results */
struct lxd_full_ask_out {
	__s32 ret;
	__u32 answer;
};

/* full.idl:54: results */
struct lxd_full_slow_out {
	__s32 ret;
	struct lxd_full_media best;
};

/* full.idl:55 */
struct lxd_full_show_in {
	struct lxd_full_album pages;
	__u8 k;
	__u8 pad0[3];
};

/* full.idl:56 */
struct lxd_full_drain_in {
	__u32 p;
};

/* full.idl:57 */
struct lxd_full_wait_for_in {
	__u32 p;
};

/* full.idl:61 */
struct lxd_full_stop_in {
	__u32 p;
};

/* full.idl:62 */
struct lxd_full_command_in {
	__u32 p;
	__u8 code;
	__u8 n;
	__u8 data[64];
	__u8 pad0[2];
};

/* full.idl:62: results */
struct lxd_full_command_out {
	__s32 ret;
	__u32 m;
	__u8 answer[128];
};

/* full.idl:63 */
struct lxd_full_peek_in {
	__u32 p;
	__u16 code;
	__u8 pad0[2];
	__u32 asked;
};

/* full.idl:63: results */
struct lxd_full_peek_out {
	__s32 ret;
	__u32 values[8];
};

/* full.idl:64 */
struct lxd_full_sset_in {
	__u32 p;
	__u8 set;
	__u8 pad0[3];
};

/* full.idl:64: results */
struct lxd_full_sset_out {
	__s32 ret;
	__u32 n;
};

/* full.idl:65: results */
struct lxd_full_version_out {
	__s32 ret;
	__u32 major;
};

/* full.idl:66 */
struct lxd_full_stats_in {
	__u32 p;
	__u32 asked;
};

/* full.idl:66: results */
struct lxd_full_stats_out {
	__s32 ret;
	__u32 values_given;
	__u64 values[16];
};

/* full.idl:67 */
struct lxd_full_set_mtu_in {
	__u32 p;
	__u32 mtu;
};

/* full.idl:68 */
struct lxd_full_set_mode_in {
	struct lxd_full_media m;
	char name[8];
};

/* full.idl:69 */
struct lxd_full_hint_in {
	__u32 x;
};

/* full.idl:70 */
struct lxd_full_urge_in {
	__u32 x;
};

/* full.idl:71 */
struct lxd_full_poke_in {
	__u32 p;
};

/* full.idl:72 */
struct lxd_full_nudge_in {
	__u32 p;
};

/* full.idl:73 */
struct lxd_full_forgetful_in {
	__u32 x;
};

/* full.idl:74 */
struct lxd_full_look_in {
	struct lxd_full_media m;
};

/* full.idl:74: results */
struct lxd_full_look_out {
	__s32 ret;
	struct lxd_full_media back;
};

/* full.idl:33: states of a port; klcd keeps it in the object */
enum {
	LXD_FULL_LIFE_FRESH,
	LXD_FULL_LIFE_UP,
	LXD_FULL_LIFE_DOWN,
	LXD_FULL_LIFE_DRAINING,
	LXD_FULL_LIFE_DRAINED,
	LXD_FULL_LIFE_GONE,
};

struct klcd_port;
struct lxd_object *klcd_full_port_object(struct klcd_port *port);

/* What is kept about one domain. klcd has room for it and calls lxd_full_contract_init(). */
struct lxd_full_contract {
	struct lxd_quota quota_open;
	struct lxd_quota quota_tick;
	struct lxd_quota quota_slow;
	struct {
		struct lxd_kept kept;
		struct lxd_full_sset_in in[LXD_KEPT];
		struct lxd_full_sset_out out[LXD_KEPT];
	} once_sset;
	struct {
		struct lxd_kept kept;
		struct lxd_full_version_out out[LXD_KEPT];
	} once_version;
	struct {
		struct lxd_kept kept;
		struct lxd_full_set_mtu_in in[LXD_KEPT];
		__u8 valid[LXD_KEPT];
	} replay_set_mtu;
	struct {
		struct lxd_kept kept;
		struct lxd_full_set_mode_in in[LXD_KEPT];
		__u8 valid[LXD_KEPT];
	} replay_set_mode;
};

static inline void lxd_full_contract_init(struct lxd_full_contract *c)
{
	memset(c, 0, sizeof(*c));
	lxd_lock_init(&c->quota_open.lock);
	lxd_lock_init(&c->quota_tick.lock);
	lxd_lock_init(&c->quota_slow.lock);
	lxd_lock_init(&c->once_sset.kept.lock);
	lxd_lock_init(&c->once_version.kept.lock);
	lxd_lock_init(&c->replay_set_mtu.kept.lock);
	lxd_lock_init(&c->replay_set_mode.kept.lock);
}

struct lxd_full_contract *klcd_full_contract(struct lxd_domain *dom);
/* An object is gone: what was kept about it goes too. */
void lxd_full_forget(struct lxd_domain *dom, __u32 handle);
/* Tells a restarted domain the last settings again. 0 or the first error. */
int lxd_full_replay(struct lxd_domain *dom);

/* How the loader binds what the driver wants; ends with an empty name. */
extern const struct lxd_symbol lxd_full_symbols[];

struct klcd_port;

/*
 * Host side. The domain's requests are checked in full before klcd_* runs, the domain's
 * replies before lxd_* returns. Pointers are valid during the call only.
 */
extern const struct lxd_fn_info lxd_full_host_fns[];
int lxd_full_host_dispatch(struct lxd_domain *dom, struct lxd_msg *msg, struct lxd_msg *reply);
/* full.idl:50 */
int klcd_full_open(struct lxd_domain *dom, struct klcd_port *p, const struct lxd_full_media *m);
/* full.idl:51 */
int klcd_full_close(struct lxd_domain *dom, struct klcd_port *p);
/* full.idl:52 */
void klcd_full_tick(struct lxd_domain *dom, struct klcd_port *p, __u32 n);
/* full.idl:53 */
int klcd_full_ask(struct lxd_domain *dom, struct klcd_port *p, __u32 *answer);
/* full.idl:54 */
int klcd_full_slow(struct lxd_domain *dom, struct lxd_full_media *best);
/* full.idl:55 */
void klcd_full_show(struct lxd_domain *dom, const struct lxd_full_album *pages, __u8 k);
/* full.idl:56 */
int klcd_full_drain(struct lxd_domain *dom, struct klcd_port *p);
/* full.idl:57 */
int klcd_full_wait_for(struct lxd_domain *dom, struct klcd_port *p);
/* full.idl:61 */
int lxd_full_stop(struct lxd_domain *dom, __u32 p);
/* full.idl:62 */
int lxd_full_command(struct lxd_domain *dom, __u32 p, __u8 code, const void *data, __u32 n,
		     void *answer, __u32 *m);
/* full.idl:63 */
int lxd_full_peek(struct lxd_domain *dom, __u32 p, __u16 code, __u32 asked, __u32 *values);
/* full.idl:64 */
int lxd_full_sset(struct lxd_domain *dom, __u32 p, __u8 set, __u32 *n);
/* full.idl:65 */
int lxd_full_version(struct lxd_domain *dom, __u32 *major);
/* full.idl:66 */
int lxd_full_stats(struct lxd_domain *dom, __u32 p, __u32 asked, __u64 *values);
/* full.idl:67 */
int lxd_full_set_mtu(struct lxd_domain *dom, __u32 p, __u32 mtu);
/* full.idl:68 */
int lxd_full_set_mode(struct lxd_domain *dom, const struct lxd_full_media *m, const char *name);
/* full.idl:69 */
int lxd_full_hint(struct lxd_domain *dom, __u32 x);
/* full.idl:70 */
int lxd_full_urge(struct lxd_domain *dom, __u32 x);
/* full.idl:71 */
int lxd_full_poke(struct lxd_domain *dom, __u32 p);
/* full.idl:72 */
void lxd_full_nudge(struct lxd_domain *dom, __u32 p);
/* full.idl:73 */
int lxd_full_forgetful(struct lxd_domain *dom, __u32 x);
/* full.idl:74 */
int lxd_full_look(struct lxd_domain *dom, const struct lxd_full_media *m,
		  struct lxd_full_media *back);

/*
 * Domain side. The names of its stubs are those of the host's, so each side sees its own.
 */
extern const struct lxd_fn_info lxd_full_domain_fns[];
int lxd_full_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply);
/* full.idl:50 */
int lxd_full_open(__u32 p, const struct lxd_full_media *m);
/* full.idl:51 */
int lxd_full_close(__u32 p);
/* full.idl:52 */
void lxd_full_tick(__u32 p, __u32 n);
/* full.idl:53 */
int lxd_full_ask(__u32 p, __u32 *answer);
/* full.idl:54 */
int lxd_full_slow(struct lxd_full_media *best);
/* full.idl:55 */
void lxd_full_show(const struct lxd_full_album *pages, __u8 k);
/* full.idl:56 */
int lxd_full_drain(__u32 p);
/* full.idl:57 */
int lxd_full_wait_for(__u32 p);
/* full.idl:61 */
int rt_full_stop(__u32 p);
/* full.idl:62 */
int rt_full_command(__u32 p, __u8 code, const void *data, __u32 n, void *answer, __u32 *m);
/* full.idl:63 */
int rt_full_peek(__u32 p, __u16 code, __u32 asked, __u32 *values);
/* full.idl:64 */
int rt_full_sset(__u32 p, __u8 set, __u32 *n);
/* full.idl:65 */
int rt_full_version(__u32 *major);
/* full.idl:66 */
int rt_full_stats(__u32 p, __u32 asked, __u64 *values, __u32 *values_given);
/* full.idl:67 */
int rt_full_set_mtu(__u32 p, __u32 mtu);
/* full.idl:68 */
int rt_full_set_mode(const struct lxd_full_media *m, const char *name);
/* full.idl:69 */
int rt_full_hint(__u32 x);
/* full.idl:70 */
int rt_full_urge(__u32 x);
/* full.idl:71 */
int rt_full_poke(__u32 p);
/* full.idl:72 */
void rt_full_nudge(__u32 p);
/* full.idl:73 */
int rt_full_forgetful(__u32 x);
/* full.idl:74 */
int rt_full_look(const struct lxd_full_media *m, struct lxd_full_media *back);

#ifdef __cplusplus
}
#endif
#endif
