"""The composition root: the only module that knows every part."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from dialogue import wiring
from dialogue.accounts import access, intents
from dialogue.accounts import sessions as account_sessions
from dialogue.accounts.views import addresses, entering, holdings, own, proving, signed_in
from dialogue.cli import loader as commands
from dialogue.console import appeals, authors, people, record, shell, watch_lists
from dialogue.dialogues import manage as dialogues_manage
from dialogue.dialogues import queries as dialogue_queries
from dialogue.kernel import (
    compression,
    copies,
    extensions,
    kept,
    logs,
    outbox,
    personal,
    routing,
    security,
    templating,
)
from dialogue.kernel import db as database
from dialogue.moderation import intake as moderation_intake
from dialogue.moderation import manage as moderation_manage
from dialogue.moderation import (
    manage_batches,
    manage_care,
    manage_hiding,
    manage_lineage,
    manage_texts,
)
from dialogue.moderation import views as second_look_views
from dialogue.notifications import resuming as following_later
from dialogue.notifications.queries import notices as notice_queries
from dialogue.notifications.views import emails, following, notices, openings
from dialogue.participation import resuming
from dialogue.participation.commands import intake
from dialogue.participation.views import comments as comment_views
from dialogue.participation.views import disown as disown_views
from dialogue.participation.views import drafts as draft_views
from dialogue.participation.views import flags as flag_views
from dialogue.participation.views import helpful as helpful_views
from dialogue.participation.views import ideas as idea_views
from dialogue.participation.views import keeping, permalinks, withdrawing, writing_check
from dialogue.participation.views import naming as naming_views
from dialogue.participation.views import similar as similar_views
from dialogue.participation.views import votes as vote_views
from dialogue.reports import views as reports_views
from dialogue.reports.manage import hand as reports_hand
from dialogue.reports.manage import making as reports_manage
from dialogue.site import (
    activity,
    dialogue_home,
    errors,
    feeds,
    frame,
    health,
    history,
    home,
    idea_page,
    ideas_csv,
    moderation_log,
    my_flags,
    my_pages,
    my_votes,
    one_by_one,
    pages,
    receipts,
    search_results,
    steps,
)

ROOT = Path(__file__).resolve().parent.parent

BLUEPRINTS = (
    home.blueprint,
    dialogue_home.blueprint,
    idea_page.blueprint,
    history.blueprint,
    receipts.blueprint,
    activity.blueprint,
    my_votes.blueprint,
    my_flags.blueprint,
    one_by_one.blueprint,
    ideas_csv.blueprint,
    pages.blueprint,
    search_results.blueprint,
    health.blueprint,
    entering.blueprint,
    addresses.blueprint,
    own.blueprint,
    holdings.blueprint,
    holdings.certificates,
    proving.blueprint,
    signed_in.blueprint,
    dialogues_manage.blueprint,
    idea_views.blueprint,
    comment_views.blueprint,
    naming_views.blueprint,
    permalinks.blueprint,
    helpful_views.blueprint,
    withdrawing.blueprint,
    draft_views.blueprint,
    vote_views.blueprint,
    keeping.blueprint,
    flag_views.blueprint,
    disown_views.blueprint,
    writing_check.blueprint,
    similar_views.blueprint,
    moderation_manage.blueprint,
    manage_texts.blueprint,
    manage_hiding.blueprint,
    manage_lineage.blueprint,
    manage_batches.blueprint,
    manage_care.blueprint,
    reports_views.blueprint,
    reports_manage.blueprint,
    reports_hand.blueprint,
    people.blueprint,
    following.blueprint,
    notices.blueprint,
    emails.blueprint,
    openings.blueprint,
    feeds.blueprint,
    watch_lists.blueprint,
    authors.blueprint,
    appeals.blueprint,
    record.blueprint,
    moderation_log.blueprint,
    second_look_views.blueprint,
    steps.blueprint,
)


def create_app(config: Config | None = None) -> Flask:
    """Return the application, ready to serve; `config` defaults to the environment's.

    Celery is not loaded here: web processes never speak to the broker (see jobs.relay).

    Raises UnsafeSettings when production would start with unsafe settings.
    """
    config = config or Config.from_environment()
    config.prepare_instance()
    app = Flask(
        "dialogue",
        root_path=str(ROOT / "dialogue"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(config.INSTANCE),
    )
    app.config.from_object(config)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(
        config.SQLALCHEMY_DATABASE_URI
    )
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000 if config.ENV == "production" else 3600
    logs.configure(config.ENV)
    _attach_extensions(app)
    outbox.configure(app, wiring.REACTIONS)
    personal.configure(app, wiring.PERSONAL_DATA)
    _attach_request_path(app)
    routing.attach(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _register_intents()
    intake.screen_with(moderation_intake.must_be_read)
    commands.attach(app)
    _put_copies_ahead(app)
    if config.TRUSTED_PROXIES:  # outermost: copies are kept under the name that readers asked
        hops = config.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's way
    return app


def _attach_extensions(app: Flask) -> None:
    database.db.init_app(app)
    with app.app_context():
        database.tune_engine(database.db.engine)
    extensions.migrate.init_app(
        app, database.db, directory=str(ROOT / "migrations"), render_as_batch=True
    )
    extensions.babel.init_app(app, locale_selector=frame.language)
    extensions.csrf.init_app(app)
    extensions.login.init_app(app)
    extensions.login.session_protection = None  # our sessions are rows; see accounts.sessions
    extensions.login.user_loader(account_sessions.load)
    account_sessions.tell_beside("unread", notice_queries.unread_of_the_session)


def _attach_request_path(app: Flask) -> None:
    """Attach what every request passes, in this order."""
    compression.attach(app)
    security.attach(app)
    app.before_request(access.check_access)
    templating.attach(app)
    kept.attach(app)
    frame.attach(app)
    my_pages.attach(app)
    shell.attach(app)
    errors.attach(app)


def _put_copies_ahead(app: Flask) -> None:
    """Give readers without a cookie copies of public pages, each asked for its version first."""
    with app.app_context():
        version = dialogue_queries.version_reader(database.db.engine)
    app.wsgi_app = copies.Copies(app.wsgi_app, version)  # type: ignore[method-assign]  # Flask's way


def _register_intents() -> None:
    """Tell accounts how the acts that signed-out people began are carried out."""
    for kind, handler in (resuming.HANDLERS | following_later.HANDLERS).items():
        intents.register(kind, handler)
