"""The report of an atlas: one HTML page with a map that can be asked."""
