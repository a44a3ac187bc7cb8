"""Layers that stand for a graph of layers, one a file."""
