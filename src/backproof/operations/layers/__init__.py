"""Layers: what stands between the activations of one layer and the pre-activations of the next."""
