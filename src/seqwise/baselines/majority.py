"""Always the most frequent label of the training rows."""

from seqwise.baselines.constant_answer import ConstantBaseline
from seqwise.baselines.contract import Baseline, BaselineSpec


def build() -> Baseline:
    """A majority baseline, not fitted."""
    return ConstantBaseline(is_majority=True)


BASELINE = BaselineSpec(name="majority", build=build, paper="")
