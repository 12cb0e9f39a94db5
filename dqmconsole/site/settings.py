"""``layouts/site.yaml``: what is true of the whole experiment."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec
import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

import dqmconsole
from dqmconsole.model.file_pattern import FIELDS, FilePattern, PatternError
from dqmconsole.model.layout import RunType
from dqmconsole.model.paths import NOBODY, is_of_nobody
from dqmconsole.model.permission import ROLES
from dqmconsole.model.site import (
    CONDITION_NAMES,
    ELOG_ENCODINGS,
    ELOG_WORDS,
    LUMISECTION,
    OF_CLIENTS,
    SUBSYSTEM_WORD,
    ConditionPaths,
    HeaderItem,
    PageLink,
    Significance,
    SiteSettings,
    SourceSettings,
)
from dqmconsole.site.decoder import ANY_WORDS, Decoder, SiteWords, Wrong
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.nearest import did_you_mean, nearest, short
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import ElogSettings

FORMAT = 1
"""The newest format of a site's files that this program reads."""

LONGEST_NAME = 20  # letters of what a lumisection, or an item of the header, is called
MOST_SHOWN = 8  # scalars in the header
MOST_STREAMS = 20  # sources with layouts; a process lists the folder of each
_LIKE = 0.75  # of the name of a condition: else it is an element at the top
_NO_SCALARS = ("feds", "subsystems", "scalars", "events_by_lumisection")
SHOWN_CONDITIONS = tuple(
    name
    for name in ConditionPaths.__struct_fields__
    if name not in (*CONDITION_NAMES, *OF_CLIENTS, *_NO_SCALARS)
)
"""Conditions that the header shows where it names them, beside `CONDITION_NAMES`."""

_DATABASES = ("sqlite", "postgresql")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_FIELD = re.compile(r"\{([A-Za-z_ ]+)\}")
_SCHEME = re.compile(r"([a-z]+)(\+[a-z0-9]+)?:", re.IGNORECASE)


class SettingsRead(NamedTuple):
    """What the file gave.

    Attributes:
        settings: its healthy part; what is broken has its default.
        places: "components: NAME", "conditions: KEY", "recorded[0]", "beam_modes",
            "sources[0]" (of `settings`, without those that are broken), "run_types" ->
            where it is written.
        words: what other files may use; nothing of beam modes or run types that are
            broken, for then none can be said to be wrong.
        problems: what was wrong.
    """

    settings: SiteSettings
    places: dict[str, Place]
    words: SiteWords
    problems: tuple[Problem, ...]


