"""Every registered operation with its default parameters, and with others: what the sweeps sweep over."""

from dataclasses import fields

from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.identity import identities
from backproof.operations.optimiser import optimisers


def built_in(registry):
    """The names of the operations that have a file."""
    return [name for name in registry.names() if name not in registry.added]


def variants(registry, factors=(0.25, 0.9)):
    """Each operation as it comes, and with each of its parameters set to something else."""
    made = []
    for name in built_in(registry):
        made.append(registry.make(name))
        for field in fields(registry.type_of(name)):
            others = (not field.default,) if isinstance(field.default, bool) else factors
            made += [registry.make({"name": name, field.name: other}) for other in others]
    return made


def words(operation):
    """How a test's name says which operation it is about."""
    options = [f"{each.name}={getattr(operation, each.name)}" for each in fields(operation)]
    return "-".join([getattr(operation, "name", type(operation).__name__), *options])


ACTIVATIONS = variants(activations)
ELEMENTWISE = [each for each in ACTIVATIONS if not each.coupled]
COUPLED = [each for each in ACTIVATIONS if each.coupled]
COSTS = variants(costs)
IDENTITIES = variants(identities)
OPTIMISERS = variants(optimisers)
