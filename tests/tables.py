"""Tables to train on, small ones."""

import numpy as np


def flowers(path, rows=90, seed=0, species=True):
    """Three kinds of flower, told apart by two lengths and a colour."""
    random = np.random.default_rng(seed)
    lines = ["length,width,colour" + (",species" if species else "")]
    for row in range(rows):
        kind = row % 3
        length, width = random.normal((2 + kind, 5 - kind), 0.3)
        colour = ("red", "blue", "white")[kind if random.random() < 0.9 else 0]
        lines.append(f"{length:.3f},{width:.3f},{colour}" + (f",{('rose', 'iris', 'lily')[kind]}" if species else ""))
    path.write_text("\n".join(lines) + "\n")
    return path


def houses(path, rows=120, seed=0):
    """A price, from an area and an age."""
    random = np.random.default_rng(seed)
    area, age = random.uniform(30, 200, rows), random.integers(0, 90, rows)
    price = 3000 * area - 800 * age + random.normal(0, 4000, rows)
    lines = [f"{a:.1f},{b},{p:.0f}" for a, b, p in zip(area, age, price, strict=True)]
    path.write_text("\n".join(["area,age,price", *lines]) + "\n")
    return path
