"""The data settings in, the rows of each split out: given files, or shares held out of the training file."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from seqwise.errors import DataError, Problem, UsageError
from seqwise.image_records import Images, ImageSplits
from seqwise.read.faults import n_rows, shown
from seqwise.read.hold_out import Draw, hold_out
from seqwise.read.idx import read_images
from seqwise.read.pairs import read_pairs
from seqwise.read.tables import Columns, read_rows
from seqwise.read.tagged.reading import Layout, read_tagged
from seqwise.records import FileFacts, Rows, Splits
from seqwise.settings.stations import DataSettings

# In the order in which shares are taken; the number is the split's own stream of chance.
STREAMS = {"test": 1, "validation": 2}


def read_splits(data: DataSettings, *, seed: int) -> Splits:
    """Read the files of a task and divide their rows.

    The test share is taken first, then the validation share from the rest. Which rows are held out follows from the
    rows, the settings and the seed alone. Rows keep the order of their file.

    Args:
        data: files, columns, shares, and how shares are held out.
        seed: the run's seed.

    Raises:
        DataError: with the bad rows of a file; if a file for validation or test holds a label that training lacks; or
            if the rows cannot be divided as asked.
        UsageError: if a share is not above 0 and below 1, or data.split lacks its column.
    """
    wanted = {"test": _file_or_share(data.test), "validation": _file_or_share(data.validation)}
    shares = {name: value for name, value in wanted.items() if isinstance(value, float)}
    _require_sound(data, shares)
    rows, facts = _read(data.train, data, data.labels)
    _require_two_labels(rows, data)
    paths = {name: value for name, value in wanted.items() if isinstance(value, str)}
    given, given_facts = _read_given(paths, data, data.labels or tuple(sorted(set(rows.labels or ()))))
    train, held, notes = _divide(rows, data, shares, seed=seed)
    _require_two_labels(train, data)
    _require_trained_labels(train, held, data)
    splits = {**held, **given}
    facts = replace(facts, notes=(*facts.notes, *notes, *_shared_groups(train, given, data)))
    files = (facts, *(given_facts[name] for name in ("validation", "test") if name in given_facts))
    return Splits(train=train, validation=splits["validation"], test=splits.get("test"), files=files)


def read_tagged_splits(data: DataSettings, *, seed: int) -> Splits:
    """Read the tagged files of a task and divide their texts, as :func:`read_splits` divides labelled rows.

    Args:
        data: ``text`` and ``label`` are the columns of tokens and tags, as ``Layout`` says; groups are the file's own
            documents.
        seed: the run's seed.

    Raises:
        DataError: with the faults of a file, or if the texts cannot be divided as asked.
        UsageError: if a share is not above 0 and below 1, or data.split lacks what it divides by.
    """
    return _read_texts(data, read_tagged_rows, seed=seed)


def read_pair_splits(data: DataSettings, *, seed: int) -> Splits:
    """Read pairs of texts and divide them, as :func:`read_splits` divides labelled rows.

    Args:
        data: files as :func:`~seqwise.read.pairs.read_pairs` takes them.
        seed: the run's seed.

    Raises:
        DataError: with the faults of a file, or if the pairs cannot be divided as asked.
        UsageError: if a share is not above 0 and below 1, or data.split lacks what it divides by.
    """
    return _read_texts(data, read_pairs, seed=seed)


def _read_texts(
    data: DataSettings, read: Callable[[str, DataSettings], tuple[Rows, FileFacts]], *, seed: int
) -> Splits:
    """Files whose rows have no label of a set."""
    wanted = {"test": _file_or_share(data.test), "validation": _file_or_share(data.validation)}
    shares = {name: value for name, value in wanted.items() if isinstance(value, float)}
    _require_sound(data, shares)
    rows, facts = read(data.train, data)
    if shares and data.group and rows.groups is None:
        what = f'has no documents, so data.group = "{data.group}" cannot hold whole ones out.'
        raise DataError(Problem(data.train, what, "Leave data.group out."))
    given = {name: read(value, data) for name, value in wanted.items() if isinstance(value, str)}
    train, held, notes = _divide(rows, data, shares, seed=seed)
    splits = {**held, **{name: texts for name, (texts, _) in given.items()}}
    files = (
        replace(facts, notes=(*facts.notes, *notes)),
        *(given[name][1] for name in ("validation", "test") if name in given),
    )
    return Splits(train=train, validation=splits["validation"], test=splits.get("test"), files=files)


def read_image_splits(data: DataSettings, *, seed: int) -> ImageSplits:
    """Read files of images with their labels and divide them, as :func:`read_splits` divides labelled rows.

    Args:
        data: ``label`` names the labels of the training images where MNIST's names do not.
        seed: the run's seed.

    Raises:
        DataError: with the fault of a file, or if the images cannot be divided as asked.
        UsageError: if a share is not above 0 and below 1.
    """
    wanted = {"test": _file_or_share(data.test), "validation": _file_or_share(data.validation)}
    shares = {name: value for name, value in wanted.items() if isinstance(value, float)}
    _require_sound(data, shares)
    images, facts = read_images(data.train, data.label)
    stand_ins = _stand_ins(images)
    _require_two_labels(stand_ins, data)
    train, held, notes = _divide(stand_ins, data, shares, seed=seed)
    splits = {name: images.take(rows.lines - 1) for name, rows in {"train": train, **held}.items()}
    files = [replace(facts[0], notes=tuple(notes)), *facts[1:]]
    for name, value in wanted.items():
        if isinstance(value, str):
            splits[name], given = read_images(value)
            files += [replace(given[0], notes=_repeated(splits["train"], splits[name])), *given[1:]]
    return ImageSplits(splits["train"], splits["validation"], splits.get("test"), tuple(files))


def _stand_ins(images: Images) -> Rows:
    """Rows of the same labels, for what divides rows; their lines are the numbers of the images."""
    labels = images.labels or ()
    files = np.zeros(len(images), dtype=np.int64)
    return Rows(images.ids, labels, (images.path,), file_of=files, lines=images.numbers, labels=labels)


def _repeated(train: Images, held: Images) -> tuple[str, ...]:
    """A note on images that stand in training too, to the last pixel."""
    trained = {image.tobytes() for image in train.pixels}
    n = sum(image.tobytes() in trained for image in held.pixels)
    return (f"{n:,} of {len(held):,} images stand in {train.path} too, so their scores are flattered",) if n else ()


def read_tagged_rows(path: str, data: DataSettings) -> tuple[Rows, FileFacts]:
    """The texts of one tagged file, read as the settings say; see ``read_tagged`` for what is raised."""
    layout = Layout(token=data.text, tag=data.label, scheme=data.scheme)
    return read_tagged(path, layout, format=data.format, encoding=data.encoding, on_bad_row=data.on_bad_row)


def split_rows(rows: Rows, data: DataSettings, *, seed: int) -> Splits:
    """Divide rows that are in memory already, by the shares of the settings, as a file of them is divided.

    Raises:
        DataError: if they have labels, but fewer than two, or they cannot be divided as asked.
        UsageError: if a share is not above 0 and below 1.
    """
    wanted = {"test": data.test, "validation": data.validation}
    shares = {name: value for name, value in wanted.items() if isinstance(value, float)}
    _require_sound(data, shares)
    _require_two_labels(rows, data)
    train, held, _ = _divide(rows, data, shares, seed=seed)
    _require_two_labels(train, data)
    _require_trained_labels(train, held, data)
    return Splits(train=train, validation=held["validation"], test=held.get("test"), files=())


def _file_or_share(value: str | float | None) -> str | float | None:
    """A share may come as text from a command line; a file of that name goes first."""
    if not isinstance(value, str) or Path(value).exists():
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _require_sound(data: DataSettings, shares: Mapping[str, float]) -> None:
    problems = [
        Problem(
            where=f"data.{name}",
            what=f"found {share:g}; allowed: a share above 0 and below 1, or a file.",
            fix="Write 0.1 to hold out a tenth of the rows.",
        )
        for name, share in shares.items()
        if not 0.0 < share < 1.0
    ]
    if shares:
        problems.extend(_split_faults(data))
    if problems:
        raise UsageError(problems)


def _split_faults(data: DataSettings) -> list[Problem]:
    needs = {"grouped": ("group", data.group), "time": ("time", data.time)}
    where = f"data.split = {data.split}"
    role, column = needs.get(data.split, ("", "none"))
    if not column:
        return [Problem(where=where, what=f"data.{role} is empty.", fix=f"Name the column of the {role}.")]
    if data.split == "time" and data.group:
        what = f'the newest rows cannot be held out by whole groups of data.group = "{data.group}" too.'
        return [Problem(where=where, what=what, fix="Leave data.group out, or set data.split to grouped.")]
    return []


def _read(path: str, data: DataSettings, labels: tuple[str, ...]) -> tuple[Rows, FileFacts]:
    return read_rows(
        path,
        Columns(text=data.text, label=data.label, id=data.id, group=data.group, time=data.time),
        format=data.format,
        encoding=data.encoding,
        labels=labels,
        on_bad_row=data.on_bad_row,
    )


def _read_given(
    paths: Mapping[str, str], data: DataSettings, labels: tuple[str, ...]
) -> tuple[dict[str, Rows], dict[str, FileFacts]]:
    """The files for validation and test; the faults of both are told together."""
    rows: dict[str, Rows] = {}
    facts: dict[str, FileFacts] = {}
    problems: list[Problem] = []
    for name, path in paths.items():
        try:
            rows[name], facts[name] = _read(path, data, labels)
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    return rows, facts


def _divide(
    rows: Rows, data: DataSettings, shares: Mapping[str, float], *, seed: int
) -> tuple[Rows, dict[str, Rows], list[str]]:
    """Rows for training, rows held out by split, and notes on what went otherwise than asked."""
    held: dict[str, Rows] = {}
    notes: list[str] = []
    how = "grouped" if data.group else data.split
    if shares and how != data.split:
        notes.append(f'shares are held out by whole groups of column "{data.group}", not {data.split}')
    left = np.arange(len(rows), dtype=np.int64)
    for name in STREAMS:
        if name in shares:
            draw = Draw(name=name, share=shares[name], seed=seed, stream=STREAMS[name])
            drawn = hold_out(rows.take(left), how, draw=draw)
            held[name], left = rows.take(left[drawn.rows]), left[drawn.rest(len(left))]
            notes.extend(drawn.notes)
    return rows.take(left) if held else rows, held, notes


def _require_two_labels(train: Rows, data: DataSettings) -> None:
    labels = set(train.labels or ())
    if len(labels) < 2 and train.labels is not None:
        told = f"all {n_rows(len(train))} for training carry the label {shown(min(labels, default=''))}."
        fix = "Give rows of at least two labels, or set data.label to the right column."
        raise DataError(Problem(where=_labels_of(data), what=told, fix=fix))


def _require_trained_labels(train: Rows, held: Mapping[str, Rows], data: DataSettings) -> None:
    """A label that is held out whole cannot be learned; when data.labels lists it, that is the user's own choice."""
    if data.labels:
        return
    trained = set(train.labels or ())
    problems = [
        Problem(
            where=_labels_of(data),
            what=f"every row of the label {shown(label)} is held out for {name}, so it cannot be learned.",
            fix="Divide otherwise (data.split, data.group), list it in data.labels if that is meant, or leave it out.",
        )
        for name, rows in held.items()
        for label in sorted(set(rows.labels or ()) - trained)
    ]
    if problems:
        raise DataError(problems)


def _labels_of(data: DataSettings) -> str:
    return f'{data.train} column "{data.label}"' if data.label else data.train


def _shared_groups(train: Rows, given: Mapping[str, Rows], data: DataSettings) -> list[str]:
    """Notes on groups that given files put on both sides, which no split of ours does."""
    trained = set(train.groups or ())
    notes: list[str] = []
    for name, rows in given.items():
        shared = trained & set(rows.groups or ())
        if shared:
            told = f'{len(shared):,} groups of column "{data.group}" stand in training and {name} rows'
            notes.append(f"{told}, for example {shown(min(shared))}")
    return notes
