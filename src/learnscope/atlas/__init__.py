"""The atlas: the table of all members of a sweep, with their weights and histories."""
