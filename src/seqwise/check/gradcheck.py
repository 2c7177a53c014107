"""GR-GRADCHECK: gradients by two ways come in; says where back-propagation gives what differences do not."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.gradient_evidence import BlockFacts, GradcheckFacts
from seqwise.records import Evidence, Finding

# Of the size of the gradients, in float64: right ones differ by 1e-10 to 1e-8, a wrong term by its own size.
TOLERANCE = 1e-6

_CAUSES = (
    Text("A wrong sign or a missing term in a backward pass.", "역전파에서 부호가 틀렸거나 항이 빠졌습니다."),
    Text(
        "A tensor is changed in place, or detached, between forward and backward.",
        "순전파와 역전파 사이에 텐서를 제자리에서 바꾸거나 떼어 냈습니다(detach).",
    ),
    Text("A part of the function works in float32.", "함수의 일부가 float32로 계산합니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    subjects = () if evidence.gradients is None else evidence.gradients.differences
    if not subjects:
        return []
    voice = Voice("gradcheck", "GR-GRADCHECK", evidence.language)
    wrong = [(facts, blocks) for facts in subjects if (blocks := wrong_blocks(facts))]
    if not wrong:
        return [voice.say("pass", _words_pass(subjects), numbers=_numbers(subjects))]
    return [
        voice.say("error", _words(facts, blocks), numbers={**_numbers((facts,)), **_of_block(blocks[0])})
        for facts, blocks in wrong
    ]


def wrong_blocks(facts: GradcheckFacts) -> list[BlockFacts]:
    """The blocks whose gradient is wrong, the worst first; an error that is no number is wrong too."""
    wrong = [block for block in facts.blocks if not block.error <= TOLERANCE]
    return sorted(wrong, key=lambda block: -block.error if block.error == block.error else float("-inf"))


def place_of(block: BlockFacts) -> str:
    """The worst number of a block as it is written in code.

    Example:
        >>> place_of(BlockFacts("weight", 6, 6, 0, error=2.0, place=(1, 2), analytic=-0.5, numerical=0.5))
        'weight[1, 2]'
    """
    return f"{block.name}[{', '.join(map(str, block.place))}]" if block.place else block.name


def _numbers(subjects: tuple[GradcheckFacts, ...]) -> dict[str, object]:
    return {
        "subjects": [facts.subject for facts in subjects],
        "error": max(facts.worst.error for facts in subjects),
        "n": sum(facts.n for facts in subjects),
        "n_checked": sum(block.n_checked for facts in subjects for block in facts.blocks),
        "n_forwards": sum(facts.n_forwards for facts in subjects),
    }


def _of_block(block: BlockFacts) -> dict[str, object]:
    return {"place": place_of(block), "analytic": block.analytic, "numerical": block.numerical}


def _words(facts: GradcheckFacts, blocks: list[BlockFacts]) -> Wording:
    first, n, of = blocks[0], len(blocks), len(facts.blocks)
    place, error = place_of(first), number(first.error)
    analytic, numerical = number(first.analytic), number(first.numerical)
    names = ", ".join(block.name for block in blocks)
    message = Text(
        f"{facts.subject}: the gradient of {place} is {analytic} by back-propagation and {numerical} by differences; "
        f"they differ by {error} of the size of the gradients. Wrong blocks: {n} of {of} ({names}).",
        f"{facts.subject}: {place}의 기울기가 역전파로는 {analytic}, 차분으로는 {numerical}입니다. 차이는 기울기 "
        f"크기의 {error}배입니다. 틀린 블록: {of}개 중 {n}개({names}).",
    )
    fix = Text(
        f"Look at the term of the backward pass that makes the gradient of {first.name}, and derive it again.",
        f"역전파에서 {first.name}의 기울기를 만드는 항을 찾아 다시 유도하세요.",
    )
    return Wording(Text("A gradient is wrong", "기울기가 틀림"), message, fix, _CAUSES)


def _words_pass(subjects: tuple[GradcheckFacts, ...]) -> Wording:
    error, n = number(max(facts.worst.error for facts in subjects)), number(len(subjects))
    message = Text(
        f"Back-propagation and differences give the same gradients for {n} subject(s); they differ by at most {error} "
        "of their size.",
        f"대상 {n}개에서 역전파와 차분의 기울기가 같습니다. 차이는 기울기 크기의 최대 {error}배입니다.",
    )
    return Wording(Text("Gradients are right", "기울기가 맞음"), message)


CHECK = CheckSpec(
    name="gradcheck",
    ids=("GR-GRADCHECK",),
    run=_run,
    source="Central differences: Press et al., Numerical Recipes, 3rd edition, section 5.7.",
)
