"""Nodes of a YAML tree to the model's values, every problem with its place.

The classes of the model say what is right; this walks a tree along them. What does
not fit is a problem, never an exception. A class may say what problems call it
(``NOUN``; of checks their ``NAME``), which fields no YAML may hold (``UNWRITTEN``), the
key of a field where YAML has another (``KEYS``), under which keys a single word stands
for a list of one (``ONE_OR_MORE``), under which a list of words stands for a
mapping of each to itself (``WORDS_OR_MAPPING``), and for which key alone a single word
may stand (``WORD``).
"""

from __future__ import annotations

import functools
import math
import re
import types
import typing
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

import msgspec
import yaml

from dqmconsole.model.layout import RunType
from dqmconsole.site.nearest import did_you_mean, nearest, short
from dqmconsole.site.rules.reading import severity_of
from dqmconsole.site.yaml_text import is_null

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.site.findings import Findings, Place

LONGEST_LINE = 160  # characters of what is said in one line
S = TypeVar("S", bound=msgspec.Struct)


class Wrong(NamedTuple):
    """What is wrong with a value though it fits its class.

    Attributes:
        code: the rule that is broken.
        key: of the value; "" for the value as a whole.
        message: what is wrong, in words.
        item: index in the list under the key; None for the whole of it.
    """

    code: str
    key: str
    message: str
    item: int | None = None


class SiteWords(NamedTuple):
    """The words of ``site.yaml`` that the other files of a site may use.

    Attributes:
        beam_modes: names of the beam modes, lower case; empty: any name.
        run_types: the types of run; empty: any name.
        types_at: where these are written ("layouts/site.yaml:6").
    """

    beam_modes: tuple[str, ...] = ()
    run_types: tuple[str, ...] = ()
    types_at: str = "site.yaml"


ANY_WORDS = SiteWords()


