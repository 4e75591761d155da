"""What an officer may enter about a dialogue, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from dialogue.dialogues.models import Moderation, Results, VoteKind
from dialogue.kernel import ids, text
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.routing import number

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "UTC",
)
TOPIC_SLOTS = 8
RESERVED_SLUGS = frozenset({"new"})  # /agency/d/new is a page
MOST_FLAGS = 100  # that may be asked for before a text is out of sight
REASON_LIMIT = 500  # of a changed close, shown in public

SHORT = {"question": 90, "short_name": 60, "lede": 300}
LONG = {
    "why": 4000,
    "why_take_part": 4000,
    "changes": 4000,
    "who": 4000,
    "how": 4000,
    "next_steps": 4000,
}
SINGLE = {"contact_mail": 254, "contact_phone": 40, "contact_hours": 120}


@dataclass
class Form:
    """What was typed, field by field; texts as typed, dates as the browser sends them."""

    question: str = ""
    short_name: str = ""
    slug: str = ""
    lede: str = ""
    why: str = ""
    why_take_part: str = ""
    changes: str = ""
    who: str = ""
    how: str = ""
    next_steps: str = ""
    contact_mail: str = ""
    contact_phone: str = ""
    contact_hours: str = ""
    time_zone: str = "America/New_York"
    announce_on: str = ""
    open_on: str = ""
    open_time: str = "09:00"
    close_on: str = ""
    close_time: str = "23:59"
    report_by: str = ""
    reply_by: str = ""
    close_reason: str = ""
    moderation: str = Moderation.BEFORE
    vote_kind: str = VoteKind.THREE
    results: str = Results.AFTER_VOTE
    flag_threshold: str = "0"
    sensitive: str = "yes"
    target_hours: str = "24"
    topics: list[tuple[str, str]] = field(default_factory=list)  # (id or '', name)

    @classmethod
    def typed(cls, values: Mapping[str, str], topics: list[tuple[str, str]]) -> Form:
        """Return the form from a request's values; a box that is not ticked sends nothing."""
        names = [item.name for item in fields(cls) if item.name not in {"topics", "sensitive"}]
        given = {name: values.get(name, "").strip() for name in names}
        return cls(**given, sensitive=values.get("sensitive", ""), topics=topics)


@dataclass(frozen=True)
class DialogueInput:
    """A checked dialogue."""

    slug: str
    texts: dict[str, str]
    contact: dict[str, str]
    time_zone: str
    announce_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    report_by: datetime | None
    reply_by: datetime | None
    close_reason: str
    moderation: Moderation
    results: Results
    sensitive: bool
    target_hours: int
    topics: tuple[tuple[int | None, str], ...]
    vote_kind: VoteKind = VoteKind.THREE
    flag_threshold: int = 0


def dialogue_input(form: Form) -> DialogueInput:
    """Return the checked dialogue; raises FieldErrors with a sentence for each field to change."""
    errors: dict[str, str] = {}
    texts = {name: _text(form, name, limit, errors) for name, limit in (SHORT | LONG).items()}
    contact = {name: _text(form, name, limit, errors) for name, limit in SINGLE.items()}
    for name in LONG:
        _renders(name, texts[name], errors)
    close_reason = _text(form, "close_reason", REASON_LIMIT, errors)
    for name, sentence in (
        ("question", _("Write the question of the dialogue")),
        ("short_name", _("Write a short name for it")),
        ("lede", _("Say in one or two sentences what you ask for")),
    ):
        if not texts[name]:
            errors.setdefault(name, sentence)
    slug = ids.slug(form.slug or form.short_name)
    if not slug or slug in RESERVED_SLUGS:
        errors["slug"] = _("Write an address part with Latin letters or digits")
    if form.time_zone not in ZONES:
        errors["time_zone"] = _("Choose a time zone")
        zone = ZoneInfo("UTC")
    else:
        zone = ZoneInfo(form.time_zone)
    announce_at = _moment(form, "announce_on", "00:00", zone, errors)
    opens_at = _moment(form, "open_on", form.open_time, zone, errors, required=True)
    closes_at = _moment(form, "close_on", form.close_time, zone, errors, required=True)
    report_by = _moment(form, "report_by", "23:59", zone, errors)
    reply_by = _moment(form, "reply_by", "23:59", zone, errors)
    _in_order(announce_at, opens_at, closes_at, report_by, reply_by, errors)
    topics = _topics(form, errors)
    hours = number(form.target_hours) or 0
    if not 1 <= hours <= 24 * 14:
        errors["target_hours"] = _("Enter the hours as a number from 1 to 336")
    if form.moderation not in set(Moderation):
        errors["moderation"] = _("Choose when moderators read")
    if form.vote_kind not in set(VoteKind):
        errors["vote_kind"] = _("Choose how people vote")
    threshold = number(form.flag_threshold or "0")
    if threshold is None or threshold > MOST_FLAGS:
        errors["flag_threshold"] = _("Enter a number from 0 to %(n)s", n=MOST_FLAGS)
    if form.results not in set(Results):
        errors["results"] = _("Choose when results show")
    if errors or opens_at is None or closes_at is None:
        raise FieldErrors(errors)
    return DialogueInput(
        slug=slug,
        texts=texts,
        contact=contact,
        time_zone=form.time_zone,
        announce_at=announce_at,
        opens_at=opens_at,
        closes_at=closes_at,
        report_by=report_by,
        reply_by=reply_by,
        close_reason=close_reason,
        moderation=Moderation(form.moderation),
        vote_kind=VoteKind(form.vote_kind),
        results=Results(form.results),
        flag_threshold=threshold or 0,
        sensitive=bool(form.sensitive),
        target_hours=hours,
        topics=topics,
    )


