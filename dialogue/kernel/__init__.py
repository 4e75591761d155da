"""What every part stands on and that knows no feature: one small job per file."""
