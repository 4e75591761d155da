"""What agencies download: the summary of a dialogue."""
