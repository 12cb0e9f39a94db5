"""The elements of a source that a site is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.site.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Axis, Histogram
    from dqmconsole.model.verdict import CheckResult


class Shape(NamedTuple):
    """What an element is, without its contents.

    Attributes:
        kind: its ROOT class.
        axes: of a histogram; empty for all else.
        is_profile: it is a profile.
    """

    kind: str
    axes: tuple[Axis, ...] = ()
    is_profile: bool = False

    @property
    def words(self) -> str:
        """Its binning: "82 × 72 bins", or its class."""
        if not self.axes:
            return self.kind
        return f"{' × '.join(str(axis.bins) for axis in self.axes)} bins"

    def said(self, beside: Shape) -> str:
        """Its binning, with the ranges of its axes where the numbers are the same."""
        if not self.axes or self.words != beside.words:
            return self.words
        ranges = (f"{each.low:g} to {each.high:g}" for each in self.axes)
        return f"{self.words} ({' × '.join(ranges)})"

    def same_bins(self, other: Shape, axes: slice = slice(None)) -> bool:
        """Tell whether two elements have the same bins, on all axes or some of them."""
        return len(self.axes) == len(other.axes) and all(
            axis.same_bins(opposite)
            for axis, opposite in zip(self.axes[axes], other.axes[axes], strict=True)
        )


class Content(NamedTuple):
    """What one of the sources has of an element that a plot shows.

    Attributes:
        source: the source, as the person named it.
        shape: what the element is.
        title: the producer's, "" where it has none.
        empty: nothing is filled in it, beyond the axes neither.
        element: the element, where its plot says which range is drawn.
    """

    source: str
    shape: Shape
    title: str = ""
    empty: bool = False
    element: Histogram | Graph | None = None


def in_all(names: Sequence[str]) -> str:
    """The sources of which all is said that is said: "run.root", "both sources"."""
    known = list(dict.fromkeys(names))
    words = {1: known[0], 2: "both sources"}
    return words.get(len(known), f"all {len(known)} sources")


class SourcePaths:
    """The paths of all elements of one source.

    Attributes:
        name: the source, as the person named it.
        paths: every element's path.
        run_type: the producer's word for the type of the run, or "".
        partitions: those of the detector control system; empty when not said.
        labels: path -> the labels of each axis, of the elements that were asked for.
        unreadable: path -> why nothing here can read it, of those that plots name.
        shapes: path -> what it is, of those that plots show, and their checks judge.
        contents: path -> what each of several sources has of it, of those that plots
            show.
        tested: path that the producer's own tests have results for -> all are good.
        judged: key of a plot -> for each source that was judged its name, and what
            the checks of the plot found.
        former: path -> the name it had, of those that the source has as that alone.
        references: index of a rule of ``references.yaml`` that names a file -> path ->
            what it is there, of those that plots show.
    """

    def __init__(
        self,
        name: str,
        paths: Iterable[str],
        run_type: str = "",
        partitions: Iterable[str] = (),
        labels: Mapping[str, tuple[tuple[str, ...], ...]] | None = None,
        unreadable: Mapping[str, str] | None = None,
        shapes: Mapping[str, Shape] | None = None,
        contents: Mapping[str, Sequence[Content]] | None = None,
        tested: Mapping[str, bool] | None = None,
        references: Mapping[int, Mapping[str, Shape]] | None = None,
        former: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.paths = frozenset(paths)
        self.run_type = run_type
        self.partitions = frozenset(partitions)
        self.labels = dict(labels or {})
        self.unreadable = dict(unreadable or {})
        self.shapes = dict(shapes or {})
        self.contents = dict(contents or {})
        self.tested = dict(tested or {})
        self.references = dict(references or {})
        self.former = dict(former or {})
        self.judged: dict[str, list[tuple[str, tuple[CheckResult, ...]]]] = {}
        self._called: dict[str, list[str]] = {}
        for path in self.paths:
            self._called.setdefault(path.rpartition("/")[2], []).append(path)
        # folder -> the names in it, folders and elements alike
        self._children: dict[str, set[str]] = {}
        for path in self.paths:
            at = path
            while at:
                folder, _, name = at.rpartition("/")
                names = self._children.setdefault(folder, set())
                if name in names:
                    break
                names.add(name)
                at = folder

    @property
    def subsystems(self) -> frozenset[str]:
        """The first parts of the paths."""
        return frozenset(self._children.get("", ()))

    def nearest(self, path: str) -> str | None:
        """The path most like `path`, or None if none is near.

        Goes down folder by folder, into the right one where it exists and else
        into the one most like it; looks for the bare name elsewhere after that.
        """
        at = ""
        parts = path.split("/")
        for part in parts:
            names = self._children.get(at, set())
            if part not in names:
                close = nearest(part, sorted(names))
                if close is None:
                    break
                part = close
            at = f"{at}/{part}" if at else part
        if at in self.paths:
            return at
        return nearest(path, sorted(self.called(parts[-1]))[:200])

    def called(self, name: str) -> list[str]:
        """The paths that end in a name."""
        return self._called.get(name, [])

    def beside(self, path: str) -> tuple[str, tuple[str, ...]]:
        """The deepest folder of `path` that exists, and the names in it, sorted."""
        at = path.rpartition("/")[0]
        while at and at not in self._children:
            at = at.rpartition("/")[0]
        return at, tuple(sorted(self._children.get(at, ())))