class Decoder:
    """Walks one file's tree along the classes of the model.

    Attributes:
        findings: takes the problems.
    """

    def __init__(
        self,
        findings: Findings,
        droppable: tuple[object, ...] = (),
        lenient: Mapping[type[msgspec.Struct], frozenset[str]] | None = None,
        drafts: tuple[type, ...] = (),
        unread: Mapping[type[msgspec.Struct], frozenset[str]] | None = None,
        words: SiteWords = ANY_WORDS,
    ) -> None:
        """Prepare.

        Args:
            findings: takes the problems.
            droppable: types whose broken items are left out of their list or mapping.
            lenient: per class the fields that fall back to their default when
                broken; a broken other field breaks the whole value.
            drafts: classes of which a value is made whatever is broken in it, so
                that the rest of it can be checked too; see :meth:`is_sound`.
            unread: per class the fields that keep their default whatever is written;
                who asks for this reads their nodes himself.
            words: what the site's names may be.
        """
        self.findings = findings
        self._droppable = droppable
        self._lenient = dict(lenient or {})
        self._drafts = drafts
        self._unread = dict(unread or {})
        self._site_words = words
        self._unsound: dict[int, frozenset[str]] = {}
        # Keyed by identity; the value is kept so that its identity stays its own.
        self._written: dict[
            int, tuple[object, yaml.Node, dict[str, tuple[yaml.Node, yaml.Node]]]
        ] = {}

    def struct(self, node: yaml.Node, wanted: type[S]) -> S | None:
        """Return `node` as a value of class `wanted`; None when it is broken."""
        found = self._struct(node, wanted, "")
        return found if isinstance(found, wanted) else None

    def value(self, node: yaml.Node, wanted: object, name: str) -> object:
        """Return `node` as a value of any type that a class has; None if broken.

        Args:
            node: the value.
            wanted: the type.
            name: what problems call it.
        """
        found = self._convert(node, wanted, name)
        return None if found is INVALID else found

    def structs(self, node: yaml.Node, wanted: type[S]) -> tuple[S, ...]:
        """Return the healthy items of a list of `wanted`."""
        if not isinstance(node, yaml.SequenceNode):
            self._mismatch(node, "a list", "the file")
            return ()
        found = [self.struct(each, wanted) for each in node.value]
        return tuple(each for each in found if each is not None)

    def has(self, value: object, key: str) -> bool:
        """Tell whether `key` was written in the part that became `value`."""
        entry = self._written.get(id(value))
        return entry is not None and key in entry[2]

    def has_value(self, value: object) -> bool:
        """Tell whether a value was made from what is written in the file."""
        return id(value) in self._written

    def is_sound(self, value: object, key: str) -> bool:
        """Tell whether what a draft has under `key` is what was written there.

        Of a part that is a draft itself: whether there is one.
        """
        return key not in self._unsound.get(id(value), ())

    def is_all_sound(self, value: object) -> bool:
        """Tell whether that is so of all that a draft has, and of its keys."""
        return id(value) not in self._unsound

    def is_whole(self, value: object) -> bool:
        """Tell whether a value, and all in it, is what was written."""
        if isinstance(value, tuple):
            return all(map(self.is_whole, value))
        if not isinstance(value, msgspec.Struct):
            return True
        parts = (getattr(value, name) for name in value.__struct_fields__)
        return self.is_all_sound(value) and all(map(self.is_whole, parts))

    def key_place(self, value: object, key: str) -> Place:
        """Where a `key` of a value is written; the value itself where it is not."""
        entry = self._written.get(id(value))
        if entry is None or key not in entry[2]:
            return self.place(value)
        return self.findings.place(entry[2][key][0])

    def node(
        self, value: object, key: str = "", item: int | None = None
    ) -> yaml.Node | None:
        """The node of a value, of what stands under its `key`, or of an item there.

        Falls back to the part itself where the key was not written.

        Args:
            value: made by this decoder.
            key: of the value; "" for the value itself.
            item: index in the list under `key`; None for the whole list.
        """
        entry = self._written.get(id(value))
        if entry is None:
            return None
        node = entry[2][key][1] if key in entry[2] else entry[1]
        if item is not None and isinstance(node, yaml.SequenceNode):
            return node.value[item] if item < len(node.value) else node
        return node

    def names(self, value: object, key: str) -> dict[str, yaml.Node]:
        """The nodes of the names in the mapping that is written under a `key`.

        What is broken has its name too; of one that stands there twice it is the
        first.
        """
        found: dict[str, yaml.Node] = {}
        node = self.node(value, key) if self.has(value, key) else None
        for name, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(name, yaml.ScalarNode):
                found.setdefault(name.value, name)
        return found

    def is_empty_list(self, value: object, key: str) -> bool:
        """Tell whether the list under a value's `key` was written without items."""
        node = self.node(value, key)
        return isinstance(node, yaml.SequenceNode) and not node.value

    def place(self, value: object, key: str = "") -> Place:
        """Where a value, or what stands under its `key`, begins."""
        return self.findings.place(self.node(value, key))

    def complain(
        self,
        message: str,
        value: object,
        key: str = "",
        item: int | None = None,
        *,
        code: str = "",
    ) -> None:
        """Add a problem at a value or at what stands under its `key`.

        Args:
            message: what is wrong, in words.
            value: made by this decoder.
            key: of the value, where the problem is there.
            item: index of an item in the list under `key`.
            code: the rule that is broken; see :meth:`Findings.add`.
        """
        self.findings.add(message, self.node(value, key, item), code)

    def line(self, value: object, key: str, noun: str = "") -> str | None:
        """What stands under a key, one short line; None, with a problem, where not.

        Args:
            value: made by this decoder.
            key: of a text.
            noun: what the problem begins with, "" or such as "links: ".
        """
        words: str = getattr(value, key).strip()
        if "\n" not in words and len(words) <= LONGEST_LINE:
            return words
        said = f"{noun}{key}: one line of at most {LONGEST_LINE} characters"
        self.complain(said, value, key, code="long-line")
        return None

    def accepts(self, value: object, wrongs: Iterable[Wrong]) -> bool:
        """Add what is wrong with a value as problems; tell whether none is an error.

        Args:
            value: made by this decoder.
            wrongs: what is wrong with it.
        """
        sound = True
        for each in wrongs:
            self.complain(each.message, value, each.key, each.item, code=each.code)
            sound &= severity_of(each.code) != "error"
        return sound

    def places(self, value: msgspec.Struct) -> dict[str, Place]:
        """Where what stands under the keys of a value begins, written or not."""
        return {key: self.place(value, key) for key in _fields(type(value))}

    def items(self, value: msgspec.Struct, *keys: str) -> dict[str, Place]:
        """Where the items of a value's lists begin, as "key[0]" and so on."""
        fields = _fields(type(value))
        return {
            f"{key}[{item}]": self.findings.place(self.node(value, key, item))
            for key in keys
            for item, _ in enumerate(getattr(value, fields[key].name))
        }

    def _convert(self, node: yaml.Node, wanted: object, name: str) -> object:
        origin = typing.get_origin(wanted)
        arguments = typing.get_args(wanted)
        if origin in (types.UnionType, typing.Union):
            if is_null(node):
                return None
            wanted = next(each for each in arguments if each is not types.NoneType)
            return self._convert(node, wanted, name)
        if wanted is Any:
            return self._anything(node, name)
        if is_null(node):
            self.findings.add(
                f"{name} has no value: give one or leave it out", node, "missing-value"
            )
            return INVALID
        if origin is Literal:
            return self._word(node, arguments, name)
        if wanted == RunType:
            return self._run_type(node, name)
        if origin is tuple:
            return self._tuple(node, arguments, name)
        if origin is dict:
            return self._dict(node, arguments[1], name)
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            return self._struct(node, wanted, name)
        return self._scalar(node, wanted, name)

    def _struct(self, node: yaml.Node, wanted: type[S], name: str) -> S | Invalid:
        draft = wanted in self._drafts
        if isinstance(node, yaml.ScalarNode) and (key := getattr(wanted, "WORD", "")):
            node = _keyed(key, node)
        if isinstance(node, yaml.ScalarNode) and node.value:
            self._mismatch(
                node,
                "a mapping (key: value)",
                name or _noun(wanted),
                _written_out(wanted, node.value),
            )
            return INVALID
        pairs, unbroken = self._pairs(node, name or _noun(wanted))
        if pairs is None or not (unbroken or draft):
            return INVALID
        fields = _fields(wanted)
        lenient = self._lenient.get(wanted, frozenset())
        healthy, meant = self._known_keys(pairs, fields, lenient, wanted)
        healthy = healthy and unbroken
        values: dict[str, Any] = {}
        broken = set(meant)
        unread = self._unread.get(wanted, frozenset())
        for key, field in fields.items():
            if key in unread:
                continue
            if key not in pairs:
                if field.required and key not in lenient:
                    # One that was mistyped has its problem already.
                    if key not in meant:
                        words = f'{_noun(wanted)} lacks its "{key}"'
                        self.findings.add(words, node, "missing-key")
                    healthy = False
                    broken.add(key)
                continue
            written = pairs[key][1]
            if key in getattr(wanted, "ONE_OR_MORE", ()):
                written = _listed(written)
                pairs[key] = (pairs[key][0], written)
            elif key in getattr(wanted, "WORDS_OR_MAPPING", ()):
                if (wrong := _no_words(written)) is not None:
                    noun = "a list" if wrong is written else "text"
                    self._mismatch(wrong, noun, key)
                    healthy &= key in lenient
                    continue
                written = _mapped(written)
                pairs[key] = (pairs[key][0], written)
            value = self._convert(written, field.type, key)
            if value is not INVALID:
                values[field.name] = value
            elif key not in lenient:
                healthy = False
                broken.add(key)
        if not healthy and not draft:
            return INVALID
        for key, field in fields.items():
            if field.required and (key in lenient or draft):
                values.setdefault(field.name, _blank(field.type))
        made = wanted(**values)
        if not healthy:
            self._unsound[id(made)] = frozenset(broken)
        self._written[id(made)] = (made, node, pairs)
        return made

    def _known_keys(
        self,
        pairs: dict[str, tuple[yaml.Node, yaml.Node]],
        fields: dict[str, msgspec.structs.FieldInfo],
        lenient: frozenset[str],
        wanted: type,
    ) -> tuple[bool, set[str]]:
        """Whether all keys are known, and which keys the unknown ones meant."""
        healthy = True
        all_meant: set[str] = set()
        for key, (key_node, _) in pairs.items():
            if key in fields:
                continue
            hint = did_you_mean(key, fields)
            if not hint or hasattr(wanted, "NAME"):  # of a check all limits are said
                hint += " It" if hint else "; it"
                hint += f" may have {', '.join(fields)}" if fields else " has none"
            if key == "<<":
                hint = "; merge keys are not read, write the keys out"
            words = f'{_noun(wanted)} has no key "{key}"{hint}'
            self.findings.add(words, key_node, "unknown-key")
            # A mistyped "needs" must not let a plot be judged without it.
            meant = nearest(key, fields)
            all_meant |= {meant} if meant else set()
            if not lenient or (meant is not None and meant not in lenient):
                healthy = False
        return healthy, all_meant

    def pairs(
        self, node: yaml.Node, name: str, *, keep: bool = False
    ) -> dict[str, tuple[yaml.Node, yaml.Node]] | None:
        """The keys of a mapping with the nodes of key and value; None if it is broken.

        Args:
            node: the mapping.
            name: what problems call it.
            keep: return what is healthy of a broken one, too.
        """
        pairs, healthy = self._pairs(node, name)
        return pairs if healthy or keep else None

    def _pairs(
        self, node: yaml.Node, name: str
    ) -> tuple[dict[str, tuple[yaml.Node, yaml.Node]] | None, bool]:
        """As :meth:`pairs` those that are healthy, and whether all are."""
        if not isinstance(node, yaml.MappingNode):
            self._mismatch(node, "a mapping (key: value)", name)
            return None, False
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        healthy = self.has_plain_tag(node, name)
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                words = f"a key of {name} is not a word"
                self.findings.add(words, key_node, "wrong-type")
                healthy = False
                continue
            key = key_node.value
            if not self._is_printable(key_node, f"a key of {name}"):
                healthy = False
            if key in pairs:
                first = pairs[key][0].start_mark.line + 1
                words = f'"{key}" stands here twice, first in line {first}'
                self.findings.add(words, key_node, "duplicate-key")
                healthy = False
                continue
            pairs[key] = (key_node, value_node)
        return pairs, healthy

    def _tuple(self, node: yaml.Node, items: tuple[object, ...], name: str) -> object:
        if not isinstance(node, yaml.SequenceNode):
            length = "" if items[-1] is Ellipsis else f" of {len(items)}"
            hint = "" if not length else _divided(node, len(items))
            self._mismatch(node, f"a list{length}", name, hint)
            return INVALID
        if not self.has_plain_tag(node, name):
            return INVALID
        if items[-1] is not Ellipsis and len(node.value) != len(items):
            words = f"{name} is a list of {len(items)}, here are {len(node.value)}"
            self.findings.add(words, node, "wrong-length")
            return INVALID
        repeated = items[0] if items[-1] is Ellipsis else None
        found = [
            self._convert(each, items[i] if repeated is None else repeated, name)
            for i, each in enumerate(node.value)
        ]
        if repeated in self._droppable:
            return tuple(each for each in found if each is not INVALID)
        return INVALID if INVALID in found else tuple(found)

    def _dict(self, node: yaml.Node, item: object, name: str) -> object:
        droppable = item in self._droppable
        pairs = self.pairs(node, name, keep=droppable)
        if pairs is None:
            return INVALID
        found = {
            key: self._convert(value, item, f"{name}: {key}")
            for key, (_, value) in pairs.items()
        }
        if droppable:
            return {key: each for key, each in found.items() if each is not INVALID}
        return INVALID if INVALID in found.values() else found

    def _anything(self, node: yaml.Node, name: str) -> object:
        if is_null(node):
            return None
        if isinstance(node, yaml.MappingNode):
            return self._dict(node, Any, name)
        if isinstance(node, yaml.SequenceNode):
            # A list, not a tuple: it must come through MessagePack unchanged.
            found = self._tuple(node, (Any, ...), name)
            return list(found) if isinstance(found, tuple) else found
        return self._guessed(node, name)

    def _scalar(self, node: yaml.Node, wanted: object, name: str) -> object:
        """A node as str, int, float or bool."""
        noun = _NOUNS[wanted]
        if not isinstance(node, yaml.ScalarNode):
            self._mismatch(node, noun, name)
            return INVALID
        if not self.has_plain_tag(node, name):
            return INVALID
        text: str = node.value
        plain = not node.style  # None or "", by the parser
        if wanted is str:
            return text if self._is_printable(node, name) else INVALID
        if wanted is bool and plain and node.tag == f"{_TAG}bool":
            return text.lower() in ("yes", "true", "on")
        if wanted is int and plain and _INTEGER.fullmatch(text):
            number = int(text.replace("_", ""))
            if -(2**63) <= number < 2**63:
                return number
        if wanted is float and plain and _FLOAT.fullmatch(text):
            value = float(text.replace("_", ""))
            if math.isfinite(value):
                return value
        quoted = "" if plain else ", without quotes"
        words = f'{name} is {noun}{quoted}, not "{short(text)}"'
        self.findings.add(words, node, "wrong-type")
        return INVALID

    def _word(self, node: yaml.Node, words: tuple[str, ...], name: str) -> object:
        """A node as one of `words`."""
        found = self._scalar(node, str, name)
        if not isinstance(found, str):
            return found
        if found in words:  # the word itself: msgspec leaves out what is the default
            return words[words.index(found)]
        hint = did_you_mean(found, words)
        if not hint:  # "logarithmic" is not like "log"
            meant = (each for each in words if found.lower().startswith(each))
            hint = next((f'; did you mean "{each}"?' for each in meant), "")
        choice = ", ".join(words)
        said = f'{name} cannot be "{short(found)}", only {choice}{hint}'
        self.findings.add(said, node, "unknown-word")
        return INVALID

    def _run_type(self, node: yaml.Node, name: str) -> object:
        """A node as one of the site's types of run."""
        found = self._scalar(node, str, name)
        if not isinstance(found, str):
            return INVALID
        types = self._site_words.run_types
        if found.strip() and (not types or found in types):
            return found
        if not found.strip():
            said = f"{name}: a type of run has no name"
        else:
            said = (
                f'{name}: no type of run is called "{short(found)}", '
                f"{self._site_words.types_at} has {', '.join(types)}"
                f"{did_you_mean(found, types)}"
            )
        self.findings.add(said, node, "unknown-word")
        return INVALID

    def _guessed(self, node: yaml.Node, name: str) -> object:
        """A node as whichever of bool, int, float and str it was written."""
        wanted: object = str
        if isinstance(node, yaml.ScalarNode) and not node.style:
            if node.tag == f"{_TAG}bool":
                wanted = bool
            elif _INTEGER.fullmatch(node.value):
                wanted = int
            elif _FLOAT.fullmatch(node.value) or node.tag == f"{_TAG}float":
                wanted = float
        return self._scalar(node, wanted, name)

    def _is_printable(self, node: yaml.ScalarNode, name: str) -> bool:
        """Refuse what an escape can write but no path, tile or message can carry."""
        found = _UNPRINTABLE.search(node.value)
        if found is not None:
            words = f"{name} holds the character U+{ord(found[0]):04X}"
            self.findings.add(words, node, "unprintable")
        return found is None

    def has_plain_tag(self, node: yaml.Node, name: str) -> bool:
        """Refuse tags (``!!binary``, ``!!python/…``), which nothing here needs."""
        tag = node.tag or ""
        if tag.removeprefix(_TAG) in _PLAIN_TAGS:
            return True
        words = f'{name} has the tag "{short(tag)}": not read here'
        self.findings.add(words, node, "yaml-tag")
        return False

    def _mismatch(self, node: yaml.Node, noun: str, name: str, hint: str = "") -> None:
        """Add the problem that `name` is not of the kind that is wanted."""
        if isinstance(node, yaml.MappingNode):
            found = "a mapping"
            if node.flow_style and noun == "text":
                found += ' (put quotes round a text with braces: "{1..4}")'
        elif isinstance(node, yaml.SequenceNode):
            found = "a list"
        else:
            found = f'"{short(node.value)}"' if node.value else "nothing"
            if noun == "a list" and node.value:
                quote = '"' if set("{}[],") & set(node.value) else ""
                found += f"; write [{quote}{short(node.value)}{quote}]"
        self.findings.add(f"{name} is {noun}, not {found}{hint}", node, "wrong-type")


