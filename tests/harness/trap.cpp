// SPDX-License-Identifier: GPL-2.0-only
#include "trap.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>
#include <lxd/hypercall.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>
#include <unordered_map>

#include "domain.hpp"

namespace lxd::harness {
namespace {

lxd_domain *domain;
registers device;
csh disassembler;

/// One decoded access; the driver has a few dozen of them.
struct access {
	unsigned size, length;
	bool write, immediate;
	int reg; // index into gregs
	unsigned shift; // 8 for AH and friends
	unsigned zero_extend; // bytes of the destination that a load defines
	uint64_t value;
};

struct reg_name {
	x86_reg r[5]; // 64, 32, 16, low 8, high 8
	int index;
};

const reg_name names[] = {
	{{X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH}, REG_RAX},
	{{X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH}, REG_RBX},
	{{X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH}, REG_RCX},
	{{X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH}, REG_RDX},
	{{X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_INVALID}, REG_RSI},
	{{X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_INVALID}, REG_RDI},
	{{X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_INVALID}, REG_RBP},
	{{X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_INVALID}, REG_R8},
	{{X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_INVALID}, REG_R9},
	{{X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_INVALID}, REG_R10},
	{{X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_INVALID}, REG_R11},
	{{X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_INVALID}, REG_R12},
	{{X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_INVALID}, REG_R13},
	{{X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_INVALID}, REG_R14},
	{{X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_INVALID}, REG_R15},
};

bool find_register(unsigned reg, access &a)
{
	for (auto &n : names)
		for (unsigned i = 0; i < 5; i++)
			if (reg == static_cast<unsigned>(n.r[i]) && reg != X86_REG_INVALID) {
				a.reg = n.index;
				a.shift = i == 4 ? 8 : 0;
				return true;
			}
	return false;
}

/// Plain and zero-extending moves between memory and a register or a constant.
bool decode(uint64_t rip, access &a)
{
	const uint8_t *code = reinterpret_cast<const uint8_t *>(rip);
	cs_insn *insn;
	bool good = false;

	if (cs_disasm(disassembler, code, 15, rip, 1, &insn) != 1)
		return false;
	auto &x = insn->detail->x86;
	a = {};
	a.length = insn->size;
	if ((insn->id == X86_INS_MOV || insn->id == X86_INS_MOVZX || insn->id == X86_INS_MOVABS) && x.op_count == 2) {
		auto &to = x.operands[0], &from = x.operands[1];
		a.write = to.type == X86_OP_MEM;
		a.size = a.write ? to.size : from.size;
		if (a.write && from.type == X86_OP_IMM) {
			a.immediate = true;
			a.value = from.imm;
			good = true;
		} else {
			good = find_register(a.write ? from.reg : to.reg, a);
			a.zero_extend = to.size == 4 ? 8 : to.size;
		}
	}
	cs_free(insn, 1);
	return good;
}

const access *decoded(uint64_t rip)
{
	static std::unordered_map<uint64_t, access> cache;
	static std::mutex lock;
	std::lock_guard hold(lock);
	auto found = cache.find(rip);
	if (found != cache.end())
		return &found->second;
	access a;
	if (!decode(rip, a))
		return nullptr;
	return &cache.emplace(rip, a).first->second;
}

bool emulate(greg_t *regs, uint64_t offset)
{
	auto *a = decoded(regs[REG_RIP]);
	if (!a || (offset & (a->size - 1)))
		return false;
	uint64_t mask = a->size == 8 ? ~0ull : (1ull << (a->size * 8)) - 1;
	if (a->write) {
		uint64_t value = a->immediate ? a->value : static_cast<uint64_t>(regs[a->reg]) >> a->shift;
		device.write(offset, a->size, value & mask);
	} else {
		uint64_t value = device.read(offset, a->size) & mask;
		uint64_t keep = a->zero_extend == 8 ? 0 : ~((1ull << (a->zero_extend * 8)) - 1);
		if (a->shift)
			keep = ~0xff00ull;
		regs[a->reg] = (regs[a->reg] & keep) | value << a->shift;
	}
	regs[REG_RIP] += a->length;
	return true;
}

struct bug {
	int32_t address, file;
	uint16_t line, flags;
};

/// ud2 of a WARN: say so, step over. A BUG is a fault.
bool warn(greg_t *regs)
{
	uint64_t rip = regs[REG_RIP];
	for (unsigned m = 0; m < domain->image->nr_modules; m++) {
		auto &info = domain->image->modules[m];
		for (uint64_t b = info.bug_table; b < info.bug_table_end; b += sizeof(bug)) {
			auto &e = *reinterpret_cast<const bug *>(b);
			if (b + e.address != rip || !(e.flags & 1))
				continue;
			domain->warnings++;
			fmt::print("WARNING: {} at {}:{}\n", domain->name_of(rip),
				   reinterpret_cast<const char *>(b + 4 + e.file), e.line);
			regs[REG_RIP] += 2;
			return true;
		}
	}
	return false;
}

[[noreturn]] void die(const char *what, uint64_t address, greg_t *regs)
{
	uint64_t rip = regs[REG_RIP];

	fmt::print("FAULT: {} at address {:#x}\n  in {}\n", what, address, domain->name_of(rip));
	for (auto &n : names)
		fmt::print("  {} {:#018x}\n", cs_reg_name(disassembler, n.r[0]), static_cast<uint64_t>(regs[n.index]));
	// Whatever on the stack points behind a call: a rough backtrace.
	auto *stack = reinterpret_cast<uint64_t *>(regs[REG_RSP] & ~7ull);
	unsigned char mapped;
	for (unsigned i = 0; i < 400; i++) {
		if (mincore(reinterpret_cast<void *>(reinterpret_cast<uint64_t>(stack + i) & ~4095ull), 1, &mapped))
			break;
		uint64_t v = stack[i];
		if (v >= at_image && v < at_image + domain->image->size &&
		    domain->image->rights[(v - at_image) / 4096] & LXD_MAP_X)
			fmt::print("  [{:3}] {}\n", i, domain->name_of(v));
	}
	fflush(stdout);
	_exit(3);
}

void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *regs = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
	uint64_t address = reinterpret_cast<uint64_t>(info->si_addr);
	uint64_t rip = regs[REG_RIP];

