"""What a column heading means, in the words offices use."""

import re
import unicodedata
from functools import lru_cache

# Vietnamese tables print X for north and Y for east (TCVN, cadastral forms); a heading
# that says the direction outright is believed over the letter.
# "Tung độ" is the ordinate, north, and "Hoành độ" the abscissa, east, whatever letter follows.
_ROLES = {
    "north": r"[xy]?(?:n|north|northing|bac|phiabac|huongbac)[xy]?|tungdo[yn]?|[yn]tungdo",
    "east": r"[xy]?(?:e|east|easting|dong|phiadong|huongdong)[xy]?|hoanhdo[xe]?|[xe]hoanhdo",
    "lat": r"(?:vido|lat|latitude|vidob|b|phi)[xy]?(?:dms)?",
    "lon": r"(?:kinhdo|lon|long|lng|longitude|kinhdol|l|lamda)[xy]?(?:dms)?",
    "x": r"(?:tungdo)?x\d?|xtungdo",
    "y": r"(?:hoanhdo)?y\d?|yhoanhdo",
    "height": r"z|h|docao|caodo|docaoh|caodoh|elevation|height",
    "edge": r"s|d|dai|.*(?:canh|chieudai|khoangcach|culy|length|distance).*",
    "parcel": r"(?:so|sohieu|kyhieu|ten|ma|stt)?(?:thua|to|tobando|tobd|lo|khu|khuvuc|odat|khoanh|"
    r"parcel|plot|lot|block|zone|section)(?:dat)?(?:so|id|name|no)?",
    "area": r"dientich(?:cac)?(?:thua|khu|lo)?(?:dat)?(?:m2?|ha)?|area(?:m2?|ha)?|sm2",
    "point": r".*(?:diem|moc|dinh|point|vertex|corner).*|sohieu|kyhieu|id|goc|ten|name|no",
    "order": r"stt|tt|sott|sothutu",
}
PAIRS = (("x", "y"), ("north", "east"), ("lat", "lon"))
_ALONE = {role for pair in PAIRS for role in pair} | {"order", "height"}
UNIT = re.compile(r"\(?\s*(?:m|met|do|°|deg)\s*\)?")
_PATTERNS = {role: re.compile(pattern) for role, pattern in _ROLES.items()}
_DROP = re.compile(
    r"[\(\[]\s*(?:m|met|do|°|deg|degrees?|do[, -]+phut[, -]+giay|° ?['’′]? ?[\"”″]?|dd.?mm.?ss\S*)"
    r"\s*[\)\]]|vn\s*-?\s*2000|wgs\s*-?\s*84"
)
_NOISE = re.compile(r"^(?:hetoado|toado|coordinates?|coord)|(?:toado|coordinate)$")

_TITLE = re.compile(
    r"\W*(?:[ivxlc\d]{1,4}[.)]\s*|[a-z][.)]\s*)?(?:toa do |ranh gioi |goc ranh |bang ke toa do )*"
    r"(?:(?:cac )?(?:thua|khu|lo|o dat|to ban do|khoanh|manh|vi tri|vung|phan|ranh)\b"
    r"|parcel\b|plot\b|lot\b|area [a-z\d]|zone\b|part\b|section\b|block\b)"
)


def fold(text: object) -> str:
    """Text in small letters without marks, to compare words by."""
    bare = unicodedata.normalize("NFD", str(text).lower().replace("đ", "d").replace("²", "2"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def names_parcel(text: str) -> bool:
    """Whether a text is the title of a parcel: "Thửa số 2", "II. Khu đất B"."""
    return bool(_TITLE.match(fold(text)))


@lru_cache(maxsize=4096)
def role_of(heading: str) -> str:
    """Role of a column by its heading, "" when it names none."""
    word = re.sub(r"[^a-z0-9]", "", _DROP.sub("", fold(heading)))
    word = _NOISE.sub("", word)
    for role, pattern in _PATTERNS.items():
        if pattern.fullmatch(word):
            return role
    return ""


def join_words(words: list[str]) -> list[str]:
    """Cells of a heading that was parted at every space: `Số hiệu điểm | X | Y`.

    Words before a coordinate make one cell; units and "Tọa độ" belong to their neighbour.
    """
    roles = [role_of(word) for word in words]
    if not any({*pair} <= {*roles} for pair in PAIRS):
        return words
    cells: list[str] = []
    waiting: list[str] = []
    for word, role in zip(words, roles, strict=True):
        if role in _ALONE:
            cells += [" ".join(waiting)] * bool(waiting) + [word]
            waiting = []
        elif fold(word) not in ("(m)", "toa", "do", "met"):
            waiting.append(word)
    return cells + [" ".join(waiting)] * bool(waiting)
