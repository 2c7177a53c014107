"""Settings that extend a finished run of tags in; its model, its texts to learn again and its held-out texts out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from seqwise.artefact import Artefact, read_artefact
from seqwise.errors import DataError, Problem, UsageError
from seqwise.read.splits import read_tagged_splits
from seqwise.records import Annotation, FileFacts, Rows, Splits
from seqwise.run_folder import RunFolder, changed_files
from seqwise.settings.reading import read_settings
from seqwise.settings.root import Settings
from seqwise.settings.tables import leaves
from seqwise.settings.writing import toml_value

# An old network is taken as it is, so all that it was built and fed with must be what the settings say.
ALIKE = ("prepare", "encoder", "head")


@dataclass(frozen=True)
class OldTexts:
    """The texts of a run, read again.

    Attributes:
        train: those that it trained on, with those that it rehearsed itself.
        held: those of its test split, else of its validation split, without those that are trained on now.
        split: which of the two.
        files: of ``train``.
        n_held_seen: held-out texts that the new training texts hold; they would show memory, and are left out.
    """

    train: Rows
    held: Rows
    split: str
    files: tuple[FileFacts, ...]
    n_held_seen: int = 0


@dataclass(frozen=True)
class OldRun:
    """A finished run of tags that another one extends.

    Attributes:
        folder: of the run.
        model: its network, tags, tokens and words.
        texts: that it knows.
        rehearsed: the training texts among them that are learned again.
    """

    folder: Path
    model: Artefact
    texts: OldTexts
    rehearsed: Rows


def open_old_run(settings: Settings, new: Splits) -> OldRun | None:
    """The run that the settings extend, or None.

    Raises:
        UsageError: if it is no finished run of tags, the settings differ in what its network needs, or the new texts
            are tagged in another way.
        DataError: if a file that it read is gone or has changed, its model is damaged, or the new training texts hold
            all that it held out.
    """
    if not settings.extend.run:
        return None
    run = RunFolder(Path(settings.extend.run))
    if not run.is_complete:
        fix = "Name the folder of a finished seqwise fit."
        raise UsageError(Problem("extend.run", f'found "{run.path}", which is not a complete run.', fix))
    _require_alike(settings, _settings_of(run))
    texts = _without_seen(_texts_of(run), new.train)
    _require_tagged_alike(new.train, texts.train, run)
    return OldRun(
        folder=run.path,
        model=read_artefact(run.model),
        texts=texts,
        rehearsed=_drawn(texts.train, len(new.train), settings),
    )


def rehearsing(splits: Splits, old: OldRun) -> Splits:
    """The splits with the rehearsed texts behind the new training texts, and the files that they are of."""
    known = {facts.path for facts in splits.files}
    files = (facts for facts in old.texts.files if facts.path not in known)
    return replace(splits, train=_joined(splits.train, old.rehearsed), files=(*splits.files, *files))


def _settings_of(run: RunFolder) -> Settings:
    return read_settings(run.path / "settings.toml").settings


def _texts_of(run: RunFolder) -> OldTexts:
    settings = _settings_of(run)
    _require_there(run)
    splits = read_tagged_splits(settings.data, seed=settings.runtime.seed)
    _require_same(run, splits.files)
    split, held = ("validation", splits.validation) if splits.test is None else ("test", splits.test)
    texts = OldTexts(train=splits.train, held=held, split=split, files=splits.files[:1])
    if not settings.extend.run:
        return texts
    older = _texts_of(RunFolder(Path(settings.extend.run)))
    return replace(
        texts,
        train=_joined(splits.train, _drawn(older.train, len(splits.train), settings)),
        held=held if older.held.files == held.files else _joined(held, older.held),
        files=(*texts.files, *older.files),
    )


def _without_seen(texts: OldTexts, train: Rows) -> OldTexts:
    seen = set(train.texts)
    left = [row for row, text in enumerate(texts.held.texts) if text not in seen]
    if not left:
        what = "hold every text that the old run held out, so nothing can show whether old labels are kept."
        raise DataError(Problem(", ".join(train.files), what, "Leave those texts out of data.train."))
    return replace(texts, held=texts.held.take(left), n_held_seen=len(texts.held) - len(left))


def _drawn(rows: Rows, n_new: int, settings: Settings) -> Rows:
    """Rows drawn without replacement, in their order."""
    n = min(len(rows), round(settings.extend.rehearse * n_new))
    drawn = np.random.default_rng(settings.runtime.seed).choice(len(rows), size=n, replace=False)
    return rows.take(np.sort(drawn))


def _joined(first: Rows, second: Rows) -> Rows:
    """The rows of both; those of documents keep them, where any has."""

    def both(one: Sequence[str] | None, other: Sequence[str] | None) -> tuple[str, ...] | None:
        if one is None and other is None:
            return None
        return (*(one or [""] * len(first)), *(other or [""] * len(second)))

    return Rows(
        ids=(*first.ids, *second.ids),
        texts=(*first.texts, *second.texts),
        files=(*first.files, *second.files),
        file_of=np.concatenate([first.file_of, second.file_of + len(first.files)]),
        lines=np.concatenate([first.lines, second.lines]),
        groups=both(first.groups, second.groups),
        annotations=(*_annotations(first), *_annotations(second)),
    )


def _require_alike(settings: Settings, old: Settings) -> None:
    run = settings.extend.run
    if old.task != "tag":
        what = f'found "{run}", a run of the task {old.task}.'
        raise UsageError(Problem("extend.run", what, "Name a run of the task tag."))
    problems = list(_differences(settings, old))
    if problems:
        raise UsageError(problems)


def _differences(settings: Settings, old: Settings) -> Iterator[Problem]:
    own, theirs = (
        dict(chain.from_iterable(leaves({name: each.model_dump()[name]}) for name in ALIKE)) for each in (settings, old)
    )
    for key, value in own.items():
        needed = theirs.get(key, value)
        if value != needed:
            what = f"found {toml_value(value)}; {settings.extend.run}, which is extended, has {toml_value(needed)}."
            yield Problem(key, what, "Write that, or leave extend.run out.")


def _require_tagged_alike(new: Rows, old: Rows, run: RunFolder) -> None:
    mine, theirs = (_kind(_annotations(rows)) for rows in (new, old))
    if mine != theirs:
        what = f"has {mine}; {run.path}, which is extended, learned from {theirs}."
        raise UsageError(Problem(", ".join(new.files), what, "Give texts that are tagged in the same way."))


def _kind(annotations: Sequence[Annotation]) -> str:
    if any(each.tags for each in annotations):
        return "words with tags of their own"
    return "entities in words" if any(each.words for each in annotations) else "entities in plain text"


def _require_there(run: RunFolder) -> None:
    what, fix = f"is gone; {run.path} read it.", "Put it back to extend the run."
    gone = [Problem(path, what, fix) for path in _data(run) if not Path(path).exists()]
    if gone:
        raise DataError(gone)


def _require_same(run: RunFolder, files: Sequence[FileFacts]) -> None:
    changed = changed_files(_data(run), {facts.path: facts.sha256 for facts in files})
    if changed:
        what, fix = f"has changed since {run.path} read it.", "Put the old file back to extend the run."
        raise DataError([Problem(path, what, fix) for path in changed])


def _data(run: RunFolder) -> dict[str, str]:
    data = run.read_json("environment.json")["data"]
    assert isinstance(data, dict)
    return data


def _annotations(rows: Rows) -> Sequence[Annotation]:
    assert rows.annotations is not None
    return rows.annotations
