#!/usr/bin/env python3
"""Writes core/library/fold_table.inc: what folding makes of characters beyond ASCII.

Usage: tools/fold_table.py > core/library/fold_table.inc

A character is folded to its compatibility decomposition (NFKD) without marks, case-folded. A few letters that Unicode
does not decompose but that people type without their stroke are added by hand.
"""
import sys
import unicodedata

BY_HAND = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ŋ": "n",
           "ŧ": "t", "ƒ": "f", "ɑ": "a", "ə": "e"}
# Marks of these blocks are accents on Latin, Greek and Cyrillic; marks elsewhere (Indic vowels, ...) are part of a word.
ACCENTS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
LAST = 0x1FFFF  # beyond: ideographs, which are found by range, and nothing that folds


def accent(code):
    return any(low <= code <= high for low, high in ACCENTS)


def is_word(char):
    return unicodedata.category(char)[0] in "LNM"


def alone(char):
    """Kana and ideographs, each of which is a word (stands_alone in fold.cpp)."""
    return 0x3040 <= ord(char) <= 0x30FF or 0x3400 <= ord(char) <= 0x9FFF or 0xF900 <= ord(char) <= 0xFAFF


def fold(char):
    text = unicodedata.normalize("NFKD", char.casefold())
    text = "".join(c for c in text if not accent(ord(c))).casefold()
    text = "".join(BY_HAND.get(c, c) for c in text)
    if not all(is_word(c) for c in text):
        text = "".join(c for c in text if is_word(c))
    return unicodedata.normalize("NFC", text)


def literal(text):
    return '"' + "".join(c if " " < c < "\x7f" else "".join(f"\\x{b:02x}\"\"" for b in c.encode()) for c in text) + '"'


def rows(items, width=118):
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > width:
            yield line
            line = "   "
        line += " " + item + ","
    yield line


def main():
    folded, ranges = [], []
    for code in range(0x80, 0x30000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        char = chr(code)
        word = is_word(char) and not accent(code)
        if word and ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        elif word:
            ranges.append([code, code])
        if word and code <= LAST and not 0xAC00 <= code <= 0xD7A3:
            to = fold(char)
            if to != char and len(to.encode()) <= 6 and not (len(to) > 1 and any(map(alone, to))):
                folded.append((code, to))
    print(f"// Made by tools/fold_table.py with Unicode {unicodedata.unidata_version}; included by fold.cpp alone.")
    print("constexpr Folded kFolded[] = {")
    print("\n".join(rows(f"{{0x{code:x}, {literal(to)}}}".replace('""', "") for code, to in folded)))
    print("};\nconstexpr Range kWords[] = {")
    print("\n".join(rows(f"{{0x{low:x}, 0x{high:x}}}" for low, high in ranges)))
    print("};")


if __name__ == "__main__":
    sys.exit(main())
