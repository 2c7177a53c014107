"""Settings files are read whole, checked whole, and every fault of a file is told at once."""

from pathlib import Path

import numpy as np
import pytest

from seqwise.errors import UsageError
from seqwise.settings.reading import LoadedSettings, read_settings, settings_from_tables

SOUND = """\
task = "classify"

[data]
train = "train.csv"

[encoder]
name = "bag"
"""


def read(folder: Path, text: str, *overrides: str) -> LoadedSettings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, overrides=overrides)


def faults(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(folder, text, *overrides)
    assert caught.value.exit_code == 64
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_sound_file_is_read_and_what_it_gave_is_known(tmp_path: Path) -> None:
    loaded = read(tmp_path, SOUND + "[training]\nepochs = 7\n")
    assert loaded.settings.training.epochs == 7
    assert loaded.settings.training.batch_size == 32
    assert loaded.given == ("task", "data.train", "encoder.name", "training.epochs")
    assert loaded.path == tmp_path / "settings.toml"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = """\
task = "clasify"
[data]
train = "train.csv"
txt = "review"
[encoder]
name = "bagg"
[head]
stand_on = "naive_bayse"
[trainin]
epochs = 3
[training]
epochs = 0
learning_rate = "fast"
[evaluate]
baselines = ["prior", "majorit"]
[training.schedule]
name = "liner"
"""
    told = faults(tmp_path, text, "runtime.lang=kr", "nonsense")
    starts = [
        '--set "nonsense":',
        "settings.toml:1 task:",
        "settings.toml:4 data.txt:",
        "settings.toml:6 encoder.name:",
        "settings.toml:12 training.epochs:",
        "settings.toml:17 training.schedule.name:",
        "settings.toml:13 training.learning_rate:",
        "--set runtime.lang:",
        "settings.toml:9 trainin:",
        "settings.toml:15 evaluate.baselines[1]:",
        "settings.toml:8 head.stand_on:",
    ]
    assert sorted(line.split(": ")[0] + ":" for line in told) == sorted(starts)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'task = "clasify"\n[data]\ntrain = "x"\n[encoder]\nname = "bag"',
            'settings.toml:1 task: found "clasify"; allowed: "classify", "tag", "forecast" or "translate". '
            'Did you mean "classify"?',
        ),
        (
            SOUND + "[trainig]\nepochs = 3",
            "settings.toml:8 trainig: is an unknown table; the file has task and the tables "
            'data, prepare, encoder, head, extend, training, evaluate, checks, runtime. Did you mean "training"?',
        ),
        (
            SOUND + "embeding = 3",
            'settings.toml:8 encoder.embeding: is an unknown key; [encoder] with name = "bag" has name, embedding, '
            'hidden, dropout, activation, initialisation. Did you mean "embedding"?',
        ),
        (
            SOUND + "learning_rate = 0.1",
            'settings.toml:8 encoder.learning_rate: is an unknown key; [encoder] with name = "bag" has name, '
            "embedding, hidden, dropout, activation, initialisation. learning_rate is a key of [training].",
        ),
        (
            SOUND + "bach_size = 8",
            'settings.toml:8 encoder.bach_size: is an unknown key; [encoder] with name = "bag" has name, embedding, '
            'hidden, dropout, activation, initialisation. Did you mean "batch_size" of [training]?',
        ),
        (
            SOUND.replace("bag", "recurent"),
            'settings.toml:7 encoder.name: found "recurent"; allowed: "bag", "bert", "recurrent", "transformer" or '
            '"window". Did you mean "recurrent"?',
        ),
        (
            SOUND.replace("bag", "lstm"),
            'settings.toml:7 encoder.name: found "lstm"; allowed: "bag", "bert", "recurrent", "transformer" or '
            '"window". "lstm" is a value of cell of [encoder] recurrent and of cell of [head] decoder and of '
            "recurrent of [head] numbers and of recurrent of [head] steps and of recurrent of [head] tags "
            "and of cell of [head] text.",
        ),
        (
            SOUND.replace('name = "bag"', "embedding = 3"),
            'settings.toml encoder.name: is missing; allowed: "bag", "bert", "recurrent", "transformer" or "window". '
            "Choose one.",
        ),
        (
            SOUND.replace('"bag"', '"bert"'),
            "settings.toml encoder.checkpoint: is missing; it is required: a folder, all-MiniLM-L6-v2 (extra minilm), "
            'or a hub id. Write checkpoint = "…" under [encoder].',
        ),
        (
            'task = "classify"\nencoder = "bag"\n[data]\ntrain = "x"',
            'settings.toml:2 encoder: found "bag"; allowed: a table with name = "bag", "bert", "recurrent", '
            '"transformer" or "window". Write [encoder] and under it name = "bag".',
        ),
        (
            'task = "classify"\n[encoder]\nname = "bag"',
            "settings.toml data.train: is missing; it is required: file of training rows: csv, tsv, jsonl, parquet or "
            'idx, plain or .gz; pairs: also train.{de,en}.gz. Write train = "…" under [data].',
        ),
        (
            '[data]\ntrain = "x"\n[encoder]\nname = "bag"',
            'settings.toml task: is missing; it is required: "classify", "tag", "forecast" or "translate". '
            'Write task = "…" at the top of the file.',
        ),
        (
            SOUND + "[training]\nepochs = 0",
            "settings.toml:9 training.epochs: found 0; allowed: a whole number, 1 or more.",
        ),
        (
            SOUND + '[training]\nepochs = "3"',
            'settings.toml:9 training.epochs: found "3"; allowed: a whole number, 1 or more. Write 3 without quotes.',
        ),
        (
            SOUND + "[training]\nepochs = 3.0",
            "settings.toml:9 training.epochs: found 3.0; allowed: a whole number, 1 or more. Write 3.",
        ),
        (
            SOUND + "[training]\nweight_decay = nan",
            "settings.toml:9 training.weight_decay: found nan; allowed: a finite number.",
        ),
        (
            SOUND + "[training]\nbetas = [0.9]",
            "settings.toml:9 training.betas: found [0.9]; allowed: a list of 2 numbers.",
        ),
        (
            SOUND + "[training]\nbetas = [0.9, 1.5]",
            "settings.toml:9 training.betas[1]: found 1.5; allowed: a number, 0 or more and below 1. "
            "The usual ones are [0.9, 0.999].",
        ),
        (
            SOUND + '[prepare]\nlower = "yes"',
            'settings.toml:9 prepare.lower: found "yes"; allowed: true or false. Write true without quotes.',
        ),
        (
            SOUND + "[prepare]\nlower = 0",
            "settings.toml:9 prepare.lower: found 0; allowed: true or false. Write false.",
        ),
        (
            SOUND + "hidden = 64",
            "settings.toml:8 encoder.hidden: found 64; allowed: a list of whole numbers, each 1 to 65536. Write [64].",
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabels = [true, "no"]'),
            'settings.toml:5 data.labels[0]: found true; allowed: text in quotes. Write "true" with quotes.',
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabels = "pos"'),
            'settings.toml:5 data.labels: found "pos"; allowed: a list of texts in quotes. Write ["pos"].',
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nvalidation = [0.1]'),
            "settings.toml:5 data.validation: found [0.1]; allowed: text in quotes or a number.",
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabel = "text"'),
            'settings.toml:5 data.label: found "text", which is data.text too. Name the column that holds the label.',
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabels = ["a"]'),
            'settings.toml:5 data.labels: found ["a"]; allowed: two labels or more. '
            "Leave it out to take those of the rows.",
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabels = ["a", ""]'),
            'settings.toml:5 data.labels: found ""; a label is not empty. Remove it.',
        ),
        (
            SOUND.replace('"train.csv"', '"train.csv"\nlabels = ["a", "b", "a"]'),
            'settings.toml:5 data.labels: found "a" 2 times. Keep one.',
        ),
        (
            SOUND.replace('"bag"', '"bert"\ncheckpoint = "x"') + '[prepare]\ntokens = "word"',
            'settings.toml:10 prepare.tokens: found "word"; with encoder bert the tokens are those of its checkpoint. '
            'Leave it out, or write "checkpoint".',
        ),
        (
            SOUND + '[prepare]\ntokens = "checkpoint"',
            'settings.toml:9 prepare.tokens: found "checkpoint"; the encoder bag has no checkpoint. '
            'Write "word", "character", "subword" or "morpheme".',
        ),
        (
            SOUND.replace('"bag"', '"transformer"\nhidden = 30\nheads = 4'),
            "settings.toml:9 encoder.heads: found 4; it must divide encoder.hidden = 30. Write 3.",
        ),
        (
            SOUND.replace('"bag"', '"transformer"\nhidden = 6\nheads = 2\npositions = "rotary"'),
            'settings.toml:10 encoder.positions: found "rotary"; a head is 3 wide, and rotary positions need an even '
            "width. Change encoder.heads.",
        ),
        (
            SOUND.replace('"bag"', '"transformer"') + "[prepare]\nmax_length = 600",
            "settings.toml:9 prepare.max_length: found 600; encoder.max_positions = 512 is the longest that can be "
            "learned. Lower it, raise encoder.max_positions, or choose other positions.",
        ),
        (
            SOUND + '[training]\nfreeze = "layers"',
            'settings.toml training.freeze_layers: found 0; training.freeze = "layers" needs 1 or more. '
            "Write how many layers stay frozen.",
        ),
        (
            SOUND.replace("bag", "transformer") + '[training]\nfreeze = "layers"\nfreeze_layers = 5',
            "settings.toml:10 training.freeze_layers: found 5; the encoder has 4 layers. "
            'Write 4 or less, or training.freeze = "all".',
        ),
        (
            SOUND + "[evaluate]\nbaselines = []",
            'settings.toml:9 evaluate.baselines: found []; no score stands alone: name one or more of "majority", '
            '"prior", "naive_bayes", "tfidf_logistic", "tfidf_forest".',
        ),
        (
            SOUND + '[head]\nstand_on = "naive_bays"',
            'settings.toml:9 head.stand_on: found "naive_bays"; allowed: "majority", "prior", "naive_bayes", '
            '"tfidf_logistic", "tfidf_forest", or "" for none. Did you mean "naive_bayes"?',
        ),
        (
            SOUND + '[head]\nname = "tags"',
            'settings.toml:9 head.name: found "tags"; the head of the task classify is "label". '
            'Leave it out, or write "label".',
        ),
        (
            SOUND + '[head]\nname = "tag"\ncrf = true',
            'settings.toml:9 head.name: found "tag"; allowed: "decoder", "label", "numbers", "steps", "tags" or '
            '"text". '
            'Did you mean "tags"?',
        ),
        (
            SOUND + '[training.schedule]\nname = "cyclic"\nmax_lr = 1e-4',
            "settings.toml:10 training.schedule.max_lr: found 0.0001; it must be above training.learning_rate = 0.001, "
            "where a cycle begins. Raise it, or lower the other.",
        ),
        (
            SOUND + '[training.schedule]\nname = "plateau"\nmin_lr = 0.1',
            "settings.toml:10 training.schedule.min_lr: found 0.1; it must not be above training.learning_rate = "
            "0.001. Lower it, or raise the other.",
        ),
        (
            SOUND + '[checks.silence]\nGR-DUP = " "',
            'settings.toml:9 checks.silence.GR-DUP: found " "; a silenced finding needs a reason. '
            "Say why; the report repeats it.",
        ),
        (
            SOUND + "[checks.silence]\nGR-DUP = true",
            'settings.toml:9 checks.silence.GR-DUP: found true; allowed: text in quotes. Write "true" with quotes.',
        ),
    ],
)
def test_a_fault_names_place_value_allowed_and_mend(tmp_path: Path, lines: str, message: str) -> None:
    assert faults(tmp_path, lines) == [message]


