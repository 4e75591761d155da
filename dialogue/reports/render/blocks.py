"""What the PDF shows, block by block: the same parts, numbers and sentences as the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _

from dialogue.reports.render import geometry
from dialogue.reports.render.numerals import number, percent, whole
from dialogue.reports.render.presentation import Presentation

Chart = Callable[..., str]
Block = dict[str, Any]
DOT_WIDTH = 420
MOST_CAMPAIGNS, MOST_ADDED = 20, 20  # the open data has all
MOST_ROWS = 250  # ideas in the table; the spreadsheet has all


def blocks(shown: Presentation, chart: Chart) -> Iterator[Block]:
    """Yield the blocks in reading order; `chart(name, …)` calls a macro of charts.html."""
    yield from _front(shown)
    yield from _groups(shown, chart)
    yield from _agreement(shown, chart)
    yield from _key_points(shown)
    yield from _few(shown)
    yield from _topics(shown, chart)
    yield from _campaigns(shown)
    yield from _activity(shown, chart)
    yield from _moderation(shown)
    yield from _all_ideas(shown)
    yield from _method(shown)


def _front(shown: Presentation) -> Iterator[Block]:
    if shown.edition_line:
        yield _text(shown.edition_line)
    if shown.foreword:
        yield _heading(_("Foreword"))
        for line in shown.foreword["text"].splitlines():
            if line.strip():
                yield _text(line)
        yield _muted(_("written by %(name)s", name=shown.foreword["by"]))
    if shown.change_lines:
        yield _heading(_("What changed"))
        for line in shown.change_lines:
            yield _text(line)


def _key_points(shown: Presentation) -> Iterator[Block]:
    yield _heading(_("What many say"))
    if shown.document["key_points"]["state"] != "ok":
        yield _text(
            _(
                "Too little has been written to say what many say: five people or more would have"
                " to say alike."
            )
        )
        return
    yield _muted(shown.key_points_line)
    for name, scope in shown.key_point_scopes:
        yield _heading(name, 3)
        if scope["list"]:
            yield _views(shown, scope["list"])
        else:
            yield _muted(shown.scope_line(scope))


def _few(shown: Presentation) -> Iterator[Block]:
    minority = shown.document["minority"]
    yield _heading(_("What few say"))
    yield _muted(shown.minority_line)
    if shown.points_of_few:
        yield _text(shown.points_of_few)
    if shown.other_views:
        yield _views(shown, shown.other_views)
    elif minority["state"] == "none":
        yield _text(_("No such view was found."))
    for group in minority["groups"]:
        yield _heading(
            _(
                "%(name)s: %(n)s people, %(share)s of those on the map",
                name=shown.group_name(group["letter"]),
                n=number(group["people"]),
                share=percent(group["share"]),
            ),
            3,
        )
        for idea in group["ideas"]:
            yield {"kind": "stances", "items": [{"words": _words(shown, idea), "line": ""}]}
        if not group["ideas"]:
            yield _text(_("No idea sets this group clearly apart."))
    if shown.smallest_group_line:
        yield _text(shown.smallest_group_line)


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
        people = _("%(n)s people", n=number(group["people"]))
        yield _heading(f"{shown.group_name(group['letter'])}, {people}", 3)
        if shown.signature(group):
            yield _muted(shown.signature(group))
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
        yield from _dots(shown, chart, document["topics"]["list"], _("Topics"))
    yield _heading(_("Themes found by software"))
    yield _muted(shown.themes_line)
    if document["themes"]["list"]:
        yield from _themes(shown, chart)


def _themes(shown: Presentation, chart: Chart) -> Iterator[Block]:
    """Yield the themes; what is not stable takes no pages, only a table."""
    rows, caption = shown.document["themes"]["list"], _("Themes found by software")
    if shown.document["themes"]["state"] == "not_stable":
        yield _heap_table(shown, rows, caption)
    else:
        yield from _dots(shown, chart, rows, caption)


def _dots(shown: Presentation, chart: Chart, rows: list[Block], caption: str) -> Iterator[Block]:
    look = geometry.styles(shown.document)
    items = []
    for row in rows:
        signature = shown.signature(row)
        drawn = geometry.dots(row, look, DOT_WIDTH) if row["gap"] is not None else []
        means = ", ".join(f"{letter} {percent(share)}" for letter, share in row["groups"].items())
        items.append(
            {
                "name": shown.heap_name(row),
                "line": shown.heap_line(row) + (f" · {signature}" if signature else ""),
                "svg": chart("dots", drawn, DOT_WIDTH, means) if drawn else "",
                "alt": _("Share that agrees, by group: %(means)s", means=means),
                "quotations": [_quoted(shown, quotation) for quotation in row["quotations"]],
            }
        )
    if shown.letters:
        yield _muted(
            ", ".join(
                f"{shown.group_name(letter)}: {geometry.shape_name(style.shape)}"
                for letter, style in look.items()
            )
            + ". "
            + _("Scale 0 to 100 percent, tick at 50.")
        )
    yield {"kind": "dots", "items": items}
    if shown.letters:
        yield _heap_table(shown, rows, caption)


def _heap_table(shown: Presentation, rows: list[Block], caption: str) -> Block:
    return {
        "kind": "table",
        "caption": caption,
        "header": [
            *(_("Name"), _("Ideas"), _("Comments")),
            *(_("Different texts"), _("People"), _("Votes")),
            *(_("Group %(g)s", g=letter) for letter in shown.letters),
        ],
        "widths": [1, 0, 0, 0, 0, 0, *(0 for _letter in shown.letters)],
        "numbers": list(range(1, 6 + len(shown.letters))),
        "rows": [
            [
                shown.heap_name(row),
                *(number(len(row["ideas"])), number(len(row["comments"]))),
                *(number(row["different_texts"]), shown.people(row["people"])),
                number(row["votes"]),
                *(percent(row["groups"][letter]) for letter in shown.letters),
            ]
            for row in rows
        ],
    }


def _campaigns(shown: Presentation) -> Iterator[Block]:
    campaigns = shown.document["campaigns"]
    yield _heading(_("Sent by many in the same words"))
    yield _text(shown.campaigns_line)
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
            [_quoted(shown, row["quotation"]), *numbers]
            for row, (_words_too, *numbers) in zip(
                campaigns["list"], shown.campaign_rows, strict=False
            )
        ],
    }
    for row in campaigns["list"][:MOST_CAMPAIGNS]:
        if row["added"]:
            yield _heading(
                _("What people added to contribution %(n)s", n=row["quotation"]["contribution"]), 3
            )
            yield _muted(shown.added_line(row))
            added = [quotation for one in row["added"] for quotation in one["words"]]
            yield {
                "kind": "stances",
                "items": [
                    {"words": _quoted(shown, quotation), "line": f"{quotation['contribution']}"}
                    for quotation in added[:MOST_ADDED]
                ],
            }


def _activity(shown: Presentation, chart: Chart) -> Iterator[Block]:
    yield _heading(shown.activity.unit)
    placed = geometry.day_chart(shown.activity.bars, shown.activity.names, shown.activity.note)
    if placed is None:
        yield _text(_("Nothing has happened yet."))
        return
    label, same = shown.activity.label, _("The same numbers follow as a table.")
    yield {
        "kind": "drawing",
        "svg": chart("days", placed, label),
        "alt": f"{label} {same}",
        "caption": shown.activity.sentences,
    }
    if shown.activity.peaks:
        yield _table(_("Busiest days"), [_("What"), _("Day"), _("How many")], shown.activity.rows)
    yield {
        "kind": "table",
        "caption": shown.activity.unit,
        "header": [shown.activity.column, _("Votes"), _("Comments"), _("Ideas")],
        "widths": [1, 1, 1, 1],
        "numbers": [1, 2, 3],
        "rows": [
            [bar.name, *(number(n) for n in (bar.votes, bar.comments, bar.ideas))]
            for bar in shown.activity.bars
            if bar.votes or bar.comments or bar.ideas
        ],
    }
    for line in shown.concentration_lines:
        yield _text(line)


def _moderation(shown: Presentation) -> Iterator[Block]:
    yield _heading(_("Moderation"))
    yield _text(shown.moderation_line)
    if shown.reason_rows:
        yield _table(
            _("Not published, by reason"), [_("Reason"), _("Contributions")], shown.reason_rows
        )
    if shown.decision_rows:
        yield _table(
            _("What moderators decided"), [_("Decision"), _("How often")], shown.decision_rows
        )


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
    yield _heading(_("How this report was made"))
    yield {"kind": "list", "items": shown.limits}
    yield _text(shown.votes_note)
    yield _table(
        _("What the report accounts for"),
        [_("Contributions"), _("Number"), _("Share")],
        shown.coverage_rows,
    )
    yield _table(
        _("How firmly each part stands"),
        [_("Part"), _("Grade"), _("Same again (1 is the same, 0 is chance)")],
        shown.stability_rows,
    )
    for name, text in (*shown.method_rows, *shown.digest_rows):
        yield _muted(f"{name}: {text}")


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


def _views(shown: Presentation, views: list[Block]) -> Block:
    return {
        "kind": "stances",
        "items": [
            {"words": _quoted(shown, view["quotation"]), "line": shown.view_line(view)}
            for view in views
        ],
    }


def _table(caption: str, header: list[str], rows: Sequence[Sequence[str]]) -> Block:
    """First column names, the others numbers."""
    return {
        "kind": "table",
        "caption": caption,
        "header": header,
        "widths": [1, *(0 for _column in header[1:])],
        "numbers": list(range(1, len(header))),
        "rows": [list(row) for row in rows],
    }


def _quoted(shown: Presentation, quotation: Block) -> dict[str, str]:
    return {"text": f"“{quotation['text']}”", "lang": shown.language_of(quotation)}


def _words(shown: Presentation, idea: int) -> dict[str, str]:
    return {"text": shown.words(idea), "lang": shown.ideas[idea]["language"]}


def _heading(text: str, level: int = 2) -> Block:
    return {"kind": "heading", "level": level, "text": text}


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}


def _muted(text: str) -> Block:
    return {"kind": "muted", "text": text}
