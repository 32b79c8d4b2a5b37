"""What changes a flag's life: raising it, noting on it, completing it."""
