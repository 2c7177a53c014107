"""Counters, stopping and the points of evaluation."""

import json

from seqwise.records import EvaluationPoint
from seqwise.train.standing import Standing, evaluation_points, standing_from_json


def point(step: int, metric: float) -> EvaluationPoint:
    return EvaluationPoint(step=step, epoch=1.0, train_loss=0.5, validation_loss=metric, metric=metric)


def test_patience_ends_the_run_after_that_many_worse_evaluations() -> None:
    standing = Standing()
    verdicts = [
        standing.judge(point(step, loss), is_higher_better=False, patience=2)
        for step, loss in enumerate([0.9, 0.7, 0.8, 0.75])
    ]
    assert verdicts == [True, True, False, False]
    assert standing.is_over
    assert standing.best_step == 1


def test_patience_zero_never_ends_the_run() -> None:
    standing = Standing()
    for step in range(9):
        standing.judge(point(step, float(step)), is_higher_better=False, patience=0)
    assert not standing.is_over


def test_survives_json() -> None:
    standing = Standing()
    standing.count(loss=3.0, weight=2.0, n_tokens=9, is_applied=True)
    assert standing_from_json(json.loads(json.dumps(standing.to_json()))) == standing
    standing.judge(point(1, 0.3), is_higher_better=True, patience=1)
    assert standing_from_json(json.loads(json.dumps(standing.to_json()))) == standing


def test_the_last_update_of_an_epoch_is_always_evaluated() -> None:
    for n_updates in range(1, 40):
        for n_evaluations in range(1, 6):
            points = evaluation_points(n_updates, n_evaluations)
            assert max(points) == n_updates
            assert min(points) >= 1
