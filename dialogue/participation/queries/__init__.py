"""Every SELECT of participation."""
