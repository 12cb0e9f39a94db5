from __future__ import annotations

import pytest

from dqmconsole.model.site import HeaderItem, Significance
from dqmconsole.site.layouts import read_layout
from dqmconsole.site.settings import ProgramError, program_fits, read_settings

TEXT = """\
experiment: Test
database: postgresql://book@db.example.org/dqm
elog: {url: "https://elog.example.org/DQM/", attributes: {Type: Shift}}
permissions:
  expert: [alice]
  shift-leader: [bob, carol]
components:
  hcal: [Hcal]
  l1t: [L1T, L1TEMU]
classes: {collisions: Collisions26}
significant: {lumisections: 5, events: 500}
shifts: ["23:00", "07:00", "15:00"]
format: 1
program: ">=0.1,<1"
run_types: {pp_run: collisions}
"""


def test_healthy_settings_are_read_whole() -> None:
    settings, places, _, problems = read_settings(TEXT.encode(), "f.yaml")
    assert problems == ()
    assert settings.database == "postgresql://book@db.example.org/dqm"
    assert settings.elog is not None
    assert settings.elog.attributes == {"Type": "Shift"}
    assert settings.permissions["shift-leader"] == ("bob", "carol")
    assert settings.components["l1t"] == ("L1T", "L1TEMU")
    assert settings.significant == Significance(5, 500)
    assert settings.shifts == ("07:00", "15:00", "23:00")
    assert (places["components: l1t"].line, places["components: l1t"].column) == (9, 3)


def test_an_experiment_has_its_own_words() -> None:
    own = "lumisection: spill\nheader: {beam_mode: Spill state, dcs: Chambers}\n"
    settings, _, _, problems = read_settings((TEXT + own).encode(), "f.yaml")
    assert problems == ()
    assert (settings.lumisection, settings.unit) == ("spill", "spill")
    assert settings.name_of("dcs") == "Chambers"
    assert settings.name_of("magnet") == "Magnet"
    usual = read_settings(TEXT.encode(), "f.yaml").settings
    assert (usual.lumisection, usual.unit) == ("lumisection", "LS")


LINKS = """\
experiment: Test
links:
  - {title: Registry, url: "https://registry.example.org/runs?a=1", about: good runs}
  - {title: Registry, url: "https://other.example.org/"}
  - {title: " ", url: "https://other.example.org/"}
  - {title: A file, url: "file:///etc/passwd"}
  - {title: A trick, url: "https://x.example.org/> [y](z"}
  - {title: Long, url: "https://x.example.org/", about: "%s"}
  - {titel: Wrong, url: "https://x.example.org/"}
  - {title: Secret, url: "https://me:word@x.example.org/"}
""" % ("a" * 161)


def test_pages_outside_are_read_and_what_is_none_is_left_out() -> None:
    settings, _, _, problems = read_settings(LINKS.encode(), "f.yaml")
    assert [each.url for each in settings.links] == [
        "https://registry.example.org/runs?a=1",
        "https://me@x.example.org/",
    ]
    said = {each.line: each.message for each in problems}
    assert sorted(said) == list(range(4, 11))
    assert said[4] == 'links: two pages are called "Registry"'
    assert said[6].startswith("links: the url of A file is an address such as")
    assert "160 characters" in said[8]
    assert 'did you mean "title"' in said[9]
    assert "no password" in said[10]


SOURCES = """\
experiment: Test
lumisection: spill
sources:
  - /daq/old
  - {folder: /daq/monitor, files: "run_{run}_s{spill}.root", merge: sum, name: main}
  - {folder: /daq/monitor, files: "run_{rum}.root"}
  - {folder: /daq/monitor, files: "run_{run}.root", name: main}
  - {folder: /daq/monitor, merge: sum}
  - {folder: "", files: "run_{run}.root"}
  - {folder: /daq/test, files: "{time}.root", merge: ad}
  - {folder: /daq/test, files: "{time}.root", layouts: [Hodo]}
"""


