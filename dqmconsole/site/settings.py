"""``layouts/site.yaml``: what is true of the whole experiment."""

from __future__ import annotations

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
from dqmconsole.site.hours import is_clock
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.program import ProgramError, program_fits
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.problem import Problem

FORMAT = 1
"""The newest format of a site's files that this program reads."""

_DATABASES = ("sqlite", "postgresql")
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
        file: its name, as problems shall say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    unnamed = SiteSettings(experiment="")
    if root is None:
        if not findings.problems:
            findings.add("the file is empty; it names at least the experiment")
        return SettingsRead(unnamed, {}, (), findings.problems)
    every: dict[type[msgspec.Struct], frozenset[str]] = {
        cls: frozenset(cls.__struct_fields__)
        for cls in (SiteSettings, ConditionPaths, Significance)
    }
    shaper = Decoder(findings, lenient=every)
    settings = shaper.struct(root, SiteSettings)
    if settings is None:
        return SettingsRead(unnamed, {}, (), findings.problems)
    if not settings.experiment.strip() and shaper.has(settings, "experiment"):
        shaper.complain("the experiment has an empty name", settings, "experiment")
    elif not settings.experiment:
        shaper.complain('the site lacks its "experiment"', settings)
    checks = _Checks(settings, shaper)
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


class _Checks:
    """What the classes cannot say of the settings."""

    def __init__(self, settings: SiteSettings, shaper: Decoder) -> None:
        self._settings = settings
        self._shaper = shaper

    def place(self, key: str, inner: str) -> Place:
        """Where `inner` is written in the mapping under `key`."""
        return self._shaper.findings.place(self._node(key, inner))

    def places(self) -> dict[str, Place]:
        """Where the parts are written that are compared with other files."""
        found = {
            f"components: {name}": self.place("components", name)
            for name in self._settings.components
        }
        conditions = self._settings.conditions
        for key in conditions.__struct_fields__:
            if self._shaper.has(conditions, key):
                found[f"conditions: {key}"] = self._shaper.place(conditions, key)
        for item, _ in enumerate(self._settings.recorded):
            node = self._shaper.node(self._settings, "recorded", item)
            found[f"recorded[{item}]"] = self._shaper.findings.place(node)
        found["beam_modes"] = self._shaper.key_place(self._settings, "beam_modes")
        return found

    def beam_modes(self) -> bool:
        """Tell whether each has a name of its own."""
        first: dict[str, int] = {}
        sound = True
        for item, name in enumerate(self._settings.beam_modes):
            line = self._shaper.findings.place(
                self._shaper.node(self._settings, "beam_modes", item)
            ).line
            if name.lower() in first:
                words = (
                    f'a second beam mode "{name}", the first is in line '
                    f"{first[name.lower()]}: which one is missing?"
                )
                self._shaper.complain(words, self._settings, "beam_modes", item)
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
            self._shaper.complain(
                f'run_types: {word} cannot be "{run_type}", only {choice}{hint}',
                self._settings,
                "run_types",
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
            self._shaper.complain(words, limits, key)
        return msgspec.structs.replace(limits, **dict.fromkeys(wrong, 0))

    def shifts(self) -> tuple[str, ...]:
        found: set[str] = set()
        for item, text in enumerate(self._settings.shifts):
            if not is_clock(text):
                words = f'a shift begins at a time such as "07:00", not "{text}"'
            elif text in found:
                words = f"two shifts begin at {text}"
            else:
                found.add(text)
                continue
            self._shaper.complain(words, self._settings, "shifts", item)
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
            self._shaper.complain(words, self._settings, "database")
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
            self._shaper.complain(words, elog, "url")
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
            self._shaper.complain(words, self._settings, "format")
        elif found < 1:
            words = f"format is 1 or more, not {found}"
            self._shaper.complain(words, self._settings, "format")

    def program(self) -> None:
        wanted = self._settings.program
        try:
            if not program_fits(wanted, dqmconsole.__version__):
                words = (
                    f"the site wants dqmconsole {wanted}, this is "
                    f"{dqmconsole.__version__}"
                )
                self._shaper.complain(words, self._settings, "program")
        except ProgramError as error:
            self._shaper.complain(f"program: {error}", self._settings, "program")

    def _without_password(self, url: str, value: object, key: str) -> str:
        try:
            parts = urlsplit(url)
            secret = parts.password is not None
            query = parse_qsl(parts.query)
        except ValueError:
            self._shaper.complain(f"{key} is no URL that can be read", value, key)
            return ""
        named = any("pass" in name.lower() for name, _ in query)
        if not secret and not named:
            return url
        words = (
            f"no password stands in the site, all who read it know it: take it out of "
            f"{key}; it comes from the account's own files"
        )
        self._shaper.complain(words, value, key)
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
            self._shaper.findings.add(message, self.place(key, name))
        return found

    def _node(self, key: str, inner: str) -> Any:  # noqa: ANN401 - a YAML node
        node: Any = self._shaper.node(self._settings, key)
        for key_node, _ in node.value if node is not None else ():
            if key_node.value == inner:
                return key_node
        return node
