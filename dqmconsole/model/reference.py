"""References: who chose which run for which histograms, and what a tile says of it."""

from __future__ import annotations

import msgspec

from dqmconsole.model.layout import Normalization, RunType


class ReferenceRule(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One rule of ``layouts/references.yaml``.

    Attributes:
        file: ROOT file, relative to the rules' folder; or
        run: run number, looked up in the source's folder, then the recorded ones.
        subsystem: the rule holds for this subsystem; all when None.
        run_type: the rule holds for this run type; all, unknown too, when None.
        histograms: globs on the path of the monitor element; all when empty.
        chosen_by, chosen_on, why: the provenance, printed on the panel.
    """

    chosen_by: str
    chosen_on: str
    why: str
    file: str | None = None
    run: int | None = None
    subsystem: str | None = None
    run_type: RunType | None = None
    histograms: tuple[str, ...] = ()


class ReferenceNote(msgspec.Struct, frozen=True, gc=False):
    """What a tile says of its reference.

    Attributes:
        run: the reference's run; 0 when there is none.
        sentence: why there is none, or what is wrong with it; "" when all is well.
        normalize: how the reference was scaled, be it as asked for or not.
        scale: the factor by which its contents are multiplied to compare.
        origin: the file or run folder it came from.
        chosen_by, chosen_on, why: provenance from the rule.
    """

    run: int = 0
    sentence: str = ""
    normalize: Normalization = "none"
    scale: float = 1.0
    origin: str = ""
    chosen_by: str = ""
    chosen_on: str = ""
    why: str = ""
