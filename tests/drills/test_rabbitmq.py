"""From a form to a moderator's queue to the author's mail, every event over RabbitMQ."""

from __future__ import annotations

import pytest

from drills import reckoning
from drills.world import SLUG, planted
from tests.parts import run
from tests.parts.person import choose, forms


@pytest.mark.rabbitmq
class TestEventsOverRabbitmq:
    def test_lead_from_an_idea_to_the_mail_about_it(self) -> None:
        with planted(broker="rabbitmq", DIALOGUE_UNDO_MINUTES="0") as world:
            world.site.start_web()
            world.site.start_worker()
            (author,) = world.people(1)
            (lee,) = world.people(1, "moderator")
            with world.signed_in(author) as person:
                form = person.form(f"/d/{SLUG}/ideas/new", holding="title")
                words = {"title": "An idea over RabbitMQ", "body": "Its text.", "topic": "none"}
                preview = choose(forms(person.send(form, **words).text, form.action))
                assert person.send(preview, ("step", "post")).status_code == 303
            run.wait_until(
                lambda: not reckoning.owed(world), 20, "The queue item", world.site.log("worker")
            )
            with world.signed_in(lee) as person:
                item = reckoning.item_about(world, "An idea over RabbitMQ")
                action = f"/mod/items/{item}/decisions"
                approval = person.form(f"/mod/items/{item}", action=action)
                assert person.send(approval, ("outcome", "approve")).status_code == 303
            world.site.wait_for_mail(author.email)
