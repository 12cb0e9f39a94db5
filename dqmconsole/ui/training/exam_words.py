"""Words of exam, practice and results; no Qt here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dqmconsole.model.lesson import onset, split_cause
from dqmconsole.training.exam import Exam
from dqmconsole.training.scenario import Scenario
from dqmconsole.training.score import (
    KNOWN_RELIABILITY,
    MOST_SPENT,
    Z95,
    count_words,
    needed_items,
    reliability,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.lesson import CauseWords, ExamSettings
    from dqmconsole.model.training import Mark
    from dqmconsole.shift.feed import EngineState
    from dqmconsole.training.aggregate import Aggregate
    from dqmconsole.training.practice import Practice
    from dqmconsole.training.score import ItemScore, Rate, Sensitivity


ALL_COUNT = (
    "Sittings add up, and every one counts, also one that went badly or was left."
)


def item_words(exam: Exam) -> str:
    """Say which item it is."""
    return f"Item {exam.number} of {exam.of}"


def seconds_words(exam: Exam) -> str:
    """Say how many seconds are left for the item."""
    return f"{math.ceil(exam.left)} s"


def preparing_words(exam: Exam, engine: EngineState) -> str:
    """Say why nothing is shown: the next item is prepared, or the exam waits."""
    if exam.state == "paused":
        return f"The exam waits. {sentence(exam.said)} Return tries again, Esc leaves."
    if exam.held:
        return "The exam waits."
    if exam.said:
        return f"The exam waits. {sentence(exam.said)} Esc leaves."
    words = f"Item {exam.number} of {exam.of} is being prepared …"
    if engine.state in ("silent", "restarting", "ended"):
        words += f"\n{sentence(engine.sentence)}"
    return words


def left_words(seconds: float) -> str:
    """Say how long a scenario or practice still lasts."""
    if seconds >= 90:
        return f"{math.ceil(seconds / 60)} min left"
    return f"{math.ceil(max(seconds, 0.0))} s left"


def sentence(words: str) -> str:
    """Write words as a sentence; nothing for none."""
    words = words.strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def percent(share: float) -> str:
    """Write a share: "60 %"."""
    return f"{share * 100:.0f}\u00a0%"


def rate_words(rate: Rate) -> str:
    """Write a rate with its interval."""
    if rate.value is None:
        return "none were shown"
    return (
        f"{rate.count} of {rate.of}, {percent(rate.value)} "
        f"({percent(rate.low)} to {percent(rate.high)})"
    )


def lost_words(score: ItemScore) -> tuple[str, ...]:
    """Say which items were not answered, and which do not count."""
    found = []
    if score.timed_out:
        found.append(
            f"{score.timed_out} not answered in time: each counts as nothing to report."
        )
    if score.spent:
        found.append(
            f"{score.spent} shown and not finished (a crash, or the exam was left): "
            "others took their place, and they do not count."
        )
    return tuple(found)


def sittings_words(every: Aggregate) -> str:
    """Say of how many sittings something is."""
    if every.sittings == 1:
        return "one sitting"
    return f"{count_words(every.sittings)} sittings together"


def items_facts(settings: ExamSettings) -> tuple[str, ...]:
    """What one must know of the first part before it begins."""
    longest = math.ceil(settings.items * settings.seconds / 60)
    return (
        f"{settings.items} pages, one after the other, at most "
        f"{settings.seconds:.0f} s each: {longest} minutes at the most.",
        "Each page is shown alone, as it was at one moment of a simulated run, or of "
        "one that was kept. What the console says of it is hidden; references and "
        "known problems stay.",
        f"In {percent(settings.good)} of the pages nothing is wrong, in half of these "
        "something harmless goes on. In the others there is a fault.",
        "Select the plot and press B when something is wrong, G when there is nothing "
        "to report. No answer in time counts as nothing to report.",
        "Nothing is hinted, and nothing is said of an answer before the end.",
        "It can be left at any time and resumed later, also after a crash. The page in "
        "view is spent then; another one of its kind takes its place. Who leaves more "
        f"than {percent(MOST_SPENT)} of the pages so neither passes nor fails.",
    )


def items_claim(settings: ExamSettings) -> str:
    """What it takes to pass, and how many items a claim needs."""
    faults = settings.faults
    sittings = math.ceil(settings.least_faults / faults)
    takes = "one sitting" if sittings == 1 else f"{count_words(sittings)} sittings"
    return (
        f"Passed with at least {percent(settings.hit_rate)} of the faults found and "
        f"at most {percent(settings.false_alarms)} false alarms, each by the worse "
        f"end of its interval of 95\u00a0%. On fewer than {settings.least_faults} "
        f"faults nobody passes or fails: that takes {takes} with {faults} faults each. "
        f"{ALL_COUNT} About {needed_items()} faults are needed for a reliability of "
        f"{KNOWN_RELIABILITY}; one sitting alone would give {reliability(faults):.2f}."
    )


def scenario_facts(settings: ExamSettings) -> tuple[str, ...]:
    """What one must know of the second part before it begins."""
    return (
        f"{settings.scenario_minutes:.0f} minutes of a simulated shift with few "
        "faults. Verdicts are shown, and everything works as in a shift.",
        "Say what is wrong with V; call, flag and write as the instructions say. "
        "Harmless events want no call.",
        "Scored: cause, urgency, call, flag, entry, and the time it took. With so few "
        "faults the points tell where you stand: nobody passes or fails on them.",
        "Nothing is hinted. It can be left and resumed with the time that is left.",
    )


def practice_facts() -> tuple[str, ...]:
    """What one must know of practice before it begins."""
    return (
        "Faults and harmless events come unannounced, as in a shift.",
        "Say what is wrong with V. You are told at once whether it was right, where it "
        "was to be seen, and what the instruction says.",
        "Nothing of it counts in the exam, and nothing reaches the elog.",
    )


def points_words(marks: Sequence[Mark]) -> str:
    """Sum marks up."""
    got = sum(mark.points for mark in marks)
    of = sum(mark.of for mark in marks)
    return f"{number(got)} of {number(of)} points"


def number(value: float) -> str:
    """Write points: "3", "2.5"."""
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")


def d_prime_words(found: Sensitivity | None) -> str:
    """Write the sensitivity with its interval."""
    if found is None:
        return "needs both faults and good pages"
    low, high = found.interval
    return f"{signed(found.d_prime)} ({signed(low)} to {signed(high)})"


def criterion_words(found: Sensitivity | None) -> str:
    """Write the criterion with its interval."""
    if found is None:
        return "needs both faults and good pages"
    width = Z95 * found.criterion_error
    ends = (signed(found.criterion - width), signed(found.criterion + width))
    return f"{signed(found.criterion)} ({ends[0]} to {ends[1]})"


def signed(value: float) -> str:
    """Write a number with a true minus: "1.93", "−0.20"."""
    rounded = round(value, 2) + 0.0  # no minus before a zero
    return f"{rounded:.2f}".replace("-", "−")


def mark_cause(cause: str, causes: Sequence[CauseWords]) -> str:
    """Write a cause of a plan: "High-voltage trip (Hcal), from LS 6"."""
    if not cause:
        return "Besides"
    name, where = split_cause(cause)
    known = {each.name: each.description for each in causes}
    words = known.get(name, name.replace("-", " "))
    words = f"{words[:1].upper()}{words[1:]}".rstrip(".")
    if where:
        words += f" ({where})"
    return f"{words}, from LS {onset(cause)}" if "@" in cause else words


def band_words(going: Exam | Scenario | Practice | None) -> tuple[str, str]:
    """Words of the band over everything: what goes on, and how to leave it."""
    if going is None:
        return "", ""
    if isinstance(going, Exam):
        return "Exam, first part: items   nothing here is live", "Esc leave"
    real = "simulated run, nothing here is real"
    if isinstance(going, Scenario):
        return f"Exam, second part: scenario   {real}", "Shift+Esc leave or end"
    return f"Practice   {real}", "Shift+Esc end"


def leave_words(going: Exam | Scenario | Practice) -> tuple[str, str]:
    """Ask whether to leave, and say what that means."""
    if isinstance(going, Exam):
        return (
            "Leave the exam?",
            "What you answered is kept, and the exam can be resumed. The page in view "
            "is spent: another one takes its place. Its time goes on while you decide.",
        )
    if isinstance(going, Scenario):
        return (
            "Leave the scenario?",
            "Leave: it can be resumed with the time that is left. End it now: it is "
            "scored as it stands.",
        )
    return (
        "End the practice?",
        "It is scored as it stands; it cannot be taken up again.",
    )
