"""GR-CAPACITY: trainable parameters and training rows in; says when the labels cannot teach a network of this size."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, number
from seqwise.records import Evidence, Finding, Level

# Trainable parameters a labelled training row. Fine-tuning a base BERT (110 million) on 11,000 rows is usual and
# gives 10,000; the roster story's 86 million on 47 weeks is 1.8 million. Between, small checkpoints still work.
NOTED = 10_000
ABSURD = 100_000
# Sizes at which the advice changes: as in the fine-tuning lecture, word vectors are re-trained from a million rows on.
FEW_ROWS = 1_000
MANY_ROWS = 1_000_000
ROWS, UNITS, STEPS = Text("rows", "데이터"), Text("units", "단위"), Text("steps of series", "시계열 단계")

_ADVICE_SERIES = Text(
    "Take fewer layers and units in [encoder], and compare with the baselines that only count.",
    "[encoder]의 층과 유닛 수를 줄이고, 세기만 하는 기준 모델과 견주어 보세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    counted = _labels(evidence)
    if evidence.n_parameters is None or evidence.n_parameters < 1 or counted is None:
        return []
    n, of = counted
    ratio = evidence.n_parameters / n
    level = _level(ratio)
    numbers = {"n_parameters": evidence.n_parameters, "n_rows": n, "parameters_per_row": ratio}
    voice = Voice("capacity", "GR-CAPACITY", evidence.language)
    return [voice.say(level, _words(evidence.n_parameters, n, level=level, of=of), numbers=numbers)]


def _labels(evidence: Evidence) -> tuple[int, Text] | None:
    """How many labels the training rows have, and what each of them belongs to."""
    series, facts, rows = evidence.series, evidence.tagged.get("train"), evidence.rows.get("train")
    if series is not None and series.n_targets.get("train", 0) > 0:
        return series.n_targets["train"], STEPS
    if rows is None or not len(rows):
        return None
    return (len(rows), ROWS) if facts is None else (max(len(facts.surfaces), 1), UNITS)


def _level(ratio: float) -> Level:
    if ratio >= ABSURD:
        return "warning"
    return "info" if ratio >= NOTED else "pass"


def _words(n_parameters: int, n_rows: int, *, level: Level, of: Text) -> Wording:
    meaning = {
        "pass": Text("The network and the data fit in size.", "신경망과 데이터의 크기가 맞습니다."),
        "info": Text("The network is large for the data.", "데이터에 비해 신경망이 큽니다."),
        "warning": Text(
            "The network can know every training row by heart and learn nothing.",
            "신경망이 학습 데이터를 모두 외우고도 배우는 것이 없을 수 있습니다.",
        ),
    }[str(level)]
    ratio = f"{n_parameters / n_rows:,.0f}"
    message = Text(
        f"{meaning.en} {n_parameters:,} trainable parameters stand against {n_rows:,} training {of.en}: {ratio} for "
        f"each label.",
        f"{meaning.ko} 학습되는 매개변수 {n_parameters:,}개에 학습 {of.ko} {n_rows:,}개로, 레이블 하나에 "
        f"{ratio}개입니다.",
    )
    title = {
        "pass": Text("Size fits", "크기가 맞음"),
        "info": Text("A large network for few rows", "행에 비해 큰 신경망"),
        "warning": Text("Far too large for the labels", "레이블에 비해 지나치게 큼"),
    }[str(level)]
    return Wording(title, message, NO_TEXT if level == "pass" else _ADVICE_SERIES if of is STEPS else _advice(n_rows))


def _advice(n_rows: int) -> Text:
    """What to re-train at this size of data."""
    if n_rows < FEW_ROWS:
        return Text(
            f'Below {number(FEW_ROWS)} rows set training.freeze = "all" and train the head alone, or take '
            'encoder.name = "bag".',
            f'{number(FEW_ROWS)}행보다 적으면 training.freeze = "all"로 헤드만 학습하거나 encoder.name = "bag"을 '
            f"쓰세요.",
        )
    if n_rows < MANY_ROWS:
        return Text(
            f'Below {number(MANY_ROWS)} rows keep given word vectors as they are: training.freeze = "embeddings", or '
            '"layers" with training.freeze_layers.',
            f"{number(MANY_ROWS)}행보다 적으면 주어진 단어 벡터를 그대로 두세요. "
            'training.freeze = "embeddings" 또는 "layers"와 training.freeze_layers.',
        )
    return Text("Take a smaller encoder.hidden or encoder.layers.", "encoder.hidden이나 encoder.layers를 줄이세요.")


CHECK = CheckSpec(
    name="capacity",
    ids=("GR-CAPACITY",),
    run=_run,
    source="Roster story: 86 million parameters for 329 labels; fine-tuning lecture: do not re-train on small data.",
)
