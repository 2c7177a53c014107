"""Scores in, the verdict of each split out, in words: for the top of the page and for the last lines of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seqwise.records import Interval, SplitScores, Verdict
from seqwise.report.facts import RunFacts
from seqwise.report.numbers import count, interval, score
from seqwise.report.words import metric_name, split_name

Kind = Literal["better", "not", "worse", "none"]
# Half of the last decimal of a bound: an interval that is written as ending at 0 is not called worse.
LEAST_TOLD = 0.0005
TOKEN_ACCURACY = "token_accuracy"


@dataclass(frozen=True)
class Headline:
    """The verdict of one split: the sentence, the numbers behind it, and what it means for whoever decides."""

    split: str
    split_name: str
    n: int
    kind: Kind
    sentence: str
    difference: str
    comparison: str
    meaning: str
    caution: str


def headlines(facts: RunFacts, word: Mapping[str, str]) -> tuple[Headline, ...]:
    """One headline a split, the test rows first."""
    has_test = "test" in facts.split_scores
    return tuple(_headline(split, scores, word, has_test=has_test) for split, scores in facts.split_scores.items())


def baseline_rows(facts: RunFacts, word: Mapping[str, str]) -> str:
    """How many of the training rows the baselines learned from; empty when from all, or when it is not known."""
    n, train = facts.details.baseline_rows, facts.details.truncation.get("train")
    total = train.n_rows if train else 0
    return "" if n is None or n >= total else word["baseline_rows"].format(n=count(n), total=count(total))


def token_accuracies(facts: RunFacts, word: Mapping[str, str]) -> tuple[str, ...]:
    """What token accuracy is worth, a sentence a split: the model's beside that of the baseline of fewest entities."""
    told: list[str] = []
    for split, scores in facts.split_scores.items():
        found = {name: metrics for name, metrics in scores.baselines.items() if TOKEN_ACCURACY in metrics}
        if TOKEN_ACCURACY in scores.metrics and found:
            baseline = min(found, key=lambda name: found[name]["entity_f1"].value)
            told.append(
                word[TOKEN_ACCURACY].format(
                    split=split_name(word, split),
                    model=_scored(scores.metrics[TOKEN_ACCURACY]),
                    baseline=baseline,
                    other=_scored(found[baseline][TOKEN_ACCURACY]),
                    f1=score(found[baseline]["entity_f1"].value),
                )
            )
    return tuple(told)


def _headline(split: str, scores: SplitScores, word: Mapping[str, str], *, has_test: bool) -> Headline:
    verdict = scores.verdict
    kind = _kind(scores)
    caution = word["chosen_on" if has_test else "chosen_on_only"] if split == "validation" else ""
    return Headline(
        split=split,
        split_name=split_name(word, split),
        n=scores.n,
        kind=kind,
        sentence=word[f"verdict_{kind}"].format(baseline=verdict.best_baseline),
        difference="" if kind == "none" else _difference(verdict, word),
        comparison=_comparison(scores, word),
        meaning=word[f"means_{kind}"],
        caution=caution,
    )


def _kind(scores: SplitScores) -> Kind:
    verdict = scores.verdict
    if not scores.baselines or not verdict.best_baseline:
        return "none"
    if verdict.better:
        return "better"
    return "worse" if verdict.high <= -LEAST_TOLD else "not"


def _difference(verdict: Verdict, word: Mapping[str, str]) -> str:
    bounds = interval(Interval(verdict.difference, low=verdict.low, high=verdict.high))
    return word["gain"].format(
        metric=metric_name(word, verdict.metric), difference=score(verdict.difference), interval=bounds
    )


def _comparison(scores: SplitScores, word: Mapping[str, str]) -> str:
    """Both scores with their intervals; empty when one of them is not there."""
    metric, baseline = scores.verdict.metric, scores.verdict.best_baseline
    model, other = scores.metrics.get(metric), scores.baselines.get(baseline, {}).get(metric)
    if model is None or other is None:
        return ""
    return word["model_against"].format(
        metric=metric_name(word, metric), model=_scored(model), baseline=baseline, other=_scored(other)
    )


def _scored(one: Interval) -> str:
    return f"{score(one.value)} {interval(one)}"
