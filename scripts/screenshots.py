#!/usr/bin/env python3
"""Shrink the pictures of a folder: `python scripts/screenshots.py docs/screenshots`.

A page has few colours, so a picture with a palette of 256 looks the same at half of the size.
"""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 256


def main(folder: Path) -> None:
    """Save each PNG with a palette."""
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as picture:
            # By coverage, or the few pixels of a legend would get the colours of others.
            small = picture.convert("RGB").quantize(
                COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
            )
        small.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