@functools.cache
def fields_of(wanted: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a class; msgspec evaluates its annotations in each call."""
    return msgspec.structs.fields(wanted)


@functools.cache
def _fields(wanted: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    elsewhere, keys = getattr(wanted, "UNWRITTEN", ()), getattr(wanted, "KEYS", {})
    return {
        keys.get(each.name, each.encode_name): each
        for each in fields_of(wanted)
        if each.name not in elsewhere
    }


def _written_out(wanted: type[msgspec.Struct], word: str) -> str:
    """The mapping that a single word was meant for, where one of its keys has it."""
    choices = {key: _words_of(field.type) for key, field in _fields(wanted).items()}
    for key, words in choices.items():
        if word in words:
            return f"; write {{{key}: {word}}}"
    for key, words in choices.items():
        if meant := nearest(word, words):
            return f"; write {{{key}: {meant}}}"
    return ""


def _words_of(wanted: object) -> tuple[str, ...]:
    """The words that a type is one of; () for other types."""
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        options = typing.get_args(wanted)
        return tuple(word for option in options for word in _words_of(option))
    if typing.get_origin(wanted) is Literal:
        return typing.get_args(wanted)
    return ()


def _divided(node: yaml.Node, length: int) -> str:
    """The list of that length that a text such as "0..5" was meant for."""
    if not isinstance(node, yaml.ScalarNode):
        return ""
    parts = re.split(r"\s*(?:\.\.+|[,;:]|\s)\s*", node.value.strip("() "))
    written = len(parts) == length and all(map(_FLOAT.fullmatch, parts))
    return f"; write [{', '.join(parts)}]" if written else ""


def _listed(node: yaml.Node) -> yaml.Node:
    """A single word as the list of it that it stands for."""
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        return node
    tag, begin, end = "tag:yaml.org,2002:seq", node.start_mark, node.end_mark
    return yaml.SequenceNode(tag, [node], begin, end, flow_style=True)


def _no_words(node: yaml.Node) -> yaml.Node | None:
    """What is no list of words in a node that should be one, or a mapping."""
    if isinstance(node, yaml.ScalarNode):
        return node if node.value else None  # that it has no value is said elsewhere
    items = node.value if isinstance(node, yaml.SequenceNode) else ()
    return next((each for each in items if not isinstance(each, yaml.ScalarNode)), None)


def _mapped(node: yaml.Node) -> yaml.Node:
    """A list of words as the mapping of each to itself that it stands for."""
    if not isinstance(node, yaml.SequenceNode):
        return node
    tag, begin, end = "tag:yaml.org,2002:map", node.start_mark, node.end_mark
    return yaml.MappingNode(tag, [(each, each) for each in node.value], begin, end)


def _keyed(key: str, node: yaml.Node) -> yaml.Node:
    """A single word as the mapping of one key that it stands for."""
    begin, end = node.start_mark, node.end_mark
    name = yaml.ScalarNode("tag:yaml.org,2002:str", key, begin, begin)
    return yaml.MappingNode("tag:yaml.org,2002:map", [(name, node)], begin, end)


def _blank(wanted: object) -> object:
    """What stands for a value of a type that is broken or not written."""
    origin = typing.get_origin(wanted)
    if origin is tuple:
        return ()
    if origin is dict:
        return {}
    if wanted is int:
        return 0
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return blank(wanted)
    return ""


def blank(wanted: type[S]) -> S:
    """A value of a class of which nothing is written."""
    required = (each for each in _fields(wanted).values() if each.required)
    return wanted(**{each.name: _blank(each.type) for each in required})


@functools.cache
def _noun(wanted: type) -> str:
    if said := getattr(wanted, "NOUN", "") or getattr(wanted, "NAME", ""):
        return str(said)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", wanted.__name__).lower()
    return f"this {words}"


_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value")
)
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]{0,24}")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOUNS: dict[object, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
}


class Invalid:
    """What did not fit; its problem has been added."""


INVALID: Final = Invalid()
