"""The demonstration dialogue: its words (TOML files, written by us) and how it is planted."""