def test_sources_are_words_or_patterns_and_what_is_wrong_is_left_out() -> None:
    settings, places, _, problems = read_settings(SOURCES.encode(), "f.yaml")
    assert [(each.folder, each.files, each.merge) for each in settings.sources] == [
        ("/daq/old", "", "refuse"),
        ("/daq/monitor", "run_{run}_s{spill}.root", "sum"),
        ("/daq/test", "{time}.root", "refuse"),
    ]
    assert settings.sources[2].layouts == ("Hodo",)
    assert [places[f"sources[{i}]"].line for i in range(3)] == [4, 5, 11]
    told = [(each.line, each.code, each.message) for each in problems]
    assert [each[:2] for each in told] == [
        (6, "wrong-files"),
        (7, "duplicate-name"),
        (8, "wrong-files"),
        (9, "empty-name"),
        (10, "unknown-word"),
    ]
    assert '"{rum}" is none of {run}, {lumisection}' in told[0][2]
    assert 'cannot be "ad", only refuse, sum' in told[4][2]


def test_folders_of_users_that_are_not_there_are_left_out() -> None:
    text = """\
experiment: Test
recordings: ~no-such-user/runs
recorded: [~no-such-user/runs, /daq/runs]
sources:
  - {folder: ~no-such-user/daq}
  - {folder: "replay:~no-such-user/daq"}
  - {folder: /daq}
"""
    settings, _, _, problems = read_settings(text.encode(), "f.yaml")
    assert [each.folder for each in settings.sources] == ["/daq"]
    assert settings.recorded == ("/daq/runs",)
    assert not settings.recordings
    assert sorted(each.line for each in problems) == [2, 3, 5, 6]
    assert all("knows no such user" in each.message for each in problems)


def test_of_a_thousand_streams_some_are_opened_and_the_main_source() -> None:
    lines = [f"  - {{folder: /daq/{i}, layouts: [L{i}]}}" for i in range(1000)]
    text = "\n".join(["experiment: Test", "sources:", *lines, "  - /daq/main"])
    settings, _, _, (problem,) = read_settings(text.encode(), "f.yaml")
    assert settings.main_source is not None
    assert settings.main_source.folder == "/daq/main"
    assert len(settings.streams) == 20
    assert problem.line == 23
    assert problem.code == "too-large"
    assert "at most 20 sources have layouts: more are left out" in problem.message


def test_braces_without_quotes_are_said_to_need_them() -> None:
    text = "experiment: Test\nsources: [{folder: /daq, files: run_{run}.root}]\n"
    (problem,) = read_settings(text.encode(), "f.yaml").problems
    assert problem.line == 2
    assert 'a text with braces needs quotes: "run_{run}.root"' in problem.message


MISTAKES = [
    ("format: 1", "lumisection_length: -3", 13, "above 0 (seconds), not -3"),
    ("format: 1", 'conditions: {events: "{subsytem}/n"}', 13, "only {subsystem} does"),
    ("format: 1", 'conditions: {fill: "{subsystem}/n"}', 13, "filled in for lumisec"),
    ("format: 1", "lumisection: ' '", 13, "is called by one to 20 letters"),
    ("format: 1", "lumisection: run", 13, "cannot be called run: {run} stands for"),
    ("format: 1", "header: {bem_mode: Spill}", 13, 'did you mean "beam_mode"'),
    ("expert:", "expret:", 5, 'did you mean "expert"'),
    ("shift-leader:", "boss:", 6, "there are trainee, shifter"),
    ("{collisions:", "{colisions:", 10, 'did you mean "collisions"'),
    ("lumisections: 5", "lumisections: -5", 11, "0 or more"),
    ('"07:00"', '"7"', 12, "such as"),
    ('"07:00"', '"24:00"', 12, "such as"),
    ('"07:00"', '"15:00"', 12, "two shifts begin"),
    ("format: 1", "format: 2", 13, "newer than this program reads"),
    ("format: 1", "format: 0", 13, "1 or more"),
    (">=0.1,<1", ">=99", 14, "needs dqmconsole >=99"),
    (">=0.1,<1", "about 1", 14, "written such as"),
    ("book@db", "book:secret@db", 2, "no password"),
    ("/dqm", "/dqm?password=secret", 2, "no password"),
    ("postgresql:", "postgresq:", 2, 'did you mean "postgresql"'),
    ("postgresql://book@db.example.org/dqm", "a file", 2, "is a URL such as"),
    ("postgresql://book@", "postgresql://[book@", 2, "no URL"),
    ("https://elog", "https://u:secret@elog", 3, "no password"),
    ("https://elog.example.org/DQM/", "elog.example.org", 3, "address of a"),
    ("https://elog.example.org/DQM/", "file:///etc", 3, "address of a"),
    ("url:", "uri:", 3, 'did you mean "url"'),
    ("{Type: Shift}", '{T: "{run} {subsytem}"}', 3, 'did you mean "subsystem"'),
    ("{Type: Shift}", "{Encoding: HTLM}", 3, 'did you mean "HTML"'),
    (
        'shifts: ["23:00", "07:00", "15:00"]',
        "beam_modes: [setup, Setup]",
        12,
        'a second beam mode "Setup", the first is in line 12',
    ),
]


