"""Counts by class of the collected files, printed at the end."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    reports = [
        r
        for group in terminalreporter.stats.values()
        for r in group
        if getattr(r, "when", "") == "call"
    ]
    found = [
        value
        for r in reports
        for key, value in getattr(r, "user_properties", ())
        if key == "tflite"
    ]
    if found:
        counts = sorted(Counter(found).items())
        terminalreporter.write_line(
            "collected .tflite files: " + ", ".join(f"{count} {what}" for what, count in counts)
        )
