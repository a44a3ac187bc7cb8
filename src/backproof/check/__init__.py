"""Check: somebody's working held against the truth."""
