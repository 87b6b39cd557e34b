"""Export: a trained network as a PyTorch script that needs no learnscope."""

from learnscope.export.features import FEATURE_CODES
from learnscope.export.networks import NETWORK_CODES
from learnscope.export.script import Export, export_files
from learnscope.export.write import write_export

__all__ = ["FEATURE_CODES", "NETWORK_CODES", "Export", "export_files", "write_export"]
