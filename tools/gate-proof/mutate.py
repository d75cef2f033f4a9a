# SPDX-License-Identifier: GPL-2.0-only
"""Changed gates, each of which the proof must refuse."""
from decode import decode
from proof import PAGE, check_line, check_page


def instructions(page, door, end, fields):
    """The line as a list of byte strings, each `je` together with its int3."""
    out, pc = [], door
    while pc < end:
        ins, _ = decode(page[pc:pc + 15], pc, fields)
        n = ins.length + (1 if ins.text == "je" else 0)
        out.append(bytes(page[pc:pc + n]))
        pc += n
    return out


def build(line, door):
    page = b"\xcc" * door + b"".join(line)
    return page + b"\xcc" * (PAGE - len(page))


def changed_gates(page, door, end, fields):
    """(what was changed, page): what a careless edit of gate_a.S could make."""
    line = instructions(page, door, end, fields)

    def without(*drop):
        return build([x for i, x in enumerate(line) if i not in drop], door)

    def swapped(i, j):
        new = list(line)
        new[i], new[j] = new[j], new[i]
        return build(new, door)

    def replaced(i, code):
        return build(line[:i] + [code] + line[i + 1:], door)

    def inserted(i, code):
        return build(line[:i] + [code] + line[i:], door)

    names = {"enable": 0, "cli": 1, "cr3": 2, "cmp cr3": 3, "je cr3": 4, "cmp phase": 5, "je phase": 6,
             "mov cs": 7, "cmp cs": 8, "je cs": 9, "kgs": 10, "gs": 14, "fs": 16, "lea flags": 18, "popfq": 19,
             "zero2": 21, "ss": 22, "one": 23, "zero": 24, "rsp": 25, "vmfunc": 26}
    n = names
    yield "switch the host on after the checks", build(line[1:26] + [line[0]] + line[26:], door)
    yield "no switch at all", without(n["enable"])
    yield "no cli", without(n["cli"])
    for what in ("cr3", "phase", "cs"):
        yield f"compare of {what} dropped", without(n["cmp " + what])
        yield f"outcome of the {what} compare ignored", without(n["je " + what])
        yield f"no int3 behind the {what} compare", replaced(n["je " + what], b"\x74\x01\x90")
        yield f"{what}: jne", replaced(n["je " + what], b"\x75\x01\xcc")
    yield "CR3 compared as 32 bits", replaced(n["cmp cr3"], line[n["cmp cr3"]][1:])
    yield "phase compared with another value", replaced(n["cmp phase"], line[n["cmp phase"]][:-1] + b"\x00")
    yield "bases loaded in another order", swapped(n["gs"] - 1, n["gs"])
    yield "flags after the stack", swapped(n["lea flags"], n["rsp"])
    yield "no constant flags", without(n["lea flags"], n["popfq"])
    yield "no null SS", without(n["zero2"], n["ss"])
    yield "SS from EAX: 8e d0 holds a rotate on memory", replaced(n["ss"], b"\x8e\xd0")
    yield "no ECX", without(n["one"])
    yield "no RSP", without(n["rsp"])
    yield "an ordinary displacement", replaced(n["gs"], line[n["gs"]][:3] + b"\x00\x10\x00\x00")
    yield "a displacement that holds a store", replaced(n["gs"], line[n["gs"]][:3] + b"\x89\x07\xcc\xcc")
    yield "the list written from a register", replaced(n["enable"], b"\x48\x89\x05\xcc\xdc\xcc\xcc")
    yield "another slot switched on", replaced(n["enable"], b"\xc6\x05\xd4\xdc\xcc\xcc\x1e")
    yield "another value into the slot", replaced(n["enable"], line[0][:-1] + b"\x5e")
    yield "a store before the vmfunc", inserted(n["vmfunc"], b"\x48\x89\x07")
    yield "a call", inserted(n["cr3"], b"\xe8\xcc\xcc\xcc\xcc")
    yield "a loop", inserted(n["cr3"], b"\x74\xf6\xcc")
    yield "a second vmfunc", inserted(n["one"], b"\x0f\x01\xd4")
    yield "no int3 behind the vmfunc", build(line + [b"\x90"], door)
    yield "a halt before the door", b"\xcc" * 64 + b"\xf4" + page[65:]
    yield "an enable elsewhere", page[:0x900] + line[0] + page[0x900 + len(line[0]):]
    yield "the line twice", page[:0x900] + b"".join(line) + page[0x900 + end - door:]


def run(page, door, end, fields):
    """(refused, [accepted])."""
    refused, accepted = 0, []
    for off in range(door, end):
        for value in range(256):
            if value == page[off]:
                continue
            if check_line(page[:off] + bytes([value]) + page[off + 1:], door, end, fields):
                refused += 1
            else:
                accepted.append(f"byte {off:#x} = {value:#04x}")
    for what, changed in changed_gates(page, door, end, fields):
        if check_page(changed, door, end, fields)[0]:
            refused += 1
        else:
            accepted.append(what)
    return refused, accepted
