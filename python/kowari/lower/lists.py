"""Lists: methods, subscripts and operators where the length or an element is known only when the model runs."""

import numpy as np

from ..aliases import find_objects
from ..kinds import Table, convert, may_be_column, take_apart, widen_all
from ..recorded import PYTHON, Either, Recorded, Rows, Sequence, lowerings, promoted
from .common import integer, refuse, slice_bounds


def list_method(tracer, owner, name, /, *arguments, **keywords):
    """``owner.name(...)``: as Python's own where the structure is known."""
    if keywords and name != "sort":
        refuse(f"list.{name} with keywords")
    method = _METHODS.get(name)
    if method is None:
        refuse(f"list.{name} is not compiled")
    return method(tracer, owner, *arguments, **keywords)


def _is_known(tracer, thing) -> bool:
    return tracer.rows(thing) is None


def rows_of(tracer, thing) -> Rows:
    """A list as rows."""
    rows = tracer.rows(thing)
    if rows is None:
        rows = tracer.as_rows(list(thing))
        tracer.tie_to(thing, list(thing))
    if rows is None:
        refuse("a list whose elements have no type in common", "elements of one type")
    return rows


def _append(tracer, owner, item):
    if _is_known(tracer, owner):
        owner.append(item)
        return
    rows = tracer.rows(owner)
    tracer.tie_to(owner, item)
    if not _may_grow(tracer, rows):
        tracer.promote(owner, _joined(tracer, rows, rows_of(tracer, [item])))
        return
    kind, values = take_apart(tracer, item)
    rows = widened(tracer, rows, kind)
    values = convert(tracer.graph, [tracer.graph.local(v) for v in values], kind, rows.kind)
    columns = [
        tracer.graph.add("list_append", c, v) for c, v in zip(rows.columns, values, strict=True)
    ]
    tracer.promote(owner, Rows(rows.kind, tuple(columns)))


def _may_grow(tracer, rows: Rows) -> bool:
    """Has its size room for more?  One that was computed, as of a slice, has a bound that nothing may outgrow."""
    sizes = [c.dims[0] for c in rows.columns]
    return all(isinstance(s, int) or id(s) in tracer.joiner.wide for s in sizes)


def widened(tracer, rows: Rows, kind) -> Rows:
    """Rows that also hold an element of another kind."""
    joined = widen_all(tracer.joiner.join(rows.kind, widen_all(kind)))
    if joined == rows.kind:
        return rows
    if not may_be_column(joined):
        refuse("a list gets an element of another type", "elements of one type")
    columns = convert(tracer.graph, rows.columns, Table(rows.kind), Table(joined))
    return Rows(joined, tuple(columns))


def _extend(tracer, owner, items):
    items = tracer.resolve(items)
    if isinstance(items, list) and _is_known(tracer, items) or isinstance(items, tuple | range):
        for item in list(items):
            _append(tracer, owner, item)
        return
    tracer.each(items, lambda item: tracer.append(owner, item))


def _pop(tracer, owner, index=-1):
    if _is_known(tracer, owner) and not isinstance(index, Recorded):
        return tracer.python(lambda: owner.pop(index))
    rows = rows_of(tracer, owner)
    at = integer(tracer, index, "an index")
    result = tracer.row(rows, Recorded(at, PYTHON))
    if isinstance(index, int) and index == -1:
        new = _slice_rows(tracer, rows, slice(None, -1))
    elif isinstance(index, int) and index == 0:
        new = _slice_rows(tracer, rows, slice(1, None))
    else:
        refuse("list.pop in the middle of a list", "pop() or pop(0)")
    tracer.promote(owner, new)
    return result


def _clear(tracer, owner):
    promoted.pop(id(owner), None)
    owner.clear()


def _copy(tracer, owner):
    if _is_known(tracer, owner):
        return tracer.fresh(list(owner))
    return tracer.new_list(tracer.rows(owner))


def _insert(tracer, owner, index, item):
    if _is_known(tracer, owner) and not isinstance(index, Recorded):
        owner.insert(index, item)
        return
    rows = rows_of(tracer, owner)
    head, tail = (_slice_rows(tracer, rows, s) for s in (slice(None, index), slice(index, None)))
    made = tracer.new_list(head)
    _append(tracer, made, item)
    tracer.promote(owner, _joined(tracer, tracer.rows(made), tail))


def _reverse(tracer, owner):
    if _is_known(tracer, owner):
        owner.reverse()
        return
    tracer.promote(owner, _slice_rows(tracer, tracer.rows(owner), slice(None, None, -1)))


def find_place(things, item):
    """``things.index(item)``."""
    for k in range(len(things)):
        if things[k] == item:
            return k
    raise ValueError("it is not in list")


def _index(tracer, owner, item):
    return tracer.call(find_place, owner, item)


def _sort(tracer, owner, *, key=None, reverse=False):
    made = lowerings[sorted](tracer, owner, key=key, reverse=reverse)
    if _is_known(tracer, made):
        owner[:] = made
    else:
        tracer.promote(owner, tracer.rows(made))


_METHODS = {
    "append": _append,
    "extend": _extend,
    "pop": _pop,
    "clear": _clear,
    "index": _index,
    "copy": _copy,
    "insert": _insert,
    "reverse": _reverse,
    "sort": _sort,
}


def _slice_rows(tracer, rows: Rows, key: slice) -> Rows:
    bounds, step = slice_bounds(tracer, key)
    columns = tuple(tracer.graph.add("slice", c, *bounds, axis=0, step=step) for c in rows.columns)
    return Rows(rows.kind, columns)


