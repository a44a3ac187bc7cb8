"""L-BFGS: minimisation with a line search, and the run that is made of it."""