def read_settings(data: bytes, file: str) -> SettingsRead:
    """Read ``site.yaml``; what is broken in it falls back to its default.

    Without conditions the run type stays unknown, so that only rules of references for
    all types hold.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings, "the file is empty; it names at least the experiment")
    every: dict[type[msgspec.Struct], frozenset[str]] = {
        cls: frozenset(cls.__struct_fields__)
        for cls in (SiteSettings, ConditionPaths, Significance)
    }
    decoder = Decoder(
        findings,
        lenient=every,
        droppable=(RunType, SourceSettings, PageLink),
        unread={SiteSettings: frozenset({"header"})},
    )
    settings = None if root is None else decoder.struct(root, SiteSettings)
    if settings is None:
        unnamed = SiteSettings(experiment="")
        return SettingsRead(unnamed, {}, ANY_WORDS, findings.problems)
    decoder.accepts(settings, _wrong_experiment(settings, decoder))
    modes = tuple(word.lower() for word in settings.beam_modes)
    names, shown, header = _header(settings, decoder)
    sound = msgspec.structs.replace(
        settings,
        beam_modes=modes,
        database=_database(settings, decoder),
        elog=_elog(settings, decoder),
        links=_links(settings, decoder),
        permissions=_known(
            "permissions", ROLES, "role", "; write ROLE: [accounts]", settings, decoder
        ),
        classes=_classes(settings, decoder),
        data_expected=_data_expected(settings, decoder),
        header=names,
        shown=shown,
        lumisection=_lumisection(settings, decoder),
        lumisection_length=_length(settings, decoder),
        significant=_significant(settings.significant, decoder),
        sources=_sources(settings, decoder),
        shifts=_shifts(settings, decoder),
        recorded=_recorded(settings, decoder),
        recordings=_recordings(settings, decoder),
    )
    places = {
        f"sources[{i}]": decoder.place(each) for i, each in enumerate(sound.sources)
    }
    conditions = settings.conditions
    decoder.accepts(conditions, _wrong_placeholders(conditions))
    decoder.accepts(settings, _wrong_versions(settings))
    decoder.accepts(settings, _wrong_causes(settings))
    decoder.accepts(settings, _wrong_mentors(settings))
    if not decoder.accepts(settings, _repeated_modes(settings, decoder)):
        modes = ()
    words = SiteWords(modes, *_run_types(settings, decoder))
    places |= _places(settings, decoder, header)
    return SettingsRead(sound, places, words, findings.problems)


def _wrong_causes(settings: SiteSettings) -> Iterator[Wrong]:
    """Find words that no step of an instruction can name."""
    for item, word in enumerate(settings.causes):
        if not word.strip():
            yield Wrong("empty-name", "causes", "causes: an empty word", item)
        elif "," in word or word != word.strip():
            words = f'causes: no step can name "{word}": a word without commas'
            yield Wrong("wrong-name", "causes", words, item)


def _wrong_mentors(settings: SiteSettings) -> Iterator[Wrong]:
    """Find mentors without a name."""
    for item, name in enumerate(settings.mentors):
        if not name.strip():
            yield Wrong("empty-name", "mentors", "mentors: an empty name", item)


def _places(
    settings: SiteSettings, decoder: Decoder, header: dict[str, Place]
) -> dict[str, Place]:
    """Where the parts are written that are compared with other files."""
    conditions = settings.conditions
    return (
        {
            f"components: {name}": decoder.findings.place(node)
            for name, node in decoder.names(settings, "components").items()
        }
        | {
            f"conditions: {key}": decoder.place(conditions, key)
            for key in conditions.__struct_fields__
            if decoder.has(conditions, key)
        }
        | decoder.items(settings, "recorded")
        | {key: decoder.key_place(settings, key) for key in ("beam_modes", "run_types")}
        | header
    )


def _run_types(settings: SiteSettings, decoder: Decoder) -> tuple[tuple[str, ...], str]:
    """The types of run that others may name, and where they are written."""
    place = decoder.key_place(settings, "run_types")
    written = len(decoder.names(settings, "run_types"))
    broken = written != len(settings.run_types)
    return () if broken else settings.types, f"{place.file}:{place.line}"


def _classes(settings: SiteSettings, decoder: Decoder) -> dict[str, str]:
    types = settings.types
    if not types:
        return settings.classes
    return _known("classes", types, "run type", "", settings, decoder)


def _data_expected(
    settings: SiteSettings, decoder: Decoder
) -> dict[str, tuple[str, ...]]:
    key, known = "data_expected", [mode.lower() for mode in settings.beam_modes]
    nodes = decoder.names(settings, key)
    if settings.types:
        found = _known(key, settings.types, "run type", "", settings, decoder)
    else:
        found = settings.data_expected
    for name, modes in found.items():
        for mode in modes:
            if mode.lower() not in known:
                hint = did_you_mean(mode, known)
                words = f'{key}: {name}: no beam mode is called "{mode}"{hint}'
                decoder.findings.add(words, nodes[name], "unknown-beam-mode")
    return {
        name: tuple(mode.lower() for mode in modes) for name, modes in found.items()
    }


def _header(
    settings: SiteSettings, decoder: Decoder
) -> tuple[dict[str, str], tuple[HeaderItem, ...], dict[str, Place]]:
    """What conditions are called, the scalars shown beside them, and where each is."""
    items = _header_items(settings, decoder)
    paths, findings = settings.conditions, decoder.findings
    others = {name: getattr(paths, name) for name in SHOWN_CONDITIONS} | paths.scalars
    known = (*CONDITION_NAMES, *others)
    names: dict[str, str] = {}
    shown: dict[str, HeaderItem] = {}
    places: dict[str, Place] = {}
    for item, node in items:
        name = item.show.strip()
        path = others.get(name, name)
        like = condition_meant(name, known)
        label = item.label.strip() or (name if name in others else name.split("/")[-1])
        if not name or (item.show in names or path in shown):
            words = f'"{name}" stands here twice' if name else "an item shows nothing"
            findings.add(f"header: {words}", node, "duplicate-name")
        elif len(item.label) > LONGEST_NAME:
            words = f"a label has at most {LONGEST_NAME} letters"
            findings.add(f'header: {words}, not "{item.label}"', node, "out-of-range")
        elif name in CONDITION_NAMES and item.unit:
            words = f'"{name}" has its own unit: leave unit out'
            findings.add(f"header: {words}", node, "unknown-key")
        elif name in CONDITION_NAMES:
            names |= {name: item.label} if item.label else {}
        elif like:
            words = f'no condition is called "{name}"; did you mean "{like}"?'
            findings.add(f"header: {words}", node, "unknown-word")
        elif not path:
            words = f"conditions has no path of {name}: give one, or show a path"
            findings.add(f"header: {words}", node, "unknown-word")
        elif len(shown) == MOST_SHOWN:
            words = f"at most {MOST_SHOWN} scalars are shown"
            findings.add(f"header: {words}", node, "too-large")
            break
        else:
            shown[path] = HeaderItem(path, label, item.unit.strip())
            places[f"header: {path}"] = findings.place(node)
    return names, tuple(shown.values()), places


def condition_meant(
    name: str, known: Collection[str] = (*CONDITION_NAMES, *SHOWN_CONDITIONS)
) -> str | None:
    """The condition that the name of an item nearly is; None where it is its own."""
    return None if "/" in name or name in known else nearest(name, known, _LIKE)


def _header_items(
    settings: SiteSettings, decoder: Decoder
) -> list[tuple[HeaderItem, yaml.Node | None]]:
    """The items of the header as a list of them, or a mapping, says them."""
    if not decoder.has(settings, "header"):
        return []
    node = decoder.node(settings, "header")
    if isinstance(node, yaml.SequenceNode):
        found = decoder.structs(node, HeaderItem)
        return [(item, decoder.node(item, "show")) for item in found]
    if node is None:
        return []
    if isinstance(node, yaml.ScalarNode) and node.value:
        words = f"header is a list: write [{{show: {short(node.value)}}}]"
        decoder.findings.add(words, node, "wrong-type")
        return []
    named = decoder.value(node, dict[str, str], "header")
    nodes = decoder.names(settings, "header")
    return [
        (HeaderItem(name, label), nodes.get(name))
        for name, label in (named.items() if isinstance(named, dict) else ())
    ]


def _wrong_experiment(settings: SiteSettings, decoder: Decoder) -> Iterator[Wrong]:
    if settings.experiment.strip():
        return
    if decoder.has(settings, "experiment"):
        words = "the experiment has an empty name"
        yield Wrong("empty-name", "experiment", words)
    else:
        yield Wrong("missing-key", "", 'the site lacks its "experiment"')


def _repeated_modes(settings: SiteSettings, decoder: Decoder) -> Iterator[Wrong]:
    first: dict[str, Place] = {}
    places = decoder.items(settings, "beam_modes").values()
    for item, (name, place) in enumerate(zip(settings.beam_modes, places, strict=True)):
        other = first.setdefault(name.lower(), place)
        if other is not place:
            words = (
                f'a second beam mode "{name}", the first is in line {other.line}: '
                "which one is missing?"
            )
            yield Wrong("duplicate-name", "beam_modes", words, item)


def _wrong_placeholders(conditions: ConditionPaths) -> Iterator[Wrong]:
    """Find braces in paths that nothing fills in, so that the path is nowhere."""
    for key in conditions.__struct_fields__:
        value = getattr(conditions, key)
        for word in _FIELD.findall(value if isinstance(value, str) else ""):
            written = f"{{{word}}}"
            if key not in OF_CLIENTS:
                words = f"{written} is filled in for {', '.join(OF_CLIENTS)} alone"
            elif written != SUBSYSTEM_WORD:
                words = f"{written} stands for nothing, only {SUBSYSTEM_WORD} does"
            else:
                continue
            yield Wrong("unknown-word", key, f"conditions: {key}: {words}")


def _wrong_versions(settings: SiteSettings) -> Iterator[Wrong]:
    """Find a format, or wanted versions, that are not those of this program."""
    if settings.format > FORMAT:
        words = (
            f"the site is written in format {settings.format}, newer than this program "
            f"reads ({FORMAT}): nothing of it is read; upgrade dqmconsole"
        )
        yield Wrong("site-format", "format", words)
    elif settings.format < 1:
        words = f"format is 1 or more, not {settings.format}"
        yield Wrong("site-format", "format", words)
    wanted, here = settings.program, dqmconsole.__version__
    try:
        if not program_fits(wanted, here):
            words = f"the site needs dqmconsole {wanted}, this is {here}"
            yield Wrong("program-version", "program", words)
    except ProgramError as error:
        yield Wrong("program-version", "program", f"program: {error}")


def _sources(settings: SiteSettings, decoder: Decoder) -> tuple[SourceSettings, ...]:
    """The sources, without those that name no folder or no pattern of files."""
    streams = 0
    sound: dict[str, SourceSettings] = {}
    for each in settings.sources:
        name = each.name or f"{each.folder}//{each.files}"
        if not each.folder.strip():
            words = "a source has an empty folder"
            decoder.complain(words, each, "folder", code="empty-name")
        elif why := _without_home(each.folder):
            decoder.complain(why, each, "folder", code="unknown-word")
        elif decoder.has(each, "files") and (why := _wrong_files(each, settings)):
            decoder.complain(f"files: {why}", each, "files", code="wrong-files")
        elif not each.files and each.merge == "sum":
            words = "merge: sum needs the names of the files (files: run_{run}.root)"
            decoder.complain(words, each, "merge", code="wrong-files")
        elif name in sound:
            words = f'two sources are called "{name}"'
            decoder.complain(words, each, "name", code="duplicate-name")
        elif each.layouts and (streams := streams + 1) > MOST_STREAMS:
            words = f"at most {MOST_STREAMS} sources have layouts: more are left out"
            if streams == MOST_STREAMS + 1:
                decoder.complain(words, each, "layouts", code="too-large")
        else:
            sound[name] = each
    return tuple(sound.values())


def _recorded(settings: SiteSettings, decoder: Decoder) -> tuple[str, ...]:
    """The folders of recorded runs, without those of nobody."""
    for each in settings.recorded:
        if why := _without_home(each):
            decoder.complain(why, settings, "recorded", code="unknown-word")
    return tuple(each for each in settings.recorded if not _without_home(each))


def _recordings(settings: SiteSettings, decoder: Decoder) -> str:
    if why := _without_home(settings.recordings):
        decoder.complain(why, settings, "recordings", code="unknown-word")
        return ""
    return settings.recordings


def _without_home(folder: str) -> str:
    """Why a folder below a home folder cannot be found; "" where it can."""
    path = folder.removeprefix("replay:").removeprefix("recorded:")
    return f"{folder}: {NOBODY}" if is_of_nobody(path) else ""


def _wrong_files(source: SourceSettings, settings: SiteSettings) -> str:
    try:
        FilePattern(source.files, settings.lumisection)
    except PatternError as error:
        return str(error)
    return ""


def _lumisection(settings: SiteSettings, decoder: Decoder) -> str:
    name = settings.lumisection.strip()
    if name in FIELDS and name != LUMISECTION:
        words = f"{{{name}}} stands for something else in the names of files"
        decoder.complain(
            f"a lumisection cannot be called {name}: {words}",
            *(settings, "lumisection"),
            code="unknown-word",
        )
        return LUMISECTION
    if name and name.isprintable() and len(name) <= LONGEST_NAME:
        return name
    words = f"a lumisection is called by one to {LONGEST_NAME} letters"
    decoder.complain(words, settings, "lumisection", code="empty-name")
    return LUMISECTION


def _length(settings: SiteSettings, decoder: Decoder) -> float | None:
    length = settings.lumisection_length
    if length is None or 0 < length < math.inf:
        return length
    words = f"lumisection_length is above 0 (seconds), not {length:g}"
    decoder.complain(words, settings, "lumisection_length", code="out-of-range")
    return None


def _significant(limits: Significance, decoder: Decoder) -> Significance:
    wrong = [key for key in limits.__struct_fields__ if getattr(limits, key) < 0]
    for key in wrong:
        words = f"significant: {key} is 0 or more, not {getattr(limits, key)}"
        decoder.complain(words, limits, key, code="out-of-range")
    return msgspec.structs.replace(limits, **dict.fromkeys(wrong, 0))


def _shifts(settings: SiteSettings, decoder: Decoder) -> tuple[str, ...]:
    found: set[str] = set()
    for item, text in enumerate(settings.shifts):
        if not _CLOCK.fullmatch(text):
            words = f'a shift begins at a time such as "07:00", not "{text}"'
        elif text in found:
            words = f"two shifts begin at {text}"
        else:
            found.add(text)
            continue
        decoder.complain(words, settings, "shifts", item, code="wrong-time")
    return tuple(sorted(found))


def _database(settings: SiteSettings, decoder: Decoder) -> str:
    """The URL, without the password that must not stand in it."""
    url = settings.database
    if not url:
        return ""
    form = _SCHEME.match(url)
    if form is None or form[1].lower() not in _DATABASES:
        hint = did_you_mean(form[1], _DATABASES) if form else ""
        words = (
            "the database is a URL such as sqlite:////data/book.db or "
            f"postgresql://host/book{hint}"
        )
        decoder.complain(words, settings, "database", code="database-url")
        return ""
    return _without_password(url, settings, "database", decoder)


def _elog(settings: SiteSettings, decoder: Decoder) -> ElogSettings | None:
    """The elog; None when its address is none."""
    elog = settings.elog
    if elog is None:
        return None
    if not _is_address(elog.url):
        words = (
            "elog: url is the address of a logbook such as "
            f'https://elog.example.org/DQM/, not "{elog.url}"'
        )
        decoder.complain(words, elog, "url", code="wrong-address")
        return None
    url = _without_password(elog.url, elog, "url", decoder)
    names = decoder.names(elog, "attributes")
    for name, value in elog.attributes.items():
        for words in _wrong_in_attribute(name, value):
            words = f"elog: {name}: {words}"
            decoder.findings.add(words, names[name], code="unknown-word")
    return msgspec.structs.replace(elog, url=url)


def _links(settings: SiteSettings, decoder: Decoder) -> tuple[PageLink, ...]:
    """The pages outside, without those that have no title or no address."""
    sound: dict[str, PageLink] = {}
    for each in settings.links:
        title = each.title.strip()
        if not title:
            words = "links: a page has an empty title"
            decoder.complain(words, each, "title", code="empty-name")
        elif title in sound:
            words = f'links: two pages are called "{title}"'
            decoder.complain(words, each, "title", code="duplicate-name")
        elif not _is_address(each.url):
            words = (
                f"links: the url of {title} is an address such as "
                f'https://registry.example.org/, not "{each.url}"'
            )
            decoder.complain(words, each, "url", code="wrong-address")
        elif (about := decoder.line(each, "about", "links: ")) is not None:
            url = _without_password(each.url, each, "url", decoder)
            sound[title] = PageLink(title, url, about, each.example)
    return tuple(sound.values())


def _is_address(url: str) -> bool:
    """Tell whether it is an address of the web, as people write one."""
    try:
        parts = urlsplit(url)
        found = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
    return found and not any(each.isspace() or each in "<>" for each in url)


def _wrong_in_attribute(name: str, value: str) -> Iterator[str]:
    """What a message of the elog would carry as it is written, and is not meant so."""
    if name == "Encoding":
        if value.lower() not in {each.lower() for each in ELOG_ENCODINGS}:
            hint = did_you_mean(value, ELOG_ENCODINGS)
            yield f'"{value}" is none of {", ".join(ELOG_ENCODINGS)}{hint}'
        return
    for word in _FIELD.findall(value):
        if word not in ELOG_WORDS:
            known = ", ".join(f"{{{each}}}" for each in ELOG_WORDS)
            hint = did_you_mean(word, ELOG_WORDS)
            yield f'"{{{word}}}" stands for nothing, only {known} do{hint}'


def _without_password(url: str, value: object, key: str, decoder: Decoder) -> str:
    """A URL of the settings as it may be passed on.

    Args:
        url: what is written.
        value: the part it is written in.
        key: its key there.
        decoder: takes the problem where it holds a password.
    """
    try:
        parts = urlsplit(url)
        secret = parts.password is not None
        query = parse_qsl(parts.query)
    except ValueError:
        words = f"{key} is no URL that can be read"
        decoder.complain(words, value, key, code="wrong-address")
        return ""
    named = any("pass" in name.lower() for name, _ in query)
    if not secret and not named:
        return url
    words = (
        f"no password stands in the site, all who read it know it: take it out of "
        f"{key}; it comes from the account's own files"
    )
    decoder.complain(words, value, key, code="password-in-site")
    account, _, host = parts.netloc.rpartition("@")
    user = account.partition(":")[0]
    netloc = f"{user}@{host}" if user else host
    kept = "" if named else parts.query
    return urlunsplit((parts.scheme, netloc, parts.path, kept, parts.fragment))


def _known(
    key: str,
    words: Sequence[str],
    noun: str,
    form: str,
    settings: SiteSettings,
    decoder: Decoder,
) -> dict[str, Any]:
    """What stands under the `key`, without names that are none.

    Args:
        key: of a mapping in the settings.
        words: the names it may have.
        noun: what a problem calls one of them.
        form: ends the problem: how it is written.
        settings: as they are written.
        decoder: takes the problems.
    """
    found = {}
    nodes = decoder.names(settings, key)
    for name, value in getattr(settings, key).items():
        if name in words:
            found[name] = value
            continue
        hint = did_you_mean(name, words) or f"; there are {', '.join(words)}{form}"
        message = f'{key}: no {noun} is called "{name}"{hint}'
        decoder.findings.add(message, nodes[name], code="unknown-word")
    return found


class ProgramError(ValueError):
    """Wanted versions that cannot be read; says how they are written."""


def program_fits(wanted: str, version: str) -> bool:
    """Tell whether a version of the program is one of those wanted.

    Args:
        wanted: clauses such as ">=0.2,<1" that must all hold; "" wants any.
        version: the program's; what follows its numbers (".dev1") does not count.

    Raises:
        ProgramError: `wanted` is not of that form.
    """
    try:
        return SpecifierSet(wanted).contains(Version(version).base_version)
    except InvalidSpecifier as error:
        message = f'versions are written such as ">=0.2,<1", not "{wanted}"'
        raise ProgramError(message) from error
