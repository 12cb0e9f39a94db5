"""A layout file that is being edited: its text, on the disk and as it is by now.

What is not saved is kept in a journal, so that it survives a crash. The file may be
changed by others meanwhile: that is seen, and nothing of either is lost.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Literal

from dqmconsole.site.findings import Findings
from dqmconsole.site.merge import merged
from dqmconsole.site.yaml_text import decode, read_bytes
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.site.journals import Journals, Left, Unsaved

_BOM = "\ufeff"


class WorkingCopyError(Exception):
    """A file that cannot be opened or saved; says why. Nothing was changed."""


class ChangedOnDiskError(WorkingCopyError):
    """A file that others have changed since it was opened: it is not overwritten."""


class WorkingCopy:
    """A file that is being edited.

    Args:
        file: it.
        journals: keep what is not saved; None for nowhere.
        unwritable: why it is not to be saved, in words; "" where it may be.
        begins: where there is no file it is a new one, without text as yet. So is
            one that is deleted while it is edited.

    Attributes:
        file: the file.
        text: as it is by now.
        base: as it was on the disk when it was opened, or saved last.
        recovered: unix time, s, of unsaved text that was found and is `text` now; None.
        left: further unsaved texts that editors left which ended, to be settled.
        trouble: why unsaved text is not safe, in words; "".

    Raises:
        WorkingCopyError: it cannot be read, or is no text.
    """

    def __init__(
        self,
        file: Path,
        journals: Journals | None = None,
        unwritable: str = "",
        *,
        begins: bool = False,
    ) -> None:
        self.file = file
        self._begins = begins
        self._unwritable = unwritable
        self.trouble = "" if journals else "unsaved text is kept nowhere"
        self.recovered: float | None = None
        self.left: list[Left] = []
        self._journals = journals
        self._bom = ""
        self._seen: tuple[int, ...] | None = None
        self._theirs: str | None = None
        self._unread = ""
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
        """Do with what others wrote, or left, as is chosen; nothing is saved by it.

        What stands in the file goes first.

        Args:
            how: put both together; keep this text, to be saved over theirs; take
                theirs. What is not taken of texts that stand in no file is kept in the
                folder of the journals.

        Returns:
            The lines in which both conflict; there marks stand in the text.
        """
        self.look()
        if self._theirs is None:
            return self._settle_left(how)
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

    def _settle_left(self, how: Literal["merge", "mine", "theirs"]) -> tuple[int, ...]:
        """Do so with what another editor left, one such text a time."""
        if not self.left:
            return ()
        (journal, other), *self.left = self.left
        conflicts: tuple[int, ...] = ()
        if how == "merge":
            text, conflicts = merged(other.base, self.text, other.text)
            self.change(text)
        elif how == "theirs":
            self._keep_aside()
            self._take_up(other)
            self._write_journal()
        with contextlib.suppress(OSError):
            if how == "mine":
                journal.replace(journal.with_suffix(".kept"))
            elif not self.trouble:
                journal.unlink()
        return conflicts

    def _recover(self) -> None:
        """Take up what was not saved before a crash, or by an editor that ended."""
        if self._journals is None:
            return
        found, trouble = self._journals.left(self.file)
        disk = self.base
        needless: list[Left] = []
        for each in found:
            if each.unsaved.text in (disk, self.text):  # saved, or taken up
                needless.append(each)
            elif self.recovered is None:
                self.recovered = each.unsaved.at
                self._take_up(each.unsaved)
                needless.append(each)
            else:
                self.left.append(each)
        if found:
            self._write_journal()
        for each in () if self.trouble else needless:
            self._journals.forget(each)
        self.trouble = self.trouble or trouble

    def _take_up(self, found: Unsaved) -> None:
        self.text = found.text
        if found.base != self.base:  # the file was changed since
            self._theirs, self.base = self.base, found.base

    def _write_journal(self) -> None:
        if self._journals is None:
            return
        try:
            if self.unsaved:
                self._journals.write(self.file, self.base, self.text)
            else:
                self._journals.remove(self.file)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"unsaved text is not safe: {error}"

    def _keep_aside(self) -> None:
        """Keep this text under a name of its own, for others take its place."""
        if self._journals is not None and self.unsaved:
            self._journals.set_aside(self.file, self.base, self.text)


def _stamp(file: Path) -> tuple[int, ...]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
