"""Two themes of the zoo: texts of every form, and the tree of a CMS DQM file."""

from __future__ import annotations

from typing import Any, TypeAlias

# ROOT has no types that Python could check.
RootObject: TypeAlias = Any

NASTY = (
    "a: b: c",
    "ends in </x>",
    "quotes \" and ' and \\",
    "a/b;1 <b>bold</b>",
    "Überschuß 10 µm ✓",
    "",
    "two\nlines\tand a tab",
    "x" * 400,
)


def uniform(
    ROOT: RootObject, histogram: RootObject, fills: int = 200, *, weight: float = 0
) -> RootObject:
    """Fill over the range and beyond, some with a weight of either sign."""
    random = ROOT.gRandom
    dimension = histogram.GetDimension()
    if histogram.InheritsFrom("TProfile") or histogram.InheritsFrom("TProfile2D"):
        dimension += 1
    for _ in range(fills):
        point = [random.Uniform(-0.2, 1.2) for _ in range(dimension)]
        if weight:
            point.append(random.Uniform(-0.3, 1.0) * weight)
        histogram.Fill(*point)
    return histogram


def scalars(ROOT: RootObject, file: RootObject) -> None:
    home = file.mkdir("info")
    texts = [
        "<iRun>i=355555</iRun>",
        "<minus>i=-9223372036854775808</minus>",
        "<not a number>i=many</not a number>",
        "<tenth>f=0.10000000000000001</tenth>",
        "<inf>f=-inf</inf>",
        "<efficient>e=1</efficient>",
        "<efficient.X>qr=st:100:1:Chi2:fine</efficient.X>",
        "free text",
        "<unclosed>i=1",
        "<a>i=1</b>",
        "<>i=1</>",
    ]
    texts += [f"<text{n}>s={words}</text{n}>" for n, words in enumerate(NASTY)]
    for number, words in enumerate(NASTY):
        name = f"plot.test{number}"
        code = (100, 200, 300, 70)[number % 4]
        texts.append(f"<{name}>qr=st:{code}:{number / 7:.17g}:Algo:{words}</{name}>")
    for text in texts:
        home.WriteTObject(ROOT.TObjString(text), text)
    home.WriteTObject(ROOT.TH1F("efficient", "", 2, 0, 1))
    home.WriteTObject(ROOT.TH1F("plot", "", 2, 0, 1))


def dqm(ROOT: RootObject, file: RootObject) -> None:
    run = file.mkdir("DQMData").mkdir("Run 355555")
    for subsystem in ("Hcal", "Ecal"):
        home = run.mkdir(subsystem).mkdir("Run summary")
        info = home.mkdir("EventInfo")
        for text in (
            "<iRun>i=355555</iRun>",
            "<iLumiSection>i=37</iLumiSection>",
            "<processedEvents>i=12345</processedEvents>",
            "<reportSummary>f=0.98765432100000003</reportSummary>",
            f"<workingDir>s=/home/{subsystem}</workingDir>",
        ):
            info.WriteTObject(ROOT.TObjString(text), text)
        summary = ROOT.TH2F("reportSummaryMap", "", 3, 0, 1, 2, 0, 1)
        info.WriteTObject(uniform(ROOT, summary))
        task = home.mkdir("DigiTask").mkdir("Occupancy")
        task.WriteTObject(uniform(ROOT, ROOT.TH2F("depth1", "", 8, 0, 1, 8, 0, 1)))
        task.WriteTObject(uniform(ROOT, ROOT.TH1F("rate", "", 10, 0, 1)))
        task.WriteTObject(uniform(ROOT, ROOT.TProfile("timing", "", 10, 0, 1, "s")))
        for text in (
            "<rate>e=1</rate>",
            "<rate.Range>qr=st:300:0.25:ContentsXRange:3 of 4: too low</rate.Range>",
        ):
            task.WriteTObject(ROOT.TObjString(text), text)
