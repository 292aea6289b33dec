# SPDX-License-Identifier: Apache-2.0
"""Pictures for tests, honest and lying, with nothing but the standard
library."""
import struct
import zlib


def png_chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(width, height, rows, claimed=None):
    """RGB; `rows` are bytes of width x 3; `claimed` is what the header says
    where it lies."""
    head = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) +
            png_chunk(b"IDAT", data) + png_chunk(b"IEND", b""))


def plain_png(width, height, level=128, claimed=None):
    return png(width, height, [bytes([level]) * (width * 3)] * height, claimed)


def chunks(data):
    at = 8
    while at < len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        yield data[at + 4:at + 8], data[at + 8:at + 8 + size]
        at += 12 + size


def unfilter(raw, width):
    """Rows of one byte a pixel (PNG specification, 9.2)."""
    before = bytes(width)
    for at in range(0, len(raw), width + 1):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + width])
        for i in range(width):
            left = row[i - 1] if i else 0
            up, corner = before[i], before[i - 1] if i else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + up) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + up) // 2) & 255
            elif kind == 4:
                p = left + up - corner
                near = min((abs(p - left), 0, left), (abs(p - up), 1, up),
                           (abs(p - corner), 2, corner))
                row[i] = (row[i] + near[2]) & 255
        before = bytes(row)
        yield before


def head_rows(path, background=150):
    """A traveller's cut-out head (palette PNG) on grey, as RGB rows."""
    with open(path, "rb") as file:
        parts = list(chunks(file.read()))
    found = dict(parts)
    width, _, depth, colour = struct.unpack(">IIBB", found[b"IHDR"][:10])
    if (depth, colour) != (8, 3):
        raise ValueError("not an 8 bit palette PNG")
    palette, alpha = found[b"PLTE"], found.get(b"tRNS", b"")
    alpha += b"\xff" * (256 - len(alpha))
    colours = []
    for i in range(len(palette) // 3):
        a = alpha[i]
        colours.append(bytes(
            (c * a + background * (255 - a)) // 255
            for c in palette[3 * i:3 * i + 3]))
    raw = zlib.decompress(b"".join(d for k, d in parts if k == b"IDAT"))
    return [b"".join(colours[i] for i in row)
            for row in unfilter(raw, width)]


def heads_png(paths):
    """Heads side by side, as a document's portrait should not be."""
    heads = [head_rows(path) for path in paths]
    rows = [b"".join(parts) for parts in zip(*heads)]
    return png(len(rows[0]) // 3, len(rows), rows)


def jpeg_claiming(data, width, height):
    """The same JPEG with other sizes in its frame header (T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data):
        marker, size = struct.unpack(">HH", data[at:at + 4])
        if 0xffc0 <= marker <= 0xffc2:
            return (data[:at + 5] + struct.pack(">HH", height, width) +
                    data[at + 9:])
        at += 2 + size
    raise ValueError("no frame header")


def jp2_claiming(data, width, height):
    """The same JPEG 2000 with other sizes in its codestream and, if it has
    boxes, in its image header (15444-1, A.5.1 and I.5.3.1)."""
    siz = data.index(b"\xff\x51")
    data = (data[:siz + 6] + struct.pack(">II", width, height) +
            data[siz + 14:])
    if b"ihdr" in data:
        head = data.index(b"ihdr") + 4
        data = (data[:head] + struct.pack(">II", height, width) +
                data[head + 8:])
    return data
