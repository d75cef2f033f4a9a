/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by lxd-idlc from all.idl. Do not edit. */
#ifndef LXD_GEN_ALL_H
#define LXD_GEN_ALL_H
#include <lxd/contract.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LXD_ALL_INTERFACE 9
#define LXD_ALL_MOST 6
#define LXD_ALL_HANDLE_THING 0x901 /* struct klcd_thing */

/* all.idl:12 */
#define LXD_ALL_COLOUR_RED 0
#define LXD_ALL_COLOUR_GREEN 4
#define LXD_ALL_COLOUR_BLUE 5

/* all.idl:13 */
#define LXD_ALL_RIGHTS_READ 1
#define LXD_ALL_RIGHTS_WRITE 2
#define LXD_ALL_RIGHTS_RUN 4

/* Functions from the domain. */
enum {
	LXD_ALL_SCALARS = LXD_FN(9, 0),
	LXD_ALL_SHAPES = LXD_FN(9, 1),
	LXD_ALL_USE = LXD_FN(9, 2),
	LXD_ALL_LIST = LXD_FN(9, 3),
	LXD_ALL_SIZED = LXD_FN(9, 4),
	LXD_ALL_NOTE = LXD_FN(9, 5),
	LXD_ALL_DONE = LXD_FN(9, 6),
};

#define LXD_ALL_NR_HOST_FNS 7

/* Functions from the host. */
enum {
	LXD_ALL_ASK = LXD_FN(9, 0),
	LXD_ALL_SUBMIT = LXD_FN(9, 1),
	LXD_ALL_HINT = LXD_FN(9, 2),
};

#define LXD_ALL_NR_DOMAIN_FNS 3

/* all.idl:15 */
struct lxd_all_point {
	__u8 kind;
	__u8 pad0[3];
	__u32 x;
	char label[8];
};

/* all.idl:21 */
struct lxd_all_shape {
	__s16 bias;
	__u8 pad0[2];
	__u32 size;
	__u32 used;
	struct lxd_all_point corners[4];
	struct lxd_all_point origin;
};

/* all.idl:30 */
struct lxd_all_scalars_in {
	__u8 a8;
	__u8 pad0[3];
	__s32 s;
	__u64 big;
	__u8 c;
	__u8 pad1[1];
	__u16 rw;
	__u8 flag;
	__u8 pad2[3];
	__u32 p;
	__u8 pad3[4];
};

/* all.idl:30: results */
struct lxd_all_scalars_out {
	__s32 ret;
	__u8 pad0[4];
	__u64 sum;
};

/* all.idl:32 */
struct lxd_all_shapes_in {
	struct lxd_all_shape s1;
};

/* all.idl:32: results */
struct lxd_all_shapes_out {
	__s32 ret;
	struct lxd_all_point back;
};

/* all.idl:33 */
struct lxd_all_use_in {
	__u32 t;
	char name[12];
};

/* all.idl:33: results */
struct lxd_all_use_out {
	__s32 ret;
	__u32 made;
};

/* all.idl:34 */
struct lxd_all_list_in {
	__u32 limit;
	__u16 n;
	__u8 data[3000];
	__u8 pad0[2];
};

/* all.idl:34: results */
struct lxd_all_list_out {
	__s32 ret;
	__u32 got;
	__u16 items[6];
};

/* all.idl:35 */
struct lxd_all_sized_in {
	__u32 want;
};

/* all.idl:35: results */
struct lxd_all_sized_out {
	__s32 ret;
	__u32 squares[6];
};

/* all.idl:36 */
struct lxd_all_note_in {
	__u8 level;
	__u8 len;
	__u8 text[54];
};

/* all.idl:37 */
struct lxd_all_done_in {
	__u16 queue;
	__u8 many;
	__u8 pad0[1];
	__u32 tags[12];
};

/* all.idl:41 */
struct lxd_all_ask_in {
	struct lxd_all_shape s1;
	__u32 want;
};

