"""A layout file that is being edited: its text, on the disk and as it is by now.

What is not saved is kept in a journal beside the user's data, so that it survives a
crash. The file may be changed by others meanwhile: that is seen, and nothing of either
is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.site.findings import Findings
from dqmconsole.site.merge import merged
from dqmconsole.site.yaml_text import decode, read_bytes
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

_BOM = "\ufeff"


class WorkingCopyError(Exception):
    """A file that cannot be opened or saved; says why. Nothing was changed."""


class ChangedOnDiskError(WorkingCopyError):
    """A file that others have changed since it was opened: it is not overwritten."""


class Unsaved(msgspec.Struct, frozen=True):
    """What a journal holds.

    Attributes:
        file: the file.
        base: its text when it was opened, or saved last.
        text: what has been made of it.
        at: unix time, s.
    """

    file: str
    base: str
    text: str
    at: float


class WorkingCopy:
    """A file that is being edited.

    Args:
        file: it.
        journals: folder for what is not saved; None for nowhere.
        unwritable: why it is not to be saved, in words; "" where it may be.
        begins: where there is no file it is a new one, without text as yet. So is
            one that is deleted while it is edited.

    Attributes:
        file: the file.
        text: as it is by now.
        base: as it was on the disk when it was opened, or saved last.
        recovered: unix time, s, of unsaved text that was found and is `text` now; None.
        trouble: why unsaved text is not safe, in words; "".

    Raises:
        WorkingCopyError: it cannot be read, or is no text.
    """

    def __init__(
        self,
        file: Path,
        journals: Path | None = None,
        unwritable: str = "",
        *,
        begins: bool = False,
    ) -> None:
        self.file = file
        self._begins = begins
        self._unwritable = unwritable
        self.trouble = "" if journals else "unsaved text is kept nowhere"
        self.recovered: float | None = None
        self._journal = None if journals is None else journals / _journal_name(file)
        self._bom = ""
        self._seen: tuple[int, ...] | None = None
        self._theirs: str | None = None
        self._unread = ""
        self._has_journal = False
        self.base = self.text = self._read()
        self._begins = True
        self._recover()

    @property
    def unsaved(self) -> bool:
        """Whether the text is another than the one last seen on the disk."""
        return self.text != self.base

    @property
    def is_new(self) -> bool:
        """There is no such file yet."""
        return self._begins and not os.path.lexists(self.file)

    @property
    def theirs(self) -> str | None:
        """The text that others have written meanwhile; None where nobody has."""
        return self._theirs

    @property
    def read_only(self) -> str:
        """Why the file cannot be saved, in words; "" where it can."""
        if self._unwritable:
            return self._unwritable
        target = self._target()
        folder = target.parent
        if self.is_new:
            folder = next(each for each in target.parents if each.exists())
        elif not os.access(target, os.W_OK):
            return f"{self.file} is read-only"
        if not os.access(folder, os.W_OK):
            return f"the folder of {self.file} is read-only"
        return ""

    def change(self, text: str) -> None:
        """Take another text; the journal has it at once."""
        self.text = text
        self._write_journal()

    def look(self) -> bool:
        """Look whether others changed the file; whether that is news.

        The same text once more is none. A file that cannot be read now is looked at
        again, and not saved over.
        """
        with contextlib.suppress(OSError):
            if _stamp(self.file) == self._seen and not self._unread:
                return False
        try:
            found, self._unread = self._read(), ""
        except WorkingCopyError as error:
            self._unread = str(error)
            return False
        before, self._theirs = self._theirs, None if found == self.base else found
        if self._theirs is not None and self._theirs == self.text:
            self.base, self._theirs = self.text, None  # they wrote what stands here
            self._write_journal()
            return True
        if self._theirs != before and self.unsaved:
            self._write_journal()  # they may have taken it for theirs
        return self._theirs != before

    def settle(self, how: Literal["merge", "mine", "theirs"]) -> tuple[int, ...]:
        """Do with what others wrote as is chosen; the file is not saved by it.

        Args:
            how: put both together; keep this text, to be saved over theirs; take
                theirs, and keep this one in the journal's folder.

        Returns:
            The lines in which both conflict; there marks stand in the text.
        """
        self.look()
        if self._theirs is None:
            return ()
        conflicts: tuple[int, ...] = ()
        text = self.text
        if how == "merge":
            text, conflicts = merged(self.base, self.text, self._theirs)
        elif how == "theirs":
            self._keep_aside()
            text = self._theirs
        self.base, self._theirs = self._theirs, None
        self.change(text)
        return conflicts

    def save(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            ChangedOnDiskError: others have changed it meanwhile.
            WorkingCopyError: it cannot be written.
        """
        if why := self.read_only:
            raise WorkingCopyError(why)
        self.look()
        if self._unread:
            message = f"{self._unread}: not saved over; move it away, and save again"
            raise WorkingCopyError(message)
        if self._theirs is not None:
            how = "deleted" if self.is_new else "changed"
            message = f"{self.file} was {how} by somebody else meanwhile: not saved"
            raise ChangedOnDiskError(message)
        if not self.unsaved:
            return
        target = self._target()
        try:
            if self.is_new:
                target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target, durable=True) as part:
                part.write_bytes((self._bom + self.text).encode())
                if not self.is_new:
                    shutil.copymode(target, part)
        except OSError as error:
            message = f"{self.file} cannot be saved: {error.strerror or error}"
            raise WorkingCopyError(message) from error
        self.base = self.text
        with contextlib.suppress(OSError):
            self._seen = _stamp(self.file)
        self._write_journal()

    def close(self) -> None:
        """End the editing; what is not saved stays in the journal."""
        self._write_journal()

    # -- parts -------------------------------------------------------------------

    def _target(self) -> Path:
        """The file itself, where its name is a link."""
        return self.file.resolve()

    def _read(self) -> str:
        if self.is_new:
            self._bom, self._seen = "", None
            return ""
        findings = Findings(str(self.file))
        with contextlib.suppress(OSError):
            self._seen = _stamp(self.file)
        data = read_bytes(self.file, findings)
        text = None if data is None else decode(data, findings)
        if text is None:
            raise WorkingCopyError(str(findings.problems[0]))
        self._bom = _BOM if (data or b"").startswith(_BOM.encode()) else ""
        return text

    def _recover(self) -> None:
        """Take up what was not saved before a crash."""
        if self._journal is None:
            return
        try:
            found = msgspec.json.decode(self._journal.read_bytes(), type=Unsaved)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            self.trouble = f"unsaved text in {self._journal} cannot be read: {error}"
            self._keep_broken()
            return
        if found.text == self.base:
            self._has_journal = True
            self._write_journal()
            return
        self._has_journal = True
        self.recovered = found.at
        self.text = found.text
        if found.base != self.base:  # the file was changed since
            self._theirs, self.base = self.base, found.base

    def _write_journal(self) -> None:
        if self._journal is None:
            return
        try:
            if self.unsaved:
                self._write_unsaved(self._journal)
            elif self._has_journal:  # else it is of another who edits the file
                self._journal.unlink(missing_ok=True)
            self._has_journal = self.unsaved
            self.trouble = ""
        except OSError as error:
            why = error.strerror or error
            self.trouble = f"unsaved text is not safe: {self._journal}: {why}"

    def _write_unsaved(self, path: Path) -> None:
        found = Unsaved(str(self.file), self.base, self.text, time.time())
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_bytes(msgspec.json.encode(found))

    def _keep_aside(self) -> None:
        """Keep this text under a name of its own, for others take its place."""
        if self._journal is None or not self.unsaved:
            return
        stamp = time.strftime("%Y%m%d-%H%M%S")
        with contextlib.suppress(OSError):
            self._write_unsaved(self._journal.with_suffix(f".{stamp}.kept"))

    def _keep_broken(self) -> None:
        assert self._journal is not None
        with contextlib.suppress(OSError):
            self._journal.replace(self._journal.with_suffix(".broken"))


def _journal_name(file: Path) -> str:
    where = hashlib.blake2b(str(file.resolve()).encode(), digest_size=8).hexdigest()
    return f"{file.stem}-{where}.json"


def _stamp(file: Path) -> tuple[int, ...]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
