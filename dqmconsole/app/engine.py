"""``python -m dqmconsole.app.engine FD``: the engine, with the program's tables."""

from __future__ import annotations

import sys

from dqmconsole.app.example_changes import EXAMPLE_CHANGES
from dqmconsole.app.tables import site_tables
from dqmconsole.engine.__main__ import main
from dqmconsole.engine.changes import GENERIC

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], {**GENERIC, **EXAMPLE_CHANGES}, site_tables()))
