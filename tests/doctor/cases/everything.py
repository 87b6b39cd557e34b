"""All cases: importing this module fills the two dictionaries of `program`."""

from tests.doctor.cases import (  # noqa: F401
    faults_architecture,
    faults_classes,
    faults_data,
    faults_generalisation,
    faults_init,
    faults_loss,
    faults_optimisation,
    faults_output,
    faults_rows,
    faults_source,
    faults_split,
    faults_wiring,
    traps_data,
    traps_outputs,
    traps_training,
)
from tests.doctor.cases.program import CASES, HEALTHY

__all__ = ["CASES", "HEALTHY"]
