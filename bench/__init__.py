"""Measurements of speed and quality: `make bench` for pages and writes, `make bench-analysis`."""
