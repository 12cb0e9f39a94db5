"""JSON of QCG, in and out, and what a THttpServer says of its pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dqmconsole.desk.foreign_json import qcg_json, read_jsroot, read_qcg
from dqmconsole.model.layout import AxisDraw, Draw, Layout, Page, Plot
from dqmconsole.site.foreign import Losses, Sheets


def qcg(given: object) -> Sheets:
    return read_qcg(json.dumps(given).encode(), Losses("layout.json"))


def jsroot(given: object) -> Sheets:
    return read_jsroot(json.dumps(given).encode(), Losses("h.json"))


LAYOUT = {
    "id": "671b8c22402408122e2f20dd",
    "name": "TPC",
    "owner_id": 0,
    "owner_name": "Anonymous",
    "description": "clusters",
    "displayTimestamp": False,
    "autoTabChange": 0,
    "collaborators": [],
    "isOfficial": True,
    "tabs": [
        {
            "id": "1",
            "name": "main",
            "columns": 2,
            "objects": [
                {"id": "b", "name": "qc/TPC/MO/b", "x": 0, "y": 1, "w": 2, "h": 1},
                {
                    "id": "a",
                    "name": "qc/TPC/MO/a",
                    "x": 0,
                    "y": 0,
                    "w": 1,
                    "h": 1,
                    "options": ["colz", "logz", "gridx"],
                    "autoSize": False,
                },
                {"id": "c", "name": "", "x": 1, "y": 0, "w": 1, "h": 1},
            ],
        }
    ],
}


def test_tabs_of_qcg() -> None:
    found = qcg(LAYOUT)
    (sheet,) = found.sheets
    assert (sheet.name, sheet.columns) == ("TPC\nmain", 2)
    assert [(each.path, each.span) for each in sheet.cells] == [
        ("qc/TPC/MO/a", (1, 1)),
        ("qc/TPC/MO/b", (2, 1)),
    ]
    assert sheet.cells[0].draw == {"drawopts": "colz logz gridx"}
    assert [each.kind for each in found.losses] == ["cell"]


def test_out_and_in_again() -> None:
    plots = (
        Plot(path="A/map", span=(2, 1), draw=Draw(style="map", z=AxisDraw("log"))),
        Plot(path="A/tall", span=(1, 2), title="Tall"),
        *(Plot(path=f"A/{number}") for number in range(40)),
    )
    layout = Layout(layout="Hcal", pages=(Page(page="Digis", plots=plots, columns=6),))
    data, lost = qcg_json([layout])
    given = json.loads(data)
    assert [tab["name"] for tab in given["tabs"]] == ["Digis", "Digis (2)"]
    assert [tab["columns"] for tab in given["tabs"]] == [5, 5]
    assert len(given["tabs"][0]["objects"]) == 30
    assert given["tabs"][0]["objects"][0]["options"] == ["colz", "logz"]
    places = [
        (each["x"] + i, each["y"] + j)
        for each in given["tabs"][0]["objects"]
        for i in range(each["w"])
        for j in range(each["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 5
    assert lost == [
        "Hcal/Digis: 6 columns become 5",
        "Hcal/Digis: 42 plots stand in several tabs",
        "Hcal: titles and descriptions of 1 plot",
    ]
    again = read_qcg(data, Losses("x.json"))
    assert again.losses == ()
    assert [cell.path for sheet in again.sheets for cell in sheet.cells] == [
        plot.path for plot in plots
    ]
    assert qcg_json([layout])[0] == data


def server(**hints: object) -> dict[str, Any]:
    histograms = [
        {"_name": name, "_kind": f"ROOT.{kind}"}
        for name, kind in (("a", "TH1F"), ("b", "TH2D"), ("c", "TGraph"), ("n", "Text"))
    ]
    return {
        "_name": "demo",
        "_childs": [
            {"_name": "Objects", "_childs": [{"_name": "run", "_childs": histograms}]},
            {"_name": "Files", "_more": True},
        ],
        **hints,
    }


@pytest.mark.parametrize(
    ("layout", "rows", "columns"),
    [
        ("grid2x2", [3], 2),
        ("gridi3x1", [3], 3),
        ("vert21", [2, 1], 0),
        ("vert3", [1, 1, 1], 0),
        ("horiz3", [3], 3),
        ("simple", [3], 1),
        ("tabs", [3], 3),
        ("", [3], 3),
    ],
)
def test_the_page_that_a_server_proposes(
    layout: str, rows: list[int], columns: int
) -> None:
    hints = {
        "_toptitle": "Our DAQ",
        "_layout": layout,
        "_drawitem": "[run/a,run/b,run/x]",
        "_drawopt": "[hist,colz]",
    }
    found = jsroot(server(**hints))
    (sheet,) = found.sheets
    assert sheet.name == "Our DAQ\nOur DAQ"
    assert ([len(row) for row in sheet.rows], sheet.columns) == (rows, columns)
    assert [(each.path, each.draw.get("drawopts")) for each in sheet.cells] == [
        ("Objects/run/a", "hist"),
        ("Objects/run/b", "colz"),
        ("run/x", None),
    ]
    assert 'the server has no "run/x"' in [each.message for each in found.losses]


def test_without_a_proposal_each_folder_is_a_page() -> None:
    found = jsroot(server())
    (sheet,) = found.sheets
    assert sheet.name == "demo\nObjects/run"
    assert [each.path for each in sheet.cells] == [
        "Objects/run/a",
        "Objects/run/b",
        "Objects/run/c",
    ]
    assert [each.kind for each in found.losses] == ["folder", "no _drawitem"]


@pytest.mark.parametrize("read", [read_qcg, read_jsroot])
@pytest.mark.parametrize(
    "data",
    [b"{", b"\xff\xfe", b"null", b"[" * 100_000, b"7", b'"x"',
     b'{"tabs": 7, "_childs": 7}', b'{"tabs": [{"objects": 3}], "_childs": 3}',
     b'{"a": 1e999, "_childs": {}}'],
)  # fmt: skip
def test_what_is_none_is_said(read: Any, data: bytes) -> None:  # noqa: ANN401 - of two
    found = read(data, Losses("x.json"))
    assert found.sheets == ()
    assert [each.failed for each in found.losses] == [True]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["_childs", "_name", "_kind", "_drawitem", "_drawopt", "_more",
                         "_layout", "tabs", "objects", "name", "x", "w", "columns"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=30)
@example({"_drawitem": "\ud7fc"})
@example({"_drawitem": ["/", "a", " / "]})
@given(_JSON)
def test_no_json_raises(given: object) -> None:
    for found in (qcg(given), jsroot(given)):
        for sheet in found.sheets:
            assert all(cell.path for cell in sheet.cells)
