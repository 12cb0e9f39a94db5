from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.bundled import read_bundled
from support.instruction_texts import GLOSSARY

from dqmconsole.model.glossary import Term
from dqmconsole.site.differences import differences
from dqmconsole.site.glossary import MAX_TERMS, read_glossary
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from pathlib import Path


def test_healthy_terms_are_read_whole() -> None:
    found = read_glossary(GLOSSARY.encode(), "f.yaml")
    assert found.problems == ()
    assert found.terms == (
        Term("lumisection", "The unit of time of a run.", ("LS", "lumi section")),
        Term("digi", "The digitised signal of one channel."),
        Term("HO", "The part of Hcal outside the magnet.", ("outer calorimeter",)),
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "words"),
    [
        ("term: HO", "term: Digi", (6, 9), "duplicate-name",
         'a second term "Digi", the first is in line 4'),
        ("outer calorimeter", "ls", (7, 9), "duplicate-name",
         'a second term "ls", the first is in line 2'),
        ("LS, lumi", "LS, ls", (2, 14), "", ""),
        ("lumi section", "ls", (2, 14), "duplicate-name", '"ls" stands twice'),
        ("term: digi", "term: ' '", (4, 9), "empty-name", "an empty name"),
        ("term: digi", "term: a  b", (4, 9), "wrong-name", "more than one blank"),
        ("term: digi", f"term: {'d' * 41}", (4, 9), "long-term", "at most 40"),
        ("The digitised signal of one channel.", "' '", (5, 12), "empty-text",
         'the meaning of "digi" is one line'),
        ("The digitised", "The" + " very" * 40, (5, 12), "long-term",
         "one plain sentence of at most 200"),
        ("  meaning: The digitised", "  meening: The digitised", (5, 3), "unknown-key",
         'did you mean "meaning"'),
    ],
)  # fmt: skip
def test_each_mistake_is_found_in_its_place(
    old: str, new: str, place: tuple[int, int], code: str, words: str
) -> None:
    found = read_glossary(GLOSSARY.replace(old, new).encode(), "f.yaml")
    if not code:
        assert found.problems == ()
        return
    first, *_ = found.problems
    assert {(each.line, each.code) for each in found.problems} == {(place[0], code)}
    assert (first.line, first.column) == place
    assert words in first.message
    # what is healthy stays
    assert len(found.terms) == 2


def test_more_terms_than_are_read_are_said() -> None:
    text = "".join(f"- {{term: t{i}, meaning: m}}\n" for i in range(MAX_TERMS + 1))
    found = read_glossary(text.encode(), "f.yaml")
    assert len(found.terms) == MAX_TERMS
    assert [each.code for each in found.problems] == ["too-large"]


def test_the_bundled_terms_are_those_that_a_newcomer_meets() -> None:
    site = read_bundled()
    words = {word for term in site.glossary for word in term.words}
    assert {"lumisection", "DCS", "digi", "ieta", "iphi", "FED"} <= words
    assert len(site.glossary) >= 30


def test_a_release_says_which_terms_changed(tmp_path: Path) -> None:
    before, after = (_site(tmp_path / each) for each in ("a", "b"))
    changed = GLOSSARY.replace("of one channel", "of a channel")
    changed = changed.replace("term: HO", "term: HF")
    (after / "instructions" / "glossary.yaml").write_text(changed)
    found = differences(read_site(before), read_site(after))
    assert [each.sentence for each in found] == [
        "term HF added",
        "term HO removed",
        'term digi: meaning: "The digitised signal of one channel." → "The digitised '
        'signal of a channel."',
    ]


def _site(folder: Path) -> Path:
    (folder / "layouts").mkdir(parents=True)
    (folder / "layouts" / "site.yaml").write_text("experiment: NA99\n")
    (folder / "instructions").mkdir()
    (folder / "instructions" / "glossary.yaml").write_text(GLOSSARY)
    return folder
