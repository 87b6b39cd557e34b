"""What the best classifier knows, for the families of sources the problems draw from."""
