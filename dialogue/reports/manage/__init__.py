"""The officer's pages of reports: making one, and changing a draft by hand."""
