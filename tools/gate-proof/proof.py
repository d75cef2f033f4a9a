# SPDX-License-Identifier: GPL-2.0-only
"""Walks the airlock's page from each of its bytes with hostile registers. Unknown is a break."""
from decode import ECX, decode

PAGE = 4096

# What the line must do, in this order, with nothing in between. "je": over one int3.
LINE = ["enable", "cli", "rax=cr3", "cmp64 CR3,rax", "je", "cmp32 PHASE,0xcc", "je", "edi=cs", "cmp32 CS,edi", "je",
        "rax=[KGS]", "swapgs", "wrgsbase rax", "swapgs", "rax=[GS]", "wrgsbase rax", "rdi=[FS]", "wrfsbase rdi",
        "rsp=&FLAGS", "popfq", "nop", "edi=[ZERO2]", "ss=edi", "ecx=[ONE]", "eax=[ZERO]", "rsp=[RSP]", "vmfunc"]
SIZE = {"CR3": 8, "PHASE": 4, "CS": 4, "KGS": 8, "GS": 8, "FS": 8, "FLAGS": 8, "ONE": 4, "ZERO": 4, "ZERO2": 4, "RSP": 8}
DOOR = "the whole line, then the host"


def walk(page, start, door, fields):
    """Everything that can happen from @start. ECX is 0 there: no other index leads to the airlock."""
    out, seen, todo = set(), set(), [(start, 0, 0, False)]  # pc, steps of LINE done, ECX, slot on
    while todo:
        state = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        pc, done, ecx, on = state
        if not 0 <= pc < PAGE - 15:
            out.add("leaves the page: fault")  # nothing is mapped beside it; check() wants int3 there
            continue
        ins, why = decode(page[pc:pc + 15], pc, fields)
        if ins is None:
            out.add(f"BREAK: {why} at {pc:#x}")
            continue
        if ins.effect == "fault":
            out.add("fault")
            continue
        if start == door:
            want = LINE[done] if done < len(LINE) else "nothing"
            if ins.text != want:
                out.add(f"BREAK: the line wants {want}, the code says {ins.text} at {pc:#x}")
                continue
            done += 1
        if ins.effect == "store":
            if pc != door:
                out.add(f"BREAK: store at {pc:#x}")
                continue
            on = True
        if ins.effect == "vmfunc":
            if on and done == len(LINE) and ecx == 1:
                out.add(DOOR)
            elif on or ecx is None:
                out.add(f"BREAK: vmfunc at {pc:#x} with the slot on or ECX unknown")
            elif ecx == 1:
                out.add("vmfunc 1, slot off: exit")
            else:
                out.add("vmfunc 0: the airlock again")
                todo.append((pc + 3, done, 0, on))
            continue
        if ins.writes == ECX:
            ecx = 1 if ins.text == "ecx=[ONE]" else None
        if ins.target is None:
            todo.append((pc + ins.length, done, ecx, on))
            continue
        if on and not (ins.target == pc + 3 and page[pc + 2] == 0xcc):
            out.add(f"BREAK: branch with the slot on at {pc:#x}")
            continue
        todo.append((ins.target, done, ecx, on))
        if not on:
            todo.append((pc + ins.length, done, ecx, on))
    return out


def check_fields(fields):
    """The state page: every field known, none overlaps, all within what A may name."""
    bad = [f"unknown state field {f}" for f in fields if f not in SIZE]
    spans = sorted((off, off + SIZE[f], f) for f, off in fields.items() if f in SIZE)
    bad += [f"state fields {a[2]} and {b[2]} overlap" for a, b in zip(spans, spans[1:]) if a[1] > b[0]]
    if spans and spans[-1][1] > 256:
        bad.append(f"state field {spans[-1][2]} lies behind the 256 bytes that A may name")
    return bad


def check_line(page, door, end, fields):
    """Quick part: the door does the line and ends at @end, everything else is int3."""
    bad = []
    if any(x != 0xcc for x in page[:door]) or any(x != 0xcc for x in page[end:]):
        bad.append("bytes beside the line are not int3")
    result = walk(page, door, door, fields)
    bad += [f"door: {r}" for r in result if r.startswith("BREAK")]
    if DOOR not in result:
        bad.append("the door does not lead to the host")
    return bad


def check_page(page, door, end, fields):
    """All of it: (problems, histogram of what each start ends in)."""
    bad, hist, opens = check_line(page, door, end, fields), {}, []
    for start in range(PAGE):
        for result in walk(page, start, door, fields):
            if result.startswith("BREAK"):
                bad.append(f"start {start:#x}: {result}")
            if result == DOOR:
                opens.append(start)
            key = result.split(" at ")[0]
            hist[key] = hist.get(key, 0) + 1
    if opens != [door]:
        bad.append(f"opens from {[hex(x) for x in opens]}, not from the door alone")
    return bad, hist


def check_vmfuncs(pages):
    """Behind the one VMFUNC of each view's page stands int3; they meet where they must."""
    bad = []
    for name, page, count in pages:
        at = [o for o in range(PAGE - 2) if page[o:o + 3] == b"\x0f\x01\xd4"]
        if len(at) != count:
            bad.append(f"{name}: {len(at)} VMFUNCs, not {count}")
        bad += [f"{name}: no int3 behind the VMFUNC at {o:#x}" for o in at if page[o + 3] != 0xcc]
    return bad
