"""Celery: the application, its task base, its schedule."""
