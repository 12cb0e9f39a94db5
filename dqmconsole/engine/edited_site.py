"""What the rules of a site say of it as it is edited: as ``validate`` says it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.site.layouts import LayoutRead, read_layout
from dqmconsole.site.rules.ignores import silence
from dqmconsole.site.rules.table import REVIEW, RULES, SOURCE, problems_of
from dqmconsole.site.site import Drafts, read_site_to_check

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.decoder import SiteWords
    from dqmconsole.site.kinds import SiteTables


class EditedSite:
    """A site of which some files are being edited.

    Args:
        home: folder of the site's working copy.
        tables: what features add to a site.
    """

    def __init__(self, home: Path, tables: SiteTables) -> None:
        self._home = home
        self._tables = tables
        self._rules = {each.code: each for each in RULES} | {
            each.code: each for _, added in tables.review for each in added
        }
        of_sources = {each.code for _, of_source in SOURCE for each in of_source}
        self._looked_for = self._rules.keys() - of_sources
        self._read: dict[tuple[bytes, str, SiteWords, str], LayoutRead] = {}

    def problems(
        self, layouts: Mapping[str, LayoutRead], texts: Mapping[str, bytes]
    ) -> Generator[None, None, tuple[Problem, ...]]:
        """All that is wrong with the site, rule by rule.

        Args:
            layouts: what the layouts that are edited say, by their names in the site.
            texts: all that is edited, likewise.
        """
        kept: dict[tuple[bytes, str, SiteWords, str], LayoutRead] = {}

        def read(
            data: bytes, file: str, words: SiteWords, beam_mode: str
        ) -> LayoutRead:
            if file in layouts:
                return layouts[file]
            key = (data, file, words, beam_mode)
            kept[key] = self._read.get(key) or read_layout(*key)
            return kept[key]

        today = datetime.datetime.now(datetime.UTC).date()
        drafts = Drafts(texts, read)
        context = read_site_to_check(self._home, today, self._tables, drafts)
        self._read = kept
        yield
        found = list(context.site.problems)
        for row in (*REVIEW, *self._tables.review):
            found += problems_of((row,), context)
            yield
        rules, sought = self._rules, self._looked_for
        return tuple(silence(self._home, found, rules, sought, texts).problems)
