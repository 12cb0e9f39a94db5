"""Where keys work besides the whole window: the widgets whose focus they mean."""

from __future__ import annotations

from dqmconsole.ui.command import Scope

PAGE = Scope("page", lambda parts: (parts.view.grid,))
DETAIL = Scope("detail", lambda parts: (parts.view.detail,))
PLOT = Scope("plot", lambda parts: (parts.view.grid, parts.view.detail))
START = Scope("start", lambda parts: (parts.start,))
NEWS = Scope("news", lambda parts: (parts.start.news.list,))
START_CHECKS = Scope("start checks", lambda parts: (parts.start.checks.list,))
RELEASE = Scope("release", lambda parts: (parts.release,))
LEAVING = Scope("leaving", lambda parts: (parts.leaving,))
ENTRY = Scope("entry", lambda parts: (parts.entry,))
LOGBOOK = Scope("logbook", lambda parts: (parts.logbook,))
FLAGS = Scope("flags", lambda parts: (parts.logbook.flags.table,))
RUNS = Scope("runs", lambda parts: (parts.logbook.flags.runs,))
RUNS_AND_FLAGS = Scope("runs and flags", lambda parts: (parts.logbook.flags,))
FLAG_EDITOR = Scope("flag editor", lambda parts: (parts.logbook.flags.editor,))
ENTRIES = Scope("entries", lambda parts: (parts.logbook.entries.table,))
CHECKLISTS = Scope("check-lists", lambda parts: (parts.logbook.checklists.lists,))
UNSEEN = Scope("pages not opened", lambda parts: (parts.logbook.checklists.pages,))
HAND_OVER = Scope("hand-over", lambda parts: (parts.logbook.handing,))
