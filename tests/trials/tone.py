"""Measure tone and complaint on labelled texts: ``python tests/trials/tone.py DATA_DIR``.

DATA_DIR holds ``sentiment/umsab/LANGUAGE`` (tweets labelled 0 negative, 1 neutral, 2 positive), ``care/turns.jsonl``
(turns of customers and of companies) and ``cfpb/complaints.csv`` (narratives that are complaints by construction).
Language is withheld, so the recognition of English is measured along. No threshold is searched for.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streams.ingest.tone import judge  # a script finds the project by the line above

SPLITS = ("train", "val", "test")


def labelled(folder: Path, split: str) -> list[tuple[str, int]]:
    texts = (folder / f"{split}_text.txt").read_text(encoding="utf-8").splitlines()
    labels = (folder / f"{split}_labels.txt").read_text(encoding="utf-8").splitlines()
    return [(text, int(label)) for text, label in zip(texts, labels, strict=True)]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "   none"


def tones(folder: Path) -> None:
    for split in SPLITS:
        rows = [(label, judge(text).tone) for text, label in labelled(folder, split)]
        for name, label, said in (("negative", 0, -1), ("positive", 2, 1)):
            called = [row for row in rows if row[1] is not None and row[1] * said > 0]
            right = sum(row[0] == label for row in called)
            opposite = sum(row[0] == 2 - label for row in called)
            total = sum(row[0] == label for row in rows)
            print(
                f"umsab english {split:5} {name}: right {percent(right, len(called))}, opposite "
                f"{percent(opposite, len(called))} of {len(called)}; found {percent(right, total)} of {total}"
            )


def false_complaints(folder: Path) -> None:
    for name, label in (("negative", 0), ("neutral", 1), ("positive", 2)):
        texts = [text for split in SPLITS for text, given in labelled(folder, split) if given == label]
        found = sum(judge(text, "en").complaint is True for text in texts)
        print(f"umsab english, {name}, hardly any to a company: complaint {percent(found, len(texts))} of {len(texts)}")


def other_languages(root: Path) -> None:
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and (folder / "test_text.txt").exists():
            rows = [judge(text) for text, _ in labelled(folder, "test")]
            scored = sum(row.tone is not None or row.complaint is not None for row in rows)
            print(f"umsab {folder.name:11} judged {percent(scored, len(rows))} of {len(rows)}")


def complaints(name: str, texts: list[str]) -> None:
    for language in ("en", None):
        start = time.perf_counter()
        verdicts = [judge(text, language).complaint for text in texts]
        microseconds = (time.perf_counter() - start) / max(1, len(texts)) * 1e6
        shares = ", ".join(f"{v}: {percent(verdicts.count(v), len(verdicts))}" for v in (True, False, None))
        print(f"{name} ({language or 'language unknown'}): {shares} of {len(texts)}; {microseconds:.0f} µs a text")


def main(data: Path) -> None:
    tones(data / "sentiment" / "umsab" / "english")
    false_complaints(data / "sentiment" / "umsab" / "english")
    other_languages(data / "sentiment" / "umsab")
    with (data / "care" / "turns.jsonl").open(encoding="utf-8") as lines:
        turns = [json.loads(line) for line in lines]
    for role in sorted({turn["role"] for turn in turns}):
        complaints(f"care, {role}", [turn["text"] for turn in turns if turn["role"] == role])
    with (data / "cfpb" / "complaints.csv").open(encoding="utf-8", newline="") as rows:
        narratives = [row["Consumer complaint narrative"] for row in csv.DictReader(rows)]
    complaints("cfpb narratives", [text for text in narratives if text])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
