"""``python -m dqmconsole.app.engine FD``: the engine, with the program's tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dqmconsole.app.example_changes import EXAMPLE_CHANGES
from dqmconsole.app.tables import site_tables
from dqmconsole.engine.__main__ import main
from dqmconsole.engine.changes import GENERIC

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.message import WhatIf
    from dqmconsole.model.site import Site


def what_if(request: WhatIf, site: Site, source: str, records: Path | None) -> Job:
    """As of the desk, which an engine needs for nothing else."""
    from dqmconsole.desk.what_if import what_if as judged_again

    return judged_again(request, site, source, records)


if __name__ == "__main__":
    changes = {**GENERIC, **EXAMPLE_CHANGES}
    sys.exit(main(sys.argv[1:], changes, site_tables(), what_if))
