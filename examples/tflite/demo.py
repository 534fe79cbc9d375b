"""Three .tflite models on the seed row: what the C program collects, beside LiteRT's recorded answers.

Usage: python demo.py PATH_OF_THREE_MODELS
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOTICE = "Trained on simulation - not a medical device."


def main() -> None:
    program = sys.argv[1]
    print(f"\nthree .tflite models, one after the other on a worker. {NOTICE}")
    done = subprocess.run([program, HERE], check=True, stdout=subprocess.PIPE, text=True)
    texts = json.loads((HERE / "expected.json").read_text())["texts"]
    expected = f"[{', '.join(texts)}]\n"
    print(f"kowari  {done.stdout}LiteRT  {expected}", end="")
    if done.stdout != expected:
        raise SystemExit("they differ")


if __name__ == "__main__":
    main()
