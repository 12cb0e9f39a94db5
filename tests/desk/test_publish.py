"""The formal procedure: what it refuses, what it says, what it writes."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.instruction_texts import make_whole_site
from support.ledgers import edit
from support.site_texts import LAYOUT, SITE, make_site

from dqmconsole.desk import publish as desk
from dqmconsole.desk.check import validate
from dqmconsole.desk.publish import (
    PublishError,
    PublishRefused,
    Register,
    publish,
    rollback,
    why_unwritable,
)
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookError, BookRefused
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.permission import MAY
from dqmconsole.model.release import Consent
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.ledger import (
    current_number,
    has_ledger,
    ledger_folder,
    release_folder,
    release_numbers,
    whole_release,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.model.permission import Permissions
    from dqmconsole.model.release import Proposal, Release

TODAY = datetime.date(2026, 11, 25)
PEOPLE = """\
permissions: {expert: [ann], shift-leader: [lea], shifter: [sam], trainee: [tim]}
"""
EXPERTS_ALONE = {**MAY, "publish": ("expert",)}
LEADERS_TOO = {**MAY, "promote a reference": ("shift-leader", "expert")}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "site"
    home.mkdir()
    make_site(home, site=SITE + PEOPLE)
    (home / "instructions").mkdir()
    (home / "layouts" / "references").mkdir()
    (home / "layouts" / "references" / "collisions.root").write_text("root")
    hcal = home / "layouts" / "Hcal.yaml"
    hcal.write_text(LAYOUT.replace("        instruction: hcal/occupancy\n", ""))
    return home


class Person:
    """Who is asked; remembers what they were shown."""

    def __init__(self, by: str = "", why: str = "", *, agrees: bool = True) -> None:
        self.shown: list[Proposal] = []
        self._answer = (by, why)
        self._agrees = agrees

    def __call__(self, proposal: Proposal) -> Consent | None:
        self.shown.append(proposal)
        if not self._agrees:
            return None
        by, why = self._answer
        return Consent(by or proposal.by, why or proposal.why)


def go(home: Path, account: str = "ann", **more: object) -> Release:
    more.setdefault("confirm", Person("Ann", "because"))
    return publish(home, "Ann", account, "because", today=TODAY, **more)  # type: ignore[arg-type]


def rename(home: Path, title: str) -> None:
    path = home / "layouts" / "Hcal.yaml"
    text = path.read_text()
    at = text.index("        title: ", text.index("TPTask"))
    path.write_text(
        text[:at] + f"        title: {title}\n" + text[text.index("\n", at) + 1 :]
    )


def test_a_release_says_who_why_and_what(home: Path) -> None:
    person = Person("Ann Expert", "asked for")
    release = publish(
        home, "", "ann", "", today=TODAY, confirm=person, now=lambda: 1.5e9
    )
    assert (release.number, release.by, release.account) == (1, "Ann Expert", "ann")
    assert (release.why, release.at, release.again) == ("asked for", 1.5e9, 0)
    assert whole_release(home, 1).release == release
    rename(home, "Trend")
    second = go(home)
    assert [each.sentence for each in second.changes] == [
        'Hcal/TPTask/trend: title: "2024" → "Trend"'
    ]
    assert current_number(home) == 2


@pytest.mark.parametrize("account", ["sam", "tim", "nobody"])
def test_who_may_not_publish_is_told_who_can(home: Path, account: str) -> None:
    with pytest.raises(PublishRefused, match="a shift-leader or an expert can") as at:
        go(home, account)
    assert "(ann, lea)" in str(at.value)
    assert not has_ledger(home)
    go(home, "lea")


def test_a_reference_is_promoted_by_an_expert(home: Path) -> None:
    go(home, "lea")  # a first release has nothing to promote it over
    path = home / "layouts" / "references.yaml"
    path.write_text(path.read_text().replace("why: Smooth", "why: Very smooth"))
    with pytest.raises(PublishRefused, match="promote a reference; an expert can"):
        go(home, "lea")
    assert current_number(home) == 1
    assert [each.kind for each in go(home, "ann").changes] == ["reference"]


def test_permissions_are_those_in_force_not_those_of_the_working_copy(
    home: Path,
) -> None:
    go(home)
    path = home / "layouts" / "site.yaml"
    path.write_text(path.read_text().replace("expert: [ann]", "expert: [sam]"))
    with pytest.raises(PublishRefused, match="publish a release"):
        go(home, "sam")
    go(home, "ann")
    go_on = home / "layouts" / "site.yaml"
    go_on.write_text(go_on.read_text() + "# by sam\n")
    assert go(home, "sam").number == 3


def test_without_permissions_it_is_said(home: Path) -> None:
    path = home / "layouts" / "site.yaml"
    path.write_text(path.read_text().replace(PEOPLE, ""))
    person = Person("Ann", "x")
    go(home, "anybody", confirm=person)
    assert "names nobody under permissions" in person.shown[0].remarks[0]


def test_errors_refuse_and_are_given(home: Path) -> None:
    path = home / "layouts" / "Hcal.yaml"
    path.write_text(path.read_text().replace("page: Digi", "pge: Digi"))
    with pytest.raises(PublishRefused, match="nothing was published") as found:
        go(home)
    assert any("Hcal.yaml:" in str(each) for each in found.value.problems)
    assert not ledger_folder(home).exists()


def test_nothing_changed_is_refused(home: Path) -> None:
    go(home)
    with pytest.raises(PublishRefused, match="nothing changed since release 1"):
        go(home)


def test_not_confirmed(home: Path) -> None:
    for person in (Person(agrees=False), Person("  ", "\n")):
        with pytest.raises(PublishRefused, match="nothing was published"):
            publish(home, "", "ann", "", confirm=person, today=TODAY)
    assert not has_ledger(home)


def test_the_bundled_site_and_one_that_cannot_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(desk, "bundled_site", lambda: home)
        with pytest.raises(PublishRefused, match="copy its layouts/ and instructions/"):
            go(home)
        (home / "pyproject.toml").touch()  # a checkout is its owner's
        assert why_unwritable(home) == ""
    with monkeypatch.context() as patch:  # root may write everywhere
        patch.setattr("os.access", lambda *_: False)
        with pytest.raises(PublishRefused, match=r"cannot be written.*use --site"):
            go(home)
    with pytest.raises(PublishRefused, match="is no site"):
        go(home / "layouts")
    ledger_folder(home).write_text("a file")
    with pytest.raises(PublishRefused, match="releases is no folder"):
        go(home)


def test_a_reference_that_a_release_would_not_hold(home: Path) -> None:
    outside, hidden = home / "outside.root", home / "layouts" / ".hidden.root"
    for each in (outside, hidden):
        each.write_bytes((home / "layouts/references/collisions.root").read_bytes())
    path = home / "layouts" / "references.yaml"
    text = path.read_text()
    for file, words in (
        ("../outside.root", '"../outside.root" is not in the site'),
        (".hidden.root", "could not hold the reference"),
    ):
        path.write_text(text.replace("references/coll", f"{file} #"))
        with pytest.raises(PublishRefused) as found:
            go(home)
        assert any(words in str(each) for each in found.value.problems)


def test_recorded_runs_must_hold_the_plots(home: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "00039xxxx"
    runs.mkdir(parents=True)
    file = runs / "DQM_V0001_Hcal_R000398214.root"
    write_dqm(file, 398214, {"Hcal/DigiTask": [Scalar("number", 1)]})
    (runs / "DQM_V0001_Hcal_R000398100.root").write_text("older, and broken")
    site = home / "layouts" / "site.yaml"
    site.write_text(site.read_text() + "recorded: [../runs, ../missing]\n")
    with pytest.raises(PublishRefused) as found:
        go(home)
    words = "\n".join(map(str, found.value.problems))
    assert "depth1" in words
    assert "runs/00039xxxx" in words
    file.write_text("broken")
    person = Person("Ann", "x")
    go(home, confirm=person)  # what cannot be read says nothing of the site
    said = "\n".join(map(str, person.shown[0].advice))
    assert f"{file.name}: advice" in said
    assert '"../missing"' in said


def test_an_earlier_release_again(home: Path) -> None:
    first = go(home)
    rename(home, "Trend")
    go(home)
    person = Person("Ann", "it was better")
    third = rollback(home, 1, "Ann", "ann", "", confirm=person, today=TODAY)
    assert (third.number, third.again, third.hash) == (3, 1, first.hash)
    assert third.changes[0].sentence == 'Hcal/TPTask/trend: title: "Trend" → "2024"'
    assert current_number(home) == 3
    assert whole_release(home, 3, thorough=True)
    assert "Trend" in (home / "layouts" / "Hcal.yaml").read_text()  # left alone
    with pytest.raises(PublishRefused, match="nothing changed since release 3"):
        rollback(home, 1, "Ann", "ann", "x", confirm=person)
    with pytest.raises(PublishRefused, match=r"no release 7 .*1, 2, 3"):
        rollback(home, 7, "Ann", "ann", "x", confirm=person)
    with pytest.raises(PublishRefused, match="can"):
        rollback(home, 2, "Sam", "sam", "x", confirm=person)
    edit(release_folder(home, 2))
    with pytest.raises(PublishRefused, match="release 2 was altered"):
        rollback(home, 2, "Ann", "ann", "x", confirm=person)


def test_a_broken_release_in_force_is_mended_by_the_next(home: Path) -> None:
    go(home)
    rename(home, "Trend")
    go(home)
    edit(release_folder(home, 2))
    person = Person("Ann", "mend")
    assert go(home, confirm=person).number == 3
    assert "release 2 was altered" in person.shown[0].remarks[-1]
    edit(release_folder(home, 3))
    assert rollback(home, 1, "Ann", "ann", "x", confirm=person).number == 4
    assert "against release 1, the newest whole one" in person.shown[-1].remarks[-1]


def lose(ledger: Path) -> None:
    (ledger / "CURRENT").unlink()


def name_another(ledger: Path) -> None:
    (ledger / "CURRENT").write_text("7\n")


def name_none(ledger: Path) -> None:
    (ledger / "CURRENT").write_text("nonsense")


@pytest.mark.parametrize("damage", [lose, name_another, name_none])
def test_which_is_in_force_is_lost_and_the_next_release_says_it(
    home: Path, damage: Callable[[Path], None]
) -> None:
    go(home)
    rename(home, "Trend")
    go(home)
    path = home / "layouts" / "site.yaml"
    path.write_text(path.read_text().replace("expert: [ann]", "expert: [sam]"))
    damage(ledger_folder(home))
    # What the working copy says of permissions counts no more than before.
    with pytest.raises(PublishRefused, match="publish a release"):
        go(home, "sam")
    person = Person("Ann", "which it was")
    assert rollback(home, 2, "Ann", "ann", "x", confirm=person, today=TODAY).number == 3
    assert person.shown[0].changes == ()
    assert "releases 1, 2 are there" in person.shown[0].remarks[-1]
    damage(ledger_folder(home))
    rename(home, "Other")
    assert go(home, confirm=person).number == current_number(home) == 4
    sentences = [each.sentence for each in person.shown[1].changes]
    assert 'Hcal/TPTask/trend: title: "Trend" → "Other"' in sentences


def test_versions_count_though_current_is_lost(tmp_path: Path) -> None:
    permissions = "experiment: T\npermissions: {expert: [ann]}"
    home = make_whole_site(tmp_path, site=("experiment: Test", permissions))
    go(home)
    path = home / "instructions" / "hcal" / "occupancy.md"
    path.write_text(path.read_text().replace("0.2 %", "0.3 %"))
    for damage in (lose, name_another):
        damage(ledger_folder(home))
        with pytest.raises(PublishRefused) as found:
            go(home)
        (problem,) = found.value.problems
        assert "changed, but its version is still" in str(problem)
    (ledger_folder(home) / "CURRENT").write_text("1\n")
    (release_folder(home, 1) / "release.yaml").unlink()
    errors = [each for each in validate(home, (), TODAY) if each.severity == "error"]
    assert ["release 1 is in force and its" in str(each) for each in errors] == [True]
    assert go(home).number == 2  # and publishing is what mends it


def test_what_is_left_out_is_said(home: Path) -> None:
    (home / "layouts" / "my-password.txt").write_text("secret")
    (home / "layouts" / "site.schema.json").write_text("{}")
    person = Person("Ann", "x")
    go(home, confirm=person)
    assert person.shown[0].remarks == (
        "not read by the program and left out of the release: layouts/my-password.txt",
    )
    assert not (release_folder(home, 1) / "layouts" / "my-password.txt").exists()


@pytest.mark.parametrize(("may", "able"), [(MAY, "eve, lea"), (EXPERTS_ALONE, "eve")])
def test_who_takes_away_their_own_right_is_told_before(
    home: Path, may: Permissions, able: str
) -> None:
    path = home / "layouts" / "site.yaml"
    path.write_text(path.read_text().replace("expert: [ann]", "expert: [eve]"))
    person = Person("Ann", "x", agrees=False)
    path.write_text(path.read_text().replace("permissions:", "# permissions:"))
    go(home)  # nobody is named yet: whoever can write may
    path.write_text(path.read_text().replace("# permissions:", "permissions:"))
    with pytest.raises(PublishRefused, match="not confirmed"):
        go(home, confirm=person, register=Database().register(may=may))
    assert person.shown[0].remarks[-1] == (
        "after this release the account ann can no longer publish or roll back: by "
        f"its permissions only {able} can"
    )


def test_who_and_why_are_one_line(home: Path) -> None:
    person = Person("Ann\x1b[2K\n*  9", "be\u202ecause\r\nof\tit ")
    release = go(home, confirm=person)
    assert (release.by, release.why) == ("Ann [2K * 9", "be cause of it")


def test_an_expired_reference_does_not_stop_a_rollback(home: Path) -> None:
    go(home)
    (home / "layouts" / "known.yaml").write_text("")
    go(home)
    person = Person("Ann", "x")
    late = datetime.date(2030, 1, 1)
    rollback(home, 1, "Ann", "ann", "x", confirm=person, today=late)
    assert {each.severity for each in person.shown[0].advice} == {"advice"}


class Database:
    """A shared database that a test can break."""

    def __init__(self) -> None:
        self.rows: dict[int, Release] = {}
        self.trouble: BookError | None = None

    def enter(self, release: Release) -> None:
        if self.trouble is not None:
            raise self.trouble
        known = self.rows.setdefault(release.number, release)
        if known.hash != release.hash:
            raise BookRefused("taken: take the next number")  # noqa: EM101 - a fake

    def register(self, role: str = "", may: Permissions = MAY) -> Register:
        return Register(tuple(self.rows.values()), self.enter, role, may)


def test_a_database_that_refuses_stops_it(home: Path) -> None:
    database = Database()
    database.trouble = BookRefused("sam cannot publish a release")
    with pytest.raises(
        PublishRefused, match=r"database refuses.*nothing was published"
    ):
        go(home, register=database.register())
    assert not has_ledger(home)
    with pytest.raises(PublishRefused, match="a shifter cannot publish"):
        go(home, register=database.register("shifter"))
    database.trouble = None
    go(home, "sam", register=database.register("expert"))  # its roles are the law
    assert list(database.rows) == [1]


@pytest.mark.parametrize("role", ["", "shift-leader"], ids=["site's", "database's"])
def test_the_permissions_are_those_of_the_database(home: Path, role: str) -> None:
    database = Database()
    with pytest.raises(PublishRefused, match="release; an expert can") as found:
        go(home, "lea", register=database.register(role, EXPERTS_ALONE))
    assert str(found.value).endswith(" (ann)")
    assert not database.rows
    go(home, "lea", register=database.register(role))

    path = home / "layouts" / "references.yaml"
    path.write_text(path.read_text().replace("why: Smooth", "why: Very smooth"))
    with pytest.raises(PublishRefused, match="promote a reference; an expert can"):
        go(home, "lea", register=database.register(role))
    assert go(home, "lea", register=database.register(role, LEADERS_TOO)).number == 2


def test_a_disk_that_fails_after_the_row_and_the_same_again(home: Path) -> None:
    database = Database()

    def full(step: str) -> None:
        if step == "write release.yaml":
            raise OSError(28, "No space left on device", "release.yaml")

    with pytest.raises(PublishError, match="No space left") as found:
        go(home, register=database.register(), step=full)
    assert "the database holds release 1 already" in str(found.value)
    assert not has_ledger(home)
    assert not release_numbers(home)
    assert go(home, register=database.register()).number == 1
    assert list(database.rows) == [1]


def test_a_disk_that_fails_when_it_is_in_force(home: Path) -> None:
    def full(step: str) -> None:
        if step == "bring CURRENT to the disk":
            raise OSError(5, "Input/output error")

    with pytest.raises(PublishError, match="but release 1 is in force") as found:
        go(home, step=full)
    assert not isinstance(found.value, PublishRefused)
    assert current_number(home) == 1


def test_somebody_else_who_publishes_is_a_refusal(home: Path) -> None:
    def another(step: str) -> None:
        if step == "write CURRENT":
            with pytest.raises(PublishRefused, match="somebody else is publishing"):
                go(home)

    assert go(home, step=another).number == 1


def test_of_two_at_once_one_publishes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is done between the comparison and the choice of a number."""
    go(home)
    rename(home, "Trend")
    compare = desk.differences

    def be_late(*what: object) -> object:
        monkeypatch.setattr(desk, "differences", compare)
        go(home)
        return compare(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "differences", be_late)
    with pytest.raises(PublishRefused, match="somebody else published release 2 mean"):
        go(home)
    assert release_numbers(home) == (1, 2)
    assert current_number(home) == 2
    with pytest.raises(PublishRefused, match="nothing changed since release 2"):
        go(home)


def test_a_row_without_a_folder_and_a_site_changed_since(home: Path) -> None:
    database = Database()

    def full(step: str) -> None:
        if step == "rename the folder":
            raise OSError(28, "No space left on device")

    with pytest.raises(PublishError, match="No space left"):
        go(home, register=database.register(), step=full)
    rename(home, "Trend")
    assert go(home, register=database.register()).number == 2
    assert list(database.rows) == [1, 2]
    assert current_number(home) == 2


def test_the_book_itself(home: Path, tmp_path: Path) -> None:
    book = Book.open(str(tmp_path / "book.sqlite"))
    try:

        def register() -> Register:
            return Register(
                book.releases("Test"), lambda r: book.publish(r, "Test", "expert")
            )

        first = go(home, register=register())
        rename(home, "Trend")
        second = go(home, register=register())
        assert book.releases("Test") == (first, second)
    finally:
        book.close()