# Numbers for names: one that holds the name of a database would be told as slow.
@pytest.mark.parametrize(
    ("old", "new", "line", "words"), MISTAKES, ids=range(len(MISTAKES))
)
def test_each_mistake_is_found_in_its_line_and_falls_back(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    settings, _, _, problems = read_settings(text.encode(), "f.yaml")
    assert any(each.line == line and words in each.message for each in problems), [
        str(each) for each in problems
    ]
    assert settings.experiment == "Test"
    # a password that stands there goes no further than the file
    assert "secret" not in repr(settings)
    assert not any("secret" in each.message for each in problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("experiment: ' '\n", "an empty name"),
        ("format: 1\n", 'lacks its "experiment"'),
    ],
)
def test_a_site_without_a_name_is_told(text: str, words: str) -> None:
    _, _, _, problems = read_settings(text.encode(), "f.yaml")
    assert words in problems[0].message


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        ("", "0.1.0", True),
        (">=0.1", "0.1.0", True),
        (">=0.2,<1", "0.1.9", False),
        (">=0.2,<1", "0.10", True),
        ("==1.2", "1.2.0", True),
        ("~=1.4.2", "1.5", False),
        (">=0.2", "0.2.0.dev3+local", True),
    ],
)
def test_which_versions_of_the_program_fit(
    wanted: str, version: str, fits: bool
) -> None:
    assert program_fits(wanted, version) is fits


def test_a_mentor_has_a_name() -> None:
    text = b"experiment: a\nmentors: [Lea Brandt, ' ']\n"
    settings, _, _, problems = read_settings(text, "f.yaml")
    assert settings.mentors[0] == "Lea Brandt"
    assert [(each.line, each.code) for each in problems] == [(2, "empty-name")]


def test_a_cause_is_a_word_that_a_step_can_name() -> None:
    text = b"experiment: a\ncauses: [pump-stopped, ' ', 'a, b']\n"
    settings, _, _, problems = read_settings(text, "f.yaml")
    assert settings.causes[0] == "pump-stopped"
    assert [(each.line, each.column, each.code) for each in problems] == [
        (2, 24, "empty-name"), (2, 29, "wrong-name"),
    ]  # fmt: skip


@pytest.mark.parametrize("wanted", ["1", ">=", "~=1", "1 < 2"])
def test_wanted_versions_that_cannot_be_read(wanted: str) -> None:
    with pytest.raises(ProgramError):
        program_fits(wanted, "1.0")


TYPED = b"""\
layout: Hodo
pages:
  - page: Fibres
    run_types: [RUN_TYPES]
    plots:
      - {path: hodo/x, run_types: [physics], checks: [{entries: {warn_below: 1},
          run_types: [calibration]}]}
"""


@pytest.mark.parametrize(
    "listed",
    ["run_types: [physics, calibration]", "run_types: {PHYS: physics, c: calibration}"],
)
def test_run_types_are_the_sites_words(listed: str) -> None:
    text = f"experiment: Test beam\n{listed}\nclasses: {{physics: Physics26}}\n"
    settings, places, words, problems = read_settings(text.encode(), "site.yaml")
    assert problems == ()
    assert settings.types == words.run_types == ("physics", "calibration")
    assert places["run_types"].line == 2
    good = TYPED.replace(b"RUN_TYPES", b"physics, calibration")
    found = read_layout(good, "Hodo.yaml", words)
    assert found.layout is not None
    assert [each.message for each in found.problems] == [
        "entries never judges: the plot is for physics only"
    ]
    wrong = TYPED.replace(b"RUN_TYPES", b"phisics")
    (problem, *_) = read_layout(wrong, "Hodo.yaml", words).problems
    assert (problem.line, problem.code) == (4, "unknown-word")
    assert problem.message == (
        'run_types: no type of run is called "phisics", site.yaml:2 has physics, '
        'calibration; did you mean "physics"?'
    )


