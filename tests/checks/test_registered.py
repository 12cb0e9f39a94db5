"""Checks of installed packages: what can be used, and what is said of the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from asyncio import CancelledError
from importlib.metadata import EntryPoint, distributions
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from support.batches import batch_of, rows_of, seen
from support.example_package import installed
from support.waiting import PATIENCE

from dqmconsole import plugins
from dqmconsole.checks import answers
from dqmconsole.checks.answers import AnswerError, results_of
from dqmconsole.checks.check import Check, Example, Result
from dqmconsole.checks.registered import load_check
from dqmconsole.checks.table import BUNDLED
from dqmconsole.link.codec import why_unsendable
from dqmconsole.model.verdict import Status
from dqmconsole.plugins import CHECKS, LeftOut, Registered, error_words, usable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from dqmconsole.checks.batch import Batch

GOOD = Result(Status.GOOD, "all is well", 0.5)


class Plain(Check, frozen=True):
    """Nothing."""

    NAME: ClassVar[str] = "plain"
    GIVEN: ClassVar[object] = [GOOD]

    def judge(self, batch: Batch) -> list[Result]:
        del batch
        return self.GIVEN  # type: ignore[return-value]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("one", cls(), (1,), Status.GOOD),)


class Nameless(Check, frozen=True):
    pass


class Judgeless(Plain, frozen=True):
    NAME: ClassVar[str] = "judgeless"
    judge = Check.judge


class Exampleless(Plain, frozen=True):
    NAME: ClassVar[str] = "exampleless"
    examples = Check.examples


class Failing(Plain, frozen=True):
    NAME: ClassVar[str] = "failing"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        message = "of the package"
        raise SystemExit(message)


class Borrowing(Plain, frozen=True):
    NAME: ClassVar[str] = "borrowing"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return Plain.examples()


class Unwritable(Plain, frozen=True):
    NAME: ClassVar[str] = "unwritable"
    channels: frozenset[int] = frozenset()


class Unreadable(Plain, frozen=True):
    NAME: ClassVar[str] = "unreadable"
    other: Check | Plain | None = None


class Flat(Plain, frozen=True):
    NAME: ClassVar[str] = "flat_land"
    DIMENSIONS: ClassVar[tuple[int, ...]] = ()


class Early(Plain, frozen=True):
    NAME: ClassVar[str] = "early"

    def __post_init__(self) -> None:
        raise ValueError


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value if ":" in value else f"{__name__}:{value}", CHECKS)


def checks_of(
    points: Iterable[EntryPoint], taken: Collection[str] = ()
) -> Registered[type[Check]]:
    return usable(CHECKS, points, load_check, taken)


def test_the_program_s_own_could_all_be_registered() -> None:
    points = [
        point(name, f"{check.__module__}:{check.__name__}")
        for name, check in BUNDLED.items()
    ]
    assert checks_of(points).left_out == ()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("absent", "no_such_module:Absent", "cannot be imported: ModuleNotFoundError"),
        ("absent", "Absent", "cannot be imported: AttributeError"),
        ("number", "GOOD", "no class derived from Check"),
        ("nameless", "Nameless", "it has no NAME; it is registered as nameless"),
        ("other", "Plain", "its NAME is 'plain'; it is registered as other"),
        ("mean", "Plain", "the program has a check of that name"),
        ("persist", "Plain", "an option beside checks has that name"),
        ("Plain", "Plain", "lower-case"),
        ("judgeless", "Judgeless", "it has no judge"),
        ("exampleless", "Exampleless", "it has no examples"),
        ("failing", "Failing", "examples cannot be made: SystemExit: of the package"),
        ("borrowing", "Borrowing", "no Examples of it"),
        ("unwritable", "Unwritable", "no layout can write its channels: frozenset"),
        ("unreadable", "Unreadable", "its limits cannot be read: TypeError"),
        ("flat_land", "Flat", "its DIMENSIONS are of 1, 2 and 3, not ()"),
        ("early", "Early", "__post_init__"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_named(
    name: str, value: str, why: str
) -> None:
    found = checks_of([point(name, value), point("plain", "Plain")], BUNDLED)
    assert dict(found.usable) == {"plain": Plain}
    (left,) = found.left_out
    assert left.name == name
    assert why in left.why
    assert f"the check {name} of" in str(left)


def test_of_two_of_one_name_the_first_is_taken() -> None:
    found = checks_of([point("plain", "Plain"), point("plain", "Nameless")], BUNDLED)
    assert len(found.usable) == 1
    assert [each.name for each in found.left_out] == ["plain"]


def judged(given: object, rows: int = 1) -> list[Result]:
    class Given(Plain, frozen=True):
        GIVEN: ClassVar[object] = given

    return results_of(Given(), seen(rows_of(np.ones((rows, 3)))))


def a_result(**fields: object) -> list[Result]:
    return [Result(Status.GOOD, "all is well", **fields)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "NoneType, no list"),
        ([], "0 results for 1 rows"),
        ([GOOD, GOOD], "2 results for 1 rows"),
        (["good"], "it gave str, no Result"),
        ([Result("GOOD", "x")], "the status 'GOOD'"),  # type: ignore[arg-type]
        ([Result(Status.NOT_APPLICABLE, "x")], "no check may give"),
        ([Result(Status.GOOD, "")], "without a sentence"),
        ([Result(Status.GOOD, None)], "without a sentence"),  # type: ignore[arg-type]
        (a_result(value=float("nan")), "GOOD that is no number"),
        (a_result(value="much"), "value is str, no number"),
        (a_result(p_value=()), "p_value is tuple"),
        (a_result(limits=((None, "above"),)), "a limit that is none"),
        (a_result(pulls=np.zeros(2)), "pulls have the shape (2,), not (3,)"),
        (a_result(low=[0.0] * 3), "low are no array of numbers"),
        (a_result(high=np.array(["a"] * 3)), "high are no array of numbers"),
        (a_result(offending=np.array([3])), "not all among 3"),
        (a_result(offending=np.array([0.5])), "no array of whole numbers"),
        ([Result(Status.BAD, "x", family="lost")], "the family 'lost'"),  # type: ignore[arg-type]
    ],
)
def test_answers_that_cannot_be_used_are_refused(given: object, why: str) -> None:
    with pytest.raises(AnswerError) as refused:
        judged(given)
    assert why in str(refused.value)


def test_only_what_is_wrong_is_of_a_family() -> None:
    given = [
        Result(Status.GOOD, "x", family="excess"),
        Result(Status.LOW_STATISTICS, "x", family="excess"),
        Result(Status.WARNING, "x", family="excess"),
        Result(Status.BAD, "x"),
    ]
    found = [each.family for each in judged(given, rows=4)]
    assert found == [None, None, "excess", Plain.FAMILY]


def test_numbers_of_numpy_are_made_plain() -> None:
    (found,) = judged(
        a_result(
            value=np.float32(0.5), p_value=np.int64(1), limits=((np.int32(2), "a"),)
        )
    )
    assert type(found.value) is type(found.p_value) is type(found.limits[0][0]) is float
    assert (found.value, found.p_value, found.limits) == (0.5, 1.0, ((2.0, "a"),))


def test_words_are_made_such_as_can_be_sent() -> None:
    said = np.str_("much\n\x1b[2J \udcff" + "!" * 10_000)
    (found,) = judged([Result(Status.BAD, said, limits=((1.0, said),), gross=1)])  # type: ignore[arg-type]
    assert why_unsendable((found.sentence, found.limits, found.gross)) == ""
    assert found.sentence.startswith(r"much\n\x1b[2J \udcff!!")
    assert len(found.sentence) < 3000


class Silent(Exception):
    def __str__(self) -> str:
        message = "it says nothing"
        raise RuntimeError(message)


def test_what_is_raised_is_said_in_words_that_can_be_sent() -> None:
    assert error_words(Silent()) == "Silent"
    assert error_words(ValueError("a\n\udcff\x00")) == r"ValueError: a \udcff\x00"


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, CancelledError])
def test_no_check_ends_the_process(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Raising(Plain, frozen=True):
        def judge(self, batch: Batch) -> list[Result]:
            del batch
            raise error

    batch = seen(rows_of(np.ones((1, 3))))
    if error is KeyboardInterrupt:  # where Ctrl+C is for the program, it ends it
        handled = signal.default_int_handler
        monkeypatch.setattr(signal, "getsignal", lambda _number: handled)
        with pytest.raises(KeyboardInterrupt):
            results_of(Raising(), batch)
    monkeypatch.setattr(signal, "getsignal", lambda _number: signal.SIG_IGN)
    with pytest.raises(AnswerError, match=f"it raised {error.__name__}"):
        results_of(Raising(), batch)


def test_what_a_package_s_check_prints_asks_for_or_waits_for_is_bounded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Greedy(Plain, frozen=True):
        def judge(self, batch: Batch) -> list[Result]:
            print("found")  # noqa: T201 - as a package may
            if len(batch.data) == 2:
                while True:
                    pass
            much = np.empty(2 * plugins.MEMORY, np.int8)
            return [Result(Status.GOOD, f"{len(much)}")]

    monkeypatch.setattr(answers, "home_of", "lab of {}".format)
    with pytest.raises(MemoryError):
        results_of(Greedy(), seen(rows_of(np.ones((1, 3)))))
    assert capsys.readouterr() == ("", "found\n")
    monkeypatch.setattr(answers, "LONGEST", 0.05)
    with pytest.raises(TimeoutError, match=r"did not end within 0\.05 s"):
        results_of(Greedy(), seen(rows_of(np.ones((2, 3)))))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(tmp_path_factory.mktemp("package"))


@pytest.mark.slow
def test_the_checks_of_the_example_package(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(home)
    (package,) = distributions(name="lab-dqm", path=[str(home)])
    found = checks_of(package.entry_points.select(group=CHECKS), BUNDLED)
    assert list(found.usable) == ["alternate_strips", "endless", "pausing"]
    assert found.packages["alternate_strips"] == "lab-dqm 1.0"
    assert found.left_out == (
        LeftOut(
            "check",
            "not_there",
            "lab-dqm 1.0",
            "it cannot be imported: ModuleNotFoundError: No module named "
            "'lab_dqm.nowhere'",
        ),
    )
    for example in found.usable["alternate_strips"].examples():
        (result,) = results_of(example.check, batch_of(example))
        assert result.status is example.status, example.words


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dqmconsole", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(home), *sys.path])},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


LAYOUT = """\
layout: Hcal
pages:
  - page: Strips
    plots:
      - path: Hcal/Strips
        checks: [{alternate_strips: {bad_above: 0.05}}]
      - path: Hcal/Other
        checks: [{not_there: {}}]
