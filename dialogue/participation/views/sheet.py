"""Writing in two steps, the same for ideas and comments, new ones and edits: write, look, send.

A sheet is one form: where it leads, what stands on it, how it is checked and shown. `answer`
takes whatever its buttons send. On the way the words are kept as a draft of the person's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from flask import flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import hints as account_hints
from dialogue.accounts.models import Hint
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import forms
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors, TooMany
from dialogue.participation import addresses, hints
from dialogue.participation.appearing import ANOTHER, appearing, chosen_name, quota
from dialogue.participation.commands import drafts, writing
from dialogue.participation.drafts import Pen, Place, Words
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.views import drafting

Checked = TypeVar("Checked")


@dataclass(kw_only=True)
class Sheet(ABC, Generic[Checked]):
    """One form of an idea or a comment; `editing` is what it changes, None for a new one."""

    dialogue: Dialogue
    now: datetime
    words: Words = field(default_factory=drafting.typed)
    pen: Pen = field(default_factory=drafting.pen)
    editing: Contribution | None = None
    receipt: str = ""  # the tracking number of what was posted

    kind: ClassVar[Kind]
    form_template: ClassVar[str]
    preview_template: ClassVar[str]
    first_step: ClassVar[str] = drafting.PREVIEW  # what the Enter key means

    @property
    @abstractmethod
    def action_url(self) -> str:
        """Where the form is sent."""

    @property
    @abstractmethod
    def place(self) -> Place:
        """Where the words are to go, for the draft."""

    @property
    @abstractmethod
    def fields(self) -> dict[str, str]:
        """What others will read of it, by field."""

    @abstractmethod
    def check(self) -> Checked:
        """Return what was typed, checked; raises FieldErrors."""

    @abstractmethod
    def shown(self) -> dict[str, Any]:
        """What both templates need beyond what all sheets have."""

    @abstractmethod
    def form_parts(self) -> dict[str, Any]:
        """What the form's template needs besides."""

    @abstractmethod
    def preview_parts(self, checked: Checked) -> dict[str, Any]:
        """What the preview's template needs besides."""

    @abstractmethod
    def post(self, checked: Checked, name: str) -> str:
        """Carry it out in the present transaction, under the name that was chosen with it if any;
        return where that leads."""

    @abstractmethod
    def payload(self) -> dict[str, Any]:
        """What is kept of a new one until its writer has signed in; see `resuming`."""

    @abstractmethod
    def thanks(self) -> str:
        """What is said once it is sent."""

    def form_page(self, errors: dict[str, str] | None = None, *, hid: bool = False) -> str:
        """Return the form, with what to change; `hid`: personal details were hidden just now."""
        return self._page(
            self.form_template,
            errors=errors or {},
            hid=hid,
            **self.form_parts(),
        )

    def preview_page(self, checked: Checked) -> str:
        """Return the page that shows it as others will see it."""
        return self._page(self.preview_template, **self.preview_parts(checked))

    def _page(self, template: str, **parts: Any) -> str:
        return render_template(
            template,
            dialogue={
                "url": addresses.dialogue_url(self.dialogue.slug),
                "name": self.dialogue.text(self.dialogue.language).short_name,
            },
            action_url=self.action_url,
            editing=self.editing is not None,
            form=self.words,
            notice=hints.notice(self.fields, self.dialogue),
            appearing=appearing(self.dialogue),
            quota="" if self.editing else quota(self.dialogue, self.kind, self.now),
            form_key=forms.new_form_key(),
            opened=self.pen.opened,
            draft=self.pen.next_save,
            **self.shown(),
            **parts,
        )


