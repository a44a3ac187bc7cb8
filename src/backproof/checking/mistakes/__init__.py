"""Mistakes: one file each, named as reports name it; the docstring of each is its documentation."""
