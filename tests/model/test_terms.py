from __future__ import annotations

import pytest

from dqmconsole.model.glossary import Term, terms_in

CROSSING = Term("crossing", "25 ns", ("BX",))
BUNCH = Term("bunch crossing", "a crossing of bunches")
DIGI = Term("digi", "a signal")
HO = Term("HO", "outer calorimeter")
GLOSSARY = (CROSSING, BUNCH, DIGI, HO)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Digis of HO at each bunch crossing.",
         [("Digis", DIGI), ("HO", HO), ("bunch crossing", BUNCH)]),
        ("the crossing, BX 5", [("crossing", CROSSING), ("BX", CROSSING)]),
        ("a bunch\n  crossing", [("bunch\n  crossing", BUNCH)]),
        # a word with capitals is meant as it is written
        ("so ho! bx", []),
        # no part of another word, of a path or of a name
        ("prodigies digital DigiTask Hcal/digi digi/x digi-task hcal-digi _digi", []),
        ("digi, (digi) digi-", [("digi", DIGI)] * 3),
        ("", []),
    ],
)  # fmt: skip
def test_whole_words_are_found_the_longest_first(
    text: str, found: list[tuple[str, Term]]
) -> None:
    spans = terms_in(text, GLOSSARY)
    assert [(text[begin:end], term) for begin, end, term in spans] == found


def test_without_a_glossary_nothing_is_found() -> None:
    assert terms_in("digi", ()) == ()


def test_letters_of_a_term_are_no_pattern() -> None:
    term = Term("iη (a|b)", "no pattern")
    assert terms_in("iη (a|b) and iη a", (term,)) == ((0, 8, term),)


def test_a_letter_that_is_upper_case_of_two_is_found() -> None:
    # the dotted capital I and the long s match "i" and "s", too
    term = Term("mip", "small")
    assert terms_in("M\u0130P", (term,)) == ((0, 3, term),)
