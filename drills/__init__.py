"""Drills: faults and races on the real programs, for minutes, with figures beside the promises.

`make drills` runs them all; `python -m drills.<name>` runs one and prints its figures as JSON.
"""
