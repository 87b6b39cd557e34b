"""Calibration: whether a belief of 80 % is right in 80 of 100 cases."""
