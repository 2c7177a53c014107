"""The verbs ``gradcheck`` and ``probe``: what is asked of a network in; numbers, a verdict and drawings out."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqwise.console import Changes, Manner, answer, finding_lines, has_error

if TYPE_CHECKING:
    from seqwise.gradient_evidence import FlowFacts, GradcheckFacts, GradientEvidence, GraphFacts
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
        "up": "  upstream {gradient}",
        "edge": "  to {source}: upstream {upstream} x local {local} = downstream {downstream}",
        "add": "distributes: each source gets the whole upstream gradient",
        "max": "routes: the larger source gets all of it, the other nothing",
        "multiply": "switches: each source gets it times the other's value",
        "product": "a matrix: the vector gets the transpose times it, the matrix the outer product",
        "tanh": "times 1 - tanh²",
        "softmax, cross-entropy": "p - 1 for the class that is right, p for the others",
        "class": "  class {number}: p = {p:.4f}, slope {slope:+.4f} ({case})",
        "sum": "Sum over the edges that leave a node = its upstream gradient; from autograd it differs by {error:.1e}",
        "order": "Operations: forward {forward}, backward {backward} ({ratio:.1f} times): the same order.",
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
        "up": "  상류 기울기 {gradient}",
        "edge": "  {source}(으)로: 상류 {upstream} x 국소 {local} = 하류 {downstream}",
        "add": "분배: 상류 기울기가 모든 입력에 그대로 감",
        "max": "경로: 큰 쪽이 모두 받고 다른 쪽은 받지 않음",
        "multiply": "교환: 상대의 값을 곱해서 받음",
        "product": "행렬: 벡터는 전치 행렬을 곱해서, 행렬은 외적으로 받음",
        "tanh": "1 - tanh²를 곱함",
        "softmax, cross-entropy": "정답 클래스는 p - 1, 나머지는 p",
        "class": "  클래스 {number}: p = {p:.4f}, 기울기 {slope:+.4f} ({case})",
        "sum": "노드에서 나가는 간선의 합 = 그 노드의 상류 기울기. autograd와의 최대 차이 {error:.1e}",
        "order": "연산 수: 순전파 {forward}, 역전파 {backward} ({ratio:.1f}배): 같은 차수.",
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


@probe.command(epilog="\b\nExample:\n  seqwise probe gradient rnn lstm gru --length 200 --out cells.svg")
def gradient(  # noqa: PLR0913 - the options of a verb are its parameters
    context: typer.Context,
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET...", help="rnn, lstm, gru; settings, a run, or module.path:name.")
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
    from seqwise.probing import Fresh, gradient_flows
    from seqwise.report.gradient_figures import flow_figures, write_figures

    fresh = Fresh(hidden, initialisation, memory_bias)
    asked = [gradient_flows(each, length=length, fresh=fresh, changes=changes or (), seed=seed) for each in targets]
    found = tuple(facts for flows in asked for facts in flows)
    word = WORDS[manner.spoken]
    lines = list(flow_lines(found, word))
    if out is not None:
        write_figures(out, flow_figures(found, language=manner.spoken))
        lines.append(word["wrote"].format(path=out))
    _tell(manner, lines, GradientEvidence(flows=found), only="gradient_flow", is_strict=is_strict)


@probe.command(epilog="\b\nExample:\n  seqwise probe graph --out graph.html")
def graph(context: typer.Context, *, out: Out = None) -> None:
    """Show the chain rule at each node of two small graphs: upstream times local is downstream."""
    manner: Manner = context.obj
    from seqwise.probe.graph import network_graph, scalar_graph
    from seqwise.report.gradient_figures import write_figures
    from seqwise.report.graph_drawing import graph_figure

    found, word = (scalar_graph(), network_graph()), WORDS[manner.spoken]
    lines = [line for facts in found for line in (*graph_lines(facts, word), "")]
    if out is not None:
        write_figures(out, [graph_figure(facts, language=manner.spoken) for facts in found])
        lines.append(word["wrote"].format(path=out))
    answer(manner, lines, json_object={"graphs": [asdict(facts) for facts in found]})


@probe.command(epilog="\b\nExample:\n  seqwise probe overfit settings.toml")
def overfit(  # noqa: PLR0913 - the options of a verb are its parameters
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="SETTINGS.toml", help="A settings file.")],
    *,
    rows: Annotated[int, typer.Option(min=1, metavar="N", help="Training rows, spread over all.")] = 8,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Updates at most.")] = 300,
    rate: Annotated[float | None, typer.Option(metavar="R", help="Learning rate, if not that of the settings.")] = None,
    changes: Changes = None,
    is_strict: Strict = False,
) -> None:
    """Learn a few rows by heart: a network that cannot is wired wrongly, or its learning rate is far off."""
    manner: Manner = context.obj
    from seqwise.gradient_evidence import GradientEvidence
    from seqwise.probing import overfit_few

    found = overfit_few(target, n_rows=rows, n_steps=steps, rate=rate, changes=changes or ())
    _tell(manner, (), GradientEvidence(overfit=found), only="overfit_few", is_strict=is_strict)


@probe.command(epilog="\b\nExample:\n  seqwise probe padding my_model:example --pad 0")
def padding(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="module.path:name, settings or a run.")],
    *,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Steps to append.")] = 8,
    pad: Annotated[float, typer.Option(metavar="VALUE", help="What they hold: the padding's id, or a number.")] = 0.0,
    changes: Changes = None,
    is_strict: Strict = False,
) -> None:
    """Append padding and see what changes: an answer that is read from padding is no answer."""
    manner: Manner = context.obj
    from seqwise.gradient_evidence import GradientEvidence
    from seqwise.probing import padding_read

    found = padding_read(target, n_padded=steps, pad=pad, changes=changes or ())
    _tell(manner, (), GradientEvidence(padding=found), only="padding_read", is_strict=is_strict)


def graph_lines(facts: "GraphFacts", word: dict[str, str]) -> Iterator[str]:
    """Each node from the result back: its rule, its gradient, and what it sends to each source."""
    from seqwise.report.graph_drawing import told

    shapes = {node.name: node.shape for node in facts.nodes}
    yield facts.name
    for node in reversed(facts.nodes):
        yield f"{node.name} = {node.operation}  ({word[node.operation]})" if node.edges else node.name
        yield word["up"].format(gradient=told(node.upstream, node.shape))
        for edge in node.edges:
            rows, columns = len(edge.local), len(edge.local[0])
            yield word["edge"].format(
                source=edge.source,
                upstream=told(node.upstream),
                local=told(edge.local[0]) if rows == 1 else f"({rows}, {columns})",
                downstream=told(edge.downstream, shapes[edge.source]),
            )
        if facts.right is not None and node is facts.nodes[-1]:
            for number, slope in enumerate(node.edges[0].local[0]):
                is_right = number == facts.right
                case = "p - 1" if is_right else "p"
                yield word["class"].format(number=number, p=slope + is_right, slope=slope, case=case)
    yield word["sum"].format(error=facts.error)
    forward, backward = sum(node.n_forward for node in facts.nodes), sum(node.n_backward for node in facts.nodes)
    yield word["order"].format(forward=forward, backward=backward, ratio=backward / forward)


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
    passed = [finding.message for finding in findings if finding.level == "pass"]
    answer(manner, [*lines, *passed, *finding_lines(findings, language=manner.spoken)], json_object=told)
    if is_strict and has_error(findings):
        raise typer.Exit(FINDING)


def _duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1000:.3g} ms"
