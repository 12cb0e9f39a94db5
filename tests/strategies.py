"""Hypothesis strategies: monitor elements of a ROOT file, and hostile Markdown."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dqmconsole.model.histogram import Array, Axis, Histogram, Scalar, read_only

DTYPES = {"C": "i1", "S": "i2", "I": "i4", "L": "i8", "F": "f4", "D": "f8"}
SUMS = {1: 4, 2: 7, 3: 11}
PLAIN_CLASSES = tuple(f"TH{n}{letter}" for n in (1, 2, 3) for letter in "CSIFD")
PROFILE_CLASSES = ("TProfile", "TProfile2D")

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_NAME_CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="/<>."
)


def texts(most: int = 300) -> st.SearchStrategy[str]:
    """Titles and labels, some longer than ROOT's short strings."""
    return st.text(_CHARACTERS, max_size=8) | st.text(_CHARACTERS, max_size=most)


def names() -> st.SearchStrategy[str]:
    """Names of elements: without slashes, angles, dots, and never empty."""
    return st.text(_NAME_CHARACTERS, min_size=1, max_size=12)


def finite() -> st.SearchStrategy[float]:
    """Finite floats without the extremes, where sums overflow."""
    return st.floats(-1e100, 1e100)


@st.composite
def axes(draw: st.DrawFn, most: int = 6) -> Axis:
    """An axis of one to `most` bins: uniform or variable, with labels or without."""
    bins = draw(st.integers(1, most))
    variable = None
    if draw(st.booleans()):
        steps = draw(st.lists(st.floats(1e-3, 1e3), min_size=bins, max_size=bins))
        start = draw(st.floats(-1e3, 1e3))
        variable = read_only(np.cumsum([start, *steps]))
        low, high = float(variable[0]), float(variable[-1])
    else:
        low = draw(st.floats(-1e6, 1e6))
        high = low + draw(st.floats(1e-3, 1e6))
    labels: tuple[str, ...] = ()
    if draw(st.booleans()):
        labels = tuple(draw(st.lists(texts(), min_size=bins, max_size=bins)))
        labels = labels if any(labels) else ()
    return Axis(bins, low, high, variable, draw(texts()), labels)


def cells(
    code: str, shape: tuple[int, ...], *, odd: bool = True, low: float = -1e6
) -> st.SearchStrategy[Array]:
    """An array of cells as the reader gives it: x fastest in memory, read-only.

    Without `odd`, floats lie between `low` and a million.
    """
    dtype = np.dtype(code)
    elements = None if odd or dtype.kind == "i" else st.floats(low, 1e6, width=32)
    drawn = npst.arrays(dtype, shape, elements=elements)
    return drawn.map(lambda array: read_only(np.asfortranarray(array)))


@st.composite
def histograms(
    draw: st.DrawFn,
    *,
    classes: tuple[str, ...] = PLAIN_CLASSES + PROFILE_CLASSES,
    odd: bool = True,
) -> Histogram:
    """A histogram of any of `classes`; with `odd` also NaN, inf and the extremes."""
    root_class = draw(st.sampled_from(classes))
    profile = root_class.startswith("TProfile")
    if profile:
        dimension, code = (2 if root_class.endswith("2D") else 1), "f8"
    else:
        dimension, code = int(root_class[2]), DTYPES[root_class[3]]
    held = tuple(draw(axes(6 if dimension == 1 else 3)) for _ in range(dimension))
    shape = tuple(axis.bins + 2 for axis in held)
    bin_entries = bin_sumw2 = None
    mode = ""
    sumw2 = None
    if profile:
        sumw2 = draw(cells("f8", shape, odd=odd, low=0.0))
        # sums of weights and of their squares: those of a filled bin are not zero
        bin_entries = draw(cells("f8", shape, odd=odd, low=2**-10))
        if draw(st.booleans()):
            bin_sumw2 = draw(cells("f8", shape, odd=odd, low=2**-10))
        elif not odd:
            empty = draw(npst.arrays("?", shape))
            bin_entries = read_only(
                np.asfortranarray(np.where(empty, 0.0, bin_entries))
            )
        mode = draw(st.sampled_from(["", "s", "i", "g"]))
    elif draw(st.booleans()):
        sumw2 = draw(cells("f8", shape, odd=odd, low=0.0))
    count = SUMS[dimension] + (2 if profile else 0)
    return Histogram(
        name=draw(names()),
        title=draw(texts()),
        root_class=root_class,
        axes=held,
        contents=draw(cells(code, shape, odd=odd)),
        sumw2=sumw2,
        bin_entries=bin_entries,
        bin_sumw2=bin_sumw2,
        error_mode=mode,
        entries=draw(finite()),
        sums=tuple(draw(st.lists(finite(), min_size=count, max_size=count))),
        efficiency=draw(st.booleans()),
        y_title=draw(texts()) if dimension < 3 else "",
    )


def scalars() -> st.SearchStrategy[Scalar]:
    """A scalar: an integer of 64 bits, any float, or a text."""
    values = st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | texts()
    return st.builds(Scalar, names(), values)


# -- Markdown that means harm ------------------------------------------------------

_TARGETS = st.sampled_from(
    [
        "data:image/png;base64,A", "data:image/png;base64,%00", "data:text/html,<b>",
        "file:///etc/passwd", "/etc/passwd", "../../etc/passwd", "/dev/zero",
        "{pipe}", "<{pipe}>", "file://{pipe}", "picture:abc", "picture:{pipe}",
        "javascript:alert(1)", "JaVaScRiPt:x", "http://e.org/a.png", "qrc:/x.png",
        "//e.org/share", "page:A/B", "link:0", "http://[", "https://\u202e", "x y",
    ]
)  # fmt: skip
_PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "word", "\n", "\n\n", "    ", "\t", "\\", "  \n", "<b>",
            "<img src=/dev/zero>", "<!--", "&#0;", "&#xfffc;", "\0", "\ufffc", "\ufdd0",
            "\ufdd1", "\u2029", "\ud800", "\r", "\x1b[31m", "- ", "1. ",
            "999999999. ", "> ", "# ", "```", "~~~ x\n", "|a|b|\n|-|:-:|\n|c|",
            "---", "===", "[a]: /etc/passwd 't'\n",
            "![a]", "[a]", "*", "**", "_", "~~", "`", "[", "](", "![", "]", ")",
            "<", ">",
        ]
    ),
    _TARGETS.map("![x]({})".format),
    _TARGETS.map("[x]({} 'title')".format),
    _TARGETS.map("<{}>".format),
    _TARGETS.map("[![x]({0})]({0})".format),
    _TARGETS.map("<img src='{}'>".format),
)  # fmt: skip


def hostile_markdown(pipe: str = "/tmp/pipe") -> st.SearchStrategy[str]:
    """Text that may hold what a renderer could load, run or stumble over.

    Args:
        pipe: a path whose opening would wait for ever.
    """
    once = st.lists(_PIECES, max_size=12).map("".join)
    many = st.tuples(_PIECES, st.sampled_from([30, 3000])).map(lambda it: it[0] * it[1])
    return st.one_of(once, many, st.tuples(many, once).map("".join)).map(
        lambda text: text.replace("{pipe}", pipe)
    )
