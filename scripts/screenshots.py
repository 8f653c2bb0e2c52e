#!/usr/bin/env python3
"""Shrink the pictures of a folder: `python scripts/screenshots.py docs/screenshots`.

A page has few colours, so a picture with a palette of 128 looks the same at a third of the size.
"""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 128


def main(folder: Path) -> None:
    """Save each PNG with a palette."""
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
