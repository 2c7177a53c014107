"""seqwise: the trainer that refuses to let a meaningless number look like a result."""

from typing import TYPE_CHECKING

from seqwise.version import __version__

if TYPE_CHECKING:
    from seqwise.estimators import SequenceClassifier, SequenceTagger
    from seqwise.forecaster import SequenceForecaster
    from seqwise.translator import Translator

__all__ = ["SequenceClassifier", "SequenceForecaster", "SequenceTagger", "Translator", "__version__"]


def __getattr__(name: str) -> object:
    """Import an estimator when it is asked for, so that ``import seqwise`` and the command line stay light."""
    if name in __all__:
        from seqwise import estimators, forecaster, translator

        return {**vars(estimators), **vars(forecaster), **vars(translator)}[name]
    raise AttributeError(f"module 'seqwise' has no attribute {name!r}; it has {', '.join(__all__)}")
