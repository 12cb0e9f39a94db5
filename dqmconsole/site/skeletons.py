"""Files of a site to begin with: an instruction and the contacts, to be filled in."""

from __future__ import annotations

import datetime

from dqmconsole.site.layout_values import scalar

REVIEW = datetime.timedelta(days=180)
TO_JUDGE = "To be written: what is good, what is harmless, and what the checks look at."


def instruction_skeleton(
    name: str,
    title: str,
    *,
    layout: str,
    page: str = "",
    owner: str,
    author: str,
    today: datetime.date,
    shows: str,
    judge: str = TO_JUDGE,
) -> str:
    """The text of an instruction that is begun; `validate` has nothing against it.

    Args:
        name: its id, which is the name of its file without ".md".
        title: its title.
        layout: what it is for.
        page: of the layout; "" for all.
        owner: a role of the contacts.
        author: who begins it.
        today: the date.
        shows: what stands under "What it shows", Markdown.
        judge: what stands under "How to judge".
    """
    of_page = f"\n  page: {scalar(page)}" if page else ""
    return f"""\
---
id: {name}
title: {scalar(title)}
version: 1
author: {scalar(author)}
written: {today}
owner: {owner}
applies_to:
  layout: {scalar(layout)}{of_page}
reviewed_on: {today}
review_due: {today + REVIEW}
---

## What it shows
{shows}

## How to judge
{judge}

## Good and bad examples
- good: as the reference

## If it is bad
1. Compare with the reference, and see whether other plots of this page changed at \
the same time.
2. Call the expert: say which plot, and since when.
   call {owner}: call in working hours
3. Write an entry with E.

## Whom to call
1. {owner}
"""


def contacts_skeleton(role: str, title: str, schema: str = "") -> str:
    """The text of contacts with one role.

    Args:
        role: its name, as layouts and instructions have it as their owner.
        title: what it is called.
        schema: the schema that the file is checked by in an editor, where there is one.
    """
    line = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    return f"""\
{line}# Whom to call: give each role its phone, or the role to call next (then:).
timezone: UTC
working_hours: Mon-Fri 08:00-18:00
roles:
  {role}: {{title: {scalar(title, flow=True)}}}
"""
