"""Named networks for pictures, one a file."""
