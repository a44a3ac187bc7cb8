"""Every registered operation with its default parameters, and with others: what the sweeps sweep over."""

from dataclasses import fields

from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.identity import identities
from backproof.operations.optimiser import optimisers

#: What a parameter that is not as it comes needs beside it.
BESIDE = {("sgd", "nesterov"): {"momentum": 0.8}}
#: Options that only together take the path they are about.
TOGETHER = [
    {"name": "sgd", "nesterov": True, "momentum": 0.3},
    {"name": "rmsprop", "centered": True, "momentum": 0.8},
    {"name": "rmsprop", "alpha": 0.5, "epsilon": 0.01, "momentum": 0.5},
    {"name": "adamw", "beta1": 0.5, "beta2": 0.5, "decay": 0.5},
    {"name": "adagrad", "rate_decay": 0.5, "epsilon": 0.1},
]


def built_in(registry):
    """The names of the operations that have a file."""
    return [name for name in registry.names() if name not in registry.added]


def variants(registry, factors=(0.25, 0.9)):
    """Each operation as it comes, and with each of its parameters set to something else."""
    made = []
    for name in built_in(registry):
        made.append(registry.make(name))
        for field in fields(registry.type_of(name)):
            beside = BESIDE.get((name, field.name), {})
            made += [registry.make({"name": name, field.name: other, **beside}) for other in _others(field, factors)]
    return made


#: Options that are about layers with several axes, which `property/test_rows.py` sweeps.
OF_AXES = ("axis", "causal")


def _others(field, factors):
    if field.name in OF_AXES:
        return ()
    if isinstance(field.default, bool):
        return (not field.default,)
    if isinstance(field.default, tuple):
        return ((0.5, 2.0, 1.25),)
    return (1, 3) if isinstance(field.default, int) else factors


def words(operation):
    """How a test's name says which operation it is about."""
    options = [f"{each.name}={getattr(operation, each.name)}" for each in fields(operation)]
    return "-".join([getattr(operation, "name", type(operation).__name__), *options])


ACTIVATIONS = variants(activations)
ELEMENTWISE = [each for each in ACTIVATIONS if not each.coupled]
COUPLED = [each for each in ACTIVATIONS if each.coupled]
COSTS = variants(costs)
#: Costs whose terms are all one formula of their own y and a, and costs that look at all outputs.
UNIFORM = [each for each in COSTS if each.is_uniform]
IDENTITIES = variants(identities)
#: Those whose steps are formulas; one that searches for the length of a step is trained with, in tests/train.
OPTIMISERS = [each for each in (*variants(optimisers), *map(optimisers.make, TOGETHER)) if not each.searches]
