"""GR-FORGET: what a run of tags extends in; says when old labels are lost, or taught as O."""

from collections.abc import Mapping, Sequence

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, quoted, split_name
from seqwise.records import Evidence, Finding
from seqwise.tag_evidence import Extension, Retention

# Untagged names, as a share of the tagged ones: one in twenty is what annotators miss, more is what nobody tagged.
MANY = 0.05
N_SHOWN = 8

_FIX = Text(
    "A model that forgets is not saved, unless checks.silence gives a reason. Raise extend.rehearse, lower "
    "training.learning_rate or training.epochs, or tag the old labels in the new file too.",
    "잊은 모델은 checks.silence에 이유를 적지 않는 한 저장하지 않습니다. extend.rehearse를 늘리거나, "
    "training.learning_rate나 training.epochs를 줄이거나, 새 파일에도 옛 레이블을 다세요.",
)
_CAUSES = (
    Text("Too few old texts were learned again.", "옛 글을 너무 적게 다시 배웠습니다."),
    Text("The new file does not tag the old labels.", "새 파일에는 옛 레이블이 달려 있지 않습니다."),
    Text("The learning rate is too high for a trained network.", "이미 배운 신경망에 학습률이 너무 높습니다."),
)
_TAG_BOTH = Text(
    "Tag every label in both files, or leave such texts out of the one that lacks them.",
    "두 파일 모두에 모든 레이블을 달거나, 달지 않은 쪽에서 그런 글을 빼세요.",
)
_METRIC = {"entity_f1": Text("entity F1", "개체 F1"), "accuracy": Text("accuracy", "정확도")}


def is_forgetful(findings: Sequence[Finding]) -> bool:
    """Whether a finding says that old labels are lost, and is not silenced: such a model is not saved."""
    return any(one.check == CHECK.name and one.level == "error" and not one.silenced for one in findings)


def _run(evidence: Evidence) -> list[Finding]:
    extension = evidence.extension
    if extension is None:
        return []
    voice = Voice("forgetting", "GR-FORGET", evidence.language)
    found = [*_old_untagged(voice, extension), *_new_untagged(voice, extension), *_scored_again(voice, extension)]
    if extension.retention is not None:
        return [_lost_or_kept(voice, extension, extension.retention), *found]
    return found or [voice.say("pass", _words_begun(extension), numbers=_numbers(extension))]


def _lost_or_kept(voice: Voice, extension: Extension, kept: Retention) -> Finding:
    numbers: dict[str, object] = {
        **_numbers(extension),
        "split": kept.split,
        "n": kept.n,
        "metric": kept.metric,
        "before": kept.before,
        "after": kept.after,
        "difference": kept.after - kept.before,
        "low": kept.low,
        "high": kept.high,
        "max_drop": kept.max_drop,
        "labels": {label: list(pair) for label, pair in kept.labels.items()},
    }
    split, metric = split_name(kept.split), _METRIC[kept.metric]
    interval = f"{number(kept.after - kept.before + 0.0)} [{number(kept.low + 0.0)}, {number(kept.high + 0.0)}]"
    left = _left_out(extension.n_held_seen)
    figures = Text(
        f"On {kept.n:,} {split.en} texts of {extension.run}, {metric.en} of the old labels went from "
        f"{number(kept.before)} to {number(kept.after)}: {interval}, and a fall of {number(kept.max_drop)} is "
        f"allowed.{left.en}",
        f"{extension.run}의 {split.ko} 글 {kept.n:,}개에서 옛 레이블의 {metric.ko}이(가) {number(kept.before)}에서 "
        f"{number(kept.after)}(으)로 바뀌었습니다: {interval}. 허용하는 하락은 {number(kept.max_drop)}입니다.{left.ko}",
    )
    if not kept.is_lost:
        return voice.say("pass", Wording(Text("Old labels are kept", "옛 레이블을 기억함"), figures), numbers=numbers)
    worst = sorted(kept.labels.items(), key=lambda item: item[1][1] - item[1][0])[:N_SHOWN]
    by_label = ", ".join(f'"{label}" {number(old)} → {number(new)}' for label, (old, new) in worst if new < old)
    rehearsed = _counts(extension)
    message = Text(
        f"The model lost what it knew. {figures.en} By label, F1: {by_label}. {rehearsed.en}",
        f"모델이 알던 것을 잊었습니다. {figures.ko} 레이블별 F1: {by_label}. {rehearsed.ko}",
    )
    wording = Wording(Text("Old labels are lost", "옛 레이블을 잊음"), message, _FIX, _CAUSES)
    return voice.say("error", wording, numbers=numbers)


def _left_out(n: int) -> Text:
    if n == 0:
        return Text("", "")
    return Text(f" {n:,} more of them are trained on now and were left out.", f" 지금 학습하는 {n:,}개는 뺐습니다.")


