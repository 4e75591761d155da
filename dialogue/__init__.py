"""Dialogue: an online policy-dialogue and public-comment platform."""
