"""The data classes of torchtext 0.8 and of its ``torchtext.legacy``, for code that was written against them.

Old code runs with one line changed: ``from seqwise.legacy import torchtext`` in place of ``import torchtext``; then
``torchtext.data``, ``torchtext.legacy.data`` and ``torchtext.vocab`` are what they were. What was left out, and what
differs on purpose, stands in docs/from-torchtext.md. This is the one room that gives padded tensors: the models of such
code expect them.
"""

import sys

from seqwise.legacy.torchtext import data, datasets, vocab

legacy = sys.modules[__name__]  # torchtext 0.9 to 0.11 kept these modules under this name

__all__ = ["data", "datasets", "legacy", "vocab"]
