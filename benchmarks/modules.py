"""One number of each of the tests' PyTorch modules, explained after its trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, typical

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

#: Milliseconds.
WANTED = 100


def figures() -> Iterator[Figure]:
    try:
        import torch

        import torch_modules  # the tests' own
    except ImportError:
        return
    from backproof.torch import from_torch

    for name, (make, shape) in (torch_modules.MODULES | torch_modules.READERS).items():
        torch.manual_seed(0)
        module = make().double()
        x = torch.randn(4, *shape).double() if isinstance(shape, tuple) else torch.randint(0, 6, (4, shape))
        outputs = module(x)
        network = from_torch(module, x, cost=torch.nn.MSELoss())
        trace = network.trace(x, torch.randn_like(outputs).reshape(len(x), -1))
        number = next(name for name, _ in network.wiring.shapes if network.wiring.trains(name))
        wanted = f"dE/d{network.architecture.name_at(number, 0)}"
        assert trace.explain(wanted).value == trace[wanted]
        milliseconds = 1e3 * typical(lambda trace=trace, wanted=wanted: trace.explain(wanted))
        work = f"{wanted} of the module `{name}` explained, after its trace"
        yield Figure(work, f"{milliseconds:.0f} ms", f"{WANTED} ms", milliseconds <= WANTED)
