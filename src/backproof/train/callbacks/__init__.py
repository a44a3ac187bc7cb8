"""Callbacks: what looks at a run after each epoch; one file each."""
