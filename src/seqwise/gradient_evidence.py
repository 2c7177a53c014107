"""What the checks on gradients see: plain facts of differences, of gradients through time, of one batch, of padding.

Every part may be absent, so that whoever has only some of them can have these judged.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BlockFacts:
    """One block of numbers, a parameter or an input: its gradient by back-propagation and by differences.

    Attributes:
        name: of the block.
        n: numbers in it.
        n_checked: of them, one by one.
        n_kinks: of those, where the function has no derivative and what back-propagation gave lies between the slopes
            from both sides.
        error: largest difference of the two, of the size of the gradients.
        place: index of the worst number in the block.
        analytic: its gradient by back-propagation.
        numerical: its gradient by differences.
    """

    name: str
    n: int
    n_checked: int
    n_kinks: int
    error: float
    place: tuple[int, ...]
    analytic: float
    numerical: float


@dataclass(frozen=True)
class GradcheckFacts:
    """Gradients of one subject, a layer or a network.

    Attributes:
        subject: its name.
        blocks: of it.
        n_forwards: evaluations of the function that the differences took.
        forward_s: seconds of one evaluation.
        backward_s: seconds of one evaluation with back-propagation, which gives all gradients.
    """

    subject: str
    blocks: tuple[BlockFacts, ...]
    n_forwards: int
    forward_s: float
    backward_s: float

    @property
    def n(self) -> int:
        """Numbers in all blocks."""
        return sum(block.n for block in self.blocks)

    @property
    def worst(self) -> BlockFacts:
        """The block with the largest error; one that is not a number is larger than all."""
        return max(self.blocks, key=lambda block: block.error if block.error == block.error else float("inf"))


@dataclass(frozen=True)
class ClipFacts:
    """What clipping did to the updates of a training.

    Attributes:
        threshold: largest norm of the gradient that was let through; 0 where nothing was clipped.
        n_logged: updates whose norm is known.
        n_clipped: of them, above the threshold, or not finite.
        median: of the norms, before clipping.
    """

    threshold: float
    n_logged: int
    n_clipped: int
    median: float


@dataclass(frozen=True)
class FlowFacts:
    """How gradients come through the steps of a recurrent layer.

    Attributes:
        name: of the layer.
        n_sequences: that were asked.
        loss: norm of the gradient of the loss with respect to the state k steps before the last, for k = 0, 1, …;
            empty where there is no loss.
        last: root mean square norm of that of the last state in a random direction; 1 at k = 0.
        clip: of the training, where there was one.
    """

    name: str
    n_sequences: int
    loss: tuple[float, ...]
    last: tuple[float, ...]
    clip: ClipFacts | None = None

    @property
    def length(self) -> int:
        """Steps."""
        return len(self.last)


@dataclass(frozen=True)
class LayerSpread:
    """Standard deviation of what a layer gives, and of the gradient that reaches it; of one batch."""

    name: str
    activation: float
    gradient: float


@dataclass(frozen=True)
class StartFacts:
    """One batch through a network before the first update.

    Attributes:
        loss: mean loss of the batch.
        chance: loss of one who gives all outputs the same probability, ln K; None where outputs are no labels, or a
            baseline's answers are the start.
        layers: from the bottom.
        n_parameters: blocks of parameters.
        frozen: names of those that are not trained.
        meant_frozen: whether the settings freeze some.
        without_gradient: names of those that are trained and that no gradient reaches.
        discarded: names of modules that ran and whose result nothing uses.
    """

    loss: float
    chance: float | None
    layers: tuple[LayerSpread, ...]
    n_parameters: int
    frozen: tuple[str, ...]
    meant_frozen: bool
    without_gradient: tuple[str, ...]
    discarded: tuple[str, ...]


@dataclass(frozen=True)
class OverfitFacts:
    """A few rows, trained on again and again.

    Attributes:
        n_rows: of the batch.
        n_outputs: what is said of them: labels of rows, or tags of units.
        n_steps: updates that were made.
        first: mean loss before them; of numbers the mean absolute error.
        last: the same after them.
        n_right: outputs that are right in the end; None where they are numbers.
    """

    n_rows: int
    n_outputs: int
    n_steps: int
    first: float
    last: float
    n_right: int | None


@dataclass(frozen=True)
class PaddingFacts:
    """What padding behind the end of sequences changes.

    Attributes:
        subject: what was asked.
        n_steps: steps of the sequences.
        n_padded: steps appended.
        error: largest change of an output.
        scale: size of the outputs: root of their mean square.
    """

    subject: str
    n_steps: int
    n_padded: int
    error: float
    scale: float


@dataclass(frozen=True)
class GradientEvidence:
    """All that is known of gradients; whatever is missing is None or empty.

    Attributes:
        differences: of each subject.
        flows: through the layers of a network, from the bottom, or through one cell.
        start: before the first update.
        overfit: of a few rows.
        padding: of one model.
    """

    differences: tuple[GradcheckFacts, ...] = ()
    flows: tuple[FlowFacts, ...] = ()
    start: StartFacts | None = None
    overfit: OverfitFacts | None = None
    padding: PaddingFacts | None = None


@dataclass(frozen=True)
class EdgeFacts:
    """What goes back along one edge of a graph.

    Attributes:
        source: name of the node whose value goes in.
        local: slopes of the node's numbers (rows) by the source's (columns), flat.
        downstream: gradient that the edge brings to the source: upstream times local.
    """

    source: str
    local: tuple[tuple[float, ...], ...]
    downstream: tuple[float, ...]


@dataclass(frozen=True)
class NodeFacts:
    """A node of a graph.

    Attributes:
        name: of the node.
        operation: that makes it of its sources; "" for what is given.
        value: its numbers, flat.
        shape: of its value.
        upstream: gradient of the result with respect to it.
        edges: to its sources.
        n_forward: multiplications and additions of its value.
        n_backward: of what it sends back.
    """

    name: str
    operation: str
    value: tuple[float, ...]
    shape: tuple[int, ...]
    upstream: tuple[float, ...]
    edges: tuple[EdgeFacts, ...]
    n_forward: int
    n_backward: int


@dataclass(frozen=True)
class GraphFacts:
    """A computation graph, forward and backward.

    Attributes:
        name: of the example.
        nodes: in the order of the computation; the last is the result.
        right: class that is right, where the result is a cross-entropy.
        error: largest difference of an upstream gradient from autograd's.
    """

    name: str
    nodes: tuple[NodeFacts, ...]
    right: int | None
    error: float