	if (number == SIGSEGV && address - device.base < device.size && emulate(regs, address - device.base))
		return;
	if (number == SIGILL && warn(regs))
		return;
	if (number == SIGILL && !memcmp(reinterpret_cast<void *>(rip), "\x0f\x01\xc1", 3) && regs[REG_RAX] == LXD_HC_FAULT) {
		fmt::print("the runtime reports a fault: vector {}, error {:#x}, at {}\n", regs[REG_RDI], regs[REG_RSI],
			   domain->name_of(regs[REG_RDX]));
		die("report", regs[REG_RCX], regs);
	}
	die(number == SIGALRM ? "time is over" : strsignal(number), address, regs);
}

} // namespace

void trap_install(lxd_domain *dom)
{
	struct sigaction action {};

	domain = dom;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &disassembler))
		throw failure("capstone does not start");
	cs_option(disassembler, CS_OPT_DETAIL, CS_OPT_ON);
	trap_thread();
	action.sa_sigaction = on_fault;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	for (int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM})
		sigaction(s, &action, nullptr);
}

void trap_thread()
{
	static thread_local std::vector<uint8_t> stack(256 * 1024);
	stack_t alt{};

	alt.ss_sp = stack.data();
	alt.ss_size = stack.size();
	sigaltstack(&alt, nullptr);
}

void trap_registers(const registers &r)
{
	device = r;
	void *p = mmap(reinterpret_cast<void *>(r.base), r.size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == MAP_FAILED)
		throw failure("cannot reserve the register window");
}

void trap_limit(unsigned seconds)
{
	alarm(seconds);
}

} // namespace lxd::harness
