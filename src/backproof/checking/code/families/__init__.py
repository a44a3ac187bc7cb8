"""Families of layers that people write by hand: one file each, whose `build_tapes` offers what might be meant."""
