"""What the command line of `bin/train` asks for."""

import importlib.metadata
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp import __version__
from graph_mlp.config import RunConfig
from graph_mlp.runtime.process import available_threads, processor_name
from graph_mlp.runtime.tuning import fastest_products
from graph_mlp.store.records import Identity
from graph_mlp.store.runs import RequestedSettings


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
    products: str | None  # one of PRODUCTS (runtime/tuning.py)
    device: str
    overwrite: bool
    keep_all: bool
    histograms: bool

    def products_of(self, stored: Identity) -> str:
        """The library that multiplies matrices in this process: the one asked for, else the run's own."""
        return self.products or stored.products


def identity(options: Options, config: RunConfig, settings: RequestedSettings) -> Identity:
    """That of a run which this process trains with these settings."""
    threads = options.threads or available_threads()
    return Identity(
        **settings._asdict(),
        threads=threads,
        tensorflow=importlib.metadata.version('tensorflow'),
        graph_mlp=__version__,
        device=options.device,
        processor=processor_name(),
        products=options.products or fastest_products(config.kernel_shapes, threads),
    )
