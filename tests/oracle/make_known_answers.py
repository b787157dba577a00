"""Write the replacements of known_answers.json anew: `python -m oracle.make_known_answers`, in `tests`.

Only for new rows or a changed algorithm. The Rust tests read the same file, so a wrong row shows there.
"""

from oracle.known_answers import PATH, answer, dump, load


def main() -> None:
    rows = [{**row, "masked": answer(row)} for row in load()]
    PATH.write_text(dump(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
