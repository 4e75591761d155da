"""Every setting of the platform, one line each, read from the environment as DIALOGUE_<NAME>.

Development starts with no setting at all. Production (DIALOGUE_ENV=production) refuses to start
with values that would put people at risk; `Config.problems()` says which and what to do.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent


class UnsafeSettings(RuntimeError):
    """Raised when production would start with unsafe settings; the message lists each one."""


@dataclass(frozen=True, kw_only=True)
class Helpline:
    """One line of help shown on every page; phone and text as people read them."""

    name: str
    phone: str
    text: str = ""


def _helplines(value: str) -> tuple[Helpline, ...]:
    """Parse 'name|phone|text; name|phone|text'."""
    rows = (tuple(cell.strip() for cell in row.split("|")) for row in value.split(";"))
    return tuple(
        Helpline(name=row[0], phone=row[1], text=row[2] if len(row) > 2 else "")
        for row in rows
        if len(row) >= 2 and row[1]
    )


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _database_url(url: str) -> str:
    """Name the driver we install, so that the usual postgresql:// addresses work as they are."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


DEFAULT_HELPLINES = "National Human Trafficking Hotline|1-888-373-7888|233733"


_READERS: dict[str, Callable[[str], object]] = {
    "str": str.strip,
    "int": int,
    "float": float,
    "bool": _flag,
    "Path": Path,
    "tuple[Helpline, ...]": _helplines,
    "tuple[str, ...]": lambda value: tuple(word.strip() for word in value.split(",")),
}

# Names that Flask and its extensions gave; the environment does not set them.
FLASK_SETTINGS = frozenset(
    {
        "BABEL_DEFAULT_LOCALE",
        "BABEL_TRANSLATION_DIRECTORIES",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_NAME",
        "SESSION_COOKIE_SAMESITE",
        "SESSION_COOKIE_SECURE",
        "SQLALCHEMY_DATABASE_URI",
        "TESTING",
        "TRUSTED_HOSTS",
        "WTF_CSRF_CHECK_DEFAULT",
        "WTF_CSRF_TIME_LIMIT",
    }
)


