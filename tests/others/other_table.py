"""Compiles the functions that others wrote and compares each with Python on its six inputs; writes the table.

Run by the interpreter of the environment that has their packages: ``python other_table.py TABLE.json [NAME...]``.
"""

import json
import re
import sys
import time
import warnings
from pathlib import Path
from unittest import mock

import kowari
import numpy as np
from kowari import file, parity
from kowari.export import describe_function
from kowari.graph import Graph
from other_functions import LONGEST, TooLong, at_most, list_cases


def count_nodes(graph) -> int:
    inner = [v for n in graph.nodes for v in n.attributes.values() if isinstance(v, Graph)]
    return len(graph.nodes) + sum(map(count_nodes, inner))


def best_time(action, seconds: float = 0.05) -> float:
    best, end = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def ratio(case, model, x) -> float | None:
    """C's time over CPython's, the binding's own included."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return best_time(lambda: model.run(x=x)) / best_time(lambda: case(x.copy()))
    except Exception:
        return None


class Unequal(Exception):  # noqa: N818 - the row says what it is
    """Equal on the six inputs; the export refuses it for others."""


def compare(subject, traced, examples) -> None:
    """As the export does; what is worse is a difference on the six inputs themselves."""
    try:
        parity.compare(subject, traced, examples, [])
    except kowari.ParityError as error:
        with mock.patch.object(parity.rows_of, "derive_rows", lambda specs, rows: []):
            try:
                parity.compare(subject, traced, examples, [])
            except kowari.ParityError as worse:
                if "hangs on the last bit" not in str(worse):
                    raise
        raise Unequal(str(error).splitlines()[0]) from None


def try_case(name, case, inputs) -> dict:
    """A row of the table."""
    row = {"name": name, "result": "equal", "where": "", "reason": ""}
    rows = [{"x": x} for x in inputs.values()]
    start = time.perf_counter()
    try:
        subject, examples = describe_function(case, {"x": "f64[n]"}, rows)
        with at_most(LONGEST):
            traced = subject.trace({}, {}, Path.cwd())
        model = kowari.Model(file.write(traced.program, traced.ports(), {}))
        row["seconds"] = round(time.perf_counter() - start, 2)
        row["nodes"] = count_nodes(traced.program.graphs[0])
        with at_most(6 * LONGEST):
            compare(subject, traced, examples)
        row["ratio"] = ratio(case, model, inputs["normal"])
    except Unequal as error:
        row |= {"result": "refused", "reason": f"ParityError: {error}"}
    except TooLong as error:
        row |= {"result": "refused", "reason": f"compiling and comparing takes {error}"}
    except kowari.TraceError as error:
        place = f"{error.file}:{error.line}" if error.file else ""
        row |= {
            "result": "refused",
            "where": place,
            "reason": f"{error.reason} [{error.expression}]",
        }
    except (Exception, SystemExit) as error:  # whatever else happens is a fault of ours
        row |= {"result": "differs", "reason": f"{type(error).__name__}: {error}"}
    return row


def show(rows) -> str:
    lines = [
        "| function | result | nodes | seconds | C : CPython | where | reason |",
        "|---|" + "---|" * 6,
    ]
    for r in rows:
        quotient = f"{r['ratio']:.3f}" if r.get("ratio") else ""
        reason = re.sub(r"\s+", " ", r["reason"]).replace("|", "\\|")[:300]
        lines.append(
            f"| {r['name']} | {r['result']} | {r.get('nodes', '')} | {r.get('seconds', '')} | {quotient} | {r['where']} | {reason} |"
        )
    return "\n".join(lines) + "\n"


def main(target: str, *wanted: str) -> None:
    rows, path = [], Path(target)
    cases = list(
        list_cases(wanted)
    )  # all processes before compiled code of others starts threads here
    for name, case, inputs in cases:
        rows.append(try_case(name, case, inputs))
        path.write_text(json.dumps(rows))
    path.with_suffix(".md").write_text(show(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