"""


@pytest.mark.slow
def test_an_installed_package_is_known_everywhere(home: Path, tmp_path: Path) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "site.yaml").write_text("experiment: x\n")
    (tmp_path / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    site = f"--site={tmp_path}"

    listed = run(home, "validate", "--checks")
    assert "\n  Of lab-dqm 1.0.\n" in listed.stdout
    assert "the check not_there of lab-dqm 1.0 is left out" in listed.stderr

    said = run(home, "validate", site)
    assert said.returncode == 1
    problems = said.stdout.splitlines()
    wrong = next(each for each in problems if "wrong-limits" in each)
    assert "Hcal.yaml:6:49" in wrong
    assert "alternate_strips: bad_above: it is below" in wrong
    unknown = next(each for each in problems if "unknown-check" in each)
    assert "Hcal.yaml:8" in unknown
    assert "is left out: it cannot be imported" in unknown

    schema = json.loads(run(home, "validate", "--schema").stdout)
    assert "alternate_strips" in schema["$defs"]["CheckItem"]["properties"]

    doctor = json.loads(run(home, "doctor", site, "--json").stdout)
    found = {each["sentence"]: (each["area"], each["level"]) for each in doctor}
    assert found["alternate_strips, of lab-dqm 1.0"] == ("check", "ok")
    assert found["scaler, of lab-dqm 1.0"] == ("source", "ok")
    assert found["ring, of lab-dqm 1.0"] == ("drawing", "ok")
    assert found["supply-sag, of lab-dqm 1.0"] == ("fault", "ok")
    assert [each for words, each in found.items() if "left out" in words] == [
        ("check", "error")
    ]
