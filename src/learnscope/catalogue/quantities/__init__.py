"""Quantities: what checks, answers and exercises measure; `QUANTITIES` gives their names."""

from typing import TYPE_CHECKING

from learnscope.catalogue.quantities.answers import (
    AnswerAt,
    DistanceToTarget,
    DistinctAnswers,
    Elsewhere,
    ErrorShare,
    Excess,
    NotAffine,
    SpreadAt,
    Squares,
    TurningPoints,
    WorstMiss,
    ZeroAnswers,
)
from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.catalogue.quantities.data import (
    ArmMismatch,
    EnergyShare,
    FirstRows,
    LargestRadius,
    SelfProduct,
    SeriesMismatch,
    SignChanges,
    Steps,
    TargetVariance,
)
from learnscope.catalogue.quantities.inside import (
    AnswersOnly,
    DropoutMask,
    GradientNoise,
    SignRegions,
    SoftmaxFacts,
    StepView,
    UnitNorms,
    Weight,
)
from learnscope.catalogue.quantities.references import (
    AllPairsAccuracy,
    BestLine,
    FromRidge,
    HingesByLeastSquares,
    TwoHinges,
)
from learnscope.catalogue.quantities.scores import (
    BceOf,
    Best,
    Dead,
    DeadUnits,
    EpochBelow,
    HiddenTriples,
    History,
    LabelShare,
    NParameters,
    NRows,
    Score,
    WeightNorm,
)
from learnscope.catalogue.quantities.series import (
    CarriedGain,
    FreeRunning,
    Moved,
    TrainingVariance,
)
from learnscope.settings import kinds_of

QUANTITIES: dict[str, type[Quantity]] = {
    "all_pairs_accuracy": AllPairsAccuracy,
    "answer_at": AnswerAt,
    "answers_only": AnswersOnly,
    "arm_mismatch": ArmMismatch,
    "bce_of": BceOf,
    "best": Best,
    "best_line": BestLine,
    "carried_gain": CarriedGain,
    "dead": Dead,
    "dead_units": DeadUnits,
    "distance_to_target": DistanceToTarget,
    "distinct_answers": DistinctAnswers,
    "dropout_mask": DropoutMask,
    "elsewhere": Elsewhere,
    "energy_share": EnergyShare,
    "epoch_below": EpochBelow,
    "error_share": ErrorShare,
    "excess": Excess,
    "first_rows": FirstRows,
    "free_running": FreeRunning,
    "from_ridge": FromRidge,
    "gradient_noise": GradientNoise,
    "hidden_triples": HiddenTriples,
    "hinges_by_least_squares": HingesByLeastSquares,
    "history": History,
    "label_share": LabelShare,
    "largest_radius": LargestRadius,
    "moved": Moved,
    "n_parameters": NParameters,
    "n_rows": NRows,
    "not_affine": NotAffine,
    "score": Score,
    "self_product": SelfProduct,
    "series_mismatch": SeriesMismatch,
    "sign_changes": SignChanges,
    "sign_regions": SignRegions,
    "softmax_facts": SoftmaxFacts,
    "spread_at": SpreadAt,
    "squares": Squares,
    "step_view": StepView,
    "steps": Steps,
    "target_variance": TargetVariance,
    "training_variance": TrainingVariance,
    "turning_points": TurningPoints,
    "two_hinges": TwoHinges,
    "unit_norms": UnitNorms,
    "weight": Weight,
    "weight_norm": WeightNorm,
    "worst_miss": WorstMiss,
    "zero_answers": ZeroAnswers,
}

if TYPE_CHECKING:
    AnyQuantity = Quantity
else:
    AnyQuantity = kinds_of(QUANTITIES)

__all__ = ["QUANTITIES", "AnyQuantity", "PerMember", "Quantity"]
