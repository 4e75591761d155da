"""Documents and one query language on SQLite and PostgreSQL; knows no feature."""
