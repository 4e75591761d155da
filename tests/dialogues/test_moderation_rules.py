"""A dialogue opens with its moderation policy and reasons for refusing, in each language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from dialogue.dialogues.models import Act, Dialogue, ModerationPolicy, ModerationReason, Phase
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db
from tests.cast import SLUG, Cast
from tests.dialogues.test_editing import EDIT, fields_of
from tests.pages import Browser
from tests.parts import tables

BEFORE_IT = "0010"  # the migration before policies
RULES = f"/agency/d/{SLUG}/moderation"


def typed(browser: Browser) -> dict[str, object]:
    """What the page holds, as a browser would send it."""
    form = browser.form(RULES, holding="policy_en")
    codes = browser.app.test_request_context
    with codes(), browser.app.app_context():
        known = db.session.scalars(
            select(ModerationReason.code)
            .join(Dialogue)
            .where(Dialogue.slug == SLUG)
            .order_by(ModerationReason.position)
        ).all()
    return {**form.fields, "reason_code": [*known, "", ""]}


def policies(cast: Cast) -> list[ModerationPolicy]:
    def all_of_it() -> list[ModerationPolicy]:
        return list(
            db.session.scalars(
                select(ModerationPolicy)
                .where(ModerationPolicy.dialogue_id == cast.dialogue)
                .order_by(ModerationPolicy.number)
            )
        )

    return cast.read(all_of_it)


def reason(cast: Cast, code: str) -> ModerationReason:
    return cast.read(
        lambda: db.session.scalars(
            select(ModerationReason).where(
                ModerationReason.dialogue_id == cast.dialogue, ModerationReason.code == code
            )
        ).one()
    )


class TestTheRules:
    def test_begin_with_a_policy_and_reasons_in_both_languages(self, cast: Cast) -> None:
        (first,) = policies(cast)
        assert set(first.texts) == {"en", "es"}
        page = Browser(cast.app).get(f"/d/{SLUG}/about").text
        assert "Moderators never rewrite your words." in page
        assert "Threats, insults or hate" in page

    def test_are_changed_and_a_changed_policy_is_published_beside_the_earlier_one(
        self, cast: Cast
    ) -> None:
        ola = Browser(cast.app, "ola")
        fields = typed(ola)
        ola.post(RULES, fields)
        assert len(policies(cast)) == 1, "the same text is not published again"
        ola.post(
            RULES,
            {
                **fields,
                "moderation": "first",
                "target_hours": "8",
                "flag_threshold": "3",
                "safety_lead": str(cast.people["lee"]),
                "policy_en": "Be *kind* to each other.",
                "reason_7_label_en": "Not a whole sentence",
                "reason_7_label_es": "No es una frase completa",
                "reason_7_sentence_en": "Please say it in one sentence.",
                "reason_7_sentence_es": "Dígalo en una frase, por favor.",
                "reason_5_retired": "yes",
            },
        )
        assert [policy.number for policy in policies(cast)] == [1, 2]
        assert "<em>kind</em>" in Browser(cast.app).get(f"/d/{SLUG}/about").text
        dialogue = cast.read(lambda: db.session.get_one(Dialogue, cast.dialogue))
        assert (dialogue.moderation, dialogue.target_hours) == ("first", 8)
        assert (dialogue.flag_threshold, dialogue.safety_lead_id) == (3, cast.people["lee"])
        assert reason(cast, "spam").retired_at is not None
        assert reason(cast, "not_a_whole_sentence").position == 7
        assert typed(ola)["reason_7_label_es"] == "No es una frase completa"
        assert cast.read(audit.verify) == []

    @pytest.mark.sqlite_only
    def test_keep_what_was_typed_beside_each_mistake(self, cast: Cast) -> None:
        ola = Browser(cast.app, "ola")
        fields = typed(ola)
        for wrong, said in (
            ({"policy_es": ""}, "Write the moderation policy in Spanish"),
            ({"policy_en": "x" * 4001}, "Shorten this by 1 characters"),
            ({"policy_en": "- " * 1990 + "deep"}, "policy_en"),
            ({"reason_2_label_es": ""}, "Write reason 2 in Spanish"),
            ({"reason_1_label_en": "", "reason_1_label_es": ""}, "Write what the reason is called"),
            ({f"reason_{n}_retired": "yes" for n in range(1, 7)}, "at least one reason"),
            ({"reason_7_label_en": "\x00"}, "reason_7_label_en"),
            ({"moderation": "never"}, "Choose when moderators read"),
            ({"target_hours": "0"}, "from 1 to 336"),
            ({"flag_threshold": "-1"}, "from 0 to 100"),
            ({"safety_lead": str(cast.people["ana"])}, "Choose somebody from the list"),
            ({"reason_code": ["no such code"] * 40}, "at most"),
        ):
            page = ola.post(RULES, {**fields, "target_hours": "77", **wrong}, 422).text
            assert said in page, wrong
            assert 'value="77"' in page or "target_hours" in wrong
        assert len(policies(cast)) == 1

    def test_are_asked_for_before_a_dialogue_is_announced(self, cast: Cast) -> None:
        """The command refuses and says what is missing; the page lists it, too."""
        cast.unannounce()
        ola = Browser(cast.app, "ola")
        ola.post(RULES, {**typed(ola), "policy_es": "", "reason_1_sentence_es": ""})
        missing = "Write the moderation policy in Spanish", "Write reason 1 in Spanish"
        for path in (RULES, f"/agency/d/{SLUG}"):
            page = ola.get(path).text
            assert all(sentence in page for sentence in missing), path
        day = (clock.now() - timedelta(days=60)).date().isoformat()
        page = ola.post(EDIT, {**fields_of(ola, EDIT), "announce_on": day}, 422).text
        assert all(sentence in page for sentence in missing)
        Browser(cast.app).get(f"/d/{SLUG}", 404)
        ola.post(
            RULES,
            {**typed(ola), "policy_es": "Sea amable.", "reason_1_sentence_es": "Sin datos."},
        )
        ola.post(EDIT, {**fields_of(ola, EDIT), "announce_on": day})
        assert cast.read(lambda: db.session.scalar(_announced(cast.dialogue))) is not None

    @pytest.mark.sqlite_only
    def test_of_a_dialogue_without_any_reason_keep_it_a_draft(self, cast: Cast) -> None:
        cast.unannounce()
        with cast.writing():
            db.session.execute(
                update(ModerationReason)
                .where(ModerationReason.dialogue_id == cast.dialogue)
                .values(retired_at=clock.now() - timedelta(days=1))
            )
        ola = Browser(cast.app, "ola")
        day = (clock.now() - timedelta(days=60)).date().isoformat()
        page = ola.post(EDIT, {**fields_of(ola, EDIT), "announce_on": day}, 422).text
        assert "Write at least one reason for refusing" in page

    def test_are_the_officers_alone(self, cast: Cast) -> None:
        for name in ("oz", "lee", "ana"):
            Browser(cast.app, name).get(RULES, 404)


class TestItsMigration:
    def test_keeps_the_policy_on_the_way_down_and_up_again(self, cast: Cast) -> None:
        cast.change(moderation="rules")
        (policy,) = policies(cast)
        with cast.app.app_context():
            downgrade(tables.MIGRATIONS, revision=BEFORE_IT)
        tables.let_go(cast.app)
        with cast.app.app_context():
            upgrade(tables.MIGRATIONS)
        tables.let_go(cast.app)
        (again,) = policies(cast)
        assert again.texts == {"en": policy.texts["en"]}, "only English has a text beside it"
        assert again.html["en"] == policy.html["en"]
        dialogue = cast.read(lambda: db.session.get_one(Dialogue, cast.dialogue))
        assert dialogue.moderation == "before"
        cast.change(moderation="first")
        with pytest.raises(IntegrityError):
            cast.change(moderation="never")


def _announced(dialogue_id: int) -> object:
    return select(Phase.opens_at).where(Phase.dialogue_id == dialogue_id, Phase.act == Act.ANNOUNCE)
