"""The targets of rendering, one a file; each holds its class as `TARGET`."""
