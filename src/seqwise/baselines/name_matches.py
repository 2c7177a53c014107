"""Names with their labels: learned from texts with entities, and found again in other texts by longest match."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from seqwise.records import Span
from seqwise.spans.particles import is_particles

# A name is kept where at least this share of its matches in the training texts are entities. KLUE's and KMOU's F1 is
# the same within 0.003 at 0.3, and 0.015 and 0.021 lower at 0.7.
LEAST_PRECISION = 0.5


class Names:
    """Names with the label of each, and where they stand in a text."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        """Take the names; ``labels`` maps each to the label of its entities."""
        self.labels = dict(labels)
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self.labels:
            lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(own, reverse=True) for first, own in lengths.items()}

    def matches(self, text: str) -> list[Span]:
        """The longest names from the left on, none overlapping.

        A name begins where a word begins, and ends where one ends or where only particles (조사) follow in it.
        """
        found: list[Span] = []
        end = 0
        for start in range(len(text)):
            if start < end or text[start] not in self._lengths or not _is_edge(text, start):
                continue
            held = (text[start : start + length] for length in self._lengths[text[start]])
            name = next((name for name in held if name in self.labels and _may_end(text, start + len(name), name)), "")
            if name:
                end = start + len(name)
                found.append(Span(start, end, self.labels[name]))
        return found


def learn_names(texts: Sequence[str], entities: Sequence[Sequence[Span]]) -> Names:
    """The surfaces of entities with their most frequent label, without those that are mostly something else."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for text, spans in zip(texts, entities, strict=True):
        for span in spans:
            labels[text[span.start : span.end]][span.label] += 1
    names = Names({name: counts.most_common(1)[0][0] for name, counts in labels.items()})
    matched: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, spans in zip(texts, entities, strict=True):
        gold = set(spans)
        for span in names.matches(text):
            matched[text[span.start : span.end]] += 1
            right[text[span.start : span.end]] += span in gold
    return Names({name: names.labels[name] for name, n in matched.items() if right[name] >= LEAST_PRECISION * n})


def _is_edge(text: str, place: int) -> bool:
    """Whether no word goes through this place."""
    return place == 0 or not text[place - 1].isalnum() or not text[place : place + 1].isalnum()


def _may_end(text: str, place: int, name: str) -> bool:
    """Whether a word ends here, or nothing but particles follows in it."""
    word_end = next((i for i in range(place, len(text)) if not text[i].isalnum()), len(text))
    return _is_edge(text, place) or is_particles(text[place:word_end], behind=name)
