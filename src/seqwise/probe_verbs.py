"""The verbs ``gradcheck`` and ``probe``: what is asked of a network in; numbers, a verdict and drawings out."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from seqwise.console import Changes, Manner, answer, finding_lines, has_error

if TYPE_CHECKING:
    from seqwise.gradient_evidence import FlowFacts, GradcheckFacts, GradientEvidence
    from seqwise.records import Finding, Language

FINDING = 1
WORDS: "dict[Language, dict[str, str]]" = {
    "en": {
        "checked": "{subject:<{width}} {n:>9,} numbers {checked:>6,} checked  error {error:.1e} at {place}{kinks}",
        "kinks": "  ({n} at a kink)",
        "cost": "Cost: 2 evaluations for each number checked, {n:,} in all. By differences all {all:,} numbers would "
        "take {slow} each time, by back-propagation {fast}: differences check gradients and never train.",
        "steps": "steps back",
        "verdict": "{name}: {verdict}, {factor:.3g} a step, reaches {reach} of {steps} steps",
        "vanishing": "vanishing",
        "exploding": "exploding",
        "healthy": "healthy",
        "wrote": "Wrote {path}.",
    },
    "ko": {
        "checked": "{subject:<{width}} 수 {n:>9,}개 {checked:>6,}개 확인  오차 {error:.1e}, {place}{kinks}",
        "kinks": "  (꺾인 점 {n}개)",
        "cost": "비용: 확인한 수 하나에 계산 2번, 모두 {n:,}번. 수 {all:,}개를 모두 차분으로 구하면 매번 {slow}, "
        "역전파로는 {fast}가 걸립니다. 차분은 기울기를 확인할 뿐 학습에는 쓰지 않습니다.",
        "steps": "되돌아간 단계",
        "verdict": "{name}: {verdict}, 한 단계에 {factor:.3g}배, {steps}단계 중 {reach}단계까지 닿음",
        "vanishing": "사라짐",
        "exploding": "폭발",
        "healthy": "정상",
        "wrote": "{path}에 썼습니다.",
    },
}

probe = typer.Typer(
    help="Ask a network and say what its answers mean: gradients through time, a graph, a few rows, padding.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Draw it here: .html, .svg or .png.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 when a finding is an error.")]


def gradcheck(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="Settings, a run, a layer's name, or module.path:name; or nothing.")
    ] = "",
    *,
    seed: Annotated[int, typer.Option(metavar="N", help="Of what is drawn.")] = 0,
    changes: Changes = None,
    is_strict: Strict = False,
) -> None:
    """Compare gradients by back-propagation with differences, block by block; without TARGET for every layer.

    module.path:name is imported from the working directory. It is a function that takes nothing and gives a module,
    or a function, and the tuple of its inputs.
    """
    manner: Manner = context.obj
    from seqwise.gradient_evidence import GradientEvidence
    from seqwise.probing import gradchecks

    found = gradchecks(target, changes=changes or (), seed=seed)
    lines = list(difference_lines(found, WORDS[manner.spoken]))
    _tell(manner, lines, GradientEvidence(differences=found), only="gradcheck", is_strict=is_strict)


@probe.command(epilog="\b\nExample:\n  seqwise probe gradient lstm --length 200 --out lstm.svg")
def gradient(  # noqa: PLR0913 - the options of a verb are its parameters
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="rnn, lstm, gru; settings, a run, or module.path:name.")
    ],
    *,
    length: Annotated[int, typer.Option(min=2, metavar="STEPS", help="Of a fresh cell.")] = 200,
    hidden: Annotated[int, typer.Option(min=1, metavar="N", help="Units of a fresh cell.")] = 64,
    initialisation: Annotated[
        Literal["default", "xavier", "kaiming", "orthogonal", "normal"], typer.Option(help="Of a fresh cell.")
    ] = "default",
    memory_bias: Annotated[
        float, typer.Option(metavar="B", help="Added to the forget gate (LSTM) or update gate (GRU) of a fresh cell.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Of what is drawn.")] = 0,
    out: Out = None,
    changes: Changes = None,
    is_strict: Strict = False,
) -> None:
    """Follow gradients back through the steps of a recurrent layer, and say whether they vanish or explode."""
    manner: Manner = context.obj
    from seqwise.gradient_evidence import GradientEvidence
    from seqwise.probing import CELLS, Fresh, gradient_flows
    from seqwise.report.gradient_figures import flow_figures, write_figures

    fresh = Fresh(cast("Literal['rnn', 'gru', 'lstm']", target), hidden, initialisation, memory_bias)
    found = gradient_flows(
        target, length=length, fresh=fresh if target in CELLS else None, changes=changes or (), seed=seed
    )
    word = WORDS[manner.spoken]
    lines = list(flow_lines(found, word))
    if out is not None:
        write_figures(out, flow_figures(found, language=manner.spoken))
        lines.append(word["wrote"].format(path=out))
    _tell(manner, lines, GradientEvidence(flows=found), only="gradient_flow", is_strict=is_strict)


def difference_lines(found: "Sequence[GradcheckFacts]", word: dict[str, str]) -> Iterator[str]:
    """A line a subject, and what it cost."""
    from seqwise.check.gradcheck import place_of

    width = max(len(facts.subject) for facts in found)
    for facts in found:
        n_kinks = sum(block.n_kinks for block in facts.blocks)
        yield word["checked"].format(
            subject=facts.subject,
            width=width,
            n=facts.n,
            checked=sum(block.n_checked for block in facts.blocks),
            place=place_of(facts.worst),
            error=facts.worst.error,
            kinks=word["kinks"].format(n=n_kinks) if n_kinks else "",
        )
    yield word["cost"].format(
        n=sum(facts.n_forwards for facts in found),
        all=sum(facts.n for facts in found),
        slow=_duration(sum(2 * facts.n * facts.forward_s for facts in found)),
        fast=_duration(sum(facts.backward_s for facts in found)),
    )


def flow_lines(found: "Sequence[FlowFacts]", word: dict[str, str]) -> Iterator[str]:
    """A table of norms by steps back, then a verdict for each layer."""
    from seqwise.check.gradient_flow import judge_flow

    longest = max(facts.length for facts in found)
    told = sorted({steps for steps in (1, 10, 50, 100, 200) if steps < longest} | {longest - 1})
    width = max(len(word["steps"]), *(len(facts.name) for facts in found)) + 2
    yield f"{word['steps']:<{width}}" + "".join(f"{steps:>10}" for steps in told)
    for facts in found:
        norms = facts.loss or facts.last
        cells = [f"{norms[steps] / (norms[0] or 1.0):10.1e}" if steps < len(norms) else " " * 10 for steps in told]
        yield (f"{facts.name:<{width}}" + "".join(cells)).rstrip()
    for facts in found:
        flow = judge_flow(facts)
        if flow is not None:
            verdict = {"name": facts.name, "verdict": word[flow.verdict], "factor": flow.factor, "reach": flow.reach}
            yield word["verdict"].format(**verdict, steps=facts.length)


def _tell(manner: Manner, lines: Sequence[str], evidence: "GradientEvidence", *, only: str, is_strict: bool) -> None:
    """Print what was found and what the check says of it; exit with 1 where that is asked for and an error stands."""
    from seqwise.probing import judged

    findings: Sequence[Finding] = judged(evidence, only=only, language=manner.spoken)
    facts = {name: part for name, part in asdict(evidence).items() if part}
    told: dict[str, object] = {**facts, "findings": [finding.to_json() for finding in findings]}
    answer(manner, [*lines, *finding_lines(findings, language=manner.spoken)], json_object=told)
    if is_strict and has_error(findings):
        raise typer.Exit(FINDING)


def _duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms"
