"""A layout of 5,000 plots is opened and edited: ours, PyYAML's tree, yaml-edit's.

    python tests/benchmarks/edit_layout.py [--pages N] [--json FILE]

Times of the processor, medians in ms. "Edit" is one title, given back as a whole text.
PyYAML's is what a splice needs: its tree of the text before and after. yaml-edit is
left out where it is not installed. In "shared" all plots have the checks of the first,
by an anchor.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dqmconsole.model.edit import CopyPage, Edit, MovePlots, SetField, Target
from dqmconsole.site.layout_edits import edited
from dqmconsole.site.layout_preview import Previewer
from dqmconsole.site.layout_text import in_pieces
from dqmconsole.site.layouts import read_layout

if TYPE_CHECKING:
    from collections.abc import Callable

PLOT = """\
      - path: "Hcal/Task/p{page}/depth{plot}"
        title: "Occupancy, depth {plot}"   # since the start
        instruction: hcal/digi-occupancy
        reference: {{mode: ratio}}
        draw: {{style: map}}
        checks:{checks}
"""
CHECKS = """
          - dead_channels: {against: reference, warn_above: 0, bad_above: 0.01}
          # of single cells
          - noisy_channels: {warn_above: 0, bad_above: 2}"""


def layout(pages: int, *, shared: bool = False) -> str:
    """A layout of 20 plots a page."""
    made = ["layout: Big\ndefaults: {reference: {normalize: pileup}}\npages:\n"]
    for page in range(pages):
        made.append(f"  # page {page}\n  - page: Page {page}\n    plots:\n")
        for plot in range(20):
            checks = CHECKS
            if shared:
                checks = " &cells" + CHECKS if page == plot == 0 else " *cells"
            made.append(PLOT.format(page=page, plot=plot, checks=checks))
    return "".join(made)


def milliseconds(function: Callable[[], object], rounds: int = 5) -> float:
    """Median time of the processor."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        function()
        took.append(1e3 * (time.process_time() - began))
    return round(statistics.median(took), 2)


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=250)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    pages = arguments.pages
    text = layout(pages)
    middle = Target(pages // 2, 7)
    title = SetField((middle,), ("title",), "new")
    edits: dict[str, Edit] = {
        "edit": title,
        "edit the checks of 20 plots": SetField(
            tuple(Target(middle.page, each) for each in range(20)), ("checks",), []
        ),
        "move a plot to another page": MovePlots((middle,), 1, 3),
        "copy a page": CopyPage(middle.page, "Copy"),
    }
    rows = {"bytes": float(len(text.encode())), "open": 0.0}
    rows["open"] = milliseconds(lambda: in_pieces(text), 3)
    pieces = in_pieces(text)
    for name, edit in edits.items():

        def made(one: Edit = edit) -> str:
            return edited(pieces, one).text.text

        rows[name] = milliseconds(made)
    sharing = in_pieces(layout(pages, shared=True))
    began = time.process_time()
    edited(sharing, title)
    rows["shared: first edit"] = round(1e3 * (time.process_time() - began), 2)
    rows["shared: edit"] = milliseconds(lambda: edited(sharing, title).text.text)
    previewer = Previewer("big.yaml")

    def preview(found: object = pieces) -> None:
        for _ in previewer.read(found):  # type: ignore[arg-type]
            pass

    rows["preview: first"] = milliseconds(preview, 1)
    rows["preview: after an edit"] = milliseconds(
        lambda: preview(edited(pieces, title).text), 1
    )
    rows["read as a whole"] = milliseconds(lambda: read_layout(text.encode(), "x"), 1)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows["PyYAML: tree, twice"] = 2 * milliseconds(
        lambda: yaml.compose(text, Loader=loader), 3
    )
    try:
        document_class = importlib.import_module("yaml_edit").Document
    except ImportError:
        pass
    else:
        rows["yaml-edit: open"] = milliseconds(lambda: document_class.parse(text), 3)
        document = document_class.parse(text)

        def set_title() -> str:
            page = document["pages"].as_sequence()[middle.page].as_mapping()
            plot = page.get_sequence("plots")[middle.plot].as_mapping()
            plot["title"] = f"new {time.process_time()}"
            return str(document)

        rows["yaml-edit: edit"] = milliseconds(set_title)
    for name, value in rows.items():
        print(f"{name:32} {value:12,.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
