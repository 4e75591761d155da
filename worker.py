"""What Celery loads: `celery -A worker worker`, `celery -A worker beat`."""

import os

from dialogue.app import create_app
from dialogue.jobs.celery import make_celery

# One thread for the linear algebra of a task: two tasks on two cores are then faster, and a report
# is the same on every machine. The libraries, which read this once, are loaded with the tasks.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

celery = make_celery(create_app())
