"""Every change of a report, by subject."""
