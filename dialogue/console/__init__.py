"""The shell of the staff area."""
