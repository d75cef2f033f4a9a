# SPDX-License-Identifier: GPL-2.0-only
"""Decodes what may stand in the airlock's page: one instruction in 64-bit mode, ring 0.

Nothing is taken from a disassembler's table of operands: an encoding is accepted only if it stands
below, where its effect was written down by hand; everything else is a break. Capstone is asked as a
second opinion on lengths and undefined encodings.
"""
from dataclasses import dataclass
from typing import Optional

import capstone

_second = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
EAX, ECX, ESP, EDI = 0, 1, 4, 7
STATE, LIST = -0x33333000, -0x33332000


@dataclass
class Insn:
    length: int
    text: str = ""
    effect: str = ""  # "" registers only or a load; store, fault, vmfunc
    target: Optional[int] = None  # of a branch
    writes: Optional[int] = None  # register


def _modrm(b, i, pc, imm=0):
    """(mod, reg, rm, index behind the operand, RIP-relative address or None); REX.RXB is clear."""
    m = b[i]
    mod, reg, rm = m >> 6, m >> 3 & 7, m & 7
    i += 1
    addr = None
    if mod != 3 and rm == 4:
        i += 1
        if mod == 0 and b[i - 1] & 7 == 5:
            i += 4
    if mod == 0 and rm == 5:
        addr = pc + i + 4 + imm + int.from_bytes(b[i:i + 4], "little", signed=True)
        i += 4
    elif mod == 1:
        i += 1
    elif mod == 2:
        i += 4
    return mod, reg, rm, i, addr


def _one_byte(b, pc):
    """Encodings without a prefix or operand bytes that matter."""
    op = b[0]
    if op in (0xcc, 0x1e, 0xd4):  # int3: no IDT; push ds, aam: #UD in 64-bit mode
        return Insn(1, effect="fault")
    simple = {0xfa: "cli", 0xf8: "clc", 0x90: "nop", 0x9d: "popfq"}  # popfq loads; TF, IF: no IDT
    if op in simple:
        return Insn(1, simple[op])
    if op == 0x74:
        return Insn(2, "je", target=pc + 2 + int.from_bytes(b[1:2], "little", signed=True))
    if op == 0xae:
        return Insn(1, "scasb", writes=EDI)  # load through RDI
    if op == 0xd7:
        return Insn(1, "xlatb", writes=EAX)  # load through RBX
    return None


def _memory(b, i, pc, w, name, names):
    """Encodings with a ModRM byte whose memory form loads, or is refused."""
    op = b[i]
    size = 64 if w else 32
    if op in (0x01, 0x20):  # the memory form stores
        mod, _, rm, n, _ = _modrm(b, i + 1, pc)
        if mod != 3:
            return None
        return Insn(n, "alu reg,reg", writes=rm if op == 0x01 else (EAX if rm in (0, 4) else ECX))
    if op == 0x39:
        _, reg, _, n, a = _modrm(b, i + 1, pc)
        return Insn(n, f"cmp{size} {name.get(a)},{names.get(reg)}" if a is not None else "cmp")
    if op == 0x83:
        _, reg, _, n, a = _modrm(b, i + 1, pc, 1)
        if reg != 7:
            return None
        return Insn(n + 1, f"cmp{size} {name.get(a)},{b[n]:#x}" if a is not None else "cmp")
    if op == 0x8b:
        _, reg, _, n, a = _modrm(b, i + 1, pc)
        return Insn(n, f"{names.get(reg)}=[{name.get(a)}]", writes=reg)
    if op == 0x8d:
        mod, reg, _, n, a = _modrm(b, i + 1, pc)
        return Insn(n, f"{names.get(reg)}=&{name.get(a)}", writes=reg) if mod != 3 else None
    if op == 0x8c:  # the memory form stores
        mod, reg, rm, n, _ = _modrm(b, i + 1, pc)
        if mod != 3 or reg > 5:
            return None
        return Insn(n, "edi=cs" if (reg, rm, w) == (1, EDI, 0) else "reg=sreg", writes=rm)
    if op in (0xd8, 0xdc):  # every form loads or works on the x87 stack
        return Insn(_modrm(b, i + 1, pc)[3], "x87 load")
    return None


def _accept(b, pc, fields):
    name = {STATE + off: n for n, off in fields.items()}
    w, i = 0, 0
    if b[0] in (0x40, 0x48):  # REX without R, X, B: nothing but the operand size
        w, i = b[0] >> 3 & 1, 1
    elif (ins := _one_byte(b, pc)) is not None:
        return ins
    p = "r" if w else "e"
    names = {EAX: p + "ax", ECX: p + "cx", ESP: p + "sp", EDI: p + "di"}
    op = b[i]
    if op == 0xcf:  # iret loads from RSP only, then CS needs a descriptor: no GDT; null: #GP
        return Insn(i + 1, effect="fault")
    if op in (0x05, 0x0d, 0x25):
        return Insn(i + 5, "alu eax,imm", writes=EAX)
    if op == 0x3d:
        return Insn(i + 5, "cmp eax,imm")
    if (ins := _memory(b, i, pc, w, name, names)) is not None:
        return ins
    if op == 0x8e and b[i + 1] == 0xd7:  # not null: needs a descriptor, no GDT; null: allowed
        return Insn(i + 2, "ss=edi")
    if op == 0xc6 and i == 0 and b[1] == 0x05 and b[6] == 0x1e:
        return Insn(7, "enable", effect="store") if _modrm(b, 1, pc, 1)[4] == LIST + 8 else None
    if op == 0x0f:
        nx = bytes(b[i + 1:i + 3])
        if nx == b"\x20\xd8":
            return Insn(i + 3, "rax=cr3", writes=EAX)
        if nx == b"\x01\xf8":
            return Insn(i + 3, "swapgs")
        if nx == b"\x01\xd4":
            return Insn(i + 3, "vmfunc", effect="vmfunc")
        if nx[0] == 0xae and 0xd0 <= nx[1] < 0xe0:  # /2, /3 of registers without f3: #UD
            return Insn(i + 3, effect="fault")
    if bytes(b[0:4]) == b"\xf3\x48\x0f\xae":
        if b[4] == 0xd8:
            return Insn(5, "wrgsbase rax")
        if b[4] == 0xd7:
            return Insn(5, "wrfsbase rdi")
    return None


def decode(b, pc, fields):
    """(instruction or None, why not)."""
    ins = _accept(b, pc, fields)
    if ins is None:
        return None, f"not accepted: {bytes(b[:8]).hex()}"
    other = next(_second.disasm(bytes(b), pc, 1), None)
    if other is not None and ins.effect != "fault" and other.size != ins.length:
        return None, "the two decoders differ"
    if other is not None and ins.effect == "fault" and other.mnemonic not in ("int3", "iretd", "iretq", "iret"):
        return None, f"the second decoder knows {other.mnemonic}"
    return ins, ""
