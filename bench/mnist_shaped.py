#!/usr/bin/python3
"""Images as those of MNIST, made up: for benchmarks that must not download.

usage: mnist_shaped.py DIRECTORY [ROWS]      (default: 20000)

Writes images.idx and labels.idx (IDX, 28 x 28 unsigned bytes, ten classes).
Each row is a digit of five by seven dots, drawn blurred at one of 72 places
with the ink of its own, and some stray dots: two thirds of the pixels are
zero, and it can be learnt, but not at once. The same files each time.
"""
import random
import struct
import sys
from pathlib import Path

SIDE = 28
DOT = 3  # pixels
DIGITS = """
.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.
#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#
#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..
"""


def glyph(digit):
    """The lit dots of a digit: (row, column)."""
    lines = [line.split()[digit] for line in DIGITS.split("\n") if line]
    return [(r, c) for r, line in enumerate(lines)
            for c, dot in enumerate(line) if dot == "#"]


def draw(digit, down, right):
    """The digit as 784 bytes, its upper left corner moved."""
    ink = [0] * (SIDE * SIDE)
    for row, column in glyph(digit):
        for y in range(-1, DOT + 1):
            for x in range(-1, DOT + 1):
                inner = 0 <= y < DOT and 0 <= x < DOT
                at = (down + row * DOT + y) * SIDE + right + column * DOT + x
                ink[at] = min(255, ink[at] + (200 if inner else 40))
    return bytes(ink)


def pens(chance):
    """How hard one presses: a table for bytes.translate each."""
    def table(strength):
        return bytes(min(255, int(v * strength)) for v in range(256))
    return [table(chance.uniform(0.4, 1.2)) for _ in range(64)]


def rows(count, seed=1):
    """Yields (image, label)."""
    chance = random.Random(seed)
    drawn = [[draw(d, y, x) for y in range(1, 7) for x in range(1, 13)]
             for d in range(10)]
    tables = pens(chance)
    for _ in range(count):
        label = chance.randrange(10)
        image = bytearray(
            chance.choice(drawn[label]).translate(chance.choice(tables)))
        for _ in range(12):
            image[chance.randrange(SIDE * SIDE)] = chance.randrange(256)
        yield image, label


def write(directory, count):
    """Writes both files. Returns their paths."""
    images, labels = directory / "images.idx", directory / "labels.idx"
    with images.open("wb") as x, labels.open("wb") as y:
        x.write(struct.pack(">IIII", 0x803, count, SIDE, SIDE))
        y.write(struct.pack(">II", 0x801, count))
        for image, label in rows(count):
            x.write(image)
            y.write(bytes([label]))
    return images, labels


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20000)
