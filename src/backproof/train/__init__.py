"""Training: the equations of `propagation`, step after step, on data."""
