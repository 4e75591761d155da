"""Every change of dialogues. Commands take keywords, never commit, and know no HTTP."""
