"""Fitted estimators as the subject of an export: their inputs, Python's own answers, and rows within what they were fitted on."""

import numpy as np

from . import operators as ops
from .convert import METHODS, Columns, convert_estimator, input_schema
from .errors import TraceError
from .graph import Program
from .recorded import ARRAY
from .subject import Input, Subject, Traced, make_input, pass_on


def describe(estimator, examples, declared) -> tuple[Subject, list[dict]]:
    """A fitted estimator as the subject of an export, and its examples as rows."""
    schema = input_schema(estimator)
    specs = _specs(estimator, schema)
    for name in declared or {}:
        if name not in specs:
            raise TraceError(
                f"inputs names {name!r}; the estimator's inputs are {', '.join(specs)}"
            )
    rows = [_as_row(example, schema, specs) for example in examples or ()]

    frames: dict[str, Columns] = {}

    def trace(states, sizes, root):
        return _trace(estimator, schema, specs, sizes, frames)

    def run(row):
        return _run(estimator, schema, row, frames)

    def variants(row):
        count = len(next(iter(row.values())))
        singles = [{n: v[i : i + 1] for n, v in row.items()} for i in range(count)]
        return [lambda: _join([run(single) for single in singles])] if count > 1 else []

    name = type(estimator).__name__
    return Subject(name, trace, run, _notes(estimator, schema, specs), variants), rows


def _notes(estimator, schema, specs) -> dict[str, str]:
    """``labels:OUTPUT``: the classes, ``columns:X``: the features, one a line."""
    notes = {}
    if "X" in specs and schema.names is not None:
        notes["columns:X"] = "\n".join(schema.names)
    classes = getattr(estimator, "classes_", None)
    if classes is not None and not isinstance(classes, list):
        text = "\n".join(str(c) for c in classes)
        notes.update(
            {f"labels:{m}": text for m in ("predict", "predict_proba") if hasattr(estimator, m)}
        )
    return notes


# ---- inputs ----
def _is_mixed(schema) -> bool:
    kinds = {np.dtype("f8") if d is None else d for d in schema.dtypes}
    return schema.names is not None and len({k.kind == "O" for k in kinds}) > 1


def _specs(estimator, schema) -> dict[str, Input]:
    ranges = fitted_ranges(estimator, schema.features)
    if _is_mixed(schema):
        return {
            f"X.{name}": _spec(dtype, ("X",), [found])
            for name, dtype, found in zip(schema.names, schema.dtypes, ranges, strict=True)
        }
    return {"X": _spec(schema.dtypes[0], ("X", schema.features), ranges)}


def _spec(dtype, sizes, ranges) -> Input:
    code = ops.TEXT if dtype == np.dtype(object) else 1
    spec = Input(code, sizes, ARRAY, longest=16, columns=ranges)
    if code != ops.TEXT:
        lows, highs = zip(*[r if isinstance(r, tuple) else (0.0, 1.0) for r in ranges], strict=True)
        spec.low, spec.high = float(min(lows)), float(max(highs))
    return spec


def fitted_ranges(estimator, features: int) -> list:
    """For each column the (low, high) that the fitted attributes tell, or the list of its categories."""
    get = lambda name: getattr(estimator, name, None)  # noqa: E731
    if get("steps") is not None:  # an imputer knows less of its columns than the step behind it
        imputes = len(estimator.steps) > 1 and hasattr(estimator.steps[0][1], "statistics_")
        return fitted_ranges(estimator.steps[1 if imputes else 0][1], features)[:features]
    if get("transformers_") is not None:
        return _transformer_ranges(estimator, features)
    if get("categories_") is not None:
        return [list(c) for c in estimator.categories_]
    if get("data_min_") is not None:
        return list(
            zip(map(float, estimator.data_min_), map(float, estimator.data_max_), strict=True)
        )
    if get("mean_") is not None and get("scale_") is not None:
        return [
            (float(m - 3 * s), float(m + 3 * s))
            for m, s in zip(estimator.mean_, estimator.scale_, strict=True)
        ]
    if get("statistics_") is not None and np.asarray(estimator.statistics_).dtype.kind == "f":
        return [
            (float(s) - 1, float(s) + 1) if np.isfinite(s) else (0.0, 1.0)
            for s in estimator.statistics_
        ]
    return _tree_ranges(estimator, features)


