"""``python -m dqmconsole.app.study_worker FD``: judges pieces of a study."""

from __future__ import annotations

import sys

from dqmconsole.app.commands.study import pieces_of
from dqmconsole.desk.study_jobs import work
from dqmconsole.heap import bound_heap

if __name__ == "__main__":
    bound_heap()
    work(int(sys.argv[1]), pieces_of)
