"""People who post ideas and comments and vote over HTTP, and remember what was acknowledged.

Each sends forms that pages really offered, one after the other. What gets no answer because a
server dies is sent again, the same form with the same key, as a person would press the button
again; what was answered 303 must be there for ever.
"""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from drills.world import SLUG, Account, World
from tests.parts.person import Form, Person, choose, forms

CHOICES = ("agree", "disagree", "pass", "none")
MARK = re.compile(r"drill-[0-9a-f]{16}")


@dataclass
class Ledger:
    """What the crowd sent and what it was told; shared by its threads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    acknowledged: dict[str, str] = field(default_factory=dict)  # mark → where the answer led
    unanswered: set[str] = field(default_factory=set)  # marks that may or may not have arrived
    # (address, idea) → choices in order, each with whether it was acknowledged
    votes: dict[tuple[str, int], list[tuple[str, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    answers: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)  # seconds until a POST was answered
    problems: list[str] = field(default_factory=list)  # of the drill itself

    def heard(self, answer: httpx.Response | None, seconds: float) -> bool:
        """Count an answer; tell whether it acknowledges."""
        with self.lock:
            self.answers[str(answer.status_code) if answer is not None else "no answer"] += 1
            if answer is not None:
                self.waits.append(seconds)
        return answer is not None and answer.status_code == 303

    def possible_choices(self, key: tuple[str, int]) -> set[str]:
        """The choices that may stand now: the last acknowledged one, or one sent after it."""
        possible: set[str] = set()
        for choice, acknowledged in self.votes[key]:
            possible = {choice} if acknowledged else possible | {choice}
        if not any(acknowledged for _choice, acknowledged in self.votes[key]):
            possible.add("none")
        return possible

    @property
    def votes_acknowledged(self) -> int:
        return sum(told for sent in self.votes.values() for _choice, told in sent)


class Crowd:
    """Some people at work until told to stop."""

    def __init__(self, world: World, people: Sequence[Account], seed: int = 1) -> None:
        self.ledger = Ledger()
        self._world = world
        self._stop = threading.Event()
        ideas = world.ideas()
        self._threads = [
            threading.Thread(
                target=_Member(world, account, ideas, self.ledger, self._stop, seed + place).work,
                name=account.email,
                daemon=True,
            )
            for place, account in enumerate(people)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Ask everybody to stop after what they do now, and wait for them."""
        self._stop.set()
        for thread in self._threads:
            thread.join(90)
        assert not any(thread.is_alive() for thread in self._threads), "somebody still waits"
        assert not self.ledger.problems, self.ledger.problems


class _Member:
    """One person."""

    def __init__(
        self,
        world: World,
        account: Account,
        ideas: Sequence[int],
        ledger: Ledger,
        stop: threading.Event,
        seed: int,
    ) -> None:
        self._world, self._account, self._ideas = world, account, ideas
        self._ledger, self._stop = ledger, stop
        self._dice = random.Random(seed)
        self._person: Person | None = None
        self._token = ""

    def work(self) -> None:
        try:
            self._work()
        except Exception as problem:
            self._ledger.problems.append(f"{self._account.email}: {problem!r}")
        finally:
            if self._person is not None:
                self._person.client.close()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                if self._person is None:
                    person = self._world.signed_in(self._account)
                    self._token = _token_of(person, self._ideas[0])
                    self._person = person
                act = self._dice.random()
                if act < 0.6:
                    self._vote()
                elif act < 0.85:
                    self._comment()
                else:
                    self._share_an_idea()
            except (httpx.TransportError, AssertionError):
                # Nobody answers, or not with the page: a moment later somebody will.
                self._stop.wait(0.2)

    def _vote(self) -> None:
        idea, choice = self._dice.choice(self._ideas), self._dice.choice(CHOICES)
        # One idea's form serves for the others: the token belongs to the session.
        fields = {"csrf_token": self._token, "choice": choice}
        form = Form(f"/d/{SLUG}/ideas/{idea}/vote", fields)
        sent = self._ledger.votes[self._account.email, idea]
        sent.append((choice, False))
        for _again in range(20):
            if self._send(form):
                sent[-1] = (choice, True)
                return

    def _comment(self) -> None:
        mark = _mark()
        action = f"/d/{SLUG}/ideas/{{}}/comments"
        idea = self._dice.choice(self._ideas)
        page = self._me.client.get(f"/d/{SLUG}/ideas/{idea}", follow_redirects=True)
        form = choose(forms(page.text, str(page.url.path)), action=action.format(idea))
        form.fields["body"] = f"A comment of a drill, {mark}."
        self._post(form, mark)

    def _share_an_idea(self) -> None:
        mark = _mark()
        form = self._me.form(f"/d/{SLUG}/ideas/new", holding="title")
        words = {"title": f"An idea of a drill, {mark}", "body": f"The text of {mark}."}
        words["topic"] = "none"
        preview = self._me.send(form, None, **words)
        assert preview.status_code == 200, preview.status_code
        self._post(choose(forms(preview.text, form.action), holding="title"), mark, step="post")

    def _post(self, form: Form, mark: str, **fields: str) -> None:
        with self._ledger.lock:
            self._ledger.unanswered.add(mark)
        for _again in range(20):
            where = self._send(form, **fields)
            if where:
                with self._ledger.lock:
                    self._ledger.unanswered.discard(mark)
                    self._ledger.acknowledged[mark] = where
                return

    def _send(self, form: Form, **fields: str) -> str:
        """Send a form; return where its acknowledgement leads, empty without one."""
        began = time.monotonic()
        answer: httpx.Response | None = None
        try:
            answer = self._me.send(form, ("step", "post"), **fields)
        except httpx.TransportError:
            self._stop.wait(0.3)
        if self._ledger.heard(answer, time.monotonic() - began) and answer is not None:
            return str(answer.headers["location"])
        return ""

    @property
    def _me(self) -> Person:
        assert self._person is not None
        return self._person


def _token_of(person: Person, idea: int) -> str:
    form = person.form(f"/d/{SLUG}/ideas/{idea}/vote", holding="csrf_token")
    return form.fields["csrf_token"]


def _mark() -> str:
    return f"drill-{secrets.token_hex(8)}"
