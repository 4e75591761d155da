"""What Celery loads: `celery -A worker worker`, `celery -A worker beat`."""

from dialogue.app import create_app
from dialogue.jobs.celery import make_celery

celery = make_celery(create_app())
