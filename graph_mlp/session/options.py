"""What the command line of `bin/train` asks for."""

from pathlib import Path
from typing import Any, NamedTuple


class Options(NamedTuple):
    """The command line of `bin/train`; None: the flag was not given."""

    tag: str
    fields: dict[str, Any]  # of RunConfig, as far as tag and flags settle them
    saves: Path
    data_dir: str | None
    dataset: str | None
    init_ckpt: Path | None
    pca: Path | None
    steps_per_run: int | None
    threads: int | None
    device: str
    overwrite: bool
    keep_all: bool
    histograms: bool
