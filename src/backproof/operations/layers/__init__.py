"""Kinds of layer: how pre-activations come from the activations that a layer receives, one kind a file."""
