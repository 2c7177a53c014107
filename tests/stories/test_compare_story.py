"""``seqwise compare``: remedies on the same seeds, several seeds, finished runs; what is there is not made again."""

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqwise.cli import main
from seqwise.settings.remedies import REMEDIES

LABELS, SHARES = ("ok", "spam", "fraud"), (0.85, 0.1, 0.05)
WORDS = {"ok": ("hello", "lunch"), "spam": ("prize", "lunch"), "fraud": ("bank", "prize")}
TEXTS = """task = "classify"
[data]
train = "train.csv"
validation = "validation.csv"
test = "test.csv"
[encoder]
name = "bag"
[training]
epochs = 2
learning_rate = 0.01
[evaluate]
baselines = ["majority"]
samples = 100
[runtime]
threads = 1
"""
ROSTER = """task = "forecast"
[data]
train = "roster.csv"
time = "day"
unit = ["person"]
value = ["shift"]
[prepare]
input = 7
horizon = 2
[encoder]
name = "window"
radius = 2
[training]
epochs = 1
[evaluate]
baselines = ["majority", "last"]
samples = 100
[runtime]
threads = 1
"""


def write_texts(name: str, n: int, *, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.choice(LABELS, size=n, p=SHARES)
    texts = [" ".join([*rng.choice(WORDS[label], 2), f"w{rng.integers(9)}"]) for label in labels]
    ids = [f"{name}{number}" for number in range(n)]
    pl.DataFrame({"id": ids, "text": texts, "label": labels}).write_csv(f"{name}.csv")


def write_roster() -> None:
    """Twelve people in a pattern of eight days, now and then on call."""
    rng = np.random.default_rng(0)
    rows = [
        {"person": f"p{person}", "day": day, "shift": "C" if rng.random() < 0.05 else "DDNNOOOO"[(day + person) % 8]}
        for person in range(12)
        for day in range(60)
    ]
    pl.DataFrame(rows).write_csv("roster.csv")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for seed, (name, n) in enumerate({"train": 120, "validation": 60, "test": 80}.items()):
        write_texts(name, n, seed=seed)
    write_roster()
    Path("texts.toml").write_text(TEXTS)
    Path("roster.toml").write_text(ROSTER)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    assert main(["compare", *arguments, "--json"]) == code
    said = capsys.readouterr()
    return json.loads(said.out if code == 0 else said.err.splitlines()[-1])


def test_remedies_stand_beside_none_and_agree_with_their_runs(folder, capsys) -> None:
    found = told(capsys, "texts.toml", "--imbalance", "--seeds", "2", "--out", "out")
    assert set(found["scores"]) == set(REMEDIES)
    assert json.loads(Path("out/compare.json").read_text()) == found
    for remedy, scores in found["scores"].items():
        runs = [json.loads(Path(f"out/texts-{remedy}-seed{seed}/scores.json").read_text()) for seed in (0, 1)]
        own = [run["splits"]["test"]["metrics"] for run in runs]
        for metric in ("accuracy", "macro_f1", "log_loss"):
            assert scores[metric]["value"] == pytest.approx(np.mean([one[metric]["value"] for one in own]))
            assert scores[metric]["difference_low"] <= scores[metric]["difference_high"]
    predictions = pl.read_parquet("out/texts-oversample-seed1/predictions/test.parquet")
    by_hand = [
        float((table.filter(pl.col("truth") == "spam")["prediction"] == "spam").mean())
        for table in (predictions, pl.read_parquet("out/texts-oversample-seed0/predictions/test.parquet"))
    ]
    assert found["scores"]["oversample"]["entity_recall.spam"]["value"] == pytest.approx(np.mean(by_hand))


def test_runs_that_are_there_are_taken_and_others_are_made(folder, capsys) -> None:
    first = told(capsys, "texts.toml", "--seeds", "2", "--out", "out")
    made = Path("out/texts-seed1/scores.json").stat().st_mtime_ns
    Path("out/texts-seed0/scores.json").unlink()  # as if it had been stopped behind its last update
    again = told(capsys, "texts.toml", "--seeds", "3", "--out", "out")
    assert Path("out/texts-seed1/scores.json").stat().st_mtime_ns == made
    assert [again["values"][seed] for seed in "01"] == [first["values"][seed] for seed in "01"]
    assert len(again["values"]) == 3


def test_seeds_have_a_mean_an_interval_and_a_finding(folder, capsys) -> None:
    found = told(capsys, "texts.toml", "--seeds", "2", "--out", "out", "--set", "training.epochs=1")
    first, second = found["values"].values()
    half = 12.706204736 * abs(first - second) / 2  # Student's t of one degree of freedom, deviation / sqrt(2)
    assert found["mean"]["value"] == pytest.approx((first + second) / 2)
    assert found["mean"]["high"] - found["mean"]["value"] == pytest.approx(half)
    assert [finding["ids"] for finding in found["findings"]] == [["GR-SEEDVAR"]]
    assert found["baseline"] == "majority"
    assert main(["compare", "texts.toml", "--seeds", "2", "--out", "out", "--lang", "ko"]) == 64  # other settings


def test_states_are_compared_by_blocks_of_windows(folder, capsys) -> None:
    assert main(["compare", "roster.toml", "--imbalance", "--seeds", "1", "--out", "out"]) == 0
    said = capsys.readouterr()
    assert "C (" in said.out
    assert "logit_adjustment" in said.out
    table = pl.read_parquet("out/roster-none-seed0/predictions/test.parquet")
    assert table["block"].n_unique() == 12  # people
    found = json.loads(Path("out/compare.json").read_text())
    scores = json.loads(Path("out/roster-focal-seed0/scores.json").read_text())["splits"]["test"]["metrics"]
    assert found["scores"]["focal"]["accuracy"]["value"] == pytest.approx(scores["accuracy"]["value"])


def test_finished_runs_are_compared_in_pairs(folder, capsys) -> None:
    assert main(["fit", "texts.toml", "--out", "a"]) == 0
    assert main(["fit", "texts.toml", "--out", "b", "--set", "training.epochs=9"]) == 0
    capsys.readouterr()
    (one,) = told(capsys, "a", "b")["comparisons"]
    tables = [pl.read_parquet(f"{run}/predictions/test.parquet") for run in "ab"]
    losses = [-np.log([row[f"p_{row['truth']}"] for row in table.iter_rows(named=True)]).mean() for table in tables]
    assert one["metric"] == "log_loss"
    assert one["difference"]["value"] == pytest.approx(losses[0] - losses[1])
    is_right = [(table["truth"] == table["prediction"]).to_numpy() for table in tables]
    gained, lost = int((~is_right[0] & is_right[1]).sum()), int((is_right[0] & ~is_right[1]).sum())
    n = gained + lost
    tail = sum(math.comb(n, k) for k in range(min(gained, lost) + 1)) / 2**n
    assert one["mcnemar"] == pytest.approx(min(1.0, 2 * tail))
    assert main(["compare", "a", "b", "--lang", "ko"]) == 0
    assert "낫" in capsys.readouterr().out


def test_runs_of_other_data_are_refused(folder, capsys) -> None:
    assert main(["fit", "texts.toml", "--out", "a"]) == 0
    write_texts("test", 80, seed=9)
    assert main(["fit", "texts.toml", "--out", "b"]) == 0
    capsys.readouterr()
    assert "hashes in environment.json differ" in told(capsys, "a", "b", code=64)["problems"][0]["what"]


def test_data_that_changed_are_told_and_no_run_is_taken(folder, capsys) -> None:
    told(capsys, "texts.toml", "--seeds", "2", "--out", "out")
    write_texts("train", 120, seed=9)
    assert "train.csv" in told(capsys, "texts.toml", "--seeds", "2", "--out", "out", code=64)["problems"][0]["where"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["texts.toml", "roster.toml"], "compares one settings file, or two finished runs and more"),
        (["."], "compares one settings file"),
        ([".", ".", "--imbalance"], "--imbalance"),
        ([".", "."], "is not a run folder"),
        (["nowhere.toml"], "there is no such file"),
        (["texts.toml", "--seeds", "1"], "needs 2 or more"),
        (["texts.toml", "--seeds", "0"], "seeds"),
    ],
)
def test_wrong_usage_is_told(folder, capsys, arguments, message) -> None:
    assert main(["compare", *arguments]) in {64, 65}
    assert message in capsys.readouterr().err


