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
from learnscope.catalogue.quantities.codes import (
    CosineMatrix,
    NearestLabel,
    ShiftedLabel,
    WrongScale,
)
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
from learnscope.catalogue.quantities.images import DistinctDraws, DistinctRows, MapSize
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
from learnscope.catalogue.quantities.one_target import OneTarget
from learnscope.catalogue.quantities.probed import Probed
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
    NInputs,
    NParameters,
    NRows,
    PartsApart,
    Score,
    WeightNorm,
)
from learnscope.catalogue.quantities.series import (
    CarriedGain,
    FreeRunning,
    Moved,
    TrainingVariance,
)
from learnscope.catalogue.quantities.significance import (
    AccuracyError,
    BinomialSd,
    TwoProportions,
)
from learnscope.settings import kinds_of

QUANTITIES: dict[str, type[Quantity]] = {
    "accuracy_error": AccuracyError,
    "all_pairs_accuracy": AllPairsAccuracy,
    "answer_at": AnswerAt,
    "answers_only": AnswersOnly,
    "arm_mismatch": ArmMismatch,
    "bce_of": BceOf,
    "best": Best,
    "best_line": BestLine,
    "binomial_sd": BinomialSd,
    "carried_gain": CarriedGain,
    "cosine_matrix": CosineMatrix,
    "dead": Dead,
    "dead_units": DeadUnits,
    "distance_to_target": DistanceToTarget,
    "distinct_answers": DistinctAnswers,
    "distinct_draws": DistinctDraws,
    "distinct_rows": DistinctRows,
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
    "map_size": MapSize,
    "moved": Moved,
    "n_inputs": NInputs,
    "n_parameters": NParameters,
    "n_rows": NRows,
    "nearest_label": NearestLabel,
    "not_affine": NotAffine,
    "one_target": OneTarget,
    "parts_apart": PartsApart,
    "probed": Probed,
    "score": Score,
    "self_product": SelfProduct,
    "series_mismatch": SeriesMismatch,
    "shifted_label": ShiftedLabel,
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
    "two_proportions": TwoProportions,
    "unit_norms": UnitNorms,
    "weight": Weight,
    "weight_norm": WeightNorm,
    "worst_miss": WorstMiss,
    "wrong_scale": WrongScale,
    "zero_answers": ZeroAnswers,
}

if TYPE_CHECKING:
    AnyQuantity = Quantity
else:
    AnyQuantity = kinds_of(QUANTITIES)

__all__ = ["QUANTITIES", "AnyQuantity", "PerMember", "Quantity"]