def test_a_missing_required_number_is_told_with_its_range(tmp_path: Path) -> None:
    told = faults(tmp_path, SOUND + '[training.schedule]\nname = "cyclic"')
    assert told == [
        "settings.toml training.schedule.max_lr: is missing; it is required: highest rate of a cycle. "
        "Write max_lr = … under [training.schedule]."
    ]


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, SOUND + f'[prepare]\nkeep = "{"x" * 500}"')
    assert "x…; allowed" in told
    assert len(told) < 200


def test_text_that_is_not_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    assert faults(tmp_path, 'task = "classify"\n[data]\ntrain = train.csv\n') == [
        "settings.toml:3:9: is not TOML: invalid value. "
        "TOML writes text in quotes, lists as [1, 2], tables as [name], truth as true or false."
    ]


def test_a_file_that_ends_too_early_is_told_with_its_last_line(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, 'task = "classify"\n[data]\nlabels = ["a",')
    assert told.startswith("settings.toml:3:")
    assert "is not TOML" in told


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SOUND)
    with pytest.raises(UsageError, match=r'setings\.toml: there is no such file\. Did you mean "settings\.toml"\?'):
        read_settings(tmp_path / "setings.toml")
    with pytest.raises(UsageError, match="Write one: seqwise init classify"):
        read_settings(tmp_path / "nowhere" / "x.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory\. Name a settings file\."):
        read_settings(tmp_path)


