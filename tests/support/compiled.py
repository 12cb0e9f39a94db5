"""Hundreds of processes begin in the tests: what one compiles is kept for the others.

Imported before anything large, also where Python is told to keep nothing.
"""

from __future__ import annotations

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
