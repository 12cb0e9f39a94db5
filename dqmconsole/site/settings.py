"""``layouts/site.yaml``: what is true of the whole experiment."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

import dqmconsole
from dqmconsole.model.layout import RUN_TYPES
from dqmconsole.model.permission import ROLES
from dqmconsole.model.site import ConditionPaths, Significance, SiteSettings
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.problem import Problem

    Version = tuple[int, ...]

FORMAT = 1
"""The newest format of a site's files that this program reads."""

_DATABASES = ("sqlite", "postgresql")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SCHEME = re.compile(r"([a-z]+)(\+[a-z0-9]+)?:", re.IGNORECASE)


class SettingsRead(NamedTuple):
    """What the file gave.

    Attributes:
        settings: its healthy part; what is broken has its default.
        places: "components: NAME", "conditions: KEY", "recorded[0]", "beam_modes"
            -> where it is written.
        modes: the beam modes; empty when there are none or they are broken, and
            none can be said to be wrong.
        problems: what was wrong.
    """

    settings: SiteSettings
    places: dict[str, Place]
    modes: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_settings(data: bytes, file: str) -> SettingsRead:
    """Read ``site.yaml``; what is broken in it falls back to its default.

    Without conditions the run type stays unknown, so that no reference is chosen.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    unnamed = SiteSettings(experiment="")
    if root is None:
        if not findings.problems:
            findings.add(
                "the file is empty; it names at least the experiment", code="empty-file"
            )
        return SettingsRead(unnamed, {}, (), findings.problems)
    every: dict[type[msgspec.Struct], frozenset[str]] = {
        cls: frozenset(cls.__struct_fields__)
        for cls in (SiteSettings, ConditionPaths, Significance)
    }
    decoder = Decoder(findings, lenient=every)
    settings = decoder.struct(root, SiteSettings)
    if settings is None:
        return SettingsRead(unnamed, {}, (), findings.problems)
    if not settings.experiment.strip() and decoder.has(settings, "experiment"):
        decoder.complain(
            "the experiment has an empty name",
            settings,
            "experiment",
            code="empty-name",
        )
    elif not settings.experiment:
        words = 'the site lacks its "experiment"'
        decoder.complain(words, settings, code="missing-key")
    checks = _SettingsRules(settings, decoder)
    sound = msgspec.structs.replace(
        settings,
        run_types=checks.run_types(),
        beam_modes=tuple(word.lower() for word in settings.beam_modes),
        database=checks.database(),
        elog=checks.elog(),
        permissions=checks.permissions(),
        classes=checks.classes(),
        significant=checks.significant(),
        shifts=checks.shifts(),
    )
    checks.format()
    checks.program()
    modes = sound.beam_modes if checks.beam_modes() else ()
    return SettingsRead(sound, checks.places(), modes, findings.problems)


class _SettingsRules:
    """What the classes cannot say of the settings."""

    def __init__(self, settings: SiteSettings, decoder: Decoder) -> None:
        self._settings = settings
        self._decoder = decoder

    def place(self, key: str, inner: str) -> Place:
        """Where `inner` is written in the mapping under `key`."""
        return self._decoder.findings.place(self._node(key, inner))

    def places(self) -> dict[str, Place]:
        """Where the parts are written that are compared with other files."""
        found = {
            f"components: {name}": self.place("components", name)
            for name in self._settings.components
        }
        conditions = self._settings.conditions
        for key in conditions.__struct_fields__:
            if self._decoder.has(conditions, key):
                found[f"conditions: {key}"] = self._decoder.place(conditions, key)
        for item, _ in enumerate(self._settings.recorded):
            node = self._decoder.node(self._settings, "recorded", item)
            found[f"recorded[{item}]"] = self._decoder.findings.place(node)
        found["beam_modes"] = self._decoder.key_place(self._settings, "beam_modes")
        return found

    def beam_modes(self) -> bool:
        """Tell whether each has a name of its own."""
        first: dict[str, int] = {}
        sound = True
        for item, name in enumerate(self._settings.beam_modes):
            line = self._decoder.findings.place(
                self._decoder.node(self._settings, "beam_modes", item)
            ).line
            if name.lower() in first:
                words = (
                    f'a second beam mode "{name}", the first is in line '
                    f"{first[name.lower()]}: which one is missing?"
                )
                self._decoder.complain(
                    words, self._settings, "beam_modes", item, code="duplicate-name"
                )
                sound = False
            first.setdefault(name.lower(), line)
        return sound

    def run_types(self) -> dict[str, str]:
        types: dict[str, str] = {}
        for word, run_type in self._settings.run_types.items():
            if run_type in RUN_TYPES:
                types[word] = run_type
                continue
            choice = ", ".join(RUN_TYPES)
            hint = did_you_mean(run_type, RUN_TYPES)
            self._decoder.complain(
                f'run_types: {word} cannot be "{run_type}", only {choice}{hint}',
                self._settings,
                "run_types",
                code="unknown-word",
            )
        return types

    def permissions(self) -> dict[str, tuple[str, ...]]:
        return self._known("permissions", ROLES, "role", "; write ROLE: [accounts]")

    def classes(self) -> dict[str, str]:
        return self._known("classes", RUN_TYPES, "run type")

    def significant(self) -> Significance:
        limits = self._settings.significant
        wrong = [key for key in limits.__struct_fields__ if getattr(limits, key) < 0]
        for key in wrong:
            words = f"significant: {key} is 0 or more, not {getattr(limits, key)}"
            self._decoder.complain(words, limits, key, code="out-of-range")
        return msgspec.structs.replace(limits, **dict.fromkeys(wrong, 0))

    def shifts(self) -> tuple[str, ...]:
        found: set[str] = set()
        for item, text in enumerate(self._settings.shifts):
            if not _CLOCK.fullmatch(text):
                words = f'a shift begins at a time such as "07:00", not "{text}"'
            elif text in found:
                words = f"two shifts begin at {text}"
            else:
                found.add(text)
                continue
            self._decoder.complain(
                words, self._settings, "shifts", item, code="wrong-time"
            )
        return tuple(sorted(found))

    def database(self) -> str:
        """The URL, without the password that must not stand in it."""
        url = self._settings.database
        if not url:
            return ""
        form = _SCHEME.match(url)
        if form is None or form[1].lower() not in _DATABASES:
            hint = did_you_mean(form[1], _DATABASES) if form else ""
            words = (
                "the database is a URL such as sqlite:////data/book.db or "
                f"postgresql://host/book{hint}"
            )
            self._decoder.complain(
                words, self._settings, "database", code="database-url"
            )
            return ""
        return self._without_password(url, self._settings, "database")

    def elog(self) -> Any:  # noqa: ANN401 - the field's own type
        """The elog; None when its address is none."""
        elog = self._settings.elog
        if elog is None:
            return None
        try:
            parts = urlsplit(elog.url)
            healthy = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            healthy = False
        if not healthy:
            words = (
                "elog: url is the address of a logbook such as "
                f'https://elog.example.org/DQM/, not "{elog.url}"'
            )
            self._decoder.complain(words, elog, "url", code="wrong-address")
            return None
        url = self._without_password(elog.url, elog, "url")
        return msgspec.structs.replace(elog, url=url)

    def format(self) -> None:
        found = self._settings.format
        if found > FORMAT:
            words = (
                f"the site is written in format {found}, newer than this program "
                f"reads ({FORMAT}): nothing of it is read; upgrade dqmconsole"
            )
            self._decoder.complain(words, self._settings, "format", code="site-format")
        elif found < 1:
            words = f"format is 1 or more, not {found}"
            self._decoder.complain(words, self._settings, "format", code="site-format")

    def program(self) -> None:
        wanted = self._settings.program
        try:
            if not program_fits(wanted, dqmconsole.__version__):
                words = (
                    f"the site needs dqmconsole {wanted}, this is "
                    f"{dqmconsole.__version__}"
                )
                self._decoder.complain(
                    words, self._settings, "program", code="program-version"
                )
        except ProgramError as error:
            self._decoder.complain(
                f"program: {error}", self._settings, "program", code="program-version"
            )

    def _without_password(self, url: str, value: object, key: str) -> str:
        try:
            parts = urlsplit(url)
            secret = parts.password is not None
            query = parse_qsl(parts.query)
        except ValueError:
            self._decoder.complain(
                f"{key} is no URL that can be read", value, key, code="wrong-address"
            )
            return ""
        named = any("pass" in name.lower() for name, _ in query)
        if not secret and not named:
            return url
        words = (
            f"no password stands in the site, all who read it know it: take it out of "
            f"{key}; it comes from the account's own files"
        )
        self._decoder.complain(words, value, key, code="password-in-site")
        account, _, host = parts.netloc.rpartition("@")
        user = account.partition(":")[0]
        netloc = f"{user}@{host}" if user else host
        kept = "" if named else parts.query
        return urlunsplit((parts.scheme, netloc, parts.path, kept, parts.fragment))

    def _known(
        self, key: str, words: Iterable[str], noun: str, form: str = ""
    ) -> dict[str, Any]:
        """What stands under the `key`, without names that are none."""
        words = tuple(words)
        found = {}
        for name, value in getattr(self._settings, key).items():
            if name in words:
                found[name] = value
                continue
            hint = did_you_mean(name, words) or f"; there are {', '.join(words)}{form}"
            message = f'{key}: no {noun} is called "{name}"{hint}'
            self._decoder.findings.add(
                message, self.place(key, name), code="unknown-word"
            )
        return found

    def _node(self, key: str, inner: str) -> Any:  # noqa: ANN401 - a YAML node
        node: Any = self._decoder.node(self._settings, key)
        for key_node, _ in node.value if node is not None else ():
            if key_node.value == inner:
                return key_node
        return node


_CLAUSE = re.compile(r"(>=|<=|==|!=|~=|<|>)\s*(\d{1,6}(?:\.\d{1,6}){0,4})")
_RELEASE = re.compile(r"\d{1,6}(?:\.\d{1,6})*")
_COMPARE: dict[str, Callable[[Version, Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


class ProgramError(ValueError):
    """Wanted versions that cannot be read; says how they are written."""


def program_fits(wanted: str, version: str) -> bool:
    """Tell whether a version of the program is one of those wanted.

    Args:
        wanted: clauses such as ">=0.2,<1" that must all hold; "" wants any. Of
            ``>= <= == != < > ~=`` each compares the release's numbers.
        version: the program's; what follows its numbers (".dev1") does not count.

    Raises:
        ProgramError: `wanted` is not of that form.
    """
    found = _RELEASE.match(version)
    here = _numbers(found[0] if found else "0")
    return all(
        _holds(clause.strip(), here, wanted)
        for clause in (wanted.split(",") if wanted.strip() else ())
    )


def _holds(clause: str, here: Version, wanted: str) -> bool:
    form = _CLAUSE.fullmatch(clause)
    if form is None:
        message = f'versions are written such as ">=0.2,<1", not "{wanted}"'
        raise ProgramError(message)
    sign, text = form[1], form[2]
    than = _numbers(text)
    if sign != "~=":
        return _COMPARE[sign](here, than)
    series = len(text.split(".")) - 1
    if not series:
        message = f'"{clause}": ~= needs two numbers, such as ~=1.4'
        raise ProgramError(message)
    return here >= than and _padded(here)[:series] == _padded(than)[:series]


def _numbers(text: str) -> Version:
    """The numbers without trailing zeros, so that 1.0 is 1."""
    found = [int(each) for each in text.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _padded(version: Version) -> Version:
    return version + (0,) * (6 - len(version))
