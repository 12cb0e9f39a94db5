"""The rules of a site: code, severity, explanation, and the function that checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dqmconsole.model.problem import Problem
from dqmconsole.site.findings import Place
from dqmconsole.site.rules import alarms as alarm_checks
from dqmconsole.site.rules import checks as plot_checks
from dqmconsole.site.rules import contacts as contact_checks
from dqmconsole.site.rules import contents as content_checks
from dqmconsole.site.rules import instructions as instruction_checks
from dqmconsole.site.rules import judged as judged_checks
from dqmconsole.site.rules import layouts as layout_checks
from dqmconsole.site.rules import notes as note_checks
from dqmconsole.site.rules import pages as page_checks
from dqmconsole.site.rules import source as source_checks
from dqmconsole.site.rules import versions as version_checks
from dqmconsole.site.rules.context import SiteReading, Violation
from dqmconsole.site.rules.names import check_names
from dqmconsole.site.rules.reading import READING, Rule, Severity

if TYPE_CHECKING:
    from dqmconsole.site.rules.source_paths import SourcePaths

Check = Callable[[SiteReading], Iterator[Violation]]
Row = tuple[Check, tuple[Rule, ...]]
SourceCheck = Callable[[SiteReading, "SourcePaths"], Iterator[Violation]]

NAMES: tuple[Row, ...] = (
    (check_names, (
        Rule("unknown-layout", "error",
             "A layout is named that the site does not have. Example: applies_to: "
             "{layout: HCAL} for layout: Hcal."),
        Rule("fed-twice", "advice",
             "Two sources are to feed one subsystem; the main one, or else the first, "
             "does. Example: layouts: [Calib] of a stream, where Calib shows Hcal/a "
             "and a layout of the main source shows Hcal/b."),
        Rule("unknown-page", "error",
             "A page is named that the site does not have. Example: "
             "<page:Hcal/Digi ocupancy> for <page:Hcal/Digi occupancy>."),
        Rule("unknown-plot", "error",
             "A link leads to a plot that the site does not have. Example: "
             "<plot:Hcal/Ocupancy>."),
        Rule("unknown-instruction", "error",
             "An instruction is named for which there is no file. Example: "
             "instruction: hcal/ocupancy for hcal/occupancy."),
        Rule("unknown-heading", "error",
             "A link leads to a heading that the text does not have. Example: "
             "<instruction:hcal/timing#judge> for #how-to-judge."),
        Rule("instruction-not-for-plot", "error",
             "A plot names an instruction whose applies_to leaves the plot out. "
             "Example: plots: [\"Hcal/Digi*\"] for a plot Hcal/Timing."),
        Rule("unknown-role", "error",
             "A role is named that contacts.yaml does not have. Example: owner: "
             "hcal-dmq for owner: hcal-dqm."),
    )),
    (alarm_checks.check_alarms, (
        Rule("alarm-without-instruction", "error",
             "A plot is to be heard and nothing says what to do then. Example: "
             "instruction: hcal/occupancy beside alarm: now; or alarm: none."),
        Rule("alarm-without-contact", "error",
             "A plot is to be heard and there is nobody to call. Example: name a role "
             "of contacts.yaml under Whom to call of its instruction, or as owner: of "
             "the layout; give that role a phone:, or a role to call next (then:)."),
        Rule("alarm-without-consequence", "error",
             "A plot is to be heard and nothing says why somebody has to act. Example: "
             'consequence: "Jets and missing energy of this run are lost."'),
        Rule("alarm-unlike-call", "advice",
             "A step of a plot's instruction calls sooner than its alarm, or none as "
             "soon: alarm: now is call now, dump is call at the beam dump, next-day "
             "call in working hours or later. A step for some causes may call as soon "
             "as the most urgent of the layout's plots with a step for them. Example: "
             "alarm: dump beside call hcal-dqm: call now; call at the beam dump."),
        Rule("alarm-never-heard", "advice",
             "A plot is to be heard and no check that its owner adopted finds it BAD. "
             "Example: alarm: dump where checks: is left out: write checks: defaults, "
             "or name checks that have a limit bad_…; or alarm: none."),
    )),
    (alarm_checks.check_feeds, (
        Rule("feeds-nothing", "error",
             "A plot feeds what is no layout and no plot of the site. Example: feeds: "
             "[{to: [HCAL]}] for [{to: [Hcal]}], or [{to: [\"Hcal/DigiTask/*\"]}]."),
        Rule("feeds-itself", "error",
             "A plot is among those that it feeds. Example: L1T/Rates/l1Rate with "
             "feeds: [{to: [L1T]}] for [{to: [\"L1T/Muons/*\"]}]."),
        Rule("ring-of-feeds", "error",
             "Plots feed each other in a ring, so that none is the cause. Example: "
             "FED/Entries feeds Hcal, and Hcal/Status feeds FED; delete one."),
    )),
)  # fmt: skip
"""What parts of a site name, and alarms need: compared whenever a site is read."""

REVIEW: tuple[Row, ...] = (
    (layout_checks.check_recorded, (
        Rule("recorded-folder", "advice",
             "A folder of recorded runs is not there, on this machine at least. "
             "Example: recorded: [/archive/dqm] where /archive is not mounted."),
    )),
    (layout_checks.check_retiring, (
        Rule("layout-retired", "advice",
             "The last day of a layout is over. Example: retiring: 2026-11-01 beside "
             "its successor; delete the file, or move the day."),
    )),
    (layout_checks.check_components, (
        Rule("empty-component", "advice",
             "A component covers no layout, so nothing will flag it. Example: "
             "components: {Hcal: []}."),
        Rule("layout-in-two-components", "advice",
             "A layout stands in two components, so its plots count in both flags. "
             "Example: components: {Hcal: [Hcal], Calo: [Hcal, Ecal]}."),
    )),
    (layout_checks.check_progress, (
        Rule("no-progress", "advice",
             "The site does not say where clients write how far they have come: frozen "
             "content is not noticed. Example: no events: \"{subsystem}/Info/events\" "
             "among the conditions."),
    )),
    (layout_checks.check_exposures, (
        Rule("no-exposure", "advice",
             "A plot is normalised by what site.yaml names no path of, so that its "
             "reference is scaled by area. Example: normalize: pileup without "
             "conditions: {pileup: Beam/PileUp}."),
    )),
    (layout_checks.check_beam_modes, (
        Rule("no-beam-modes", "error",
             "Beam modes are named and site.yaml lists none, so that a mistyped one "
             "would not be seen. Example: beam_modes: [stable beams, setup]."),
    )),
    (layout_checks.check_reference_files, (
        Rule("reference-file", "error",
             "A reference file is not there, not in the site, or not whole. Example: "
             "file: references/god.root for references/good.root."),
    )),
    (layout_checks.check_reference_dates, (
        Rule("reference-to-come", "advice",
             "A reference was chosen on a day that is yet to come. Example: "
             "chosen_on: 2062-05-01 for 2026-05-01."),
        Rule("old-reference", "advice",
             "A reference was chosen more than a year ago. Example: look whether it "
             "is still right, and write today's date under chosen_on."),
    )),
    (layout_checks.check_types_listed, (
        Rule("no-run-types", "advice",
             "Run types are named and site.yaml lists none, so that a mistyped one "
             "would not be seen. Example: run_types: [physics, calibration]."),
    )),
    (layout_checks.check_reference_run_type, (
        Rule("references-without-run-type", "advice",
             "A rule of references names a run_type, and site.yaml does not say where "
             "a run's type stands, so that it never holds. Example: conditions: "
             "{run_type: Info/RunType} and run_types: [physics, calibration]; or no "
             "run_type, for all runs."),
    )),
    (layout_checks.check_reference_targets, (
        Rule("reference-for-nothing", "advice",
             "A rule of references holds for no plot of the site. Example: "
             "subsystem: HCAL for subsystem: Hcal."),
    )),
    (plot_checks.check_references_of_checks, (
        Rule("check-without-reference", "advice",
             "A check compares with a reference, and no rule of references is for its "
             "plot. Example: chi2 on a plot of Hcal where references.yaml has rules "
             "for Ecal alone; add a rule, or against: another element."),
    )),
    (plot_checks.check_conditions_of_limits, (
        Rule("unread-limit", "error",
             "A limit depends on a condition that site.yaml does not say where to "
             "read, so that the widest always holds. Example: bad_above: {pileup: "
             "{20: 0.1, 60: 0.3}} without conditions: {pileup: Beam/PileUp}."),
    )),
    (layout_checks.check_reference_conditions, (
        Rule("unread-condition", "error",
             "A rule of references holds by a condition that site.yaml does not say "
             "where to read, so that it never holds. Example: when: {pileup: [40, 60]} "
             "without conditions: {pileup: Beam/PileUp}."),
    )),
    (layout_checks.check_reference_order, (
        Rule("reference-never-first", "advice",
             "A rule of references never holds, for others always go before it. "
             "Example: subsystem: Hcal beside a rule for each run_type of Hcal; retire "
             "it."),
    )),
    (layout_checks.check_known_issues, (
        Rule("known-expired", "advice",
             "A known issue expired. Example: look whether it is still there, then "
             "change expires or delete the entry."),
        Rule("known-shows-nowhere", "advice",
             "A known issue is of no plot of the site. Example: paths: "
             "[\"Hcal/Ocupancy*\"] for \"Hcal/Occupancy*\"."),
    )),
    (layout_checks.check_needed_subsystems, (
        Rule("unknown-subsystem", "advice",
             "A plot needs a subsystem that no element is of. Example: needs: "
             "{subsystem: HCAL} for Hcal."),
        Rule("mistyped-subsystem", "error",
             "A plot needs a subsystem that the source lacks, and the source has one "
             "that is called nearly so. Example: needs: {subsystem: HCAL} for Hcal."),
    )),
    (layout_checks.check_needed_conditions, (
        Rule("unread-need", "advice",
             "A plot needs a condition that site.yaml does not say where to read, so "
             "that it is judged whether that holds or not. Example: needs: {magnet: "
             "on} without conditions: {magnet: Magnet/Field}."),
    )),
    (instruction_checks.check_any_instructions, (
        Rule("no-instructions", "advice",
             "The site has shift plots and no instructions. Example: write "
             "instructions/hcal/occupancy.md."),
    )),
    (instruction_checks.check_without_instruction, (
        Rule("plot-without-instruction", "error",
             "A plot that shifters see has no instruction. Example: add instruction: "
             "hcal/occupancy to the plot or its page."),
    )),
    (instruction_checks.check_unused, (
        Rule("unused-instruction", "error",
             "No plot or page names an instruction, so nobody will read it. Example: "
             "add instruction: hcal/occupancy to a plot, or delete the file."),
        Rule("instruction-never-holds", "error",
             "An instruction is for other run types than a plot that names it. "
             "Example: run_types: [cosmics] for a plot of collisions."),
    )),
    (instruction_checks.check_run_types, (
        Rule("instruction-for-some-run-types", "advice",
             "A plot is shown in run types for which its instruction does not hold. "
             "Example: run_types: [collisions] for a plot shown in cosmics too."),
    )),
    (instruction_checks.check_globs, (
        Rule("glob-matches-nothing", "error",
             "A pattern under applies_to matches no plot of the site. Example: the "
             "plot was renamed: plots: [\"Hcal/OldName\"]."),
    )),
    (instruction_checks.check_owners, (
        Rule("other-owner", "advice",
             "The owner of an instruction is not that of its layout. Example: owner: "
             "ecal-dqm in an instruction for Hcal."),
    )),
    (instruction_checks.check_examples, (
        Rule("example-elsewhere", "advice",
             "The fault of an example is in another subsystem than the plots, so "
             "nothing will be seen. Example: bad noise:Ecal for plots of Hcal."),
    )),
    (instruction_checks.check_causes, (
        Rule("unknown-cause", "error",
             "A step is for a cause that does not exist. Example: for: hv-tripp for "
             "for: hv-trip; a word of the site's own stands in site.yaml, causes: "
             "[pump-stopped]."),
    )),
    (instruction_checks.check_callees, (
        Rule("two-calls", "advice",
             "Two instructions call different people for one cause, and a plot of the "
             "one feeds a plot of the other. Example: for: fed-lost, the DAQ shifter "
             "in the one and the expert of the detector in the other."),
    )),
    (instruction_checks.check_unlisted_callees, (
        Rule("call-not-listed", "advice",
             "A step calls somebody to whom the list of whom to call does not lead. "
             "Example: call dqm-oncall: call now, without dqm-oncall under Whom to "
             "call."),
    )),
    (instruction_checks.check_claims, (
        Rule("two-instructions", "advice",
             "The patterns of one instruction name a plot that names another one, "
             "which holds. Example: make the pattern narrower."),
    )),
    (instruction_checks.check_review_dates, (
        Rule("review-before-review", "error",
             "The next review is due before the last one. Example: review_due: "
             "2026-01-01 with reviewed_on: 2026-05-01."),
        Rule("review-due", "advice",
             "The review of an instruction is due. Example: read it, then change "
             "reviewed_on and review_due."),
        Rule("review-far-off", "advice",
             "The next review is more than two years after the last. Example: "
             "review_due: 2062-05-01 for 2027-05-01."),
        Rule("reviewed-before-written", "advice",
             "An instruction was reviewed before this version was written. Example: "
             "have the new version reviewed."),
        Rule("date-to-come", "error",
             "An instruction was written or reviewed on a day that is yet to come. "
             "Example: written: 2062-05-01 for 2026-05-01."),
    )),
    (instruction_checks.check_folders, (
        Rule("wrong-folder", "advice",
             "An instruction does not stand in the folder of its layout. Example: "
             "instructions/ecal/timing.md with layout: Hcal."),
    )),
    (instruction_checks.check_calls, (
        Rule("call-names-another", "advice",
             "The words of a step name another role than its line call ROLE: …. "
             "Example: Call the Ecal expert, with call hcal-dqm: call now below."),
    )),
    (note_checks.check_note_dates, (
        Rule("note-expires-before-written", "error",
             "A note expires before it was written. Example: expires: 2026-01-01 "
             "with written: 2026-05-01."),
        Rule("note-expired", "advice",
             "A note expired and is no longer shown. Example: delete its file."),
        Rule("note-expires-soon", "advice",
             "A note expires within a week. Example: change expires if it is still "
             "needed after that."),
        Rule("long-note", "advice",
             "A note holds for more than 60 days. Example: write what it says into "
             "the instruction."),
        Rule("note-date-to-come", "error",
             "A note was written on a day that is yet to come. Example: written: "
             "2062-05-01 for 2026-05-01."),
    )),
    (note_checks.check_superseded, (
        Rule("supersedes-of-other-layout", "advice",
             "A note about one layout supersedes an instruction for another. "
             "Example: a note for Ecal with supersedes: hcal/timing."),
        Rule("supersedes-nothing", "error",
             "A note supersedes a text that is not there. Example: supersedes: "
             "hcal/timng for hcal/timing."),
    )),
    (note_checks.check_contradictions, (
        Rule("notes-contradict", "advice",
             "Two notes that hold today supersede the same text. Example: let the "
             "later one supersede the earlier."),
    )),
    (note_checks.check_rings, (
        Rule("ring-of-notes", "error",
             "Notes supersede each other in a ring. Example: notes/a supersedes "
             "notes/b and notes/b supersedes notes/a."),
    )),
    (contact_checks.check_contacts_file, (
        Rule("no-contacts", "error",
             "There are instructions and no contacts.yaml. Example: write "
             "instructions/contacts.yaml with roles: …"),
    )),
    (contact_checks.check_working_hours, (
        Rule("no-working-hours", "advice",
             "A step says to call in working hours, and the contacts do not say when "
             "these are. Example: working_hours: [\"Mon-Fri 08:00-18:00\"]."),
    )),
    (contact_checks.check_phones, (
        Rule("no-phone", "advice",
             "A role has no phone number, nor has anybody on its rota. Example: "
             "phone: \"+41 22 70100\"."),
    )),
    (contact_checks.check_turns, (
        Rule("nobody-on-call", "advice",
             "At some time of the next week it is nobody's turn. Example: add a turn "
             "to the rota, from the end of the last one."),
    )),
    (version_checks.check_ledger, (
        Rule("broken-ledger", "error",
             "The releases, or the one in force, cannot be read. Example: "
             "dqmconsole doctor says what is wrong and what to do."),
    )),
    (version_checks.check_instructions_gone, (
        Rule("instructions-gone", "error",
             "The release in force has instructions, and the site has none any more. "
             "Example: the folder was renamed to instruction/."),
    )),
    (version_checks.check_version_dates, (
        Rule("old-version-date", "advice",
             "A version was raised and kept the date of the one before. Example: "
             "version: 3 with the written: of version 2."),
    )),
    (version_checks.check_versions, (
        Rule("same-version", "error",
             "A text changed and has the version under which it was published "
             "before. Example: version: 3 for version: 2."),
        Rule("version-goes-back", "error",
             "A text has a lower version than the release in force. Example: "
             "version: 2 where version 3 was published."),
    )),
)  # fmt: skip
"""What a person looks at before publishing, beside the names."""

SOURCE: tuple[tuple[SourceCheck, tuple[Rule, ...]], ...] = (
    (source_checks.check_conditions, (
        Rule("unknown-condition", "error",
             "A condition of site.yaml is not in the source. Example: conditions: "
             "{fill: Beam/Fil} for Beam/Fill."),
        Rule("condition-not-here", "advice",
             "A condition of site.yaml is not in the source, and neither is its "
             "folder: a source of few clients may lack it."),
        Rule("unknown-run-type", "error",
             "The producer's word for the type of the run is none of run_types. "
             "Example: run_types: [physics] and a run of phys; write {phys: physics}."),
    )),
    (source_checks.check_paths, (
        Rule("path-not-in-data", "error",
             "The path of a plot is not in the source. Example: path: Hcal/Ocupancy "
             "for Hcal/Occupancy."),
        Rule("renamed-in-data", "error",
             "Several paths are not in the source, and one rename explains them: "
             "validate --against SOURCE --fix writes the new names into the site. "
             "Example: 12 paths of Hcal/DigiTask, which is Hcal/Digi there."),
        Rule("former-name", "advice",
             "The source has an element by a name that it had. Example: formerly: "
             "[Hcal/Ocupancy] beside path: Hcal/Occupancy, and an older file; where "
             "no source has that name any more, delete it."),
        Rule("element-not-drawn", "error",
             "The element of a plot is of a class that is not drawn. Example: a TF1 or "
             "a TCanvas; write the histogram or graph itself."),
        Rule("layout-not-compared", "advice",
             "The source has nothing of the subsystems of a layout, so that the "
             "layout is not compared. Example: a file of another subsystem."),
    )),
    (plot_checks.check_checks, (
        Rule("check-not-for-plot", "advice",
             "A check cannot judge such a plot, which is then not checked by it. "
             "Example: flags, which judges maps, on a 1-D histogram."),
        Rule("off-the-axis", "advice",
             "A setting of a check means nothing on the axes of its plot. Example: "
             "sum_in_range: {low: 200, high: 300} where the axis ends at 100."),
        Rule("other-bins", "advice",
             "A check names places, or an element to compare with, for plots of other "
             "bins. Example: sum_in_range: {low: 30} on \"depth{1..4}\" of which one "
             "has an axis of its own."),
        Rule("wrong-input", "advice",
             "What a check judges cannot be made of the elements that the source has. "
             "Example: input: {mask: {x: [HBM9]}} where no bin has that label."),
        Rule("unknown-element", "error",
             "An element that a check compares with, or judges, is not in the source. "
             "Example: against: Hcal/Emulted for against: Hcal/Emulated."),
    )),
    (content_checks.check_contents, (
        Rule("always-empty", "advice",
             "An element is empty in all sources given, and no test of its producer "
             "finds that good. Example: a plot of a detector that was taken out; where "
             "none is: # dqmconsole: ignore always-empty - errors alone are filled."),
        Rule("binning-differs", "advice",
             "An element has other bins in one source than in another. Example: 82 × "
             "72 bins until run 398000 and 83 × 72 since."),
        Rule("overlay-bins", "advice",
             "An overlay has other bins than the element over which it is drawn. "
             "Example: overlay: [Hcal/Coarse] over Hcal/Fine."),
        Rule("reference-bins", "advice",
             "An element has other bins in its reference, so that it is not compared. "
             "Example: file: references/2024.root, before the bins were changed."),
        Rule("range-hides-data", "advice",
             "A range leaves out data, or gives all cells of a map the colour of what "
             "is beyond it. Example: draw: {x: {range: [0, 10]}} of an energy that "
             "reaches 90."),
    )),
    (content_checks.check_quality_shown, (
        Rule("quality-not-shown", "advice",
             "The producer tested an element, and no page shows it. Example: add a "
             "plot of it to a page for experts."),
    )),
    (judged_checks.check_judged, (
        Rule("check-always-fires", "advice",
             "A check goes off in every source that was given. Example: mean: "
             "{bad_above: 2} of times around 20. A run may be bad: give good ones."),
        Rule("check-never-fires", "advice",
             "No data can be beyond the limits of a check. Example: dead_channels: "
             "{bad_above: 1}, where 1 is all channels; write 0.05."),
        Rule("check-never-judges", "advice",
             "A check judges nothing in any source that was given. Example: chi2 where "
             "the reference lacks the element; entries: 100000 of a plot with 500."),
    )),
    (page_checks.check_pages, (
        Rule("page-too-full", "advice",
             "On a screen of 1366×768, beside navigator and panel, most of a page is "
             "seen only by scrolling. Example: 40 plots on one page."),
        Rule("narrow-tiles", "advice",
             "On such a screen the tiles of a page are too narrow for axes and titles. "
             "Example: columns: 5 for columns: 3."),
        Rule("title-too-long", "advice",
             "On such a screen the end of a title is cut. Example: title: Occupancy of "
             "the forward calorimeter by ieta for Occupancy HF by ieta; or span: "
             "[2, 1]."),
    )),
    (alarm_checks.check_axes, (
        Rule("axis-not-there", "error",
             "An axis is named that the element of the plot does not have. Example: "
             "axes: {x: sector, y: wheel} for a histogram of one dimension."),
    )),
    (source_checks.check_partitions, (
        Rule("unknown-partition", "error",
             "A plot needs a DCS partition that the source does not have. Example: "
             "needs: {dcs: [HBHEA]} for HBHEa."),
    )),
    (source_checks.check_known_in_data, (
        Rule("known-not-in-data", "advice",
             "A known issue is of no element of the source. Example: paths: "
             "[\"Hcal/Ocupancy*\"] for \"Hcal/Occupancy*\"."),
        Rule("unknown-region", "error",
             "The region of a known issue has an axis or a label that its elements "
             "do not have. Example: x_labels: [HBM] for [HBM01]."),
    )),
)  # fmt: skip
"""What a source that must hold every plot is asked for."""

RULES: tuple[Rule, ...] = (
    *READING,
    *(rule for _, rules in (*NAMES, *REVIEW) for rule in rules),
    *(rule for _, rules in SOURCE for rule in rules),
)
"""Every rule of a site that no feature adds."""

_SEVERITY = {rule.code: rule.severity for rule in RULES}


def problems_of(rows: Iterable[Row], context: SiteReading) -> tuple[Problem, ...]:
    """What checks find, as problems.

    Args:
        rows: of the table, or of a feature's.
        context: what is checked.
    """
    return tuple(
        _problem(each, {rule.code: rule.severity for rule in rules})
        for check, rules in rows
        for each in check(context)
    )


def problems_in(source: SourcePaths, context: SiteReading) -> tuple[Problem, ...]:
    """What a source is found to lack, as problems."""
    return tuple(
        _problem(e, _SEVERITY) for check, _ in SOURCE for e in check(context, source)
    )


def _problem(found: Violation, severity: Mapping[str, Severity]) -> Problem:
    place = found.place or Place("layouts")
    return Problem(
        found.message,
        place.file,
        place.line,
        place.column,
        severity[found.code],
        key=found.key,
        code=found.code,
    )