def _transformer_ranges(estimator, features):
    ranges = [(0.0, 1.0)] * features
    names = list(map(str, getattr(estimator, "feature_names_in_", range(features))))
    for _, transformer, columns in estimator.transformers_:
        if isinstance(transformer, str):
            continue
        chosen = (
            np.arange(features)[columns] if isinstance(columns, slice) else np.atleast_1d(columns)
        )
        places = [names.index(c) if isinstance(c, str) else int(c) for c in chosen.tolist()]
        for place, found in zip(places, fitted_ranges(transformer, len(places)), strict=True):
            ranges[place] = found
    return ranges


def _tree_ranges(estimator, features):
    """The thresholds that the trees compare with, a little beyond on both sides."""
    trees = [estimator, *np.ravel(getattr(estimator, "estimators_", []))]
    found = [[] for _ in range(features)]
    for tree in (t.tree_ for t in trees if hasattr(t, "tree_")):
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            if feature >= 0:
                found[feature].append(float(threshold))
    for predictor in np.ravel(getattr(estimator, "_predictors", [])):
        for node in predictor.nodes[predictor.nodes["is_leaf"] == 0]:
            found[node["feature_idx"]].append(float(node["num_threshold"]))
    finite = [
        [t for t in f if np.isfinite(t)] for f in found
    ]  # a split off of NaN alone is at infinity
    spans = [(min(f), max(f)) if f else (0.0, 1.0) for f in finite]
    return [
        (low - 0.1 * (high - low) - 1e-3, high + 0.1 * (high - low) + 1e-3) for low, high in spans
    ]


# ---- Python ----
def _as_row(example, schema, specs) -> dict:
    """``(X,)`` or ``{"X": X}``, or the columns by name, as a row."""
    if isinstance(example, dict) and set(example) == set(specs):
        return {n: np.asarray(v) for n, v in example.items()}
    given = example["X"] if isinstance(example, dict) else example[0]
    if "X" in specs:
        return {"X": np.asarray(given, dtype=object if specs["X"].type == ops.TEXT else np.float64)}
    return {
        f"X.{name}": np.asarray(
            given[name], dtype=object if specs[f"X.{name}"].type == ops.TEXT else np.float64
        )
        for name in schema.names
    }


def _frame(schema, row):
    if schema.names is None:
        return row["X"]
    import pandas

    if "X" in row:
        return pandas.DataFrame(row["X"], columns=list(schema.names))
    return pandas.DataFrame({name: row[f"X.{name}"] for name in schema.names})


def _run(estimator, schema, row, frames) -> dict:
    """Results by method; those that the graph gives as columns of different types, by column."""
    given, results = _frame(schema, row), {}
    for method in (m for m in METHODS if hasattr(estimator, m)):
        result = _dense(getattr(estimator, method)(given))
        if method not in frames:
            results[method] = result
            continue
        columns = frames[method]
        for index, (name, value) in enumerate(zip(columns.names, columns.values, strict=True)):
            column = result[:, index]
            text = value.type == ops.TEXT
            results[f"{method}.{name}"] = (
                ops.as_texts(column) if text else column.astype(value.dtype)
            )
    return results


def _dense(result):
    """What a method returned as an array: sparse matrices and frames too."""
    for name in ("toarray", "to_numpy"):
        if hasattr(result, name):
            return getattr(result, name)()
    return np.asarray(result)


def _join(results: list[dict]) -> dict:
    return {m: np.concatenate([r[m] for r in results]) for m in results[0]}


# ---- the graph ----
def _trace(estimator, schema, specs, sizes, frames) -> Traced:
    program = Program()
    graph = program.graph(type(estimator).__name__)
    named: dict = {}
    inputs = {n: make_input(program, n, s, named, sizes) for n, s in specs.items()}
    if any(s.type == ops.TEXT for s in specs.values()):
        program.size("text_bytes", sizes.get("text_bytes", 4096))
    x = (
        inputs["X"]
        if "X" in inputs
        else Columns(tuple(map(str, schema.names)), list(inputs.values()))
    )
    results = convert_estimator(estimator, x)
    outputs = {}
    for method in METHODS:
        if not hasattr(estimator, method):
            continue
        result = results[method]
        if isinstance(result, Columns):
            frames[method] = result
            outputs.update(
                {f"{method}.{n}": v for n, v in zip(result.names, result.values, strict=True)}
            )
        else:
            outputs[method] = result
    outputs = {n: pass_on(graph, v) for n, v in outputs.items()}
    graph.outputs = list(outputs.values())
    return Traced(program, inputs, outputs, specs, {})
