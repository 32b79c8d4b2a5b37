"""What a review of a range says, put together from values."""
