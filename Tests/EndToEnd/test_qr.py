"""The page's QR codes, read by a real decoder."""

import json
import random
import subprocess

from conftest import ROOT
from pyzbar.pyzbar import ZBarSymbol, decode

MAKE_CODES = """
    import { qrCode } from "ROOT/frontend/js/extras/qr.js";
    import { readFileSync } from "node:fs";
    const texts = JSON.parse(readFileSync(0, "utf8"));
    const codes = texts.map((text) => qrCode(text)?.map((row) => row.map(Number).join("")) ?? null);
    console.log(JSON.stringify(codes));
"""

# How much each version holds (ISO/IEC 18004, table 7: bytes at level L).
CAPACITIES = [17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858]
CAPACITIES += [929, 1003, 1091, 1171, 1273]


def read_code(pixels: bytes, width: int, height: int) -> list[str]:
    found = decode((pixels, width, height), symbols=[ZBarSymbol.QRCODE])
    return [one.data.decode() for one in found]


def test_a_decoder_reads_what_was_encoded_in_any_length() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    lengths = {0, 1, *(most + more for most in CAPACITIES for more in (0, 1)), *chance.sample(range(2, 600), 60)}
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_#/:.?&%"
    texts = ["".join(chance.choices(alphabet, k=length)) for length in sorted(lengths)]
    made = subprocess.run(
        ["node", "--input-type=module", "-e", MAKE_CODES.replace("ROOT", str(ROOT))],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    for text, rows in zip(texts, json.loads(made.stdout), strict=True):
        if len(text) > CAPACITIES[-1]:
            assert rows is None
            continue
        version = next(number for number, most in enumerate(CAPACITIES, 1) if len(text) <= most)
        assert len(rows) == 17 + 4 * version
        side = 3 * (len(rows) + 8)
        margin = bytes([255]) * 12
        lines = [margin + b"".join((b"\0" if dark == "1" else b"\xff") * 3 for dark in row) + margin for row in rows]
        border = bytes([255]) * (side * 12)
        pixels = border + b"".join(line * 3 for line in lines) + border
        assert read_code(pixels, side, side) == [text], f"{len(text)} characters"
