from __future__ import annotations

from live_folder import client, folder, site

__all__ = ["client", "folder", "site"]