def warnings(checked: DialogueInput) -> list[str]:
    """Return what is allowed but seldom wise."""
    found = []
    if checked.closes_at - checked.opens_at < timedelta(days=14):
        found.append(_("The dialogue is open for less than 14 days."))
    if checked.closes_at.astimezone(ZoneInfo(checked.time_zone)).weekday() >= 5:
        found.append(_("It closes on a weekend, when nobody may be there to help."))
    if checked.reply_by is None:
        found.append(_("There is no date for “What we will do”. People will ask."))
    return found


def _text(form: Form, name: str, limit: int, errors: dict[str, str]) -> str:
    try:
        value = text.clean_source(getattr(form, name)).strip()
    except text.BadText as problem:
        errors[name] = str(problem)
        return ""
    over = text.count(value) - limit
    if over > 0:
        errors[name] = _(
            "Shorten this by %(over)s characters; %(limit)s fit.", over=over, limit=limit
        )
    return value


def _renders(name: str, source: str, errors: dict[str, str]) -> None:
    try:
        text.render(source, link_id=lambda _url: 0, own_host="")
    except text.BadText as problem:
        errors[name] = str(problem)


def _moment(
    form: Form,
    name: str,
    clock_time: str,
    zone: ZoneInfo,
    errors: dict[str, str],
    *,
    required: bool = False,
) -> datetime | None:
    """Return the moment of a date and a time in the dialogue's zone, in UTC."""
    typed = getattr(form, name)
    if not typed:
        if required:
            errors[name] = _("Enter the date")
        return None
    try:
        local = datetime.combine(date.fromisoformat(typed), time.fromisoformat(clock_time))
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        errors[name] = _("Enter a date in the form 2026-12-18 and a time in the form 23:59")
        return None


def _in_order(
    announce_at: datetime | None,
    opens_at: datetime | None,
    closes_at: datetime | None,
    report_by: datetime | None,
    reply_by: datetime | None,
    errors: dict[str, str],
) -> None:
    if opens_at and closes_at and closes_at <= opens_at:
        errors["close_on"] = _("The close must come after the opening")
    if announce_at and opens_at and announce_at > opens_at:
        errors["announce_on"] = _("Announce it on the day of the opening or before")
    if report_by and closes_at and report_by < closes_at:
        errors["report_by"] = _("The report can only be promised for after the close")
    if reply_by and (report_by or closes_at) and reply_by < (report_by or closes_at or reply_by):
        errors["reply_by"] = _("The reply can only be promised for after the report")


def _topics(form: Form, errors: dict[str, str]) -> tuple[tuple[int | None, str], ...]:
    found: list[tuple[int | None, str]] = []
    names: set[str] = set()
    for topic_id, typed in form.topics:
        name = " ".join(typed.split())
        if text.count(name) > 60:
            errors["topics"] = _("Shorten the topics to 60 characters each")
        if name and text.fold(name) in names:
            errors["topics"] = _("Two topics have the same name")
        names.add(text.fold(name))
        if name or topic_id:
            found.append((number(topic_id), name))
    if not 2 <= sum(1 for _id, name in found if name) <= TOPIC_SLOTS:
        errors.setdefault("topics", _("Enter two to eight topics"))
    return tuple(found)
