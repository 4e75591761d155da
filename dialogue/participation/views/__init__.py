"""Forms and POSTs of participation; the pages that show ideas live in `site`."""