def write_prices() -> None:
    days = np.arange(90.0)
    pl.DataFrame({"day": range(90), "price": 5 * np.sin(days / 5) + days / 10}).write_csv("prices.csv")
    Path("prices.toml").write_text(
        ROSTER.replace("roster", "prices")
        .replace('unit = ["person"]\nvalue = ["shift"]\n', "")
        .replace('"majority", "last"', '"naive"')
    )


def test_runs_of_numbers_are_compared_on_the_same_steps(folder, capsys) -> None:
    write_prices()
    assert main(["fit", "prices.toml", "--out", "a"]) == 0
    assert main(["fit", "prices.toml", "--out", "b", "--set", "training.epochs=30"]) == 0
    capsys.readouterr()
    (found,) = told(capsys, "a", "b")["comparisons"]
    split = found["split"]
    errors = [
        (table["truth"] - table["prediction"]).abs().mean()
        for table in (pl.read_parquet(f"{name}/predictions/{split}.parquet") for name in ("a", "b"))
    ]
    assert (found["metric"], found["mcnemar"]) == ("mae", None)
    assert found["difference"]["value"] == pytest.approx(errors[0] - errors[1])
    assert found["difference"]["low"] <= found["difference"]["value"] <= found["difference"]["high"]
    assert main(["fit", "prices.toml", "--out", "c", "--set", "prepare.horizon=3"]) == 0
    capsys.readouterr()
    assert "was scored on other rows" in told(capsys, "a", "c", code=64)["problems"][0]["what"]


def test_numbers_have_no_labels(folder, capsys) -> None:
    write_prices()
    assert main(["compare", "prices.toml", "--imbalance", "--seeds", "1", "--out", "out"]) == 64
    assert "is of numbers" in capsys.readouterr().err
