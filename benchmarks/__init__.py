"""Figures that anyone can repeat: `python -m benchmarks`. One file a subject; each yields Figures."""