@dataclass(kw_only=True)
class Config:
    """Settings by group. Units stand in the names or beside the value."""

    # Where things live
    ENV: str = "development"  # or production, which refuses unsafe settings
    # the folder for database, keys, mail and files; ./instance by default
    INSTANCE: Path = field(default_factory=lambda: ROOT / "instance")
    SQLALCHEMY_DATABASE_URI: str = ""  # empty: <instance>/dialogue.sqlite3
    BROKER_URL: str = ""  # empty: an SQLite file of its own in the instance folder
    MAIL_URL: str = ""  # empty: one .eml file a mail in <instance>/mail; smtp://user:pw@host:port
    BASE_URL: str = "http://127.0.0.1:8000"  # the only source of addresses in mails and redirects
    MAIL_FROM: str = "no-reply@dialogues.example"  # sender of every mail

    # The site
    SITE_NAME: str = "National Dialogues"  # in titles and mails
    SITE_OFFICE: str = "Office of Worker Outreach"  # who runs it
    SITE_CONTACT: str = "help@dialogues.example"  # the help desk
    # name|phone|text; name|phone|text: shown on every page, never reported as personal details
    HELPLINES: tuple[Helpline, ...] = field(default_factory=lambda: _helplines(DEFAULT_HELPLINES))
    SHOW_STRIP: bool = True  # helpline strip and exit control on every page
    EXIT_URL: str = "https://www.weather.gov/"  # where "Leave this site" goes: dull on purpose
    LANGUAGES: tuple[str, ...] = ("en",)  # of the site; those with a whole catalogue
    POLICY_VERSION: str = "2026-11"  # the comment policy that people accept; stored with them

    # Security
    SECRET_KEY: str = ""  # empty: generated once into <instance>/secret.key, mode 0600
    TRUSTED_PROXIES: int = 0  # how many proxies of ours stand in front; 0 ignores X-Forwarded-*
    MAX_CONTENT_LENGTH: int = 256 * 1024  # bytes; the longest form is about 40 kB
    MAX_FORM_MEMORY_SIZE: int = 128 * 1024  # bytes of one field
    MAX_FORM_PARTS: int = 200  # fields of a form
    SESSION_DAYS: int = 30  # participants; absolute
    STAFF_SESSION_HOURS: int = 12  # absolute
    STAFF_IDLE_MINUTES: int = 15  # 0 switches the limit off; production refuses that
    CODE_MINUTES: int = 10  # life of a mailed six-digit code
    CODE_TRIES: int = 5  # of one code
    PROOF_MINUTES: int = 15  # so long a sign-in is fresh enough for dangerous acts
    ADDRESSES_PER_DAY: int = 5  # changes of the mail address that one person may ask for
    ADDRESS_UNDO_DAYS: int = 3  # the old mail address can undo a change that long
    COPY_HOURS: int = 24  # a copy of a person's data can be had that long
    SIGN_IN_TRIES: int = 10  # wrong passwords per account in 15 minutes
    MAILS_PER_HOUR: int = 6  # codes to one address from one network; twice that from everywhere
    ACCOUNTS_PER_HOUR: int = 60  # accounts begun from one network address (a library has one)

    # Participation and moderation
    SEALED_TEXT_DAYS: int = 180  # the originals of words that moderators hid are kept that long
    UNDO_MINUTES: int = 10  # decisions can be undone that long; their mails wait
    CLAIM_MINUTES: int = 5  # "Lee is reading this"
    HARD_ITEMS: int = 8  # decided in a day, hard to read: from here on the desk suggests a pause
    GRACE_MINUTES: int = 15  # a form opened before closing is accepted that long after it
    IDEAS_PER_DAY: int = 20  # per person and dialogue, once the account is trusted
    COMMENTS_PER_HOUR: int = 60  # per person and dialogue, once the account is trusted
    VOTES_PER_HOUR: int = 600  # new votes per person and dialogue, once the account is trusted
    TRUST_AT_FIRST: int = 25  # percent of these limits that a new account has
    TRUST_PER_DAY: int = 5  # percent more for each day of its age
    TRUST_PER_PUBLISHED: int = 15  # percent more for each idea or comment that was published
    SEARCHES_PER_MINUTE: int = 120  # from one network, in one web process
    ACCOUNTS_ALIKE: int = 8  # so many begun from one network in an hour are pointed out
    HINT_DAYS: int = 30  # what points to a robot or to one person with many accounts is kept
    FLAGS_PER_DAY: int = 30  # reports of content to moderators, per person
    DISOWNS_PER_DAY: int = 4  # "I did not write this", per mail address and network
    FOLLOWS_PER_HOUR: int = 200  # per person; nobody means to follow more
    NAME_CHANGES: int = 3  # of the name in one dialogue, in a day
    NAME_DAYS: int = 90  # a name that was given up is nobody else's that long
    SLOW_PER_DAY: int = 3  # ideas and comments of somebody whom moderators slowed down
    APPEAL_DAYS: int = 30  # a second look at a decision can be asked for that long
    TEXT_CEILING: int = 10_000  # code points; no dialogue may allow more
    RECEIPT_TRIES: int = 30  # tracking numbers looked up from one network in 15 minutes
    DRAFTS_PER_PERSON: int = 50  # kept at once
    DRAFT_DAYS: int = 180  # an untouched draft is kept that long, also after its dialogue closed
    SUMMARY_HOUR: int = 8  # when summaries by mail are written, in the reader's own time

    # Work in the background
    RELAY_SECONDS: float = 0.2  # how often the relay looks for events to hand on
    RESEND_SECONDS: int = 60  # an unfinished delivery is sent again after this
    LEASE_SECONDS: int = 60  # a report whose worker is silent this long is taken over
    REPORT_ATTEMPTS: int = 3  # then it has failed, with the reason
    REPORT_MINUTES: int = 15  # a report ends done or failed within this
    REPORTS_AT_ONCE: int = 1  # the others wait, so that mails and screening find a free process
    REPORT_HELPERS: int = 1  # processes that may help the one that makes a report
    REPORT_SHARDS: int = 0  # parts of every stage of a report; 0: by how long it takes

    # Flask and its extensions
    WTF_CSRF_CHECK_DEFAULT: bool = False  # dialogue.kernel.security decides which requests
    WTF_CSRF_TIME_LIMIT: int | None = None  # as long as the session; texts are never lost to it
    SESSION_COOKIE_HTTPONLY: bool = True
    SESSION_COOKIE_SAMESITE: str = "Lax"
    SESSION_COOKIE_SECURE: bool = False  # set from BASE_URL
    SESSION_COOKIE_NAME: str = "dialogue"  # becomes __Host-dialogue on HTTPS
    BABEL_DEFAULT_LOCALE: str = "en"
    BABEL_TRANSLATION_DIRECTORIES: str = "translations"
    TESTING: bool = False
    TRUSTED_HOSTS: list[str] | None = None

    def __post_init__(self) -> None:
        self.INSTANCE = Path(self.INSTANCE).resolve()
        self.BASE_URL = self.BASE_URL.rstrip("/")
        self.SQLALCHEMY_DATABASE_URI = _database_url(
            self.SQLALCHEMY_DATABASE_URI or f"sqlite:///{self.INSTANCE / 'dialogue.sqlite3'}"
        )
        self.BROKER_URL = self.BROKER_URL or f"embedded:///{self.INSTANCE / 'broker.sqlite3'}"
        self.MAIL_URL = self.MAIL_URL or f"file://{self.INSTANCE / 'mail'}"
        if urlsplit(self.BASE_URL).scheme == "https":
            self.SESSION_COOKIE_SECURE = True
            self.SESSION_COOKIE_NAME = "__Host-dialogue"
        if self.TRUSTED_HOSTS is None and self.ENV == "production":
            host = urlsplit(self.BASE_URL).hostname
            self.TRUSTED_HOSTS = [host] if host else []

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Config:
        """Read DIALOGUE_* variables; unset ones keep the default. Raises UnsafeSettings."""
        env = os.environ if env is None else env
        given: dict[str, Any] = {
            setting.name: _READERS[str(setting.type)](env[f"DIALOGUE_{setting.name}"])
            for setting in fields(cls)
            if setting.name not in FLASK_SETTINGS and env.get(f"DIALOGUE_{setting.name}")
        }
        if env.get("DIALOGUE_DATABASE_URL"):
            given["SQLALCHEMY_DATABASE_URI"] = env["DIALOGUE_DATABASE_URL"]
        if "BASE_URL" not in given and env.get("PORT"):
            given["BASE_URL"] = f"http://127.0.0.1:{env['PORT']}"
        config = cls(**given)
        problems = config.problems()
        if problems:
            raise UnsafeSettings(
                "These settings are not safe for production:\n- " + "\n- ".join(problems)
            )
        return config

    @classmethod
    def for_tests(
        cls, *, instance: Path, database_url: str = "", broker_url: str = "", **overrides: object
    ) -> Config:
        """A configuration with its own folder; limits stay as they are in earnest."""
        values: dict[str, object] = {
            "INSTANCE": instance,
            "SQLALCHEMY_DATABASE_URI": database_url,
            "BROKER_URL": broker_url,
            "TESTING": True,
            "SECRET_KEY": secrets.token_hex(32),
        }
        return cls(**{**values, **overrides})  # type: ignore[arg-type]  # names checked by cls

    def problems(self) -> list[str]:
        """Return what makes these settings unsafe in production; empty elsewhere or when safe."""
        if self.ENV not in {"development", "production"}:
            return [f"DIALOGUE_ENV is '{self.ENV}'; use 'development' or 'production'."]
        if self.ENV != "production":
            return []
        found = []
        if not self.BASE_URL.startswith("https://"):
            found.append("DIALOGUE_BASE_URL must be the https:// address people use.")
        if len(self.SECRET_KEY) < 32:
            found.append("DIALOGUE_SECRET_KEY must be set to at least 32 random characters.")
        if self.MAIL_URL.startswith("file:"):
            found.append("DIALOGUE_MAIL_URL must name a mail server (smtp://… or smtps://…).")
        if self.MAIL_FROM.endswith(".example"):
            found.append("DIALOGUE_MAIL_FROM must be an address of yours.")
        if self.SITE_CONTACT.endswith(".example"):
            found.append("DIALOGUE_SITE_CONTACT must be an address that people can write to.")
        if self.SQLALCHEMY_DATABASE_URI.startswith("sqlite"):
            found.append("DIALOGUE_DATABASE_URL must name a PostgreSQL database.")
        if self.BROKER_URL.startswith("embedded:"):
            found.append("DIALOGUE_BROKER_URL must name RabbitMQ or Redis.")
        if self.STAFF_IDLE_MINUTES <= 0:
            found.append("DIALOGUE_STAFF_IDLE_MINUTES must be above zero.")
        return found

    def prepare_instance(self) -> None:
        """Create the instance folder and the secret key file; raises OSError when it cannot."""
        self.INSTANCE.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = self.INSTANCE.stat().st_mode
        if mode & 0o007:  # made by somebody else: database, mails and keys are not for everybody
            with suppress(PermissionError):
                self.INSTANCE.chmod(mode & 0o7770)
        if self.SECRET_KEY:
            return
        key_file = self.INSTANCE / "secret.key"
        try:
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        self.SECRET_KEY = key_file.read_text().strip()
