"""MultiPatch, TIN and polyhedral surfaces as polygons: the same faces, under a kind GEOS knows."""

import struct

_FACES = {15: 6, 16: 6, 17: 3}  # PolyhedralSurface, TIN, Triangle -> MultiPolygon, Polygon
_COLLECTIONS = {4, 5, 6, 7, 15, 16}
_Z, _M = 1000, 2000
_OLD_Z = 0x80000000  # how a height was written before ISO


def as_polygons(wkb: bytes) -> bytes:
    """WKB with every surface made of faces written as polygons; nothing else is touched.

    Raises
    ------
    ValueError
        The bytes are no whole WKB.
    """
    out = bytearray(wkb)
    try:
        end = _walk(out, 0)
    except (struct.error, IndexError, RecursionError) as error:
        raise ValueError("geometry is cut short") from error
    if end > len(out):
        raise ValueError("geometry is cut short")
    return bytes(out)


def _walk(out: bytearray, at: int) -> int:
    order = "<" if out[at] else ">"
    kind = struct.unpack_from(order + "I", out, at + 1)[0]
    old, new = kind & _OLD_Z, kind & ~_OLD_Z
    bare, dimension = new % _Z, new // _Z * _Z
    struct.pack_into(order + "I", out, at + 1, old | (_FACES.get(bare, bare) + dimension))
    at += 5
    width = 8 * (2 + (bool(old) or dimension in (_Z, _Z + _M)) + (dimension >= _M))
    if bare == 1:
        return at + width
    count = struct.unpack_from(order + "I", out, at)[0]
    at += 4
    if bare in _COLLECTIONS:
        for _ in range(count):
            at = _walk(out, at)
    elif bare in (3, 17):
        for _ in range(count):
            points = struct.unpack_from(order + "I", out, at)[0]
            at += 4 + points * width
    else:
        at += count * width
    return at
