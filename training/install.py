"""Put a bundle into the package as the demo model: `python -m training.install FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path

import harmonium.checkpoints.demo
from training.export import copy_bundle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder that `training.train` exported")
    copy_bundle(parser.parse_args().bundle, Path(harmonium.checkpoints.demo.__file__).parent)


if __name__ == "__main__":
    main()
