"""Every change of notifications. Commands take keywords, never commit, and know no HTTP."""
