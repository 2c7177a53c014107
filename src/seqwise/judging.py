"""The stations check and report: the evidence of a run for the checks, and the details that its report shows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite

import numpy as np

from seqwise.answers import Answers, SeriesAnswers, Translations
from seqwise.artefact import Artefact, write_artefact, write_baselines
from seqwise.check.forgetting import is_forgetful
from seqwise.evaluate.metrics import per_class
from seqwise.extending import extension_of, with_retention
from seqwise.fitting import Built, Trained
from seqwise.gradient_evidence import FlowFacts
from seqwise.model.network import n_parameters
from seqwise.prepare.tagged_splits import tag_evidence
from seqwise.records import Evidence, Examples, Finding, Indices, PlanFacts, Predictions, Rows, Scores
from seqwise.report.series_facts import SeriesFacts
from seqwise.report.translation_facts import TranslationFacts
from seqwise.run_folder import RunFolder, code_hash
from seqwise.runtime import describe
from seqwise.series_details import series_facts
from seqwise.series_probing import evidence_of_answers, evidence_of_windows
from seqwise.settings.reading import LoadedSettings
from seqwise.settings.root import Settings
from seqwise.settings.uses import setting_uses
from seqwise.tag_details import entity_counts, tag_facts
from seqwise.tag_evidence import TagEvidence
from seqwise.tasks.contract import Work
from seqwise.tasks.forecast import SeriesWork
from seqwise.tasks.tag import TagWork
from seqwise.tasks.translate import TranslationWork
from seqwise.translation_details import translation_facts

# Rows that the report lists, worst first, and characters of each: enough to browse, little enough for a page of 3 MB.
N_WORST = 200
LONGEST_TEXT = 600
# Points of the planned learning rate that the report draws.
N_PLAN_POINTS = 500


def evidence_of(loaded: LoadedSettings, work: Work, *, trained: Trained, scores: Scores) -> Evidence:
    """All that the checks may look at after training."""
    before, extension = evidence_before(loaded, work, built=trained.built), None
    predictions, series = of_labels(trained.predictions), before.series
    if series is not None and isinstance(work, SeriesWork):
        answers = of_series(trained.predictions)
        series = evidence_of_answers(series, work, network=trained.built.network, answers=answers)
    if before.extension is not None:
        model = artefact_of(work, trained, settings=loaded.settings)
        extension = with_retention(before.extension, work, model=model, machine=trained.built.machine)
    return replace(
        before,
        extension=extension,
        series=series,
        predictions=predictions,
        baselines={split: of_labels(answers) for split, answers in trained.baselines.items()},
        scores=scores,
        calibration=trained.calibration,
        history=trained.outcome.history,
        n_parameters=trained.n_trainable,
        tagged={
            split: facts if split not in predictions else predicted_facts(facts, predictions[split])
            for split, facts in tagged_of(work).items()
        },
    )


def evidence_before(loaded: LoadedSettings, work: Work, *, built: Built) -> Evidence:
    """What the checks may look at before the first update: rows, cuts, settings, and the simulated learning rates."""
    settings = loaded.settings
    return Evidence(
        task=settings.task,
        language=settings.runtime.lang,
        labels=work.labels.names,
        n_outputs=built.network.head.n_outputs,
        rows=work.splits.named(),
        files=work.splits.files,
        truncation=work.truncation,
        plan=built.plan,
        settings=setting_uses(loaded),
        tagged=tagged_of(work),
        extension=extension_of(work),
        series=evidence_of_windows(work, built.network),
    )


def of_labels(answers: Mapping[str, Answers]) -> dict[str, Predictions]:
    """Those of the answers that are probabilities of labels."""
    return {name: found for name, found in answers.items() if isinstance(found, Predictions)}


def of_series(answers: Mapping[str, Answers]) -> dict[str, SeriesAnswers]:
    """Those of the answers that are of labels or numbers."""
    return {name: found for name, found in answers.items() if not isinstance(found, Translations)}


def of_texts(answers: Mapping[str, Answers]) -> dict[str, Translations]:
    """Those of the answers that are texts."""
    return {name: found for name, found in answers.items() if isinstance(found, Translations)}


def tagged_of(work: Work) -> dict[str, TagEvidence]:
    """The units and true tags of each split, where units are tagged."""
    if not isinstance(work, TagWork):
        return {}
    return tag_evidence(work.splits, work.tagged, labels=work.labels, scheme=work.scheme)


def predicted_facts(facts: TagEvidence, predictions: Predictions) -> TagEvidence:
    """The facts with what was predicted of them."""
    found = None if predictions.tagged is None or not facts.has_entities else predictions.tagged.found
    return replace(facts, predicted=predictions.predicted, found=found)


def environment_of(settings: Settings, work: Work, *, built: Built) -> dict[str, object]:
    """``environment.json`` before training: versions, machine, seed, hashes of data and code."""
    return {
        **describe(built.machine),
        "seed": settings.runtime.seed,
        "data": {facts.path: facts.sha256 for facts in work.splits.files},
        "code": code_hash(),
    }


def write_run(
    run: RunFolder,
    work: Work,
    *,
    trained: Trained,
    settings: Settings,
    findings: Sequence[Finding],
    flows: Sequence[FlowFacts],
) -> None:
    """Predictions, model, baselines, findings and details of a trained run; a model that forgot is not written."""
    for split, predictions in trained.predictions.items():
        run.write_predictions(split, predictions)
    if not is_forgetful(findings):
        write_artefact(run.model, artefact_of(work, trained, settings=settings))
    write_baselines(run.path / "baselines", work.baselines.fitted)
    run.write_json("findings.json", [finding.to_json() for finding in findings])
    run.write_json("details.json", {**details_of(settings, work, trained=trained), "flows": _drawable(flows)})


def _drawable(flows: Sequence[FlowFacts]) -> list[dict[str, object]]:
    """Gradients through time; a layer with one that is no finite number is told by its finding alone."""
    finite = [facts for facts in flows if all(map(isfinite, (*facts.loss, *facts.last)))]
    return [asdict(replace(facts, clip=None)) for facts in finite]


def artefact_of(work: Work, trained: Trained, *, settings: Settings) -> Artefact:
    """The trained model with all that it needs to answer."""
    stand_on = settings.head.stand_on
    return Artefact(
        task=settings.task,
        settings=settings,
        labels=work.labels.names,
        network=trained.built.network,
        preparation=work.preparation,
        temperature=trained.temperature,
        shifts=trained.shifts,
        has_words=work.has_words,
        words=work.words,
        baseline=work.baselines.fitted[stand_on] if stand_on else None,
    )


def details_of(settings: Settings, work: Work, *, trained: Trained) -> dict[str, object]:
    """``details.json``: what the report shows beyond scores and findings."""
    named = work.splits.named()
    labels = work.labels.names
    predictions = of_labels(trained.predictions)
    tags = tag_facts(work, predictions, settings=settings) if isinstance(work, TagWork) else None
    series = _series(settings, work, trained) if isinstance(work, SeriesWork) else None
    texts = _texts(settings, work, trained) if isinstance(work, TranslationWork) else None
    return {
        "labels": list(labels),
        "stop_on": settings.training.stop_on,
        "class_counts": {}
        if texts
        else {
            split: entity_counts(named[split]) if tags and tags.has_entities else _class_counts(examples, labels)
            for split, examples in work.examples.items()
        },
        "calibration": [asdict(calibration) for calibration in trained.calibration],
        "plan": _plan(trained.built.plan),
        "truncation": {split: asdict(truncation) for split, truncation in work.truncation.items()},
        "per_class": {split: _per_class(found) for split, found in predictions.items()},
        "worst": _worst(predictions, named) if named and predictions and not tags else [],
        "tags": tags and asdict(tags),
        "series": series and asdict(series),
        "translation": texts and asdict(texts),
        "files": [asdict(facts) for facts in work.splits.files],
        "n_parameters": n_parameters(trained.built.network),
        "n_trainable": trained.n_trainable,
        "encoder": settings.encoder.name,
        "machine": trained.built.machine.sentence(),
        "baseline_rows": work.baselines.n_rows,
        "baseline_seconds": dict(work.baselines.seconds),
        "training": {
            "seconds": trained.outcome.seconds,
            "n_updates": trained.outcome.n_updates,
            "best_step": trained.outcome.best_step,
            "n_tokens": trained.outcome.n_tokens,
        },
        "advice": [],
    }


def _series(settings: Settings, work: SeriesWork, trained: Trained) -> SeriesFacts:
    vectors = trained.built.network.encoder.word_vectors().detach().double().cpu().numpy()
    baselines = {split: of_series(answers) for split, answers in trained.baselines.items()}
    return series_facts(work, of_series(trained.predictions), baselines=baselines, vectors=vectors, settings=settings)


def _texts(settings: Settings, work: TranslationWork, trained: Trained) -> TranslationFacts:
    predictions = of_texts(trained.predictions)
    baselines = {split: of_texts(answers) for split, answers in trained.baselines.items()}
    network = trained.built.network
    return translation_facts(work, predictions, baselines=baselines, network=network, settings=settings)


def _class_counts(examples: Examples, labels: tuple[str, ...]) -> dict[str, int]:
    if examples.targets is None:
        return {}
    counts = np.bincount(examples.targets, minlength=len(labels))
    return dict(zip(labels, counts.tolist(), strict=True))


def _plan(plan: PlanFacts) -> dict[str, object]:
    steps = np.unique(np.linspace(0, max(0, plan.n_updates - 1), N_PLAN_POINTS).round().astype(int))
    return {
        "schedule": plan.schedule,
        "peak": plan.peak,
        "n_updates": plan.n_updates,
        "n_warmup": plan.n_warmup,
        "declared_updates": plan.declared_updates,
        "steps": (steps + 1).tolist(),
        "rates": plan.rates[steps].tolist(),
    }


def _per_class(predictions: Predictions) -> list[dict[str, object]]:
    truth = _truth(predictions)
    scores = per_class(truth, predictions.predicted, n_labels=len(predictions.labels))
    return [{**asdict(row), "label": predictions.labels[number]} for number, row in enumerate(scores)]


def _worst(predictions: Mapping[str, Predictions], rows: Mapping[str, Rows]) -> list[dict[str, object]]:
    """The rows of the last split (the test set if there is one) to whose truth the model gave the least probability."""
    split = list(predictions)[-1]
    chosen, source = predictions[split], rows[split]
    truth = _truth(chosen)
    p_truth = chosen.probabilities[np.arange(len(truth)), truth]
    wrong = np.flatnonzero(chosen.predicted != truth)
    order = wrong[np.argsort(p_truth[wrong], kind="stable")][:N_WORST]
    return [
        {
            "split": split,
            "id": source.ids[row],
            "place": source.place(row),
            "text": source.texts[row][:LONGEST_TEXT],
            "truth": chosen.labels[truth[row]],
            "prediction": chosen.labels[chosen.predicted[row]],
            "p_truth": float(p_truth[row]),
            "p_prediction": float(chosen.probabilities[row].max()),
        }
        for row in order.tolist()
    ]


def _truth(predictions: Predictions) -> Indices:
    assert predictions.truth is not None
    return predictions.truth
