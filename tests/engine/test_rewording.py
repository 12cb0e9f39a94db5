"""The shifter's words are put into a bundle that was made before, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from engine.fakes import line
from support.bundles import write_bundle

from dqmconsole.engine.bundling import rewording
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.message import AddWords, EvidenceMade, Receipt
from dqmconsole.model.pieces import ended
from dqmconsole.model.record import hash_of
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.site.bundle import FORMAT, read_bundle
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest

if TYPE_CHECKING:
    from pathlib import Path

KEY = "Hcal › Digi › Hcal/Digi/Occupancy"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    tile = Tile(
        key=KEY,
        path="Hcal/Digi/Occupancy",
        run=398214,
        version=1,
        verdict=Verdict(Status.BAD, "3 boxes dead"),
        picture=Picture(line("Occupancy", [4, 5, 6])),
    )
    manifest = Manifest(
        format=FORMAT, program="1", title="Hcal › Digi", page="Hcal/Digi",
        words="", by="", keys=(KEY,), made_at=1.8e9, source="/dqm", banner="",
        run=RunInfo(398214),
    )  # fmt: skip
    site = Site("", "one", SiteSettings("x"), ())
    path = tmp_path / "a.dqmevidence"
    write_bundle(path, Bundle(manifest, (KeptPlot(tile, "overlay"),), site, b"png"))
    return path


def answer(request: AddWords) -> object:
    return ended(rewording(request))


def test_the_words_are_in_it_and_the_rest_is_as_it_was(bundle: Path) -> None:
    before = read_bundle(bundle)
    found = answer(AddWords(7, str(bundle), "three *boxes* dead", "Ada"))
    after = read_bundle(bundle)
    assert (after.manifest.words, after.manifest.by) == ("three *boxes* dead", "Ada")
    data = bundle.read_bytes()
    assert found == EvidenceMade(7, str(bundle), hash_of(data), len(data))
    unsaid = msgspec.structs.replace(after.manifest, words="", by="")
    assert unsaid == before.manifest
    assert msgspec.msgpack.encode(after.site) == msgspec.msgpack.encode(before.site)
    (kept,), (old,) = after.plots, before.plots
    assert kept.tile.verdict == old.tile.verdict
    assert after.picture == before.picture


def test_a_bundle_that_is_gone_or_none_is_refused_in_words(tmp_path: Path) -> None:
    gone = answer(AddWords(1, str(tmp_path / "gone.dqmevidence"), "x"))
    junk = tmp_path / "junk.dqmevidence"
    junk.write_bytes(b"not a zip")
    none = answer(AddWords(2, str(junk), "x"))
    for found in (gone, none):
        assert isinstance(found, Receipt)
        assert not found.done
        assert found.sentence.startswith("no words added: ")
    assert junk.read_bytes() == b"not a zip"