def test_a_file_that_is_not_utf8_is_told_with_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes('task = "분류"'.encode("cp949"))
    with pytest.raises(UsageError, match=r"is not UTF-8: byte 8 is 0x[0-9a-f]{2}\. Save it as UTF-8\."):
        read_settings(path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + SOUND).settings.task == "classify"


def test_labels_that_yaml_would_turn_stay_text(tmp_path: Path) -> None:
    loaded = read(tmp_path, SOUND.replace('"train.csv"', '"train.csv"\nlabels = ["Off", "No", "N", "조사"]'))
    assert loaded.settings.data.labels == ("Off", "No", "N", "조사")


def test_an_engine_beside_torch_wants_a_bert(tmp_path: Path) -> None:
    told = faults(tmp_path, SOUND + '[runtime]\nbackend = "onnx"\n')
    assert told == [
        'settings.toml:9 runtime.backend: found "onnx", which computes the BERT family only; the encoder is bag. '
        'Leave it out, or write "torch".'
    ]


def test_bert_brings_the_tokens_of_its_checkpoint(tmp_path: Path) -> None:
    loaded = read(tmp_path, SOUND.replace('"bag"', '"bert"\ncheckpoint = "x"'))
    assert loaded.settings.prepare.tokens == "checkpoint"
    assert "prepare.tokens" not in loaded.given


