"""Explanations of what PyTorch raises: what the error means, and the change that mends it."""
