"""The head for one label a sequence."""

from dataclasses import replace

import pytest
import torch
from ragged import batch_of
from torch.nn import functional as F

from seqwise.model.contracts import HeadShape
from seqwise.model.heads.label import LabelHead
from seqwise.model.logits import CrossEntropy
from seqwise.settings.heads import LabelSettings

WIDTH, N_ROWS = 5, 6


def batch(n_labels=3):
    torch.manual_seed(3)
    return replace(
        batch_of([[0]] * N_ROWS),
        targets=torch.randint(n_labels, (N_ROWS,)),
        priors=torch.randn(N_ROWS, n_labels).log_softmax(dim=1),
    )


def pooled(kind=torch.float32):
    return torch.randn(N_ROWS, WIDTH, generator=torch.Generator().manual_seed(4)).to(kind)


def head(shape=None, **given):
    torch.manual_seed(5)
    return LabelHead(LabelSettings(**given), WIDTH, shape=shape or HeadShape(3))


def test_without_layers_the_head_is_linear():
    network = head().eval()
    assert torch.equal(network(pooled(), batch()), network.output(pooled()))
    assert len(list(network.parameters())) == 2


def test_layers_step_down():
    sizes = [tuple(weight.shape) for weight in head(hidden=[4, 2]).parameters() if weight.ndim == 2]
    assert sizes == [(4, 5), (2, 4), (3, 2)]


def test_dropout_stands_before_the_last_layer_too():
    network, one = head(dropout=0.5).train(), batch()
    assert not torch.equal(network(pooled(), one), network(pooled(), one))


def test_logits_are_float32_whatever_the_encoders_precision():
    assert head()(pooled(torch.bfloat16), batch()).dtype is torch.float32


@pytest.mark.parametrize("class_weights", [None, (0.5, 2.0, 1.0)])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_the_loss_is_torchs_cross_entropy(class_weights, label_smoothing):
    network = head(HeadShape(3, class_weights=class_weights, label_smoothing=label_smoothing)).double()
    logits = torch.randn(N_ROWS, 3, dtype=torch.float64)
    loss = network.loss(logits, batch())
    weight = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float64)
    expected = F.cross_entropy(logits, batch().targets, weight=weight, label_smoothing=label_smoothing)
    torch.testing.assert_close(loss.total / loss.weight, expected, rtol=0, atol=1e-14)


def test_focal_loss_of_two_labels_is_torchvisions():
    """torchvision.ops.sigmoid_focal_loss (0.20) written out, alpha -1: the softmax of (0, x) is the sigmoid of x."""
    x = torch.randn(N_ROWS, dtype=torch.float64)
    targets = torch.randint(2, (N_ROWS,))
    p, truth = torch.sigmoid(x), targets.double()
    p_t = p * truth + (1 - p) * (1 - truth)
    expected = F.binary_cross_entropy_with_logits(x, truth, reduction="none") * ((1 - p_t) ** 2.5)
    loss = CrossEntropy(HeadShape(2, focal=2.5))(torch.stack([torch.zeros_like(x), x], dim=1), targets)
    torch.testing.assert_close(loss.total / loss.weight, expected.mean(), rtol=0, atol=1e-14)


def test_logit_adjustment_is_equation_10_of_the_paper():
    """log(1 + the sum over other labels y' of (pi_y' / pi_y) ** tau * exp(f_y' - f_y))."""
    shares, tau, logits = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64), 1.5, torch.randn(N_ROWS, 3).double()
    targets = batch().targets
    ratios = (shares / shares[targets].unsqueeze(1)) ** tau * (logits - logits.gather(1, targets.unsqueeze(1))).exp()
    others = ratios.masked_fill(F.one_hot(targets, 3).bool(), 0.0).sum(dim=1)
    loss = CrossEntropy(HeadShape(3, logit_offsets=tuple((tau * shares.log()).tolist()))).double()(logits, targets)
    torch.testing.assert_close(loss.total / loss.weight, (1 + others).log().mean(), rtol=0, atol=1e-7)


def test_adjustment_is_for_training_alone():
    plain, adjusted = head(), head(HeadShape(3, logit_offsets=(0.0, -1.0, -2.0)))
    assert torch.equal(plain(pooled(), batch()), adjusted(pooled(), batch()))
    assert adjusted.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize("focal", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_the_gradient_of_every_loss_is_right(focal, label_smoothing):
    shape = HeadShape(
        3,
        class_weights=(0.5, 2.0, 1.0),
        logit_offsets=(-0.1, -1.0, -2.0),
        focal=focal,
        label_smoothing=label_smoothing,
    )
    loss, targets = CrossEntropy(shape), torch.tensor([0, 2, -1, 1])
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: loss(x, targets).total, (logits,))


@pytest.mark.parametrize("focal", [0.5, 1.0, 2.0])
def test_rows_that_are_surely_right_have_no_focal_loss_and_no_gradient(focal):
    logits = torch.tensor([[200.0, 0.0], [0.0, 200.0]], requires_grad=True)
    loss = CrossEntropy(HeadShape(2, focal=focal))(logits, torch.tensor([0, 1])).total
    loss.backward()
    assert loss == 0
    assert torch.equal(logits.grad, torch.zeros(2, 2))


def test_losses_of_parts_add_up_to_the_loss_of_the_whole():
    network = head(HeadShape(3, class_weights=(0.5, 2.0, 1.0), label_smoothing=0.1)).double()
    logits, whole = torch.randn(N_ROWS, 3, dtype=torch.float64), batch()
    parts = [
        network.loss(logits[rows], replace(batch_of([[0]] * len(whole.targets[rows])), targets=whole.targets[rows]))
        for rows in (slice(0, 1), slice(1, None))
    ]
    expected = network.loss(logits, whole)
    torch.testing.assert_close(sum(part.total for part in parts), expected.total, rtol=0, atol=1e-14)
    torch.testing.assert_close(sum(part.weight for part in parts), expected.weight, rtol=0, atol=1e-14)


def test_a_head_on_a_baseline_starts_exactly_at_the_baseline():
    network = head(stand_on="naive_bayes", hidden=[4])
    assert torch.equal(network(pooled(), batch()), batch().priors)


def test_a_head_on_a_baseline_adds_the_scaled_log_probabilities():
    network = head(stand_on="naive_bayes").eval()
    with torch.no_grad():
        network.output.weight.normal_()
        network.scale.fill_(0.25)
    expected = network.output(pooled()) + 0.25 * batch().priors
    torch.testing.assert_close(network(pooled(), batch()), expected)


def test_a_head_on_a_baseline_learns_its_scale_and_its_last_layer_from_the_first_update():
    network = head(stand_on="naive_bayes")
    network.loss(network(pooled(), batch()), batch()).total.backward()
    assert network.scale.grad.abs() > 0
    assert network.output.weight.grad.abs().sum() > 0


def test_a_head_on_a_baseline_never_runs_without_it():
    with pytest.raises(AssertionError):
        head(stand_on="naive_bayes")(pooled(), replace(batch(), priors=None))


def test_class_weights_are_not_saved_with_the_model():
    assert set(head(HeadShape(3, class_weights=(1.0, 2.0, 3.0))).state_dict()) == {"output.weight", "output.bias"}
