"""Fields, datasets and iterators, under the names that torchtext gave them."""

from seqwise.legacy.torchtext.data.batch import Batch
from seqwise.legacy.torchtext.data.dataset import Dataset
from seqwise.legacy.torchtext.data.example import Example
from seqwise.legacy.torchtext.data.field import Field, LabelField
from seqwise.legacy.torchtext.data.iterator import BucketIterator, Iterator
from seqwise.legacy.torchtext.data.tabular import TabularDataset

__all__ = [
    "Batch",
    "BucketIterator",
    "Dataset",
    "Example",
    "Field",
    "Iterator",
    "LabelField",
    "TabularDataset",
]
