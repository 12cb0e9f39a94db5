"""What can go wrong with a book; every text is a sentence for the person in front."""

from __future__ import annotations


class BookError(Exception):
    """Something is wrong with the book, or with how it was asked for."""


class BookUnreachable(BookError):
    """The book cannot be reached or written just now; another try may help.

    The server is down, the connection was lost, the disk is full or read-only.
    """


class BookLocked(BookError):
    """Somebody else holds the book's lock; another try in a moment helps."""


class BookRefused(BookError):
    """This is not allowed; the sentence says who can. Another try does not help."""


class BookSignIn(BookRefused):
    """The database wants an account and password, or others than it was given."""


class BookOtherAccount(BookRefused):
    """A record was made under another account than the one signed in."""


class BookAbsent(BookError):
    """There is no book in this database, or an older one that its owner must raise."""


class BookTooNew(BookError):
    """The book was made by a newer program."""


class BookBroken(BookError):
    """What is there is not a book, or a damaged one; it was left as it is.

    Attributes:
        path: the file of a damaged book, of which some may be read; or "".
    """

    def __init__(self, words: str, path: str = "") -> None:
        super().__init__(words)
        self.path = path


class BookReplaced(BookBroken):
    """The file of an SQLite book was taken away or replaced while it was open."""
