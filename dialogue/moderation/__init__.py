"""What moderators decide, and the queue in front of them."""
