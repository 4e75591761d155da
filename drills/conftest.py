"""Drills use the same world as the tests; they only take longer. Run them with `make drills`."""

pytest_plugins = ("tests.conftest",)
