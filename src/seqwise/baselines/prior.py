"""The shares of the labels in the training rows, whatever the text says."""

from seqwise.baselines.constant_answer import ConstantBaseline
from seqwise.baselines.contract import Baseline, BaselineSpec


def build() -> Baseline:
    """A prior baseline, not fitted."""
    return ConstantBaseline(is_majority=False)


BASELINE = BaselineSpec(name="prior", build=build, paper="")
