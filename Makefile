# SPDX-License-Identifier: GPL-2.0-only
# make check: all tests. make demo: the emulated machine with what works today. See README.md.
KVER ?= 6.1.0-56-amd64
KDIR ?= /lib/modules/$(KVER)/build
export KVER KDIR
STEP := scripts/step

all: modules

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

check: modules lab tools
	@scripts/check $(SUITES)

demo: modules lab tools
	@scripts/demo

clean:
	@$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	@$(MAKE) -C lxd/runtime clean
	rm -rf build

.PHONY: all deps idl modules lab tools check demo clean
