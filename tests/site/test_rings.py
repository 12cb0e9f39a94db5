from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.site.rings import rings

NAMES = st.sampled_from("abcdef")


def test_each_ring_is_found_once() -> None:
    names = {"a": ["b"], "b": ["c", "x"], "c": ["a"], "d": ["d"], "e": ["a"]}
    assert list(rings(names)) == [("a", "b", "c"), ("d",)]
    assert list(rings({"a": ["b"], "b": []})) == []
    assert list(rings({"a": ["gone"]})) == []


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4)))
def test_a_ring_leads_round(names: dict[str, list[str]]) -> None:
    found = list(rings(names))
    for ring in found:
        for name, other in zip(ring, (*ring[1:], ring[0]), strict=True):
            assert other in names[name]
    inside = {name for ring in found for name in ring}
    assert len(inside) == sum(map(len, found))
    rest = {name: [each for each in there if each not in inside]
            for name, there in names.items() if name not in inside}  # fmt: skip
    assert list(rings(rest)) == []
