"""GR-METRICMISMATCH: claimed scores, metrics of the settings and tags in; says when a name and its number part."""

from collections.abc import Mapping

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import accuracy, entity_counts, f1, is_scored
from seqwise.check.words import Text, Voice, Wording, number, split_name
from seqwise.records import Evidence, Finding, Indices
from seqwise.spans.schemes import OUTSIDE
from seqwise.tag_evidence import TagEvidence

# Names under which the F1 of entities is told, and the share of right units.
OF_ENTITIES = frozenset({"f1", "f1_score", "f1-score", "entity_f1", "ner_f1", "micro_f1", "overall_f1"})
OF_UNITS = frozenset({"accuracy", "token_accuracy", "overall_accuracy"})
# Two decimals, rounded.
SLACK = 0.0051
# Settings that choose by units, where entities are what is asked for.
CHOOSING = ("training.stop_on", "evaluate.verdict_on")
BY_UNITS = frozenset({"accuracy", "macro_f1"})

_FIX = Text(
    "Tell entity F1 (start, end and label right) under that name, and call what counts units token F1.",
    "이 이름에는 개체 F1(시작, 끝, 종류가 모두 맞음)을 쓰고, 단위를 세는 점수는 토큰 F1이라 하세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("metric_mismatch", "GR-METRICMISMATCH", evidence.language)
    known = {split: values for split, facts in evidence.tagged.items() if (values := _values(facts))}
    if not known:
        return []
    found = _chosen_by_units(voice, evidence)
    for split, values in known.items():
        found += _claimed(voice, split, values, claims=_claims(evidence, split))
    if found:
        return found
    split, values = list(known.items())[-1]
    named, (name, value) = split_name(split), next(iter(values.items()))
    message = Text(
        f"Nothing is told that the tags do not give. Counted again on {named.en} texts, {name} is {number(value)}.",
        f"태그와 어긋나는 점수가 없습니다. {named.ko} 데이터에서 다시 센 {name}은(는) {number(value)}입니다.",
    )
    return [voice.say("pass", Wording(Text("Scores as named", "이름대로의 점수"), message), numbers=known)]


def _claims(evidence: Evidence, split: str) -> dict[str, float]:
    scores = evidence.scores
    told = {} if scores is None or split not in scores.splits else scores.splits[split].metrics
    return {name: figure.value for name, figure in told.items()} | dict(evidence.claims.get(split, {}))


def _values(facts: TagEvidence) -> dict[str, float]:
    """What can be counted on these tags, the right score first; empty without predictions."""
    units = is_scored(facts)
    if facts.truth is None or facts.predicted is None or not units.any():
        return {}
    values = {"token accuracy": accuracy(facts, units)}
    if facts.gold is None or facts.found is None:
        return values
    return (
        {"entity F1": f1(entity_counts(facts))} | values | _token_f1(facts, facts.truth[units], facts.predicted[units])
    )


def _token_f1(facts: TagEvidence, truth: Indices, predicted: Indices) -> dict[str, float]:
    """F1 of single tags: over all but O, and the means over tags, plain and by how often they occur."""
    n = len(facts.names)
    hits, n_true, n_found = (np.bincount(tags, minlength=n) for tags in (truth[truth == predicted], truth, predicted))
    by_tag = 2 * hits / np.maximum(n_true + n_found, 1)
    inside = np.array([name != OUTSIDE for name in facts.names])
    occurs = n_true + n_found > 0
    return {
        "token F1 without O": f1((int(hits[inside].sum()), int(n_found[inside].sum()), int(n_true[inside].sum()))),
        "token F1, mean over tags": float(by_tag[occurs].mean()),
        "token F1, weighted mean": float((by_tag * n_true).sum() / n_true.sum()),
    }


def _claimed(voice: Voice, split: str, values: Mapping[str, float], *, claims: Mapping[str, float]) -> list[Finding]:
    found: list[Finding] = []
    for name, value in claims.items():
        right = next(
            (one for one, names in (("entity F1", OF_ENTITIES), ("token accuracy", OF_UNITS)) if name in names), ""
        )
        told = value / 100 if value > 1 else value
        if right not in values or abs(told - values[right]) <= SLACK:
            continue
        other = next((one for one, known in values.items() if one != right and abs(told - known) <= SLACK), "")
        numbers: dict[str, object] = {
            "split": split,
            "name": name,
            "claimed": told,
            "counted": dict(values),
            "is": other,
        }
        found.append(
            voice.say("error", _words(split, name, told, right=(right, values[right]), other=other), numbers=numbers)
        )
    return found


def _words(split: str, name: str, told: float, *, right: tuple[str, float], other: str) -> Wording:
    named, (kind, value) = split_name(split), right
    meaning = (
        Text(f"The score named {name} is {other}.", f"{name}(이)라는 점수는 사실 {other}입니다.")
        if other
        else Text(
            f"The score named {name} does not come from these tags.",
            f"{name}(이)라는 점수는 이 태그에서 나오지 않습니다.",
        )
    )
    message = Text(
        f"{meaning.en} On {named.en} texts it is told as {number(told)}; {kind}, counted again, is {number(value)}.",
        f"{meaning.ko} {named.ko} 데이터에서 {number(told)}(이)라 했는데, 다시 센 {kind}은(는) {number(value)}입니다.",
    )
    return Wording(Text("Another metric than its name says", "이름과 다른 점수"), message, _FIX)


def _chosen_by_units(voice: Voice, evidence: Evidence) -> list[Finding]:
    if not any(facts.has_entities for facts in evidence.tagged.values()):
        return []
    found: list[Finding] = []
    for use in evidence.settings:
        if use.key not in CHOOSING or use.value.strip('"') not in BY_UNITS:
            continue
        message = Text(
            f"The task is to find entities, and {use.key} = {use.value} counts units, most of which are O.",
            f"과제는 개체 찾기인데 {use.key} = {use.value}은(는) 대부분이 O인 단위를 셉니다.",
        )
        fix = Text(f'Set {use.key} = "entity_f1".', f'{use.key} = "entity_f1"로 두세요.')
        wording = Wording(Text("A metric of units for entities", "개체 과제에 단위의 점수"), message, fix)
        found.append(voice.say("warning", wording, numbers={"key": use.key, "value": use.value}))
    return found


CHECK = CheckSpec(
    name="metric_mismatch",
    ids=("GR-METRICMISMATCH",),
    run=_run,
    source="Named-entity tutorials: scikit-learn's F1 of single tags, told as the F1 of entities.",
)
