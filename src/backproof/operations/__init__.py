"""The mathematics of Backproof, one operation a file: its formula, derivative, derivation and stable forward."""
