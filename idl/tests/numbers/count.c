// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions a call, counted by stepping through it: stub, a transport that only copies, dispatch,
 * checks, an implementation that returns, and the way back. No ring and no crossing are in it.
 * Prints: name instructions request-bytes reply-bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "list.h"

struct lxd_domain {
	int violations;
};

static struct lxd_domain domain;
static __u64 in_area[512], out_area[512];
static __u32 sent, answered;

static void through(const struct lxd_msg *req, struct lxd_msg *reply, int to_host)
{
	struct lxd_msg msg = *req, answer = { 0 };

	memcpy(in_area, req->data, req->len);
	msg.data = in_area;
	msg.call = 1;
	msg.len = req->len > 56 ? req->len : 56;
	answer.data = out_area;
	answer.len = sizeof(out_area);
	if (to_host)
		lxd_list_host_dispatch(&domain, &msg, &answer);
	else
		lxd_list_domain_dispatch(&msg, &answer);
	sent = req->len;
	answered = answer.len;
	reply->len = answer.len < reply->len ? answer.len : reply->len;
	memcpy(reply->data, out_area, reply->len);
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int ms)
{
	(void)dom;
	(void)ms;
	through(req, reply, 0);
	return 0;
}

int rt_host_call(const struct lxd_msg *req, struct lxd_msg *reply, unsigned int ms)
{
	(void)ms;
	through(req, reply, 1);
	return 0;
}

static __u64 heap[512];
void *lxd_msg_alloc(__u32 n) { return memset(heap, 0, n); }
void lxd_msg_free(void *p) { (void)p; }
void *rt_msg_alloc(__u32 n) { return memset(heap, 0, n); }
void rt_msg_free(void *p) { (void)p; }
int lxd_domain_post(struct lxd_domain *d, int q, __u16 f, const __u64 *w) { (void)d; (void)q; (void)f; (void)w; return 0; }
int rt_host_post(int q, __u16 f, const __u64 *w) { (void)q; (void)f; (void)w; return 0; }
void *lxd_handle_get(struct lxd_domain *d, __u32 t, __u32 h) { (void)d; (void)t; (void)h; return NULL; }

void lxd_domain_violation(struct lxd_domain *d, const char *f, const char *w, __u64 v)
{
	(void)d;
	fprintf(stderr, "violation %s %s %llu\n", f, w, (unsigned long long)v);
	abort();
}

int klcd_list_d_null(struct lxd_domain *dom) { return !dom; }
int klcd_list_d_int(struct lxd_domain *dom, __u32 v) { return !dom && v; }
int klcd_list_d_array(struct lxd_domain *dom, const __u64 *v) { return !dom && v; }
int klcd_list_d_string(struct lxd_domain *dom, const char *t) { return !dom && t; }
int klcd_list_d_buffer(struct lxd_domain *dom, const void *d, __u32 n) { return !dom && d && n; }
int klcd_list_d_union(struct lxd_domain *dom, const struct lxd_list_either *e) { return !dom && e; }
int rt_list_h_null(void) { return 0; }
int rt_list_h_int(__u32 v) { return v == 1; }
int rt_list_h_array(const __u64 *v) { return !v; }
int rt_list_h_string(const char *t) { return !t; }
int rt_list_h_buffer(const void *d, __u32 n) { return !d && n; }
int rt_list_h_union(const struct lxd_list_either *e) { return !e; }

static __u64 values[32];
static char text[256];
static __u8 data[4088];
static struct lxd_list_either either = { .tag = LXD_LIST_KIND_PLACE };

static void call(int n)
{
	switch (n) {
	case 0: lxd_list_d_null(); break;
	case 1: lxd_list_d_int(7); break;
	case 2: lxd_list_d_array(values); break;
	case 3: lxd_list_d_string(text); break;
	case 4: lxd_list_d_buffer(data, sizeof(data)); break;
	case 5: lxd_list_d_union(&either); break;
	case 6: lxd_list_h_null(&domain); break;
	case 7: lxd_list_h_int(&domain, 7); break;
	case 8: lxd_list_h_array(&domain, values); break;
	case 9: lxd_list_h_string(&domain, text); break;
	case 10: lxd_list_h_buffer(&domain, data, sizeof(data)); break;
	case 11: lxd_list_h_union(&domain, &either); break;
	default: break;
	}
}

static long count(int n)
{
	int status;
	long steps = 0;
	pid_t child = fork();

	if (!child) {
		call(n); /* once, so that the dynamic linker has nothing left to do */
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		asm volatile("int3");
		call(n);
		asm volatile("int3");
		_exit(0);
	}
	waitpid(child, &status, 0);
	for (;;) {
		long at, rip;

		ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
		waitpid(child, &status, 0);
		if (!WIFSTOPPED(status))
			return -1;
		rip = ptrace(PTRACE_PEEKUSER, child, (void *)(16 * sizeof(long)), NULL);
		at = ptrace(PTRACE_PEEKTEXT, child, (void *)rip, NULL);
		if ((at & 0xff) == 0xcc)
			break;
		steps++;
	}
	ptrace(PTRACE_KILL, child, NULL, NULL);
	waitpid(child, &status, 0);
	return steps;
}

int main(void)
{
	static const char *const names[] = { "null", "int", "32x8-byte array", "256-byte string", "4 KiB buffer", "union" };
	long base = count(12);
	int n;

	memset(text, 'x', sizeof(text) - 1);
	for (n = 0; n < 12; n++) {
		call(n);
		printf("%s|%s|%ld|%u|%u\n", n < 6 ? "domain to host" : "host to domain", names[n % 6], count(n) - base, sent, answered);
	}
	return 0;
}
