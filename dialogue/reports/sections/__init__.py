"""The parts of a report, one file each: pure functions from a Snapshot to plain values."""
