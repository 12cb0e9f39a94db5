"""The parts every subsystem shares: DCS partitions, front-end drivers, voltages.

Partition names are the rows of CMS's "DCS" map (cmssw DQMServices/Components,
DQMProvInfo). Ranges of front-end drivers (FEDs) are those of LHC Run 3, as cmssw
DataFormats/FEDRawData (FEDNumbering.h) has them: the μTCA ones of HCAL (for its crates
DQM/HcalCommon, Constants.h), pixels, DT and trigger, the DDUs of CSC. Of another era,
and kept because study and layouts have them, are Castor, which was taken out after
2018, and the strips of CTPPS, in whose place Run 3 has pixels. Fewer than in the
real detector are those of the pixels (40), CSC (8 of 36) and the trigger.
"""

from __future__ import annotations

import enum


class Voltage(enum.IntEnum):
    """High voltage of one sector."""

    OFF = 0
    STANDBY = 1
    ON = 2


class FedStatus(enum.IntEnum):
    """A front-end driver: out of the run, in it, or in it without sending data."""

    OUT = 0
    IN = 1
    LOST = 2


PARTITIONS: dict[str, tuple[str, ...]] = {
    "CSC": ("CSC+", "CSC-"),
    "DT": ("DT0", "DT+", "DT-"),
    "Ecal": ("EB+", "EB-", "EE+", "EE-", "ES+", "ES-"),
    "Hcal": ("HBHEa", "HBHEb", "HBHEc", "HF", "HO"),
    "PixelPhase1": ("BPIX", "FPIX"),
    "RPC": ("RPC",),
    "SiStrip": ("TIBTID", "TOB", "TECp", "TECm"),
    "GEM": ("GEMp", "GEMm"),
    "Castor": ("CASTOR",),
    "ZDC": ("ZDC",),
}
"""Subsystem -> its partitions of the detector control system."""

CONDITION_ROWS = ("PhysDecl", "13.6 TeV", "Stable B", "Valid")
"""Rows of the DCS map that are no partitions."""

FEDS: dict[str, range] = {
    "PixelPhase1": range(1200, 1240),
    "SiStrip": range(50, 490),
    "ES": range(520, 576),
    "CTPPS": range(578, 584),
    "Ecal": range(601, 655),
    "Castor": range(690, 694),
    "Hcal": range(1100, 1132),
    "CSC": range(830, 838),
    "DT": range(1369, 1372),
    "RPC": range(790, 796),
    "L1T": range(1372, 1396),
}
"""Name -> identifiers of its front-end drivers."""

FED_OWNERS: dict[str, tuple[str, ...]] = {"Ecal": ("Ecal", "ES")}
"""Subsystem -> names of its front-end drivers, where they differ from its own."""

FED_COUNT = 1400
"""Identifiers that are monitored, from 0. (cmssw's DQMFEDIntegrityClient books 850.)"""

HV_RESPONSE = (0.0, 0.002, 1.0)
"""Share of the nominal signal a sector gives when OFF, in STANDBY, and ON."""

PARTITION_ON_SHARE = 0.8
"""A partition's DCS bit is 1 while at least this share of its sectors is ON."""

REMNANT = 1e-4
"""Share of the magnet's field that is left when it is off."""
