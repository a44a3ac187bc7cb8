"""Stated identities: `ACTIVATION_with_COST.py` holds the short form of that pair."""
