"""The rules, one file for what belongs together; `RULES` lists them in the order of causes."""

from learnscope.doctor.rules.alignment import Misaligned
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.broadcast import BroadcastLoss
from learnscope.doctor.rules.capacity import MissingNonlinearity, TooSmall
from learnscope.doctor.rules.closing import OutputRange, TwiceSigmoid, TwiceSoftmax
from learnscope.doctor.rules.codes import Codes, ConvCollapse
from learnscope.doctor.rules.columns import TargetLeak
from learnscope.doctor.rules.constant_loss import ConstantLoss
from learnscope.doctor.rules.finite import NonFiniteData
from learnscope.doctor.rules.free_fit import LossFits
from learnscope.doctor.rules.generalisation import Imbalance, LabelNoise, Overfitting
from learnscope.doctor.rules.gradients import ExplodingGradient, VanishingGradient
from learnscope.doctor.rules.graph import DetachedGraph
from learnscope.doctor.rules.init import ConstantInit, InitScale
from learnscope.doctor.rules.log_probabilities import MissingLogProbabilities
from learnscope.doctor.rules.loss_of_classes import Flat, PassedOver, Tilted
from learnscope.doctor.rules.metric import WrongMetric
from learnscope.doctor.rules.modes import BatchNormStatistics, EvalModeIgnored, TrainsInEvalMode
from learnscope.doctor.rules.order import OrderedBatches
from learnscope.doctor.rules.oscillation import Oscillation
from learnscope.doctor.rules.outliers import OutlyingTargets
from learnscope.doctor.rules.parameters import Frozen, OptimizerMisses, Still, Unregistered
from learnscope.doctor.rules.penalty import PenaltyInLoss
from learnscope.doctor.rules.rate import RateTooHigh, RateTooLow, TooFewUpdates
from learnscope.doctor.rules.reduction import SumReduction, UnstableLoss
from learnscope.doctor.rules.regularisation import Decay, Dropout, Momentum
from learnscope.doctor.rules.rows import InputIgnored, RowsMixed
from learnscope.doctor.rules.scales import UnscaledInput, UnscaledTarget
from learnscope.doctor.rules.split import TestLabels, TestPreparation, TrainTestLeak
from learnscope.doctor.rules.target_values import BelowFloor, ClassIdsAsNumbers
from learnscope.doctor.rules.turned import TurnedImages
from learnscope.doctor.rules.units import DeadUnits, SaturatedUnits

RULES: tuple[Rule, ...] = (
    NonFiniteData(),
    TestLabels(),
    TestPreparation(),
    TurnedImages(),
    TrainTestLeak(),
    TargetLeak(),
    Misaligned(),
    OptimizerMisses(),
    Unregistered(),
    DetachedGraph(),
    Frozen(),
    Still(),
    TrainsInEvalMode(),
    EvalModeIgnored(),
    RowsMixed(),
    InputIgnored(),
    BroadcastLoss(),
    BelowFloor(),
    LossFits(),
    ConstantLoss(),
    TwiceSoftmax(),
    TwiceSigmoid(),
    MissingLogProbabilities(),
    OutputRange(),
    ClassIdsAsNumbers(),
    PassedOver(),
    Tilted(),
    Flat(),
    UnstableLoss(),
    SumReduction(),
    PenaltyInLoss(),
    UnscaledInput(),
    UnscaledTarget(),
    OrderedBatches(),
    ConstantInit(),
    InitScale(),
    MissingNonlinearity(),
    DeadUnits(),
    SaturatedUnits(),
    VanishingGradient(),
    ExplodingGradient(),
    ConvCollapse(),
    TooSmall(),
    Codes(),
    BatchNormStatistics(),
    RateTooHigh(),
    RateTooLow(),
    Oscillation(),
    Momentum(),
    Decay(),
    Dropout(),
    TooFewUpdates(),
    Imbalance(),
    LabelNoise(),
    OutlyingTargets(),
    Overfitting(),
    WrongMetric(),
)

__all__ = ["RULES", "Rule", "Suspicion"]
