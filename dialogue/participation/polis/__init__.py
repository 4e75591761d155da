"""Conversations of Pol.is: read from its export files, loaded as a dialogue, written back."""
