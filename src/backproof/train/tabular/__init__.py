"""Training on tables: what a run on a file does where nothing else is asked, the run itself, and predictions."""