def test_the_task_brings_its_head(tmp_path: Path) -> None:
    loaded = read(tmp_path, SOUND + "[head]\nhidden = [8]")
    assert loaded.settings.head.name == read(tmp_path, SOUND).settings.head.name == "label"
    assert "head.name" not in loaded.given


def test_paths_that_exist_beside_the_file_are_taken_from_there(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (tmp_path / "rows.csv").write_text("text,label\n")
    loaded = read(
        folder, SOUND.replace("train.csv", "../rows.csv").replace("[encoder]", 'test = "elsewhere.csv"\n[encoder]')
    )
    assert loaded.settings.data.train == str(tmp_path / "rows.csv")
    assert loaded.settings.data.test == "elsewhere.csv"


def test_a_path_through_a_link_keeps_its_way(tmp_path: Path) -> None:
    (tmp_path / "far" / "inner").mkdir(parents=True)
    (tmp_path / "far" / "rows.csv").write_text("text,label\n")
    (tmp_path / "rows.csv").write_text("another file\n")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "inner")
    loaded = read(tmp_path, SOUND.replace("train.csv", "link/../rows.csv"))
    assert Path(loaded.settings.data.train).read_text() == "text,label\n"


def test_a_checkpoint_folder_beside_the_file_is_taken_from_there(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    loaded = read(tmp_path, SOUND.replace('"bag"', '"bert"\ncheckpoint = "tiny"'))
    assert loaded.settings.model_dump()["encoder"]["checkpoint"] == str(tmp_path / "tiny")


def test_a_path_of_set_is_relative_to_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,label\n")
    assert read(tmp_path, SOUND, "data.train=rows.csv").settings.data.train == "rows.csv"


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("training.epochs=9", 9),
        ("training.learning_rate=2e-5", 2e-5),
        ("training.epochs = 9", 9),
    ],
)
def test_set_is_read_as_toml(tmp_path: Path, override: str, value: object) -> None:
    loaded = read(tmp_path, SOUND + "[training]\nepochs = 1\n", override)
    key = override.split("=")[0].strip()
    assert loaded.settings.model_dump()["training"][key.split(".")[1]] == value
    assert key in loaded.given


