"""GR-LABELSPACE: labels, outputs and rows in; says where they do not fit each other."""

from collections import Counter
from unicodedata import normalize

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.records import Evidence, Finding

# A label of one row cannot stand in training and in validation.
FEWEST_ROWS = 2
# So many rows that cannot be right are more than a rare label that fell into the wrong split.
UNSEEN_ERROR = 0.05
# Nobody names a class like this: a tokenizer's special entry, or an empty cell read as a number.
NO_LABELS = frozenset({"<unk>", "[unk]", "<pad>", "[pad]", "[cls]", "[sep]", "[mask]", "<s>", "</s>", "nan", "<na>"})
# These may be meant, or may be an empty cell.
DOUBTFUL_LABELS = frozenset({"none", "null", "n/a", "na", "unknown", "?", "-"})


def _run(evidence: Evidence) -> list[Finding]:
    if not _has_labels(evidence):
        return []
    voice = Voice("label_space", "GR-LABELSPACE", evidence.language)
    found = [*_outputs(voice, evidence), *_training_counts(voice, evidence), *_names(voice, evidence)]
    found += _unseen(voice, evidence)
    if found:
        return found
    labels = evidence.labels or tuple(sorted(_counts(evidence, "train")))
    wording = Wording(
        Text("Labels fit", "레이블이 맞음"),
        Text(
            f"Outputs, labels and rows fit each other. There are {len(labels):,} labels: {quoted(labels)}.",
            f"출력과 레이블과 행이 서로 맞습니다. 레이블은 {len(labels):,}개입니다: {quoted(labels)}.",
        ),
    )
    return [voice.say("pass", wording, numbers={"labels": list(labels)})]


def _has_labels(evidence: Evidence) -> bool:
    return bool(evidence.labels) or any(rows.labels is not None and len(rows) for rows in evidence.rows.values())


def _counts(evidence: Evidence, split: str) -> Counter[str]:
    rows = evidence.rows.get(split)
    return Counter(() if rows is None or rows.labels is None else rows.labels)


def _outputs(voice: Voice, evidence: Evidence) -> list[Finding]:
    """Head and probability columns against the labels."""
    n_labels = len(evidence.labels)
    widths = {} if evidence.n_outputs is None else {"head": evidence.n_outputs}
    for split, predictions in evidence.predictions.items():
        if predictions.probabilities.ndim == 2 and len(predictions.probabilities):
            widths[split] = predictions.probabilities.shape[1]
    wrong = {place: width for place, width in widths.items() if n_labels and width != n_labels}
    if not wrong:
        return []
    place, width = next(iter(wrong.items()))
    message = Text(
        f"The outputs do not stand for the labels. {place} has {width:,} outputs, and there are {n_labels:,} labels.",
        f"출력이 레이블에 대응하지 않습니다. {place}의 출력은 {width:,}개이고 레이블은 {n_labels:,}개입니다.",
    )
    cause = Text("A special entry such as <unk> was counted as a label.", "<unk> 같은 특수 항목을 레이블로 세었습니다.")
    fix = Text(
        "Name the labels in data.labels, one for each output.", "data.labels에 출력마다 하나씩 레이블을 적으세요."
    )
    wording = Wording(
        Text("Outputs and labels differ in number", "출력과 레이블의 개수가 다름"), message, fix, (cause,)
    )
    return [voice.say("error", wording, numbers={"n_labels": n_labels, "n_outputs": wrong})]


def _training_counts(voice: Voice, evidence: Evidence) -> list[Finding]:
    counts = _counts(evidence, "train")
    if not counts:
        return []
    missing = tuple(label for label in evidence.labels if label not in counts)
    rare = tuple(sorted(label for label, times in counts.items() if times < FEWEST_ROWS))
    found: list[Finding] = []
    if len(counts) < 2:
        found.append(voice.say("error", _words_single(counts), numbers={"labels": list(counts), "n": counts.total()}))
    if missing:
        found.append(voice.say("warning", _words_missing(missing), numbers={"never_in_train": list(missing)}))
    if rare and len(counts) >= 2:
        found.append(
            voice.say("warning", _words_rare(rare), numbers={"labels": list(rare), "fewest_rows": FEWEST_ROWS})
        )
    return found


def _words_single(counts: Counter[str]) -> Wording:
    message = Text(
        f"There is nothing to learn. All {counts.total():,} training rows carry {quoted(tuple(counts))}.",
        f"배울 것이 없습니다. 학습 데이터 {counts.total():,}개가 모두 {quoted(tuple(counts))}입니다.",
    )
    fix = Text("Check data.label and the rows of data.train.", "data.label과 data.train의 행을 확인하세요.")
    return Wording(Text("Only one label in training", "학습 데이터에 레이블이 하나뿐"), message, fix)


