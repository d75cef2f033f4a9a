# SPDX-License-Identifier: GPL-2.0-only
#
# Freestanding C++20 objects in a Kbuild directory.  Include it after the lists:
#
#	obj-m    := foo.o
#	foo-y    := shim/module.o core/bar.o x86/entry.o
#	include $(KBUILD_EXTMOD)/scripts/Kbuild.cxx
#
# A .cpp object gets the code-generation flags of a C object of the same module,
# less what only C accepts, less ftrace, and without the kernel's include path.
# cxxflags-y and CXXFLAGS_<file>.o add to that.

# The C++ driver of the compiler that Kbuild uses: gcc-12 -> g++-12.
CXX := $(subst gcc,g++,$(CC))

cxx-c-only := -std=gnu11 -std=gnu89 -Wstrict-prototypes -Wmissing-prototypes \
	      -Wold-style-definition -Wno-override-init -Wno-pointer-sign \
	      -Wdeclaration-after-statement -Werror=strict-prototypes \
	      -Werror=implicit-function-declaration -Werror=implicit-int \
	      -Werror=incompatible-pointer-types -Werror=designated-init

# pahole cannot encode C++ types as BTF: where that step will run, do without DWARF.
cxx-debug := $(if $(wildcard $(objtree)/vmlinux),$(DEBUG_CFLAGS))

cxx-lang := -std=c++20 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics

cxx_flags = -Wp,-MMD,$(depfile) \
	    $(filter-out $(cxx-c-only) $(cxx-debug) $(CC_FLAGS_FTRACE),$(_c_flags)) \
	    $(modkern_cflags) $(cxx-lang) $(cxxflags-y) $(CXXFLAGS_$(target-stem).o) \
	    $(basename_flags) $(modname_flags)

quiet_cmd_cxx_o_cpp = CXX $(quiet_modtag) $@
      cmd_cxx_o_cpp = $(CXX) $(cxx_flags) -c -o $@ $< $(cmd_objtool)

# The module loader runs no constructors (CONFIG_CONSTRUCTORS is off) and nothing
# unwinds, so an object with one of these sections would build and then misbehave.
cmd_cxx_sections = \
	if $(OBJDUMP) -h $@ | \
	   grep -E ' \.(init_array|fini_array|ctors|dtors|eh_frame|gcc_except_table)'; then \
		echo >&2 "$<: needs run-time initialisation or unwinding; use constinit"; \
		rm -f $@; exit 1; \
	fi

define rule_cxx_o_cpp
	$(call cmd_and_fixdep,cxx_o_cpp)
	$(call cmd,cxx_sections)
	$(call cmd,gen_objtooldep)
endef

$(obj)/%.o: $(src)/%.cpp FORCE
	$(call if_changed_rule,cxx_o_cpp)

# Run objtool once, on the linked module, as an IBT kernel does: a COMDAT function of two
# translation units would otherwise leave its return-site entries twice.
override delay-objtool := y