def answer(sheet: Sheet[Any]) -> Any:
    """Answer a sending of the form: preview it, go back and change, hide details, save, or post."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier
    step = request.form.get("step", sheet.first_step)
    if forms.is_trapped(request.form) and current_user.is_authenticated:
        with transaction():
            account_hints.note(current_user.id, Hint.TRAP, now=sheet.now)
    if step in (drafting.CHANGE, ANOTHER):
        return sheet.form_page()
    if step == drafting.HIDE:
        return _hide(sheet)
    if step == drafting.SAVE:
        return _save(sheet)
    try:
        checked = sheet.check()
        name = "" if sheet.editing else chosen_name(sheet.dialogue)
    except FieldErrors as problem:
        return sheet.form_page(problem.errors), 422
    if step == drafting.POST:
        return _post(sheet, checked, name)
    _keep(sheet)
    return sheet.preview_page(checked)


def _hide(sheet: Sheet[Any]) -> str:
    """Put placeholders in the place of personal details, on the same form."""
    changed = replace(sheet.words, **hints.hidden(sheet.fields, sheet.dialogue))
    hid = changed != sheet.words
    sheet.words = changed
    return sheet.form_page(hid=hid)


def _save(sheet: Sheet[Any]) -> Any:
    """Keep the words for later: for the script while somebody types, for a button otherwise."""
    is_script = request.headers.get("X-Fragment") == "draft"
    if not current_user.is_authenticated:
        if is_script:
            return jsonify(said=_("Not saved: you are signed out.")), 401
        return drafting.keep_and_ask_to_sign_in("save", sheet.payload() | {"kind": sheet.kind})
    try:
        saved = _saved(sheet)
    except FieldErrors as problem:
        if is_script:
            return jsonify(said=problem.message), problem.status
        return sheet.form_page(problem.errors), problem.status
    except Conflict as problem:
        if is_script:
            return jsonify(said=problem.message), problem.status
        raise
    said = _("Saved as a draft.")
    if saved is not None and saved.is_second:
        said = _("Saved as a second draft: the first one was changed in another window.")
    if is_script:
        return jsonify(
            said=said if saved else "",
            second=saved is not None and saved.is_second,
            opened=sheet.pen.opened,
            draft=sheet.pen.next_save,
        )
    if saved is None:
        return sheet.form_page({next(iter(sheet.fields)): _("Write something first.")}), 422
    flash(said, "success")
    return redirect(drafting.DRAFTS_URL, 303)


def _post(sheet: Sheet[Any], checked: Any, name: str) -> Any:
    if not current_user.is_authenticated:
        opened_at = drafting.opened_at()
        writing.must_be_open(sheet.dialogue, sheet.kind, sheet.now, opened_at)
        return drafting.keep_and_ask_to_sign_in(sheet.kind, sheet.payload())
    key, actor = request.form.get("form_key", ""), drafting.actor()
    user_id = current_user.id
    try:
        with transaction():
            url = sheet.post(checked, name)
            # First: of two sendings at once the second waits here, and is led to the result.
            said = _said(sheet)
            forms.remember_result(key, actor, url, said=said, now=sheet.now)
            drafts.forget_sent(user_id=user_id, place=sheet.place, pen=sheet.pen, now=sheet.now)
    except FieldErrors as problem:  # somebody took the name meanwhile
        return sheet.form_page(problem.errors), problem.status
    except (Conflict, TooMany) as problem:
        if _keep(sheet):  # closed meanwhile, hidden, too many today: the words stay theirs
            problem.message = _("%(problem)s Your words are kept as a draft.", problem=problem)
            problem.way_on = (_("Your drafts"), drafting.DRAFTS_URL)
        raise
    forms.tell(said)
    return redirect(url, 303)


def _said(sheet: Sheet[Any]) -> forms.Said:
    said = [[sheet.thanks(), "success"]]
    if sheet.receipt:
        receipt = _(
            "Your receipt is %(number)s. Keep the number: with it anybody can look up how this"
            " stands, but not what you wrote.",
            number=sheet.receipt,
        )
        said.append([receipt, "info"])
    return said


def _keep(sheet: Sheet[Any]) -> bool:
    """Save the draft on the way to something else, which is not held up when that is impossible;
    tell whether the words are kept."""
    if not current_user.is_authenticated:
        return False
    try:
        return _saved(sheet) is not None
    except DomainError:
        return False


def _saved(sheet: Sheet[Any]) -> drafts.Saved | None:
    with transaction():
        saved = drafts.save(
            user_id=current_user.id,
            place=sheet.place,
            words=sheet.words,
            pen=sheet.pen,
            now=sheet.now,
        )
    if saved is not None:
        sheet.pen = Pen(saved.opened, sheet.pen.writer, saved.version)
    return saved
