"""``python -m kowari lint MODULE[:FUNCTION]``: what an export would refuse, with an exit code for continuous integration."""

import argparse
import sys

from . import lint


def _read_words(words) -> tuple[dict, dict]:
    """What is to be traced by name, and the declared inputs."""
    parser = argparse.ArgumentParser(prog="python -m kowari")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser(
        "lint",
        help="say what an export would refuse",
        description="Says what an export would refuse, and where. The exit code is 1 if anything is refused.",
    )
    command.add_argument("place", metavar="MODULE[:FUNCTION]", help="a dotted name or a file")
    command.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=TYPE[SIZES]",
        help="the type of a parameter, such as rr_ms=f64[beats]; others are guessed",
    )
    options = parser.parse_args(words)
    pairs = [text.partition("=") for text in options.input]
    if any(not kind for _, _, kind in pairs):
        parser.error("--input takes NAME=TYPE or NAME=TYPE[SIZES]")
    try:
        targets = lint.find_targets(options.place)
    except (ImportError, AttributeError) as error:
        parser.error(str(error))
    taken = {p for target in targets.values() for p in lint.parameters(target)}
    for name in {name for name, _, _ in pairs} - taken:
        parser.error(f"--input names {name!r}, which is no parameter")
    return targets, {name: kind for name, _, kind in pairs}


def main(words=None) -> int:
    """Prints a line for each function; 0 when all of them compile, 1 when not, 2 when the words make no sense."""
    targets, declared = _read_words(words)
    findings = [lint.check(name, target, declared) for name, target in targets.items()]
    for finding in findings:
        print(finding)
    return int(any(f.refusal for f in findings))


if __name__ == "__main__":
    sys.exit(main())
