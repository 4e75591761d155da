"""What people say: ideas, comments, votes and their life cycle."""
