"""The bundled site, read once for all tests of a process: nothing changes it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dqmconsole.app.tables import site_tables
from dqmconsole.site.site import bundled_site, read_site

if TYPE_CHECKING:
    from dqmconsole.model.site import Site


@functools.cache
def read_bundled() -> Site:
    """The site that comes with the program, with what features add to it."""
    return read_site(bundled_site(), site_tables())
