"""Who people are: accounts, roles, sessions, codes by mail."""
