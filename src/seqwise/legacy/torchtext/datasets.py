"""Data sets that torchtext downloaded: folders that are there in, datasets out; nothing is downloaded."""

from pathlib import Path
from typing import Any

from seqwise.errors import DataError, Problem
from seqwise.legacy.torchtext.data.dataset import Dataset
from seqwise.legacy.torchtext.data.example import Column, Example

_LABELS = ("pos", "neg")


class IMDB(Dataset):
    """Film reviews, one a file, in the folders ``pos`` and ``neg`` of a split (Maas and others 2011).

    The reviews stand in the order of their files' names; torchtext took the order of the disk.
    """

    def __init__(self, path: str | Path, text_field: Column, *, label_field: Column) -> None:
        """Read the folder of one split.

        Raises:
            DataError: if it has no reviews.
        """
        fields = [("text", text_field), ("label", label_field)]
        examples = [
            Example.fromlist([file.read_text(encoding="utf-8"), label], fields)
            for label in _LABELS
            for file in sorted((Path(path) / label).glob("*.txt"))
        ]
        if not examples:
            raise DataError(Problem(str(path), "has no reviews as pos/*.txt and neg/*.txt.", "Check the folder."))
        super().__init__(examples, fields)
        self.sort_key = _length

    @classmethod
    def splits(
        cls,
        text_field: Column,
        label_field: Column,
        *,
        root: str | Path = ".data",
        train: str = "train",
        test: str = "test",
    ) -> tuple["IMDB", "IMDB"]:
        """Training and test reviews of the folder ``aclImdb``, in ``root`` or in ``root/imdb`` as torchtext left it.

        Raises:
            DataError: if there is no such folder.
        """
        places = [Path(root) / "imdb" / "aclImdb", Path(root) / "aclImdb", Path(root)]
        found = [place for place in places if (place / train).is_dir()]
        if not found:
            what = f"no folder {places[0]} or {places[1]}; nothing is downloaded."
            fix = "Unpack aclImdb_v1.tar.gz there, or read a table with data.TabularDataset."
            raise DataError(Problem("IMDB", what, fix))
        train_data, test_data = (cls(found[0] / name, text_field, label_field=label_field) for name in (train, test))
        return train_data, test_data


def _length(example: Any) -> int:
    return len(example.text)