def _words_missing(missing: tuple[str, ...]) -> Wording:
    message = Text(
        f"The model has outputs that it never learns. No training row carries {quoted(missing)}.",
        f"모델에 배울 수 없는 출력이 있습니다. 학습 데이터에 {quoted(missing)}인 행이 없습니다.",
    )
    fix = Text(
        "Remove the label from data.labels, or add training rows with it.",
        "data.labels에서 그 레이블을 빼거나 학습 데이터를 더하세요.",
    )
    return Wording(Text("Labels without training rows", "학습 데이터가 없는 레이블"), message, fix)


def _words_rare(rare: tuple[str, ...]) -> Wording:
    message = Text(
        f"Some labels cannot be learnt and checked at once. {len(rare):,} labels have fewer than {FEWEST_ROWS} "
        f"training "
        f"rows: {quoted(rare)}.",
        f"배우면서 확인할 수 없는 레이블이 있습니다. 학습 데이터가 {FEWEST_ROWS}개보다 적은 레이블이 {len(rare):,}개: "
        f"{quoted(rare)}.",
    )
    fix = Text(
        "Join them with a neighbour, or add rows: ten are a beginning.",
        "가까운 레이블과 합치거나 행을 더하세요. 10개면 시작할 만합니다.",
    )
    return Wording(Text("Labels with a single row", "행이 하나뿐인 레이블"), message, fix)


def _names(voice: Voice, evidence: Evidence) -> list[Finding]:
    labels = tuple(dict.fromkeys([*evidence.labels, *sorted(_counts(evidence, "train"))]))
    found: list[Finding] = []
    strange = tuple(label for label in labels if label.strip().casefold() in NO_LABELS or not label.strip())
    doubtful = tuple(label for label in labels if label.strip().casefold() in DOUBTFUL_LABELS)
    if strange or doubtful:
        told = strange or doubtful
        found.append(voice.say("warning" if strange else "info", _words_strange(told), numbers={"labels": list(told)}))
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(normalize("NFC", label).casefold().strip(), []).append(label)
    twins = tuple(label for group in groups.values() if len(group) > 1 for label in group)
    if twins:
        found.append(voice.say("warning", _words_twins(twins), numbers={"labels": list(twins)}))
    return found


def _words_strange(told: tuple[str, ...]) -> Wording:
    message = Text(
        f"A label looks like a missing value, not like a class: {quoted(told)}. The model learns to answer it.",
        f"레이블이 클래스가 아니라 빈 값처럼 보입니다: {quoted(told)}. 모델이 이것을 답으로 배웁니다.",
    )
    fix = Text(
        "Mend or remove these rows; if the label is meant, silence this finding with the reason.",
        "이 행을 고치거나 빼세요. 뜻한 레이블이라면 이유를 적고 이 항목을 끄세요.",
    )
    return Wording(Text("A label that is no label", "레이블이 아닌 레이블"), message, fix)


def _words_twins(twins: tuple[str, ...]) -> Wording:
    message = Text(
        f"One class is written in several ways. These labels differ only in case, blanks or Unicode form: "
        f"{quoted(twins)}.",
        f"한 클래스를 여러 가지로 적었습니다. 대소문자, 빈칸, 유니코드 꼴만 다른 레이블: {quoted(twins)}.",
    )
    fix = Text("Write the label in one way in all files.", "모든 파일에서 레이블을 한 가지로 적으세요.")
    return Wording(Text("The same label twice", "같은 레이블이 두 번"), message, fix)


def _unseen(voice: Voice, evidence: Evidence) -> list[Finding]:
    """Labels of held-out rows that no training row carries."""
    known = set(_counts(evidence, "train"))
    found: list[Finding] = []
    for split in evidence.rows if known else ():
        counts = _counts(evidence, split)
        strangers = tuple(sorted(set(counts) - known))
        if not strangers:
            continue
        n, n_rows = counts.total(), sum(counts[label] for label in strangers)
        numbers = {"split": split, "labels": list(strangers), "n": n, "n_rows": n_rows}
        level = "error" if n_rows >= UNSEEN_ERROR * n else "warning"
        found.append(voice.say(level, _words_unseen(split, strangers, n_rows=n_rows, n=n), numbers=numbers))
    return found


def _words_unseen(split: str, strangers: tuple[str, ...], *, n_rows: int, n: int) -> Wording:
    name, part = split_name(split), share(n_rows, n)
    message = Text(
        f"The model cannot be right on these rows. {n_rows:,} of {n:,} {name.en} rows ({part}) carry a label that no "
        f"training row has: {quoted(strangers)}.",
        f"모델이 맞힐 수 없는 행입니다. {name.ko} 데이터 {n:,}개 중 {n_rows:,}개({part})의 레이블이 학습 데이터에 "
        f"없습니다: {quoted(strangers)}.",
    )
    fix = Text(
        'Add training rows with these labels, or hold rows out with data.split = "stratified".',
        '이 레이블의 학습 데이터를 더하거나 data.split = "stratified"로 나누세요.',
    )
    return Wording(Text("Labels unseen in training", "학습에 없던 레이블"), message, fix)


CHECK = CheckSpec(
    name="label_space",
    ids=("GR-LABELSPACE",),
    run=_run,
    source="Textbook chapter on recurrent networks: 3 outputs for 2 classes, <unk> had become label 0.",
)
