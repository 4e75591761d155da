"""What the PDF shows, block by block: the same parts, numbers and sentences as the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from dialogue.reports.render import geometry
from dialogue.reports.render.presentation import Presentation, number, percent, whole

Chart = Callable[..., str]
Block = dict[str, Any]
DOT_WIDTH = 420
MOST_ROWS = 250  # ideas in the table; the spreadsheet has all


def blocks(shown: Presentation, chart: Chart) -> Iterator[Block]:
    """Yield the blocks in reading order; `chart(name, …)` calls a macro of charts.html."""
    yield from _groups(shown, chart)
    yield from _agreement(shown, chart)
    yield from _topics(shown, chart)
    yield from _campaigns(shown)
    yield from _activity(shown, chart)
    yield from _moderation(shown)
    yield from _all_ideas(shown)
    yield from _method(shown)


def _groups(shown: Presentation, chart: Chart) -> Iterator[Block]:
    yield _heading(_("Where people stand"))
    placed = geometry.opinion_map(shown.document)
    if placed is None:
        yield _text(shown.no_groups_reason)
        return
    yield _muted(shown.people_line)
    label = _("Opinion map: %(k)s groups of people who voted alike", k=len(shown.letters))
    yield {
        "kind": "drawing",
        "svg": chart("opinion_map", placed, label),
        "alt": label + ". " + _("The same numbers follow as text."),
        "caption": _(
            "Axes have no unit. Distance shows how differently people voted. Each mark stands for"
            " at least five people."
        ),
    }
    for group in shown.document["groups"]["list"]:
        yield _heading(
            _("Group %(g)s", g=group["letter"])
            + ", "
            + _("%(n)s people", n=number(group["people"])),
            3,
        )
        if group["stands_for"]:
            yield {
                "kind": "stances",
                "items": [
                    {"words": _words(shown, stance["idea"]), "line": shown.stance(stance)}
                    for stance in group["stands_for"]
                ],
            }
        else:
            yield _text(_("No idea sets this group clearly apart."))
    yield _muted(shown.stability_line)


def _agreement(shown: Presentation, chart: Chart) -> Iterator[Block]:
    document = shown.document
    if document["common_ground"]["state"] == "no_groups":
        if document["ideas"]:
            yield _heading(_("Ideas by agreement"))
            yield _muted(shown.ranking_line)
            yield _ideas(shown, chart, [row["id"] for row in document["ideas"][:10]], "all")
        return
    yield _heading(_("Ideas with agreement in every group"))
    yield _muted(shown.ranking_line)
    if document["common_ground"]["ideas"]:
        yield _ideas(shown, chart, document["common_ground"]["ideas"], "shared")
    else:
        yield _text(_("There is no idea that more than half of every group agrees with."))
    yield _heading(_("Ideas that divide the groups"))
    yield _muted(_("The groups’ intervals do not touch; the widest gap comes first."))
    if document["divisive"]["ideas"]:
        yield _ideas(shown, chart, document["divisive"]["ideas"], "divided")
    else:
        yield _text(_("No idea clearly divides the groups."))


def _topics(shown: Presentation, chart: Chart) -> Iterator[Block]:
    document = shown.document
    if document["topics"]["list"]:
        yield _heading(_("Topics"))
        yield _muted(
            _(
                "Share of each group that agrees, averaged over the ideas in the topic. People"
                " chose the topic of each idea."
            )
        )
        yield from _dots(
            shown, chart, [(row["name"], row) for row in document["topics"]["list"]], _("Topics")
        )
    yield _heading(_("Themes found by software"))
    yield _muted(shown.themes_line)
    if document["themes"]["list"]:
        rows = [(", ".join(row["terms"]), row) for row in document["themes"]["list"]]
        yield from _dots(shown, chart, rows, _("Themes found by software"))


def _dots(
    shown: Presentation, chart: Chart, rows: list[tuple[str, Block]], caption: str
) -> Iterator[Block]:
    look = geometry.styles(shown.document)
    items = []
    for name, row in rows:
        line = ngettext("%(num)s idea", "%(num)s ideas", len(row["ideas"]))
        if row["comments"]:
            line += ", " + ngettext("%(num)s comment", "%(num)s comments", len(row["comments"]))
        if row["gap"] is not None:
            line += " · " + _("largest gap %(n)s points", n=whole(row["gap"]))
        drawn = geometry.dots(row, look, DOT_WIDTH) if row["gap"] is not None else []
        means = ", ".join(f"{letter} {percent(share)}" for letter, share in row["groups"].items())
        quotation = row.get("quotation")
        items.append(
            {
                "name": name,
                "line": line,
                "svg": chart("dots", drawn, DOT_WIDTH, means) if drawn else "",
                "alt": _("Share that agrees, by group: %(means)s", means=means),
                "quotation": {
                    "text": f"“{quotation['text']}”",
                    "lang": shown.language_of(quotation),
                }
                if quotation
                else None,
            }
        )
    if shown.letters:
        yield _muted(
            ", ".join(
                f"{_('Group %(g)s', g=letter)}: {geometry.shape_name(style.shape)}"
                for letter, style in look.items()
            )
            + ". "
            + _("Scale 0 to 100 percent, tick at 50.")
        )
    yield {"kind": "dots", "items": items}
    if shown.letters:
        yield {
            "kind": "table",
            "caption": caption,
            "header": [
                *(_("Name"), _("Ideas"), _("Comments"), _("Votes")),
                *(_("Group %(g)s", g=letter) for letter in shown.letters),
            ],
            "widths": [1, 0, 0, 0, *(0 for _letter in shown.letters)],
            "numbers": list(range(1, 4 + len(shown.letters))),
            "rows": [
                [
                    *(name, number(len(row["ideas"])), number(len(row["comments"]))),
                    number(row["votes"]),
                    *(percent(row["groups"][letter]) for letter in shown.letters),
                ]
                for name, row in rows
            ],
        }


def _campaigns(shown: Presentation) -> Iterator[Block]:
    campaigns = shown.document["campaigns"]
    yield _heading(_("Sent by many in the same words"))
    yield _text(
        _(
            "Altogether: %(n)s contributions, %(t)s different texts, %(p)s people.",
            n=number(campaigns["all"]["contributions"]),
            t=number(campaigns["all"]["different_texts"]),
            p=number(campaigns["all"]["people"]),
        )
    )
    if not campaigns["list"]:
        yield _text(_("No two contributions are nearly the same."))
        return
    yield {
        "kind": "table",
        "caption": _("Each shown once, with three numbers"),
        "header": [
            *(_("Opening words of one of them"), _("Contributions")),
            *(_("Different texts"), _("People")),
        ],
        "widths": [1, 0, 0, 0],
        "numbers": [1, 2, 3],
        "rows": [
            [
                {
                    "text": f"“{row['quotation']['text']}”",
                    "lang": shown.language_of(row["quotation"]),
                },
                number(len(row["contributions"])),
                number(row["different_texts"]),
                shown.campaign_people(row),
            ]
            for row in campaigns["list"][:50]
        ],
    }


def _activity(shown: Presentation, chart: Chart) -> Iterator[Block]:
    yield _heading(shown.bar_unit)
    placed = geometry.day_chart(shown.bars, shown.activity_names)
    if placed is None:
        yield _text(_("Nothing has happened yet."))
        return
    label = _("%(title)s: votes, comments and ideas, each on its own scale", title=shown.bar_unit)
    yield {
        "kind": "drawing",
        "svg": chart("days", placed, label),
        "alt": label + ". " + _("The same numbers follow as a table."),
        "caption": "",
    }
    yield {
        "kind": "table",
        "caption": shown.bar_unit,
        "header": [_("From"), _("Votes"), _("Comments"), _("Ideas")],
        "widths": [1, 1, 1, 1],
        "numbers": [1, 2, 3],
        "rows": [
            [bar.first.isoformat(), *(number(n) for n in (bar.votes, bar.comments, bar.ideas))]
            for bar in shown.bars
            if bar.votes or bar.comments or bar.ideas
        ],
    }
    for line in shown.concentration_lines:
        yield _text(line)


def _moderation(shown: Presentation) -> Iterator[Block]:
    yield _heading(_("Moderation"))
    yield _text(shown.moderation_line)
    reasons = shown.document["moderation"]["reasons"]
    if reasons:
        yield {
            "kind": "table",
            "caption": _("Not published, by reason"),
            "header": [_("Reason"), _("Contributions")],
            "widths": [1, 0],
            "numbers": [1],
            "rows": [[row["reason"], number(row["contributions"])] for row in reasons],
        }


def _all_ideas(shown: Presentation) -> Iterator[Block]:
    yield _heading(_("All ideas"))
    ideas = shown.document["ideas"]
    if not ideas:
        yield _text(_("No idea has been published yet."))
        return
    yield _muted(f"{shown.ranking_line} {shown.votes_note}")
    if len(ideas) > MOST_ROWS:
        yield _muted(_("The first %(n)s stand here; the spreadsheet has all of them.", n=MOST_ROWS))
    yield {
        "kind": "table",
        "caption": _("Ideas and votes"),
        "header": [
            *(_("Rank"), _("Idea"), _("Agree"), _("Disagree"), _("Pass"), _("Share that agrees")),
            *shown.letters,
        ],
        "widths": [0, 1, 0, 0, 0, 0, *(0 for _letter in shown.letters)],
        "numbers": [0, *range(2, 6 + len(shown.letters))],
        "rows": [
            [
                str(row["rank"] or "–"),
                {"text": f"{row['id']}. {row['words']['text']}", "lang": row["language"]},
                *(number(row[name]) for name in ("agree", "disagree", "pass")),
                f"{percent(row['share'])}" + (f" ({shown.interval(row)})" if row["votes"] else ""),
                *(percent(cell["share"]) if cell else "<5" for cell in row["groups"].values()),
            ]
            for row in ideas[:MOST_ROWS]
        ],
    }


def _method(shown: Presentation) -> Iterator[Block]:
    document = shown.document
    method = document["method"]
    yield _heading(_("How this report was made"))
    yield {"kind": "list", "items": shown.limits}
    yield _text(shown.votes_note)
    seed = _("Seed %(n)s.", n=method["groups"]["seed"])
    yield _muted(f"{_('Opinion groups')}: {method['groups']['how']}. {seed}")
    yield _muted(f"{_('Themes')}: {method['themes']['how']}. {seed}")
    yield _muted(f"{_('Shares')}: {method['intervals']}.")
    yield _muted(f"{_('Covers what happened until')}: {document['covers']['until']}")
    yield _muted(f"{_('SHA-256 of the input')}: {document['input_sha256']}")
    yield _muted(f"{_('SHA-256 of the report')}: {document['sha256']}")


def _ideas(shown: Presentation, chart: Chart, ids: list[int], name: str) -> Block:
    items = []
    for idea in ids:
        row = shown.ideas[idea]
        line = _("%(n)s%% agree", n=whole(row["share"]))
        if row["groups"]:
            line += f" · {shown.group_shares(row)}"
        items.append(
            {
                "words": _words(shown, idea),
                "bar": chart("bar", row, f"{name}-{idea}"),
                "line": line,
            }
        )
    return {"kind": "ideas", "items": items}


def _words(shown: Presentation, idea: int) -> dict[str, str]:
    return {"text": shown.words(idea), "lang": shown.ideas[idea]["language"]}


def _heading(text: str, level: int = 2) -> Block:
    return {"kind": "heading", "level": level, "text": text}


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}


def _muted(text: str) -> Block:
    return {"kind": "muted", "text": text}
