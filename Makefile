# SPDX-License-Identifier: GPL-2.0-only
# make check: all tests. make demo: the emulated machine with what works today. See README.md.
TOP := $(CURDIR)
include scripts/kernel.mk
STEP := scripts/step

# Steps in order; -j is for what is inside of them. Without a -j all CPUs are used.
.NOTPARALLEL:
LXD_JOBS ?= $(shell nproc)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(LXD_JOBS)
endif

# What a machine needs, beside each other in build/tools.
all: modules tools
	@cp hypervisor/lxd_hv.ko lxd/lxd.ko build/runtime/lxd_rt.ko build/tools/

deps:
	@scripts/deps

idl: deps
	@$(STEP) idl $(MAKE) -C idl

# Warnings of the kernel's build are errors: scripts/kbuild looks for them.
modules: idl
	@$(STEP) modules scripts/kbuild $(KDIR) $(CURDIR)
	@$(STEP) runtime $(MAKE) -C lxd/runtime

lab: deps
	@$(STEP) emulator lab/bochs/build

tools: deps
	@$(STEP) modcompare $(MAKE) -C lxd/loader/tests modcompare
	@$(STEP) ring3 $(MAKE) -C tests/ring3
	@$(STEP) second-kernel $(MAKE) -C tests/kexec
	@$(STEP) lxdctl $(MAKE) -C tools/lxdctl
	@$(STEP) crash-module $(MAKE) -C tests/contained
	@$(STEP) differential $(MAKE) -C tests/differential
	@$(STEP) disk-io $(MAKE) -C tests/io
	@$(STEP) kunit $(MAKE) -C tests/kunit

# The hostile domains, with the gate linked in: a module of the lab only.
attack-module: modules
	@$(STEP) attack-module $(MAKE) -C tests/attacks

# Proof of the gate's page in the finished module, from each byte, and its mutations; the walk of each
# of the airlock's pages as a page-table root, with its own.
gate-proof: attack-module
	@$(MAKE) -s -C tools/gate-proof test
	@tools/gate-proof/gate-proof lxd/lxd.ko
	@tools/gate-proof/gate-proof build/attacks/lxd_attacks.ko

# All hostile domains; `make check` runs those of tests/scenarios/check. About 35 CPU minutes.
attacks: attack-module lab tools
	@scripts/attacks

# Each defence switched off, and the attack that notices. About 40 CPU minutes.
attacks-mutated: attack-module lab
	@tests/attacks/mutated

gate-numbers: attack-module lab
	@tools/gate-proof/gate-numbers build/attacks/lxd_attacks.ko
	@lab/run --quiet tests/scenarios/long/gate-numbers.scn
	@sed -n 's/.*number: //p' build/lab/gate-numbers/serial.log

check: modules attack-module lab tools
	@scripts/check $(SUITES)

# The units and one isolated scenario a driver, for who is working on it.
quick: modules attack-module lab tools
	@scripts/check quick

demo: modules attack-module lab tools
	@scripts/demo

# Counts a driver's operation costs, native and isolated in one boot; build/bench.json.
bench: modules lab tools
	@scripts/bench

# What kbuild leaves beside the sources, whichever kernel it was for.
clean:
	find hypervisor lxd klcd tests/contained \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name '.*.d' -o -name modules.order -o -name Module.symvers \) -delete
	rm -rf build Module.symvers modules.order .Module.symvers.cmd .modules.order.cmd

# The kernels that the tree is tested with: which, and from where. kernels-refresh takes the archive's present ones.
kernels: deps
	@scripts/kernel show 6.1
	@scripts/kernel show 6.12

kernels-refresh: deps
	@scripts/kernel refresh

.PHONY: all deps kernels kernels-refresh idl modules lab tools attack-module gate-proof attacks attacks-mutated gate-numbers check quick demo bench clean
