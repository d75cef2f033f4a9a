# SPDX-License-Identifier: GPL-2.0-only
# Kbuild of build/attacks; see Makefile.
obj-m := lxd_attacks.o lxd_bare.o lxd_nmi.o lxd_rcu.o
lxd_bare-y := bare.o
lxd_nmi-y := nmi.o
lxd_rcu-y := rcu.o
gate-asm := gate_a gate_d gate_h vector
lxd_attacks-y := $(addsuffix .o,$(gate-asm)) gate.o airlock.o walk.o text.o cross.o arrive.o \
	hostile.o runner.o argument.o check.o special.o honest.o borrow.o state.o trash.o sweep.o smp.o moments.o window.o numbers.o \
	supervisor.o alias.o churn.o busy.o resched.o spinners.o domain.o
top := $(src)/../..
ccflags-y := -I$(top)/include -I$(top)/tests/attacks
asflags-y := -I$(top)/include -I$(top)/tests/attacks
AFLAGS_gate_a.o := -Wa,--fatal-warnings
AFLAGS_gate_d.o := -Wa,--fatal-warnings
AFLAGS_gate_h.o := -Wa,--fatal-warnings
OBJECT_FILES_NON_STANDARD_gate_a.o := y
OBJECT_FILES_NON_STANDARD_gate_d.o := y
OBJECT_FILES_NON_STANDARD_gate_h.o := y
OBJECT_FILES_NON_STANDARD_vector.o := y
OBJECT_FILES_NON_STANDARD_domain.o := y
