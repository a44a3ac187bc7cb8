"""What Backproof is measured against, a file each; one that is not at hand is None, and its row says so."""
