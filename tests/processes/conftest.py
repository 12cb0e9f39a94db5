from __future__ import annotations

from live_folder import folder, session, site

__all__ = ["folder", "session", "site"]
