"""Every change in moderation. Commands take keywords, never commit, and know no HTTP."""
