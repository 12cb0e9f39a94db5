"""An evidence bundle's content for other tools: plain DQM files and plain JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.write import dqm_tree, root_bytes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.files.evidence import KeptPlot

Element = Histogram | Scalar | QualityResult
_Row = tuple[int, str, tuple[Element, ...]]
MOST_BINS = 200_000
"""Bins that a JSON file has room for."""
LARGEST_PART = 4 << 20
"""Bytes of bins in one ROOT file; a histogram that has more has a file of its own."""
# Between these ROOT can write a time.
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_LATEST = datetime(2057, 12, 31, tzinfo=UTC)


def plain_json(value: object) -> bytes:
    """Any of our values as JSON; arrays as lists, what is no number as null."""
    return _json(value) + b"\n"


def too_large(plots: Sequence[KeptPlot]) -> tuple[str, ...]:
    """Paths of the plots whose bins have no room in JSON."""
    found = []
    room = MOST_BINS
    for kept in plots:
        bins = kept.nbytes // 4  # at most
        if bins > room:
            found.append(kept.tile.path)
        else:
            room -= bins
    return tuple(found)


def plain_data(plots: Sequence[KeptPlot], large: Container[str]) -> Iterator[bytes]:
    """Data, overlays and references in UHI's serialization, by path, as JSON.

    A reference is unscaled; ``reference_scale`` is what to multiply it with.

    Args:
        plots: the plots.
        large: paths of those to leave out, with their overlays.

    Returns:
        The JSON in pieces, one an element.
    """
    found: dict[str, tuple[KeptPlot, Histogram | None]] = {}
    for kept in plots:
        if kept.tile.path not in large:
            found[kept.tile.path] = (kept, None)
            for path, overlay in _overlays(kept):
                found.setdefault(path, (kept, overlay))
    yield b'{"elements":{'
    for number, path in enumerate(sorted(found)):
        content = _json(_uhi(*found[path]))
        yield (b"," if number else b"") + _json(path) + b":" + content
    yield b"}}\n"


def plain_plots(plots: Sequence[KeptPlot], large: Container[str]) -> Iterator[bytes]:
    """The plots as a JSON list in pieces, one a plot; arrays of `large` are null."""
    yield b"["
    for number, kept in enumerate(plots):
        content = _json(kept, bins=kept.tile.path not in large)
        yield (b"," if number else b"") + content
    yield b"]\n"


def plain_root(
    which: Literal["data", "reference"],
    plots: Sequence[KeptPlot],
    moment: float,
    left_out: list[str],
) -> Iterator[tuple[str, bytes]]:
    """DQM files of the data, or of the references, unscaled: name and bytes of each.

    Elements of runs that have no number lie in a file by their bare paths. Nothing
    is compressed in them.

    Args:
        which: what to write of them.
        plots: the plots.
        moment: unix time to write into the keys, s.
        left_out: the paths that a ROOT file cannot hold are added.
    """
    made = min(max(datetime.fromtimestamp(moment, UTC), _EARLIEST), _LATEST)
    rows = _data_rows(plots) if which == "data" else _reference_rows(plots)
    number = 0
    for part in _parts(rows):
        name = f"{which}-{number + 1}.root" if number else f"{which}.root"
        data = _part(part, name, made, left_out)
        if data:
            number += 1
            yield name, data


def _part(
    rows: Sequence[_Row], name: str, made: datetime, left_out: list[str]
) -> bytes:
    try:
        return _bytes(_tree(rows), name, made)
    except UnwritableError:
        kept = []
        for row in rows:
            try:
                _bytes(_tree([row]), name, made)
            except UnwritableError:
                left_out.append(row[1])
            else:
                kept.append(row)
        return _bytes(_tree(kept), name, made) if kept else b""


def _parts(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    part: list[_Row] = []
    size = 0
    for row in rows:
        more = sum(each.nbytes for each in row[2] if isinstance(each, Histogram))
        if part and size + more > LARGEST_PART:
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    if part:
        yield part


def _data_rows(plots: Sequence[KeptPlot]) -> Iterator[_Row]:
    seen: set[tuple[int, str]] = set()
    for kept in plots:
        run, element = kept.tile.run, kept.element
        parts: list[tuple[str, tuple[Element, ...]]] = []
        if element is not None:
            parts.append((kept.tile.path, (element, *kept.qualities)))
        parts += [(path, (overlay,)) for path, overlay in _overlays(kept)]
        for path, elements in parts:
            if (run, path) not in seen:
                seen.add((run, path))
                yield run, path, elements


def _reference_rows(plots: Sequence[KeptPlot]) -> Iterator[_Row]:
    seen: set[tuple[int, str]] = set()
    for kept in plots:
        key = (kept.note.run, kept.tile.path)
        if kept.reference is not None and key not in seen:
            seen.add(key)
            yield *key, (kept.reference,)


def _overlays(kept: KeptPlot) -> Iterator[tuple[str, Histogram]]:
    if kept.tile.picture is not None:
        yield from zip(kept.overlays, kept.tile.picture.overlays, strict=False)


def _tree(rows: Sequence[_Row]) -> dict[str, list[Element]]:
    tree: dict[str, list[Element]] = {}
    for run, path, elements in rows:
        name = elements[0].name
        folder = path.removesuffix(f"/{name}") if "/" in path else ""
        place = folder
        if run > 0 and folder:
            place = next(iter(dqm_tree(run, {folder: ()})))
        tree.setdefault(place, []).extend(elements)
    return tree


def _bytes(tree: Mapping[str, Sequence[Element]], name: str, made: datetime) -> bytes:
    return root_bytes(tree, name=name, compression="none", made=made)


def _uhi(kept: KeptPlot, overlay: Histogram | None) -> dict[str, Any]:
    element = kept.element if overlay is None else overlay
    content: dict[str, Any] = {"run": kept.tile.run}
    if isinstance(element, Scalar):
        content["value"] = element.value
    elif element is not None:
        content["data"] = element._to_uhi_()
    if overlay is None and kept.reference is not None:
        content["reference"] = kept.reference._to_uhi_()
        content["reference_run"] = kept.note.run
        content["reference_scale"] = kept.note.scale
    return content


def _json(value: object, *, bins: bool = True) -> bytes:
    hook = _listed if bins else _without_bins
    return msgspec.json.Encoder(enc_hook=hook, order="deterministic").encode(value)


def _without_bins(value: object) -> object:
    return None if isinstance(value, np.ndarray) else _listed(value)


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    message = f"a {type(value).__name__} has no place in JSON"
    raise NotImplementedError(message)
