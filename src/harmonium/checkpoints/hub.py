"""From the name of a model to a folder on disk, by way of the Hugging Face Hub where need be.

The only module that imports huggingface_hub, which keeps the cache, resumes what was interrupted and shows the
progress.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from harmonium.checkpoints.layout import open_checkpoint, weight_map
from harmonium.checkpoints.model_config import parse_config
from harmonium.errors import CheckpointError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_INDEX = "model.safetensors.index.json"
_HEADROOM = 256 * 1024 * 1024
"""Bytes that must stay free on the disk."""


Check = Callable[[Path], object]
"""Raises CheckpointError where a folder does not hold what is wanted."""


def resolve(
    model: str,
    *,
    revision: str = "main",
    cache: Path | None = None,
    check_config: Check = parse_config,
    check: Check = open_checkpoint,
) -> Path:
    """The folder of a model: an existing folder, or the local copy of a repository on the Hub, fetched where it is
    not there.

    Only what serving needs is fetched: configuration and weights, of one layout. The model's kind is looked at before
    the weights are fetched, and so is the space on the disk. Without a connection a complete copy in the cache will
    do. `cache`: the Hub's cache folder, by default that of huggingface_hub. `check_config` looks at a folder that has
    its configuration only, `check` at a whole one. Raises CheckpointError with the reason for any failure.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise CheckpointError(f"{model}: a file; give the folder that holds the checkpoint")
    if not _HUB_ID.fullmatch(model):
        raise CheckpointError(f"{model}: no such folder, and not the name of a model on the Hub (owner/name)")
    return _Repository(model, revision, cache, check_config, check).fetch()


class _Repository:
    def __init__(self, name: str, revision: str, cache: Path | None, check_config: Check, check: Check) -> None:
        from huggingface_hub import constants

        self._name = name
        self._revision = revision
        self._cache = cache or Path(constants.HF_HUB_CACHE)
        self._check_config = check_config
        self._check = check

    def fetch(self) -> Path:
        try:
            sizes = self._list()
        except _Unreachable as error:
            return self._cached(error)
        prefix = self._layout(sizes)
        present = {name for name in sizes if name.startswith(prefix) and "/" not in name.removeprefix(prefix)}
        wanted = present & {f"{prefix}config.json", f"{prefix}generation_config.json", prefix + _INDEX}
        try:
            folder = self._download(wanted) / prefix
            self._check_config(folder)
            weights = {name for name in present if name.endswith(".safetensors")}
            if prefix + _INDEX in present:
                weights = {prefix + file for file in weight_map(folder / _INDEX).values()}
                missing = sorted(weights - present)
                if missing:
                    raise CheckpointError(f"{self._name}: {missing[0]} is listed in {_INDEX}, but not on the Hub")
            self._check_space({name: sizes[name] for name in weights})
            return self._download(wanted | weights) / prefix
        except _Unreachable as error:
            raise CheckpointError(
                f"{self._name}: the download was interrupted and goes on where it stopped when started again: {error}"
            ) from error

    def _list(self) -> dict[str, int]:
        """The files of the repository and their sizes in bytes."""
        from huggingface_hub import HfApi

        try:
            info = HfApi().model_info(self._name, revision=self._revision, files_metadata=True)
        except Exception as error:
            self._explain(error)
        return {file.rfilename: file.size or 0 for file in info.siblings or ()}

    def _layout(self, files: dict[str, int]) -> str:
        """The folder within the repository that holds the weights: "" or "original/"."""
        for prefix in ("", "original/"):
            names = {name.removeprefix(prefix) for name in files if name.startswith(prefix)}
            if "config.json" in names and any("/" not in n and n.endswith(".safetensors") for n in names):
                return prefix
        if any(name.endswith((".bin", ".pt", ".pth")) for name in files):
            raise CheckpointError(f"{self._name}: has pickled weights only, which can run code and are refused")
        raise CheckpointError(f"{self._name}: not a gpt-oss repository: no config.json with .safetensors beside it")

    def _download(self, names: set[str]) -> Path:
        from huggingface_hub import snapshot_download

        try:
            return Path(
                snapshot_download(
                    self._name, revision=self._revision, cache_dir=self._cache, allow_patterns=sorted(names)
                )
            )
        except Exception as error:
            self._explain(error)

    def _check_space(self, sizes: dict[str, int]) -> None:
        from huggingface_hub import try_to_load_from_cache

        needed = sum(
            size
            for name, size in sizes.items()
            if not isinstance(try_to_load_from_cache(self._name, name, self._cache, self._revision), str)
        )
        place = self._cache
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
        if needed + _HEADROOM > free:
            raise CheckpointError(
                f"{self._name}: {needed / 1e9:.1f} GB to download, but {self._cache} has only {free / 1e9:.1f} GB free"
            )

    def _cached(self, reason: _Unreachable) -> Path:
        """The copy in the cache, if it is complete."""
        from huggingface_hub import try_to_load_from_cache

        for prefix in ("", "original/"):
            found = try_to_load_from_cache(self._name, f"{prefix}config.json", self._cache, self._revision)
            if not isinstance(found, str):
                continue
            folder = Path(found).parent
            try:
                self._check(folder)
            except CheckpointError as error:
                raise CheckpointError(
                    f"{self._name}: the copy in the cache cannot be used ({error}), and the Hub: {reason}"
                ) from error
            return folder
        raise CheckpointError(f"{self._name}: not in the cache {self._cache}, and the Hub: {reason}") from reason

    def _explain(self, error: Exception) -> NoReturn:
        """Raise what a failed call to the Hub means: CheckpointError, or _Unreachable where a cached copy may help."""
        from huggingface_hub import errors

        name = self._name
        if isinstance(error, errors.GatedRepoError):
            raise CheckpointError(
                f"{name}: gated: accept its terms at https://huggingface.co/{name}, then log in with `hf auth login`"
            ) from error
        if isinstance(error, errors.RepositoryNotFoundError):
            raise CheckpointError(f"{name}: no such model on the Hub, or it is private (`hf auth login`)") from error
        if isinstance(error, errors.RevisionNotFoundError):
            raise CheckpointError(f"{name}: has no revision {self._revision!r}") from error
        if isinstance(error, errors.HFValidationError):
            raise CheckpointError(f"{name}: not the name of a model on the Hub") from error
        if isinstance(error, errors.OfflineModeIsEnabled):
            raise _Unreachable("offline mode is on (HF_HUB_OFFLINE)") from error
        if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
            raise CheckpointError(f"{error.filename}: cannot be written: {error.strerror}") from error
        # The HTTP client beneath huggingface_hub differs between its versions, and so do the classes of its errors.
        raise _Unreachable(f"cannot be reached: {error}") from error


class _Unreachable(Exception):
    """The Hub does not answer."""
