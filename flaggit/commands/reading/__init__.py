"""Commands that list and show flags."""