/* all.idl:41: results */
struct lxd_all_ask_out {
	__s32 ret;
	__u32 answer;
	struct lxd_all_point best;
	__u32 more;
	__u8 extra[40];
};

/* all.idl:43 */
struct lxd_all_submit_in {
	__u16 queue;
	__u8 pad0[6];
	__u64 sector;
	__u8 last;
	__u8 pad1[7];
};

/* all.idl:44 */
struct lxd_all_hint_in {
	__u32 value;
};

/* all.idl:10: states of a thing; klcd keeps it in the object */
enum {
	LXD_ALL_USE_LIVE,
};

struct klcd_thing;
struct lxd_object *klcd_all_thing_object(struct klcd_thing *thing);

struct klcd_thing;

/*
 * Host side. The domain's requests are checked in full before klcd_* runs, the domain's
 * replies before lxd_* returns. Pointers are valid during the call only.
 */
extern const struct lxd_fn_info lxd_all_host_fns[];
int lxd_all_host_dispatch(struct lxd_domain *dom, struct lxd_msg *msg, struct lxd_msg *reply);
/* all.idl:30 */
int klcd_all_scalars(struct lxd_domain *dom, __u8 a8, __s32 s, __u64 big, __u8 c, __u16 rw,
		     __u8 flag, __u32 p, __u64 *sum);
/* all.idl:32 */
int klcd_all_shapes(struct lxd_domain *dom, const struct lxd_all_shape *s1,
		    struct lxd_all_point *back);
/* all.idl:33 */
int klcd_all_use(struct lxd_domain *dom, struct klcd_thing *t, const char *name, __u32 *made);
/* all.idl:34 */
int klcd_all_list(struct lxd_domain *dom, __u32 limit, const void *data, __u32 n, __u32 *got,
		  __u16 *items);
/* all.idl:35 */
int klcd_all_sized(struct lxd_domain *dom, __u32 want, __u32 *squares);
/* all.idl:36 */
void klcd_all_note(struct lxd_domain *dom, __u8 level, const void *text, __u32 len);
/* all.idl:37 */
void klcd_all_done(struct lxd_domain *dom, __u16 queue, const __u32 *tags, __u32 many);
/* all.idl:41 */
int lxd_all_ask(struct lxd_domain *dom, const struct lxd_all_shape *s1, __u32 want, __u32 *answer,
		struct lxd_all_point *best, __u8 *extra, __u32 *more);
/* all.idl:43 */
int lxd_all_submit(struct lxd_domain *dom, __u16 queue, __u64 sector, __u8 last);
/* all.idl:44 */
void lxd_all_hint(struct lxd_domain *dom, __u32 value);

/*
 * Domain side. The names of its stubs are those of the host's, so each side sees its own.
 */
extern const struct lxd_fn_info lxd_all_domain_fns[];
int lxd_all_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply);
/* all.idl:30 */
int lxd_all_scalars(__u8 a8, __s32 s, __u64 big, __u8 c, __u16 rw, __u8 flag, __u32 p, __u64 *sum);
/* all.idl:32 */
int lxd_all_shapes(const struct lxd_all_shape *s1, struct lxd_all_point *back);
/* all.idl:33 */
int lxd_all_use(__u32 t, const char *name, __u32 *made);
/* all.idl:34 */
int lxd_all_list(__u32 limit, const void *data, __u32 n, __u32 *got, __u16 *items);
/* all.idl:35 */
int lxd_all_sized(__u32 want, __u32 *squares);
/* all.idl:36 */
void lxd_all_note(__u8 level, const void *text, __u32 len);
/* all.idl:37 */
void lxd_all_done(__u16 queue, const __u32 *tags, __u32 many);
/* all.idl:41 */
int rt_all_ask(const struct lxd_all_shape *s1, __u32 want, __u32 *answer,
	       struct lxd_all_point *best, __u8 *extra, __u32 *more);
/* all.idl:43 */
int rt_all_submit(__u16 queue, __u64 sector, __u8 last);
/* all.idl:44 */
void rt_all_hint(__u32 value);

#ifdef __cplusplus
}
#endif
#endif
