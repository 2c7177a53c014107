"""Prepared texts, kept by content: the texts of each split come in, flat ids mapped from Arrow files come out.

A key holds the texts, the settings, the tokenizer, the releases of what prepares, and this room's own code. So nothing
that would change an id is ever taken from the cache, and what is taken equals what would be made anew, bit by bit.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import tokenizers

from seqwise.cache import content_key, kept_file, text_digest
from seqwise.prepare.checkpoint_tokenizers import read_tokenizer
from seqwise.prepare.encoding import offsets_of, summed
from seqwise.prepare.tokens import TextPreparation, fit_preparation, fit_tokenizer, own_preparation, segmenter_of
from seqwise.records import FlatTokens, Truncation
from seqwise.settings.stations import PrepareSettings

# What a run without the cache would make of the same texts may differ between these.
_RELEASES = f"tokenizers {tokenizers.__version__}, Unicode {unicodedata.unidata_version}"
_ROOM = Path(__file__).parent
# These settings take effect behind the tokenizer, so that a change of them does not fit it anew.
_BEHIND_TOKENIZER = {"max_length", "keep", "vectors"}
_TRUNCATION = "truncation"


@dataclass(frozen=True)
class PreparedTexts:
    """The fitted way from text to ids, and by split the ids and what the length limit cut away."""

    preparation: TextPreparation
    tokens: Mapping[str, FlatTokens]
    truncation: Mapping[str, Truncation]


def prepare_texts(
    splits: Mapping[str, Sequence[str]], settings: PrepareSettings, *, checkpoint: Path | None, cache: Path | None
) -> PreparedTexts:
    """Fit on the texts of the split ``train`` and turn every split into token ids.

    Args:
        splits: texts by split.
        settings: the table ``[prepare]``.
        checkpoint: folder with the tokenizer, for ``tokens = "checkpoint"``.
        cache: folder of prepared texts, named by the content that made them, which are mapped into memory and not
            read; None: prepared anew in memory.

    Raises:
        SeqwiseError: as `tokens.fit_preparation` and `TextPreparation.apply` do.
        OSError: if the cache cannot be written.
    """
    if cache is None:
        preparation = fit_preparation(splits["train"], settings, checkpoint=checkpoint)
        prepared = {name: preparation.apply(texts) for name, texts in splits.items()}
    else:
        digests = {name: text_digest(texts) for name, texts in splits.items()}
        if settings.tokens == "checkpoint":
            preparation = fit_preparation([], settings, checkpoint=checkpoint)
        else:
            preparation = _fitted(splits["train"], settings, digest=digests["train"], cache=cache)
        prepared = {
            name: _encoded(texts, preparation, digest=digests[name], cache=cache) for name, texts in splits.items()
        }
    return PreparedTexts(
        preparation=preparation,
        tokens={name: tokens for name, (tokens, _) in prepared.items()},
        truncation={name: truncation for name, (_, truncation) in prepared.items()},
    )


def _fitted(texts: Sequence[str], settings: PrepareSettings, *, digest: bytes, cache: Path) -> TextPreparation:
    segmenter = segmenter_of(settings)
    key = content_key(
        digest,
        settings.model_dump_json(exclude=_BEHIND_TOKENIZER),
        segmenter.release if segmenter else "",
        _RELEASES,
        code=_ROOM,
    )
    path = kept_file(
        cache,
        f"tokenizer-{key}.json",
        make=lambda file: fit_tokenizer(texts, settings, segmenter=segmenter).save(str(file)),
    )
    return own_preparation(read_tokenizer(path), settings, segmenter=segmenter)


def _encoded(
    texts: Sequence[str], preparation: TextPreparation, *, digest: bytes, cache: Path
) -> tuple[FlatTokens, Truncation]:
    facts = preparation.facts
    key = content_key(digest, preparation.tokenizer.to_str(), facts.model_dump_json(), _RELEASES, code=_ROOM)
    path = kept_file(
        cache,
        f"tokens-{key}.arrow",
        make=lambda file: _write_tokens(file, preparation.blocks(texts), limit=facts.max_length),
    )
    return _map_tokens(path)


def _write_tokens(path: Path, blocks: Iterable[tuple[FlatTokens, Truncation]], *, limit: int) -> None:
    """One column of lists, whose values are the ids on one axis; the ids pass through a file, never all in memory."""
    # Takes longer to import than small files take to prepare.
    import pyarrow as pa

    lengths = [np.empty(0, dtype=np.int64)]
    cuts: list[Truncation] = []
    with TemporaryFile(dir=path.parent) as passage:
        for tokens, cut in blocks:
            passage.write(tokens.ids.data)
            lengths.append(tokens.lengths)
            cuts.append(cut)
        passage.flush()
        offsets = offsets_of(np.concatenate(lengths))
        ids = np.memmap(passage, dtype=np.int32, mode="r") if offsets[-1] else np.empty(0, dtype=np.int32)
        rows = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(ids))
        schema = pa.schema([("ids", rows.type)], metadata={_TRUNCATION: json.dumps(asdict(summed(cuts, limit=limit)))})
        with pa.ipc.new_file(str(path), schema) as writer:
            writer.write_batch(pa.record_batch([rows], schema=schema))


def _map_tokens(path: Path) -> tuple[FlatTokens, Truncation]:
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
    rows = batch.column("ids")
    tokens = FlatTokens(ids=rows.values.to_numpy(), offsets=rows.offsets.to_numpy())
    return tokens, Truncation(**json.loads(batch.schema.metadata[_TRUNCATION.encode()]))
