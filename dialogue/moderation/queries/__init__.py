"""Every SELECT of moderation; a queue page takes a fixed number of them."""