def test_set_takes_plain_text_and_quoted_keys(tmp_path: Path) -> None:
    loaded = read(
        tmp_path, SOUND, "data.text=a = b\nc", 'checks.silence."GR-DUP"=they repeat', "data.labels=['x', 'y']"
    )
    assert loaded.settings.data.text == "a = b\nc"
    assert loaded.settings.checks.silence == {"GR-DUP": "they repeat"}
    assert loaded.settings.data.labels == ("x", "y")


def test_a_value_that_looks_like_two_lines_of_toml_stays_text(tmp_path: Path) -> None:
    assert read(tmp_path, SOUND, "data.text=1\nother = 2").settings.data.text == "1\nother = 2"


@pytest.mark.parametrize("override", ["training.epochs", "=3", "a b=3", "a\nb=3", "[a]\n[b]\nc=3", ""])
def test_a_set_without_key_or_value_is_told(tmp_path: Path, override: str) -> None:
    (told,) = faults(tmp_path, SOUND, override)
    assert told == f'--set "{override}": is not of the form table.key=value. For example: --set training.epochs=5'


def test_set_inside_a_value_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, SOUND, "task.name=x") == [
        "--set task.name: task is a value and not a table. Set task itself."
    ]


def test_tables_of_python_are_checked_by_the_same_rules() -> None:
    tables = {
        "task": "classify",
        "data": {"train": "memory", "validation": np.float64(0.25), "labels": ("a", "b")},
        "encoder": {"name": "bag", "embedding": np.int64(16)},
        "training": {"learning_rate": np.float32(0.5)},
    }
    loaded = settings_from_tables(tables, origin="SequenceClassifier")
    assert loaded.settings.data.validation == 0.25
    assert loaded.settings.training.learning_rate == 0.5
    assert loaded.path is None
    with pytest.raises(UsageError, match=r"SequenceClassifier encoder\.hidden: found 3"):
        settings_from_tables({**tables, "encoder": {"name": "bag", "hidden": 3}}, origin="SequenceClassifier")


def test_a_flag_is_named_in_place_of_its_key() -> None:
    tables = {"task": "classify", "data": {"train": "x", "labels": [1]}, "encoder": {"name": "bagg"}}
    with pytest.raises(UsageError, match=r'^--task classify data\.labels\[0\]: .*\n--encoder: found "bagg"'):
        settings_from_tables(tables, origin="--task classify", flags={"encoder.name": "--encoder"})


def test_a_value_of_no_toml_type_is_shown_as_text() -> None:
    tables = {"task": "classify", "data": {"train": Path("a/b")}, "encoder": {"name": "bag", "dropout": None}}
    with pytest.raises(UsageError, match=r"encoder\.dropout: found None; allowed: a number"):
        settings_from_tables(tables, origin="test")


@pytest.mark.parametrize(
    "tables",
    [
        {"encoder": {"name": [1]}},
        {"encoder": {"name": {"a": 1}}},
        {"encoder": []},
        {"data": [], "training": {"schedule": [{"name": "linear"}]}},
        {"data": {"train": [float("inf")]}, "training": {"epochs": float("nan")}},
        {"data": {"labels": [[float("inf")]]}, "checks": {"silence": "all"}},
        {"encoder": {"name": "bag", "hidden": [{"a": 1}]}, "head": {"hidden": {"a": 1}}},
        {"": 1, "data.train": 2, "task": None},
    ],
)
def test_the_strangest_tables_are_told_and_never_crash(tables: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from_tables(tables, origin="test")
    assert all(problem.where.startswith("test ") and problem.what for problem in caught.value.problems)
