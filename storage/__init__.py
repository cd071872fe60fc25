"""Rows, not people: everything that is kept, on SQLite and on PostgreSQL."""
