"""Whether the marks, the rows and our spans of the KMOU corpus say the same, and whether its annotators do.

Run: python benchmarks/agreement.py; needs ../shared/data beside the repository. Each disagreement has its line.
"""

from collections import defaultdict
from itertools import combinations
from pathlib import Path

from seqwise.evaluate.entities import count_entities
from seqwise.read.tagged.agreement import compare_forms
from seqwise.read.tagged.reading import read_tagged
from seqwise.records import Span

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "korean-ner-kmou" / "kmou_ner.conll.gz"


def repeated_texts() -> str:
    """How far the annotations of equal sentences agree, as F1 of the entities of all pairs."""
    rows, _ = read_tagged(FILE, on_bad_row="repair")
    by_text: dict[str, list[tuple[Span, ...]]] = defaultdict(list)
    for text, annotation in zip(rows.texts, rows.annotations or (), strict=True):
        by_text[text].append(annotation.entities)
    pairs = [pair for own in by_text.values() for pair in combinations(own, 2)]
    first, second = zip(*pairs, strict=True)
    f1 = count_entities(first, second).metrics()["entity_f1"]
    n_equal = sum(set(one) == set(other) for one, other in pairs)
    return f"{len(pairs):,} pairs of equal sentences: {n_equal:,} annotated alike, F1 {f1:.4f}"


def main() -> None:
    found = compare_forms(FILE)
    for one in found.disagreements:
        print(one)
    print(f"{found.n_agreeing:,} of {found.n_sentences:,} sentences agree in all forms; entities: {found.n_entities}")
    print(f"{len(found.disagreements):,} disagreements above, {len(found.faults):,} faults")
    print(repeated_texts())


if __name__ == "__main__":
    main()
