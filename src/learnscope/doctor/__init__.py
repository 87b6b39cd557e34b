"""The doctor: why a network does not learn, and what to change."""
