"""Evidence bundles for tests."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.pieces import ended
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.site.bundle import FORMAT, WrittenBundle, writing
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest

BUNDLES = Path(__file__).parents[1] / "data" / "bundles"
OCC = "Hcal/Digi/occ"


NAMES = ["CSC", "DT", "Ecal", "Hcal", "L1T", "RPC", "SiStrip", "ZDC"]


FINE = Verdict(Status.GOOD, "fine")


def line(values: list[float], **more: object) -> Histogram:
    base: dict[str, object] = {
        "name": "occ",
        "title": "occ",
        "root_class": "TH1D",
        "axes": (Axis(len(values) - 2, 0.0, 1.0),),
        "contents": np.array(values),
    }
    return Histogram(**(base | more))  # type: ignore[arg-type]


def a_plot(data: Histogram, path: str = OCC, **more: object) -> KeptPlot:
    picture = Picture(data)
    tile = Tile(f"Hcal › Digi › {path}", path, 7, 1, FINE, picture=picture)
    base: dict[str, object] = {"tile": tile, "mode": "ratio"}
    return KeptPlot(**(base | more))  # type: ignore[arg-type]


def a_bundle(*plots: KeptPlot, **more: object) -> Bundle:
    plots = plots or (
        a_plot(
            line([0, 1, np.nan, np.inf, 0]),
            reference=line([0, 3, 4, 5, 0]),
            note=ReferenceNote(3, scale=0.5),
        ),
    )
    conditions = Conditions(feds=frozenset({700, 1, 50}), subsystems=frozenset(NAMES))
    manifest = Manifest(
        format=FORMAT,
        program="0.2",
        title="a hole",
        made_at=1_795_000_000.0,
        keys=tuple(kept.tile.key for kept in plots),
        run=RunInfo(7, conditions=conditions),
    )
    layout = Layout("Hcal", (Page("Digi", (Plot(OCC),)),))
    site = Site("", "one", SiteSettings("CMS"), (layout,))
    return Bundle(msgspec.structs.replace(manifest, **more), plots, site, b"\x89PNG")


def write_bundle(path: Path, bundle: Bundle) -> WrittenBundle:
    """Write a bundle at once."""
    return ended(writing(path, bundle))


def same(one: object, other: object) -> bool:
    """Tell whether all is equal, types of arrays too, in whatever order in memory."""

    def plain(value: object) -> object:
        assert isinstance(value, np.ndarray)
        return (value.dtype.str, value.shape, value.tobytes())

    pack = msgspec.msgpack.Encoder(enc_hook=plain, order="deterministic").encode
    return pack(one) == pack(other)


def rewritten(
    path: Path,
    changes: dict[str, bytes | None],
    *,
    compression: int = zipfile.ZIP_DEFLATED,
    honest: bool = True,
) -> None:
    """A bundle of format 1 with other members; `honest`: with hashes that fit them."""
    path.write_bytes((BUNDLES / "format-1-plots.dqmevidence").read_bytes())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name: data for name, data in changes.items() if data is not None}
    for name in changes:
        if changes[name] is None:
            del members[name]
    if honest and "manifest.json" not in changes:
        manifest = json.loads(members["manifest.json"])
        for name in changes.keys() & members.keys():
            digest = hashlib.blake2b(members[name], digest_size=16)
            manifest["members"][name] = digest.hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
