"""Readers: one file for each kind of source; each returns a Table, or raises DataError with row and column."""
