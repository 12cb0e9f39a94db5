"""The site: what experts own, as the engine reads it and the console is sent it."""

from __future__ import annotations

import msgspec

from dqmconsole.model.known import KnownProblem
from dqmconsole.model.layout import Layout
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import ReferenceRule


class ConditionPaths(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where the source's files say what the conditions are; "" when they do not.

    A scalar gives its value; a histogram against lumisection the content of its
    last filled bin (beam mode: its number, named by the labels of the y axis or
    by ``beam_modes``). ``dcs`` is a map of lumisection (x) against partition
    (y labels), 1 on, 0 off, below 0 unknown. ``feds`` is a histogram of entries
    against front-end driver. ``subsystems`` is a text: the names of those in the run,
    separated by spaces or commas.
    """

    run_type: str = ""
    fill: str = ""
    beam_mode: str = ""
    beam_energy: str = ""
    luminosity: str = ""
    integrated: str = ""
    pileup: str = ""
    magnet: str = ""
    dcs: str = ""
    feds: str = ""
    subsystems: str = ""
    lumisection: str = "EventInfo/iLumiSection"
    events: str = "EventInfo/processedEvents"
    timestamp: str = "EventInfo/processTimeStamp"
    started: str = "EventInfo/runStartTimeStamp"


class SiteSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``layouts/site.yaml``.

    Attributes:
        experiment: its name.
        sources: the sources a console opens by itself.
        recorded: folders of recorded runs, for references by run number.
        run_types: the producer's word -> collisions, cosmics or heavy-ions.
        conditions: where the conditions stand.
        beam_modes: names of the beam modes by number, from 1.
        database, elog: URLs, for later work.
        permissions: role -> account names, for later work.
    """

    experiment: str
    sources: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    run_types: dict[str, str] = {}
    conditions: ConditionPaths = ConditionPaths()
    beam_modes: tuple[str, ...] = ()
    database: str = ""
    elog: str = ""
    permissions: dict[str, tuple[str, ...]] = {}


class Site(msgspec.Struct, frozen=True):
    """Everything of a site that was healthy, and the problems of the rest.

    Attributes:
        folder: the site's folder.
        hash: short hash of every file read; frames name it.
        settings: ``site.yaml``.
        layouts: expanded: every plot is one monitor element with its needs,
            run types, reference mode and normalisation resolved; in the order
            of the file names.
        references: the rules of ``references.yaml``.
        known: the known problems of ``known.yaml``.
        problems: what was wrong, with its place.
    """

    folder: str
    hash: str
    settings: SiteSettings
    layouts: tuple[Layout, ...]
    references: tuple[ReferenceRule, ...] = ()
    known: tuple[KnownProblem, ...] = ()
    problems: tuple[Problem, ...] = ()
