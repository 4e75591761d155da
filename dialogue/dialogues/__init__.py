"""The time-boxed frame in which people take part."""
