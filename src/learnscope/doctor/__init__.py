"""The doctor: why a program does not learn, proved by a trial, or that nothing is wrong."""

from learnscope.doctor.faults import FAULTS

__all__ = ["FAULTS"]
