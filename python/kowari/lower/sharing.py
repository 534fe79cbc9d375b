"""Arrays that show the elements of others, as NumPy's results do that share memory: stores into one are seen by all."""

from ..recorded import ARRAY, Recorded, Shared
from .indexing import size_value


def lies_together(x: Recorded) -> bool:
    """Is it known to lie without gaps, in the order of its axes?  Whether NumPy copies hangs on that."""
    if x.axes is not None or x.strided:
        return False
    if x.base is None:
        return True
    if isinstance(x.key, Shared):
        return x.key.write is not None and lies_together(x.base)
    return _is_block(x.key) and lies_together(x.base)


def _is_block(key) -> bool:
    """Integers, then one slice without steps, then whole axes."""
    parts = [p for p in (key if isinstance(key, tuple) else (key,)) if p is not None]
    while parts and parts[0] is not Ellipsis and not isinstance(parts[0], slice):
        parts.pop(0)
    if parts and isinstance(parts[0], slice) and parts[0].step in (None, 1):
        parts.pop(0)
    return all(map(is_whole, parts))


def is_whole(part) -> bool:
    """Does a part of a key take a whole axis?"""
    if part is Ellipsis:
        return True
    bounds = (part.start, part.stop, part.step) if isinstance(part, slice) else (0,)
    return all(b is None for b in bounds)


def put_in_shape(tracer, base: Recorded, value):
    """The same elements in the base's sizes."""
    add = tracer.graph.add
    if all(isinstance(d, int) for d in base.dims):
        return add("reshape", value, sizes=base.dims)
    if base.rank == 1:
        return add("reshape", value, sizes=(-1,))
    sizes = [size_value(base, axis) for axis in range(base.rank)]
    return add("reshape_to", value, *(tracer.whole(s) for s in sizes))


def show_all(x, result: Recorded, read) -> Recorded:
    """A result that has the elements of ``x`` in their order: a view where NumPy gives one."""
    if not isinstance(x, Recorded) or x.flavour != ARRAY:
        return result
    if lies_together(x):
        return result.as_view(x, Shared(read, put_in_shape))
    return result.as_view(x, Shared())


def show_parts(x, result: Recorded, read) -> Recorded:
    """A result that takes no stores, and sees those into ``x``."""
    known = isinstance(x, Recorded) and x.flavour == ARRAY
    return result.as_view(x, Shared(read)) if known else result


def keep_value(tracer, base: Recorded, value):
    """A transposed array has its base's value: only the order of its axes is another."""
    return value