def _old_untagged(voice: Voice, extension: Extension) -> list[Finding]:
    """Old labels that the new file lacks: its O would teach that they are nothing."""
    n = sum(extension.old_unmarked.values())
    told = _named(extension.old_unmarked)
    if not extension.n_old_marked:
        message = Text(
            f"None of the {extension.n_new:,} new texts has an old label ({quoted(extension.old)}), so what belongs to "
            f"them is taught as O. Names of old labels stand there untagged {n:,} times{told}.",
            f"새 글 {extension.n_new:,}개에 옛 레이블({quoted(extension.old)})이 하나도 없어, 그에 속하는 것을 O로 "
            f"배웁니다. 옛 레이블의 이름이 태그 없이 {n:,}번 나옵니다{told}.",
        )
        wording = Wording(Text("New texts lack the old labels", "새 글에 옛 레이블이 없음"), message, _TAG_BOTH)
        return [voice.say("warning", wording, numbers=_numbers(extension))]
    message = Text(
        f"Names of old labels are taught as O. They stand untagged in the new texts {n:,} times{told}, beside "
        f"{extension.n_old_marked:,} tagged entities.",
        f"옛 레이블의 이름을 O로 배웁니다. 새 글에서 태그 없이 {n:,}번 나오고{told}, 태그가 달린 것은 "
        f"{extension.n_old_marked:,}개입니다.",
    )
    wording = Wording(Text("Old names untagged", "태그 없는 옛 이름"), message, _TAG_BOTH)
    return _say_untagged(voice, wording, n=n, n_marked=extension.n_old_marked, extension=extension)


def _new_untagged(voice: Voice, extension: Extension) -> list[Finding]:
    """Names of the new type in rehearsed texts, which were tagged before the type was there."""
    n = sum(extension.new_unmarked.values())
    told = _named(extension.new_unmarked)
    message = Text(
        f"Names of new labels are taught as O. They stand untagged in the {extension.n_rehearsed:,} rehearsed texts "
        f"{n:,} times{told}, beside {extension.n_new_marked:,} tagged entities in new ones.",
        f"새 레이블의 이름을 O로 배웁니다. 다시 배우는 옛 글 {extension.n_rehearsed:,}개에서 태그 없이 {n:,}번 "
        f"나오고{told}, 새 글에서 태그가 달린 것은 {extension.n_new_marked:,}개입니다.",
    )
    wording = Wording(Text("New names untagged", "태그 없는 새 이름"), message, _TAG_BOTH)
    return _say_untagged(voice, wording, n=n, n_marked=extension.n_new_marked, extension=extension)


def _scored_again(voice: Voice, extension: Extension) -> list[Finding]:
    """New validation and test texts that the old run was trained on."""
    n = extension.n_scored_old
    if n == 0:
        return []
    message = Text(
        f"The scores of this run are of memory in part. {n:,} of its validation and test texts are among the training "
        f"texts of {extension.run}.",
        f"이 실행의 점수 일부는 암기입니다. 검증 글과 시험 글 가운데 {n:,}개가 {extension.run}의 학습 글입니다.",
    )
    fix = Text(
        "Give data.validation and data.test texts that the old run has not seen.",
        "data.validation과 data.test에 옛 실행이 보지 않은 글을 주세요.",
    )
    wording = Wording(Text("Scored on old training texts", "옛 학습 글로 채점함"), message, fix)
    return [voice.say("warning", wording, numbers=_numbers(extension))]


def _say_untagged(voice: Voice, wording: Wording, *, n: int, n_marked: int, extension: Extension) -> list[Finding]:
    if n == 0:
        return []
    return [voice.say("warning" if n >= MANY * n_marked else "info", wording, numbers=_numbers(extension))]


def _named(names: Mapping[str, int]) -> str:
    return f" ({quoted(tuple(names), limit=N_SHOWN)})" if names else ""


def _numbers(extension: Extension) -> dict[str, object]:
    return {
        "run": extension.run,
        "old": list(extension.old),
        "new": list(extension.new),
        "n_new": extension.n_new,
        "n_rehearsed": extension.n_rehearsed,
        "n_old_marked": extension.n_old_marked,
        "n_new_marked": extension.n_new_marked,
        "n_held_seen": extension.n_held_seen,
        "n_scored_old": extension.n_scored_old,
        "old_unmarked": dict(extension.old_unmarked),
        "new_unmarked": dict(extension.new_unmarked),
    }


def _counts(extension: Extension) -> Text:
    return Text(
        f"{extension.n_rehearsed:,} old texts were learned again beside {extension.n_new:,} new ones.",
        f"옛 글 {extension.n_rehearsed:,}개를 새 글 {extension.n_new:,}개와 함께 다시 배웠습니다.",
    )


def _words_begun(extension: Extension) -> Wording:
    return Wording(Text("Old labels are rehearsed", "옛 레이블을 다시 배움"), _counts(extension))


CHECK = CheckSpec(
    name="forgetting",
    ids=("GR-FORGET",),
    run=_run,
    source="Tags of medical records added to a trained tagger, the old ones lost; explosion/spaCy#2204, #3677.",
)
