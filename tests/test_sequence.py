"""GeoJSON text sequences: a record that cannot be read is named by number, never passed over."""

import json
import random

import pytest

import lsgis

WRONG = {
    "cut": lambda text, rng: text[: rng.randint(1, len(text) - 1)],
    "kind": lambda text, _: text.replace('"Polygon"', '"Polygone"'),
    "numbers": lambda text, _: text.replace("106.7,", '"106.7",', 1),
    "no feature": lambda text, _: text.replace('"Feature"', '"Thing"'),
    "letters": lambda text, _: text.replace("ten", "t\udcff"),
}


def line(n):
    x = 106.7 + n / 100
    ring = [[x, 21.8], [x + 0.001, 21.8], [x + 0.001, 21.801], [106.7, 21.81], [x, 21.8]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return json.dumps({"type": "Feature", "properties": {"ten": f"c{n}"}, "geometry": shape})


def written(path, lines, *, marked=False, gaps=()):
    parts = []
    for number, text in enumerate(lines):
        parts += ["" for gap in gaps if gap == number]
        parts.append(("\x1e" if marked else "") + text)
    path.write_bytes(("\n".join(parts) + "\n").encode("utf-8", "surrogateescape"))
    return path


@pytest.mark.parametrize("name", ["a.geojsonl", "a.json", "a.geojson", "a.ndjson"])
@pytest.mark.parametrize("seed", range(6))
def test_each_broken_record_is_named(tmp_path, name, seed):
    rng = random.Random(seed)
    lines = [line(n) for n in range(9)]
    broken = sorted(rng.sample(range(9), rng.randint(1, 3)))
    for n in broken:
        lines[n] = WRONG[rng.choice([*WRONG])](lines[n], rng)
    path = written(tmp_path / name, lines, marked=seed % 3 == 0, gaps=[4])
    with pytest.raises(lsgis.LayerError, match=f"{len(broken)} feature"):
        lsgis.read_vector(path)
    frame = lsgis.read_vector(path, keep_sound=True)
    assert [number for number, _ in frame.attrs["lost"]] == [n + 1 for n in broken]
    assert all(
        reason.startswith(f"line {n + 1 + (n >= 4)}:")
        for n, (_, reason) in zip(broken, frame.attrs["lost"], strict=True)
    )
    sound = [f"c{n}" for n in range(9) if n not in broken]
    assert frame.loc[frame.geometry.notna(), "ten"].tolist() == sound
    with pytest.raises(lsgis.LsgisError, match="line"):
        lsgis.read_site(path)


@pytest.mark.parametrize("name", ["a.geojsonl", "a.json", "a.geojson"])
@pytest.mark.parametrize("marked", [False, True])
def test_a_sound_sequence_is_read_whatever_it_is_called(tmp_path, name, marked):
    path = written(tmp_path / name, [line(n) for n in range(3)], marked=marked)
    assert lsgis.read_vector(path)["ten"].tolist() == ["c0", "c1", "c2"]
    assert lsgis.read_site(path).kind == "polygon"


def test_a_collection_with_a_feature_a_line_is_no_sequence(tmp_path):
    path = tmp_path / "a.geojson"
    whole = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(map(line, range(9)))
    path.write_text(whole + "\n]}")
    assert len(lsgis.read_vector(path)) == 9
    path.write_text(whole[:-40])
    with pytest.raises(lsgis.LayerError, match="cannot read"):
        lsgis.read_vector(path, keep_sound=True)
