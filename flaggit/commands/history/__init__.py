"""What became of a flag, and taking old ones out."""
