"""The page of a diagnosis: findings with their evidence, and pictures of the training."""