def test_without_a_list_any_word_is_a_run_type() -> None:
    *_, words, _ = read_settings(b"experiment: Test beam\n", "site.yaml")
    text = TYPED.replace(b"RUN_TYPES", b"anything, physics")
    found = read_layout(text, "Hodo.yaml", words)
    assert found.layout is not None
    assert found.layout.pages[0].run_types == ("anything", "physics")


HEADER = """\
experiment: Test beam
conditions: {dead_time: daq/dead, scalars: {key: daq/key}}
header:
  - {show: beam/energy, label: Energy, unit: GeV}
  - {show: fill, label: Store}
  - {show: dead_time, unit: "%"}
  - {show: key, label: Key}
  - {show: spills}
"""


def test_the_header_shows_any_scalar_beside_the_conditions() -> None:
    settings, places, _, problems = read_settings(HEADER.encode(), "f.yaml")
    assert problems == ()
    assert settings.header == {"fill": "Store"}
    assert settings.shown == (
        HeaderItem("beam/energy", "Energy", "GeV"),
        HeaderItem("daq/dead", "dead_time", "%"),
        HeaderItem("daq/key", "Key"),
        HeaderItem("spills", "spills"),
    )
    assert places["header: beam/energy"].line == 4
    energy, *_ = settings.shown
    assert [energy.words(each) for each in (120.0, "off", None)] == [
        "120 GeV", "off GeV", ""
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("show: fill", "show: fil", 5, 'no condition is called "fil"; did you mean'),
        ("show: fill", "shw: fill", 5, 'did you mean "show"'),
        ("show: key, label: Key", "show: beam/energy", 7, "stands here twice"),
        ("show: spills", "show: ' '", 8, "an item shows nothing"),
        ("label: Store", "label: Store, unit: h", 5, '"fill" has its own unit'),
        ("show: spills", "show: beam_energy", 8, "conditions has no path of beam_en"),
        ("label: Energy", f"label: {'E' * 21}", 4, "at most 20 letters"),
        ("  - {show: spills}\n", "".join(
            f"  - {{show: a/{each}}}\n" for each in range(6)), 13, "at most 8 scalars"),
    ],
)  # fmt: skip
def test_each_mistake_of_the_header_is_said_and_the_rest_stays(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in HEADER
    text = HEADER.replace(old, new, 1)
    settings, _, _, problems = read_settings(text.encode(), "f.yaml")
    assert [each.line for each in problems if words in each.message] == [line]
    assert HeaderItem("daq/dead", "dead_time", "%") in settings.shown


def test_data_are_expected_in_modes_and_types_that_there_are() -> None:
    text = """\
experiment: Test
run_types: [physics]
beam_modes: [Off, Flat top]
data_expected: {physics: [flat topp, OFF], pedestal: [Off]}
"""
    settings, *_, problems = read_settings(text.encode(), "f.yaml")
    assert {each.message for each in problems} == {
        'data_expected: no run type is called "pedestal"; there are physics',
        'data_expected: physics: no beam mode is called "flat topp"; did you mean '
        '"flat top"?',
    }
    assert settings.data_expected == {"physics": ("flat topp", "off")}


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("run_types: physics", 12, 'run_types is a list, not "physics"; write [ph'),
        ('run_types: "a{1,2}"', 12, 'not "a{1,2}"; write ["a{1,2}"]'),
        ("run_types: [a, [b]]", 16, "run_types is text, not a list"),
        ("run_types: [a, a]", 16, "stands here twice"),
        ("run_types: [' ']", 13, "a type of run has no name"),
        ("header: daq/x", 9, "header is a list: write [{show: daq/x}]"),
        ("header: [{label: x}]", 10, 'lacks its "show"'),
        ("header:", 8, "header has no value"),
    ],
)
def test_words_that_are_no_list_are_said_where_they_stand(
    text: str, column: int, words: str
) -> None:
    data = f"experiment: Test\n{text}\n".encode()
    settings, *_, problems = read_settings(data, "f.yaml")
    assert settings.experiment == "Test"
    (problem,) = problems
    assert (problem.line, problem.column) == (2, column)
    assert words in problem.message
