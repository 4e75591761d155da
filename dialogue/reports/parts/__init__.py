"""The making of a report cut into parts, which any worker may carry out."""
