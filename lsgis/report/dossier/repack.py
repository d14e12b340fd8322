"""Zip containers without a clock."""

import io
import zipfile

_FIRST = (1980, 1, 1, 0, 0, 0)  # the oldest time that the format can state


def repack(packed: bytes) -> bytes:
    """The same members in the same order, none of them saying when it was written."""
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            member = zipfile.ZipInfo(name, date_time=_FIRST)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            new.writestr(member, old.read(name))
    return again.getvalue()
