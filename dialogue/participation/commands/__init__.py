"""Every change in participation. Commands take keywords, never commit, and know no HTTP."""