def list_item(tracer, thing, key):
    """``list[key]`` where length or key is recorded."""
    if isinstance(key, slice):
        return tracer.new_list(_slice_rows(tracer, rows_of(tracer, thing), key))
    rows = tracer.rows(thing)
    if rows is None and isinstance(key, Recorded):
        items = list(thing)
        rows = None if next(find_objects(tuple(items)), None) is not None else tracer.as_rows(items)
        if rows is None:
            return _pick(tracer, items, key)
    at = integer(tracer, key, "an index", bools=True)
    return tracer.row(rows, Recorded(at, PYTHON), owner=thing)


def _pick(tracer, items, key: Recorded):
    """One of a few objects."""
    count = len(items)
    if count > 16:
        refuse("one of many objects by an index that is known only when the model runs")
    index = integer(tracer, key, "an index", bools=True)
    if not items:
        raise tracer.raised(IndexError, "list index out of range")
    add, constant = tracer.graph.add, tracer.graph.constant
    wrapped = add(
        "where",
        add("less", index, constant(np.int64(0))),
        add("add", index, constant(np.int64(count))),
        index,
    )
    inside = add(
        "logical_and",
        add("greater_equal", wrapped, constant(np.int64(0))),
        add("less", wrapped, constant(np.int64(count))),
    )
    add("check", inside, type="IndexError", message="list index out of range")
    flags = [
        Recorded(add("equal", wrapped, constant(np.int64(k))), PYTHON) for k in range(count - 1)
    ]
    return items[0] if count == 1 else Either(tuple(flags), tuple(items))


def list_store(tracer, thing, key, value):
    """``list[key] = value``."""
    if isinstance(key, slice):
        refuse("a store into a slice of a list of recorded length", "a new list")
    tracer.touch(thing)
    rows = rows_of(tracer, thing)
    tracer.tie_to(thing, value)
    kind, values = take_apart(tracer, value)
    rows = widened(tracer, rows, kind)
    values = convert(tracer.graph, [tracer.graph.local(v) for v in values], kind, rows.kind)
    at = integer(tracer, key, "an index", bools=True)
    columns = [
        tracer.graph.add("set_item", c, at, v, axis=0)
        for c, v in zip(rows.columns, values, strict=True)
    ]
    tracer.promote(thing, Rows(rows.kind, tuple(columns)))


def _joined(tracer, a: Rows, b: Rows) -> Rows:
    a = widened(tracer, a, b.kind)
    others = convert(tracer.graph, b.columns, Table(b.kind), Table(a.kind))
    columns = [
        tracer.graph.add("concat", c, d, axis=0) for c, d in zip(a.columns, others, strict=True)
    ]
    return Rows(a.kind, tuple(columns))


def operate(tracer, name, a, b):
    """``list + list``, ``list * n``, comparisons."""
    if name == "add" and isinstance(a, list) and isinstance(b, list):
        if _is_known(tracer, a) and _is_known(tracer, b):
            return tracer.fresh([*a, *b])
        if _is_known(tracer, a) and not a:
            return _copy(tracer, b)
        if _is_known(tracer, b) and not b:
            return _copy(tracer, a)
        return tracer.new_list(_joined(tracer, rows_of(tracer, a), rows_of(tracer, b)))
    if name == "mul" and isinstance(b, list):
        a, b = b, a
    if name == "mul" and isinstance(a, list):
        return _repeat(tracer, a, b)
    if isinstance(a, Recorded) or isinstance(b, Recorded):
        other = a if isinstance(b, Recorded) else b
        if (a if isinstance(a, Recorded) else b).flavour == "array":
            array = tracer.as_argument(other)
            return tracer.binary(name, *((array, b) if other is a else (a, array)))
    refuse(
        "this operator of lists whose elements are known only when the model runs", "np.array(...)"
    )


def _repeat(tracer, items, count):
    if not isinstance(count, Recorded) and _is_known(tracer, items):
        return tracer.fresh(items * count)
    rows = rows_of(tracer, items)
    length = tracer.rows_length(rows)
    if length != 1:
        refuse("a list of several elements repeated a recorded number of times", "np.tile")
    number = integer(tracer, count, "a count")
    zero, one = (tracer.graph.constant(np.int64(k)) for k in (0, 1))
    places = tracer.graph.add("multiply", tracer.graph.add("arange", zero, number, one), zero)
    columns = tuple(tracer.graph.add("take", c, places, axis=0, safe=True) for c in rows.columns)
    return tracer.new_list(Rows(rows.kind, columns))


def find(things, item):
    """``item in things``."""
    found = False
    for thing in things:
        if thing == item:
            found = True
            break
    return found


def contains(tracer, thing, item):
    """``item in thing``."""
    if isinstance(thing, dict | set | frozenset):
        thing = list(thing)
    if isinstance(thing, Recorded) and thing.rank:
        same = tracer.binary("eq", thing, item)
        return tracer.call(np.any, same)
    if isinstance(thing, list | tuple) and _is_known(tracer, thing):
        found = False
        for element in thing:
            same = tracer.truth(tracer.binary("eq", element, item))
            found = tracer.decide(True, True, lambda f=found: f, lambda s=same: s)
        return found
    if isinstance(thing, Sequence | list):
        return tracer.call(find, thing, item)
    refuse("`in` with this value, known only when the model runs", "np.any(x == 1)")


lowerings["list_method"] = list_method
lowerings["list_item"] = list_item
lowerings["list_store"] = list_store
lowerings["lists"] = operate
lowerings["contains"] = contains
