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
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.files.evidence import KeptPlot

Element = Histogram | Scalar | QualityResult
# Between these ROOT can write a time.
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_LATEST = datetime(2057, 12, 31, tzinfo=UTC)


def plain_json(value: object) -> bytes:
    """Any of our values as JSON; arrays as lists, what is no number as null."""
    encoder = msgspec.json.Encoder(enc_hook=_listed, order="deterministic")
    return encoder.encode(value) + b"\n"


def plain_data(plots: Sequence[KeptPlot]) -> dict[str, Any]:
    """Data, overlays and references in UHI's serialization, by path.

    A reference is unscaled; ``reference_scale`` is what to multiply it with.
    """
    found: dict[str, Any] = {}
    for kept in plots:
        element = kept.element
        content: dict[str, Any] = {"run": kept.tile.run}
        if isinstance(element, Scalar):
            content["value"] = element.value
        elif element is not None:
            content["data"] = element._to_uhi_()
        if kept.reference is not None:
            content["reference"] = kept.reference._to_uhi_()
            content["reference_run"] = kept.note.run
            content["reference_scale"] = kept.note.scale
        found[kept.tile.path] = content
        for path, overlay in _overlays(kept):
            found.setdefault(path, {"run": kept.tile.run, "data": overlay._to_uhi_()})
    return {"elements": found}


def plain_root(
    name: str,
    plots: Sequence[KeptPlot],
    which: Literal["data", "reference"],
    moment: float,
) -> tuple[bytes, list[str]]:
    """A DQM file of the data, or of the references, unscaled.

    Elements of runs that have no number lie in the file by their bare paths.

    Args:
        name: the file's name, as the file itself says it.
        plots: the plots.
        which: what to write of them.
        moment: unix time to write into the keys, s.

    Returns:
        The bytes, b"" when there is nothing to write; the paths left out, since
        the file cannot hold them.
    """
    rows = list(_data_rows(plots) if which == "data" else _reference_rows(plots))
    made = min(max(datetime.fromtimestamp(moment, UTC), _EARLIEST), _LATEST)
    try:
        tree = _tree(rows)
        return (_bytes(tree, name, made) if tree else b""), []
    except UnwritableError:
        kept, left_out = [], []
        for row in rows:
            try:
                _bytes(_tree([row]), name, made)
            except UnwritableError:
                left_out.append(row[1])
            else:
                kept.append(row)
        tree = _tree(kept)
        return (_bytes(tree, name, made) if tree else b""), left_out


_Row = tuple[int, str, tuple[Element, ...]]


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
    return root_bytes(tree, name=name, made=made)


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    message = f"a {type(value).__name__} has no place in JSON"
    raise NotImplementedError(message)
