from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref

import pytest

from dqmconsole.heap import bound_heap, collect_garbage

# A block of 600 kB, twice: after the first is freed, glibc left to itself takes the
# second from the heap (mallopt(3), M_MMAP_THRESHOLD).
_TWICE = """
import ctypes
libc = ctypes.CDLL(None)
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]
libc.mallinfo.restype = Info
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
{bound}
libc.free(libc.malloc(600_000))
before = libc.mallinfo().hblks
libc.malloc(600_000)
print(libc.mallinfo().hblks - before)
"""


def mapped(bound: str) -> int:
    """How many mappings of its own the second block got."""
    program = [sys.executable, "-c", _TWICE.format(bound=bound)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
def test_large_blocks_are_mapped_on_their_own() -> None:
    assert mapped("") == 0
    assert mapped("from dqmconsole.heap import bound_heap; bound_heap()") == 1
    assert mapped("from dqmconsole.heap import bound_heap; bound_heap(1 << 20)") == 0


def test_nothing_happens_without_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name) or object())
    bound_heap()

    assert asked == [None]


@pytest.mark.slow
def test_what_was_passed_over_is_collected_once_it_is_garbage() -> None:
    class Ring:
        def __init__(self) -> None:
            self.own = self

    ring = Ring()
    gone = weakref.ref(ring)
    collect_garbage()
    del ring
    gc.collect()
    assert gone() is not None

    collect_garbage()
    assert gone() is None
