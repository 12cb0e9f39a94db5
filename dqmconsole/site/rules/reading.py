"""The rules that reading a file applies: they stop what breaks them from being used."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "advice"]


class Rule(NamedTuple):
    """One rule of a site, a row of the table.

    Attributes:
        code: names the rule, after the message of each of its problems.
        severity: of all its problems.
        explanation: what is wrong and what would be right, with an example.
    """

    code: str
    severity: Severity
    explanation: str


READING = (
    # -- files ---------------------------------------------------------------------
    Rule("unreadable-file", "error",
         "A file or folder is missing, is none, or cannot be read. Example: a link "
         "that leads nowhere; a folder without permission to list it."),
    Rule("too-large", "error",
         "A file or list has more than is read of it. Example: a layout of more than "
         "20,000 plots: split it into several layouts."),
    Rule("not-text", "error",
         "A file is not UTF-8 text, or holds control characters. Example: a file "
         "saved as Latin-1: save it as UTF-8."),
    Rule("empty-file", "error",
         "A file that must say something says nothing. Example: an empty layout file "
         "instead of one that begins with layout: NAME."),
    Rule("conflict-marker", "error",
         "Git left both texts of a conflict in the file. Example: a line <<<<<<< "
         "HEAD: choose one of the two texts and delete the marker lines."),
    Rule("link-out-of-site", "error",
         "A symbolic link leads out of the site and is not followed. Example: "
         "instructions/hcal -> /home/me/texts: put the files into the site."),
    Rule("misplaced-file", "error",
         "A file or folder has a name under which it is not read. Example: hcal.yml "
         "for hcal.yaml, instructions/note/ for instructions/notes/."),
    Rule("unread-file", "advice",
         "Nothing reads this file. Example: instructions/hcal/occupancy.txt: name it "
         "occupancy.md, or keep it elsewhere."),
    # -- YAML ----------------------------------------------------------------------
    Rule("syntax-error", "error",
         "The file is not YAML. Example: title: Occupancy: depth 1, where the text "
         'needs quotes: title: "Occupancy: depth 1".'),
    Rule("yaml-tag", "error",
         "A value has a YAML tag, which is not read. Example: !!binary aGVsbG8=: "
         "write the plain value."),
    Rule("unprintable", "error",
         "A text holds a character that cannot be shown. Example: \"a\\0b\"."),
    Rule("unknown-key", "error",
         "A part has a key that is not one of its keys. Example: titel: Occupancy for "
         "title: Occupancy."),
    Rule("missing-key", "error",
         "A part lacks a key that it must have. Example: a plot without path: …"),
    Rule("duplicate-key", "error",
         "A key is written twice in one part. Example: two lines title: …; delete "
         "one of them."),
    Rule("missing-value", "error",
         "A key has no value. Example: title: with nothing after it; give one or "
         "delete the line."),
    Rule("wrong-type", "error",
         "A value is of another kind than its key asks for. Example: columns: three "
         "for columns: 3; run_types: cosmics for run_types: [cosmics]."),
    Rule("wrong-length", "error",
         "A list does not have as many items as it must. Example: span: [2] for "
         "span: [2, 1]."),
    Rule("unknown-word", "error",
         "A value is none of the words that are allowed there. Example: scale: logg "
         "for scale: log."),
    # -- values --------------------------------------------------------------------
    Rule("out-of-range", "error",
         "A number is too small or too large. Example: columns: 9, where 1 to 6 are "
         "allowed; stale_after: 0."),
    Rule("wrong-range", "error",
         "The end of a range is not after its begin. Example: range: [10, 2]; "
         "last_run before first_run; a turn that ends before it begins."),
    Rule("log-range", "advice",
         "The range of a logarithmic axis begins at 0 or below, which cannot be drawn. "
         "Example: range: [0, 100] for range: [null, 100]."),
    Rule("wrong-date", "error",
         "A date is not written as year-month-day. Example: written: 1 May 2026 for "
         "written: 2026-05-01."),
    Rule("wrong-time", "error",
         "A time or hours are not written as they are read. Example: 7:00 for "
         '"07:00"; hours: "Monday 8-18" for "Mon 08:00-18:00".'),
    Rule("empty-text", "error",
         'A text that people read is empty, or has several lines. Example: why: "".'),
    Rule("empty-name", "error",
         'Something has an empty name. Example: page: "" for page: Occupancy.'),
    Rule("wrong-name", "error",
         "A name has characters that names cannot have. Example: a role called "
         "Hcal DQM for hcal-dqm."),
    Rule("duplicate-name", "error",
         "Two parts have one name. Example: two pages called Occupancy in one "
         "layout; rename one of them."),
    Rule("empty-list", "error",
         "A list that must have items has none. Example: plots: []."),
    Rule("unknown-beam-mode", "error",
         "A beam mode is not in beam_modes of site.yaml. Example: beam: [stable beam] "
         "for beam: [stable beams]."),
    Rule("wrong-glob", "error",
         "A pattern of plots cannot match what it seems to. Example: "
         "Hcal/depth{1..4}: braces expand in path: only; write Hcal/depth[1-4]."),
    Rule("wrong-files", "error",
         "The pattern of a source's files is none, or merge: sum stands without one. "
         "Example: files: run_{rum}.root for run_{run}.root."),
    Rule("foreign-glob", "error",
         "A pattern matches nothing of the subsystem beside it. Example: subsystem: "
         'Hcal with histograms: ["Ecal/*"].'),
    # -- layouts -------------------------------------------------------------------
    Rule("braces", "error",
         "A brace list cannot be expanded. Example: depth{1..4} in the path and "
         "{1..3} in the title: all lists of one plot have one length."),
    Rule("wrong-path", "error",
         "The path of a plot cannot be that of an element. Example: /Hcal//Occupancy "
         "for Hcal/Occupancy."),
    Rule("duplicate-plot", "error",
         "One page shows an element twice. Example: two plots with path: "
         "Hcal/Occupancy on a page; delete one."),
    Rule("never-shown", "error",
         "A plot, page or check is for run types that the part above it leaves out. "
         "Example: a plot for cosmics on a page for collisions."),
    Rule("wrong-window", "error",
         "A window is not a number of lumisections, or the plot does not accumulate "
         'over the run. Example: window: 60 for window: "60 LS".'),
    Rule("wrong-axis", "error",
         "An axis is named that is no place in the detector. Example: axes: {x: wheel} "
         "for a trend, of which x is the lumisection: axes: {y: wheel}. Or a part of "
         "the detector is named where axes are not: part: barrel needs axes."),
    Rule("check-form", "error",
         "A quality test is not one name with its limits. Example: checks: "
         "[dead_channels] for checks: [{dead_channels: {warn_above: 0.01}}]; "
         "[defaults, {dead_channels: {}}] are those by kind, and that one."),
    Rule("unknown-check", "error",
         "A quality test has a name that none has; dqmconsole validate --checks lists "
         "them all. Example: dead_chanels for dead_channels."),
    Rule("wrong-limits", "error",
         "The limits of a quality test cannot be meant together. Example: "
         "{warn_above: 0.03, bad_above: 0.01}: what is bad lies beyond what is a "
         "warning."),
    Rule("no-limits", "error",
         "Nothing can be beyond the limits of a quality test, for none is left. "
         "Example: not_empty: {bad_below: null} for not_empty: {bad_below: 10}."),
    Rule("overlapping-checks", "error",
         "One quality test stands twice with different limits for the same runs. "
         "Example: give one item run_types: [collisions] and the other run_types: "
         "[cosmics]."),
    # -- site.yaml -----------------------------------------------------------------
    Rule("site-format", "error",
         "The site is written in a format that this program does not read. Example: "
         "format: 9: upgrade dqmconsole."),
    Rule("program-version", "error",
         "The site asks for another version of the program. Example: program: "
         '">=9": install one that fits.'),
    Rule("database-url", "error",
         "The database is no URL of SQLite or PostgreSQL. Example: database: mysql:… "
         "for database: postgresql://host/book."),
    Rule("wrong-address", "error",
         "An address is no web address. Example: url: elog.example.org for url: "
         "https://elog.example.org/DQM/."),
    Rule("password-in-site", "error",
         "A password stands in the site, where all who read it see it. Example: "
         "postgresql://me:secret@host/book for postgresql://me@host/book."),
    # -- references, known issues ----------------------------------------------------
    Rule("file-or-run", "error",
         "A reference rule names neither a file nor a run, or both. Example: write "
         "run: 398000 or file: references/good.root; several runs are runs: [1, 2]."),
    Rule("never-met", "error",
         "A reference rule can hold for no run. Example: when: {pileup: [60, 40]} for "
         "[40, 60]."),
    Rule("equal-rules", "error",
         "Two reference rules can hold for one histogram and none is more specific. "
         "Example: two rules for subsystem: Hcal; add a run_type to one."),
    Rule("range-and-labels", "error",
         "A region of a known issue gives both a range and labels for one axis. "
         "Example: x: [0, 3] with x_labels: [HB]; delete one of them."),
    # -- contacts ------------------------------------------------------------------
    Rule("unknown-time-zone", "error",
         "A time zone is none that is known. Example: timezone: Geneva for timezone: "
         "Europe/Zurich."),
    Rule("wrong-phone", "error",
         "A phone number has other characters than digits, blanks and +()./-. "
         "Example: phone: ask Anna."),
    Rule("long-line", "error",
         "What a role decides, when it is called, or what a page is for, is more than "
         "a short line. Example: decides: and a paragraph; write one sentence."),
    Rule("rota-and-calendar", "error",
         "A role has both a rota and a calendar. Example: delete rota: where the "
         "turns are kept in calendar: hcal.ics."),
    Rule("nameless-turn", "error",
         "A turn of a rota has neither name nor phone. Example: {from: …, until: …, "
         "name: Anna}."),
    Rule("overlapping-turns", "error",
         "Two turns of one role overlap, so that it is not clear who is on call. "
         "Example: Anna until 10:00 and Ben from 09:00."),
    Rule("clock-change", "advice",
         "A turn begins or ends while the clock is put forward or back. Example: "
         "2026-03-29 02:30 does not exist in Zurich."),
    Rule("wrong-calendar", "error",
         "A calendar file cannot be read. Example: calendar: hcal.txt for calendar: "
         "hcal.ics; a file that ends before END:VCALENDAR."),
    Rule("calendar-being-read", "advice",
         "A calendar is still being read, and its turns are not known yet."),
    Rule("empty-calendar", "advice",
         "A calendar has no turn in the next weeks. Example: its last event ended."),
    Rule("unknown-next-role", "error",
         "then: names a role that the contacts do not have. Example: then: dqm-cor "
         "for then: dqm-core."),
    Rule("ring-of-roles", "error",
         "Roles name each other in a ring as the next to call. Example: a has then: "
         "b and b has then: a."),
    # -- instructions and notes ------------------------------------------------------
    Rule("front-matter", "error",
         "A text does not begin with its front matter between two lines ---. "
         "Example: ---, then id: hcal/occupancy and the other keys, then ---."),
    Rule("cut-by-comment", "advice",
         "YAML takes what follows a # for a comment. Example: title: Crate #3 is "
         'read as "Crate"; write title: "Crate #3".'),
    Rule("wrong-id", "error",
         "The id is not that of folder and file. Example: id: hcal/occ in "
         "instructions/hcal/occupancy.md for id: hcal/occupancy."),
    Rule("no-layout", "error",
         "applies_to names no layout where one is needed. Example: applies_to: "
         "{layout: Hcal}."),
    Rule("html", "error",
         "HTML is not read in texts. Example: <b>now</b> for **now**; a bare < wants "
         "a space after it."),
    Rule("image", "error",
         "Images are not read in texts: an example is drawn from a fault. Example: "
         "- bad dead region: a hole in phi."),
    Rule("wrong-link", "error",
         "A link leads to something that a link cannot lead to. Example: "
         "[the page](Hcal/Digi) for [the page](<page:Hcal/Digi>)."),
    Rule("unread-link", "error",
         "What was meant as a link is not read as one. Example: "
         "[x](page:Hcal/Digi occupancy) for [x](<page:Hcal/Digi occupancy>)."),
    Rule("missing-section", "error",
         "An instruction lacks one of its five sections. Example: ## How to judge."),
    Rule("wrong-section", "error",
         "A heading is none of the five sections, comes twice, or is not in order. "
         "Example: ## How to Judge it for ## How to judge."),
    Rule("empty-section", "error",
         "A section of an instruction has no text. Example: ## If it is bad with "
         "nothing below it."),
    Rule("text-outside-sections", "error",
         "Text stands before the first section. Example: put it under ## What it "
         "shows."),
    Rule("not-a-list", "error",
         "A section that is a list holds something else. Example: under ## If it is "
         "bad each step begins with its number: 1. …"),
    Rule("example-form", "error",
         "An example is not written as it is read, or no good one is there. Example: "
         "- bad dead region: a hole in phi."),
    Rule("long-term", "error",
         "A term of the glossary, or its meaning, is longer than a hint can show. "
         "Example: a meaning of three sentences: say it in one."),
    Rule("step-form", "error",
         "A step has no text, or the line that says whom to call is not its last and "
         "only one. Example: 1. Look at the timing."),
    Rule("cause-form", "error",
         "The line of a step that says for which causes it is cannot be read. Example: "
         "for: hot-channel, noise-burst; once in a step, below its text."),
    Rule("call-form", "error",
         "The line of a step that says whom to call and how soon cannot be read. "
         "Example: call hcal-dqm: call now in stable beams; write only otherwise."),
    Rule("call-without-urgency", "advice",
         "A step seems to tell to call somebody and does not say how soon. Example: "
         "add a line call hcal-dqm: call now."),
    Rule("contact-form", "error",
         "Whom to call is not written as a role, or a role comes twice. Example: "
         "1. hcal-dqm: what for."),
    # -- what is compared with a site, and a release of it --------------------------
    Rule("unreadable-source", "error",
         "A source that the site is compared with cannot be read. Example: "
         "--against run.root where run.root is no ROOT file."),
    Rule("reference-run-missing", "advice",
         "The run of a reference has no final file in a folder of recorded runs, on "
         "this machine at least. Example: run: 39800 for run: 398000."),
    Rule("reference-expired", "advice",
         "A rule of references is for runs that are over. Example: valid_until: 398000 "
         "where run 398214 is recorded."),
    Rule("reference-not-in-release", "error",
         "A reference file lies where no release holds it. Example: file: "
         ".kept/good.root for references/good.root."),
    # -- comments that silence rules --------------------------------------------------
    Rule("ignore-form", "error",
         "A comment that should silence a rule names none, gives no reason, or is of a "
         "rule that cannot be silenced. Example: # dqmconsole: ignore old-reference - "
         "the detector stands still until May."),
    Rule("unused-ignore", "advice",
         "A comment silences a rule that nothing breaks there. Example: delete it."),
)  # fmt: skip
"""What reading finds, in the order of a site's files."""

_SEVERITY: dict[str, Severity] = {each.code: each.severity for each in READING}


def severity_of(code: str) -> Severity:
    """The severity of a rule that reading applies; an error where none is named.

    Raises:
        KeyError: there is no such rule.
    """
    return _SEVERITY[code] if code else "error"
