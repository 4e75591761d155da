"""Every change of accounts. Commands take keywords, never commit, and know no HTTP."""
