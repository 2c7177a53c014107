"""GR-LRPLAN: the learning-rate plan, simulated for the real number of updates, in; says where it does not fit."""

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, share
from seqwise.records import Evidence, Finding, PlanFacts

# Linear and cosine plans touch zero once at each end; a tenth of the run at zero is lost time, half is a fault.
ZERO_WARNING = 0.10
ZERO_ERROR = 0.50
# A plan that rises for more than half of its updates is hardly ever at its rate.
WARMUP_WARNING = 0.50
# The last step of a short rise may stay a little under the peak.
PEAK_WARNING = 0.90
PEAK_ERROR = 0.50
# Early stopping and rounding of the last batch explain a few per cent.
DECLARED_WARNING = 0.05

_FIX_UPDATES = Text(
    "Leave training.schedule.total_updates out: the plan then takes the real number of updates. Count updates as "
    "rows / (batch_size x accumulation) x epochs.",
    "training.schedule.total_updates를 빼면 실제 갱신 횟수로 계획합니다. 갱신 횟수는 행 수 / (batch_size x "
    "accumulation) x "
    "epochs로 세세요.",
)
_FIX_WARMUP = Text(
    "Give training.schedule.warmup as a share of the updates, for example 0.1, or raise training.epochs.",
    "training.schedule.warmup을 갱신 횟수의 비율(예: 0.1)로 주거나 training.epochs를 늘리세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    plan = evidence.plan
    if plan is None:
        return []
    voice = Voice("rate_plan", "GR-LRPLAN", evidence.language)
    found = _broken(voice, plan)
    if not found:
        found = [*_signs(voice, plan), *_rise(voice, plan), *_declared(voice, plan)]
    if found:
        return found
    peak, n = number(float(plan.rates.max())), f"{plan.n_updates:,}"
    message = Text(
        f"The plan fits the run. The rate reaches {peak} within {n} updates.",
        f"계획이 실행과 맞습니다. 갱신 {n}번 안에 학습률이 {peak}에 이릅니다.",
    )
    return [voice.say("pass", Wording(Text("Plan fits", "계획이 맞음"), message), numbers=_numbers(plan))]


def _numbers(plan: PlanFacts) -> dict[str, object]:
    told: dict[str, object] = {
        "schedule": plan.schedule,
        "peak": plan.peak if np.isfinite(plan.peak) else str(plan.peak),
        "n_updates": plan.n_updates,
        "n_warmup": plan.n_warmup,
        "declared_updates": plan.declared_updates,
    }
    if len(plan.rates) and np.isfinite(plan.rates).all():
        n_zero = int((plan.rates == 0).sum())
        told |= {"lowest": float(plan.rates.min()), "highest": float(plan.rates.max()), "n_zero": n_zero}
    return told


def _broken(voice: Voice, plan: PlanFacts) -> list[Finding]:
    """Plans that hold no rates to judge."""
    if len(plan.rates) == 0:
        message = Text(
            f"Nothing will be trained. The plan holds {len(plan.rates)} rates for {plan.n_updates:,} updates.",
            f"아무것도 학습되지 않습니다. 갱신 {plan.n_updates:,}번에 대한 계획에 학습률이 {len(plan.rates)}개입니다.",
        )
        fix = Text("Raise training.epochs, or give more rows.", "training.epochs를 늘리거나 행을 더 주세요.")
        return [voice.say("error", Wording(Text("No updates", "갱신이 없음"), message, fix), numbers=_numbers(plan))]
    n_bad = int((~np.isfinite(plan.rates)).sum())
    if n_bad == 0:
        return []
    message = Text(
        f"The plan leaves the numbers. {n_bad:,} of {len(plan.rates):,} rates are NaN or infinite.",
        f"계획에 수가 아닌 값이 있습니다. 학습률 {len(plan.rates):,}개 중 {n_bad:,}개가 NaN이거나 무한대입니다.",
    )
    fix = Text(
        "Check training.learning_rate and training.schedule.",
        "training.learning_rate와 training.schedule을 확인하세요.",
    )
    return [
        voice.say(
            "error",
            Wording(Text("Rates that are not numbers", "수가 아닌 학습률"), message, fix),
            numbers=_numbers(plan),
        )
    ]


def _signs(voice: Voice, plan: PlanFacts) -> list[Finding]:
    """Negative rates climb the loss; zero rates learn nothing."""
    n, found = len(plan.rates), []
    n_negative, n_zero = int((plan.rates < 0).sum()), int((plan.rates == 0).sum())
    if n_negative:
        first = int(np.argmax(plan.rates < 0)) + 1
        message = Text(
            f"The model will be trained backwards. {n_negative:,} of {n:,} rates are below zero, from update "
            f"{first:,} on; "
            f"the lowest is {number(float(plan.rates.min()))}.",
            f"모델이 거꾸로 학습됩니다. 학습률 {n:,}개 중 {n_negative:,}개가 음수이고, {first:,}번째 갱신부터이며, "
            f"가장 낮은 "
            f"값은 {number(float(plan.rates.min()))}입니다.",
        )
        wording = Wording(Text("Negative learning rate", "음수 학습률"), message, _FIX_UPDATES)
        found.append(voice.say("error", wording, numbers=_numbers(plan)))
    if n_zero > max(ZERO_WARNING * n, 2):
        message = Text(
            f"The model does not learn for part of the run. {n_zero:,} of {n:,} rates ({share(n_zero, n)}) are zero.",
            f"실행의 일부 동안 모델이 배우지 않습니다. 학습률 {n:,}개 중 {n_zero:,}개({share(n_zero, n)})가 영입니다.",
        )
        level = "error" if n_zero > ZERO_ERROR * n else "warning"
        wording = Wording(Text("Learning rate of zero", "학습률이 영"), message, _FIX_UPDATES)
        found.append(voice.say(level, wording, numbers=_numbers(plan)))
    return found


def _rise(voice: Voice, plan: PlanFacts) -> list[Finding]:
    """The warm-up against the updates, and the highest rate against the one that was asked for."""
    if plan.n_warmup > 0 and plan.n_warmup >= plan.n_updates:
        return [voice.say("error", _words_warmup(plan), numbers=_numbers(plan))]
    highest = float(plan.rates.max())
    if 0 < highest < PEAK_WARNING * plan.peak:
        level = "error" if highest < PEAK_ERROR * plan.peak else "warning"
        return [voice.say(level, _words_peak(plan, highest), numbers=_numbers(plan))]
    if plan.n_warmup > max(WARMUP_WARNING * plan.n_updates, 1):
        return [voice.say("warning", _words_warmup(plan), numbers=_numbers(plan))]
    return []


def _words_warmup(plan: PlanFacts) -> Wording:
    is_all = plan.n_warmup >= plan.n_updates
    meaning = (
        Text("The run ends before the rate is reached.", "학습률에 이르기 전에 실행이 끝납니다.")
        if is_all
        else Text("Most of the run is warm-up.", "실행의 대부분이 워밍업입니다.")
    )
    highest, peak = number(float(plan.rates.max())), number(plan.peak)
    message = Text(
        f"{meaning.en} {plan.n_warmup:,} warm-up updates stand against {plan.n_updates:,} in all; the highest rate is "
        f"{highest}, and {peak} was asked for.",
        f"{meaning.ko} 워밍업 갱신은 {plan.n_warmup:,}번, 전체 갱신은 {plan.n_updates:,}번입니다. 가장 높은 학습률은 "
        f"{highest}이고, 정한 값은 {peak}입니다.",
    )
    cause = Text(
        "The warm-up is given in updates and was chosen for a longer run.",
        "워밍업을 더 긴 실행에 맞춘 횟수로 주었습니다.",
    )
    return Wording(Text("Warm-up too long", "워밍업이 너무 김"), message, _FIX_WARMUP, (cause,))


def _words_peak(plan: PlanFacts, highest: float) -> Wording:
    part = share(highest, plan.peak)
    message = Text(
        f"The rate that you set is never used. The highest of {len(plan.rates):,} rates is {number(highest)}, which is "
        f"{part} of {number(plan.peak)}.",
        f"정한 학습률이 한 번도 쓰이지 않습니다. 학습률 {len(plan.rates):,}개 중 가장 높은 값은 "
        f"{number(highest)}(으)로, "
        f"{number(plan.peak)}의 {part}입니다.",
    )
    fix = Text(
        "Shorten training.schedule.warmup or training.schedule.step_size, or raise training.epochs.",
        "training.schedule.warmup이나 training.schedule.step_size를 줄이거나 training.epochs를 늘리세요.",
    )
    return Wording(Text("The peak is never reached", "정한 학습률에 이르지 못함"), message, fix)


def _declared(voice: Voice, plan: PlanFacts) -> list[Finding]:
    """The number of updates the plan was made for against the real one."""
    declared = plan.declared_updates
    if declared is None or abs(declared - plan.n_updates) <= DECLARED_WARNING * plan.n_updates:
        return []
    meaning = (
        Text("The plan ends before the run does.", "실행보다 계획이 먼저 끝납니다.")
        if declared < plan.n_updates
        else Text("The run ends before the plan does.", "계획보다 실행이 먼저 끝납니다.")
    )
    last = number(float(plan.rates[-1]))
    message = Text(
        f"{meaning.en} It was made for {declared:,} updates, and there are {plan.n_updates:,}; the last rate is "
        f"{last}.",
        f"{meaning.ko} 계획은 갱신 {declared:,}번에 맞추었는데 실제로는 {plan.n_updates:,}번이고, 마지막 학습률은 "
        f"{last}입니다.",
    )
    cause = Text(
        "Updates were counted without accumulation, or for another number of rows.",
        "누적(accumulation)을 빼고 세었거나 다른 행 수로 세었습니다.",
    )
    wording = Wording(
        Text("Planned for another number of updates", "다른 갱신 횟수로 계획"), message, _FIX_UPDATES, (cause,)
    )
    return [voice.say("warning", wording, numbers=_numbers(plan))]


CHECK = CheckSpec(
    name="rate_plan",
    ids=("GR-LRPLAN",),
    run=_run,
    source="Roster story: 10,000 warm-up updates in a run of 100; planned for 50, run for 100: below zero.",
)
