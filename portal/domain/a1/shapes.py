"""What an identifier must not look like: pure looks at one text. The rates were measured on random case numbers."""

import re
from collections.abc import Set as AbstractSet
from typing import Final


def _listed(words: str) -> list[str]:
    return words.split()


ALLOWED: Final = frozenset(
    _listed(
        "ADOPT ADOPTER ADOPTERS ADOPTION ADULT APPLICANT BIRTH CARE CARER CASE CHILD CLIENT CONCURRENT COUPLE ENQUIRY "
        "EPISODE FAMILY FILE FOSTER HOME HOUSE HOUSEHOLD MOSAIC NONE NUMBER PARENT PERSON PLAN RAA RECORD REFERRAL "
        "SIBLING SUPP SUPPORT"
    )
)
"""Words that begin case numbers everywhere."""
_AREAS = _listed(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G "
    "GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW "
    "OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC "
    "WD WF WN WR WS WV YO ZE"
)
_AREA = "|".join(sorted(_AREAS, key=len, reverse=True))
_UNIT = "[ABD-HJLNP-UW-Z]{2}"
"""The end of a postcode never has the letters C, I, K, M, O and V."""

_OF_NAMES: Final = frozenset("AEHILNORSTU")
"""Letters that names are made of: three in four of theirs, of random ones (with a vowel) not one in two."""
_LEAST_OF_NAMES: Final = 0.6

_OWN_SHAPE = re.compile(r"(?:[A-Za-z]{1,3}[-._/]?)?[0-9]{1,8}")
_NHS = re.compile(r"(?<!\d)(\d{3})([ -])(\d{3})\2(\d{4})(?!\d)")
_POSTCODE = re.compile(rf"(?:{_AREA})(?:\d[A-Z]|\d\d?) ?\d{_UNIT}", re.IGNORECASE)
_POSTCODE_IN = re.compile(rf"\b(?:{_AREA})(?:\d[A-Z]|\d\d?) \d{_UNIT}\b", re.IGNORECASE)
_NINO = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d\d ?){3}[A-D]\b", re.IGNORECASE
)
_UPN = re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])(?:\+44|0)[\d ()]{8,16}\d(?!\d)")
_DAY = re.compile(
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d([/.\-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_HEX = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){0,3}(?:-?[0-9a-f]{12})?|[0-9a-f]+", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile(r"[AEIOUY]|[^\x00-\x7f]", re.IGNORECASE)
_ALPHABET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{0,19}")
_TAIL = re.compile(r"(?<=[A-Za-z])[-/._][0-9]{1,3}\Z")
MASK: Final = re.compile(r"[A-Za-z0-9]?\*{4}(?:[-/._][0-9]{1,3})?")
"""What `masked` leaves of a text."""
_NAME = re.compile(r"\b[A-Z][a-z]+(?:-[A-Z][a-z]+)? (?:Mc|Mac|O['’])?[A-Z][a-z]+\b")
_MONTHS: Final = frozenset(
    _listed(
        "JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC JANUARY FEBRUARY MARCH APRIL JUNE JULY AUGUST SEPTEMBER "
        "OCTOBER NOVEMBER DECEMBER"
    )
)
_PLACES: Final = frozenset(
    _listed(
        "Administrator Adoption Agency Analyst Area Assessment Assistant Assurance Borough Business Care "
        "Central Centre Chair Children City Clerk Commissioning Compliance Contact Coordinator Council County "
        "Court Data Deputy Desk Director District Duty Early East Executive Family Finding Governance Greater "
        "Head Health Hub Improvement Information Intelligence Interim Lead Life Local Management Manager "
        "Matching North Officer Performance Permanence Placement Post Practice Practitioner Principal Quality "
        "Recruitment Regional Registered Senior Service Services Social South Story Support Systems Team Unit "
        "Valley West Work Worker"
    )
)


def plainly_a_number(text: str) -> bool:
    """Tell whether an identifier is at most three letters and eight digits, which none of what follows can be."""
    return _OWN_SHAPE.fullmatch(text) is not None


def is_mixed(text: str) -> bool:
    """Tell whether an identifier is a code of letters and digits that is no letters with a number behind them."""
    return not plainly_a_number(text) and text.isalnum() and not text.isalpha() and not text.isdigit()


def nhs_checks(digits: str) -> bool:
    """Tell whether ten digits pass the check of NHS numbers (modulus 11)."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest % 11 == int(digits[9])


def is_email(text: str) -> bool:
    """Tell whether it may be an e-mail address."""
    return "@" in text


def has_written_nhs(text: str) -> bool:
    """Tell whether there is an NHS number as it is written, 3-3-4."""
    return any(nhs_checks(found[0] + found[2] + found[3]) for found in _NHS.findall(text))


def is_ten_digits(text: str) -> bool:
    """Tell whether it is ten digits, as a bare NHS number would be, and as many case numbers are."""
    return len(text) == 10 and text.isascii() and text.isdigit()


def is_postcode(text: str) -> bool:
    """Tell whether it has the shape of a postcode of an area that exists, with a space or without."""
    return _POSTCODE.fullmatch(text) is not None


def has_spaced_postcode(text: str) -> bool:
    """Tell whether there is a postcode with its space."""
    return _POSTCODE_IN.search(text) is not None


def has_national_number(text: str) -> bool:
    """Tell whether there is a National Insurance number."""
    return _NINO.search(text) is not None


def has_pupil_number(text: str) -> bool:
    """Tell whether there is a unique pupil number."""
    return _UPN.search(text) is not None


def has_phone(text: str) -> bool:
    """Tell whether there is a telephone number with a space or a +; without either it is ten or eleven digits."""
    for found in _PHONE.findall(text):
        if 10 <= sum(map(str.isdigit, found)) <= 13 and (" " in found.strip() or found.startswith("+")):
            return True
    return False


def has_day(text: str) -> bool:
    """Tell whether there is a date."""
    return _DAY.search(text) is not None


def outside_alphabet(text: str) -> bool:
    """Tell whether it is no identifier at all."""
    return _ALPHABET.fullmatch(text) is None


def name_in(text: str, words: AbstractSet[str]) -> str:
    """Return the part of an identifier that may be a name, in capitals, or nothing. `words` begin case numbers."""
    if _HEX.fullmatch(text):
        return ""
    parts: list[str] = [part for part in _LETTERS.findall(text) if part.upper() not in words]
    for part in parts:
        if len(part) >= 4 and _VOWEL.search(part):
            return part.upper()
    if " " in text and any(len(part) >= 3 for part in parts):
        return max(parts, key=len).upper()
    if sum(len(part) >= 2 for part in parts) >= 2 and not any(map(str.isdigit, text)):
        return max(parts, key=len).upper()
    return ""


def spelt_like_names(letters: str) -> bool:
    """Tell whether letters, in capitals, are as frequent as in names, where random ones are not."""
    return sum(letter in _OF_NAMES or not letter.isascii() for letter in letters) >= _LEAST_OF_NAMES * len(letters)


def looks_like_name(text: str, known: AbstractSet[str] = frozenset()) -> bool:
    """Tell whether words hold two that begin with capitals, as first and last names do, and are not both `known`."""
    found = [set(each.replace("-", " ").split()) for each in _NAME.findall(text)]
    return any(not _PLACES & words and not words <= known for words in found)


def masked(text: str) -> str:
    """Return by what its sender knows a text again and nobody else: `S****-001` of a name with a number behind it."""
    first = text[:1] if text[:1].isascii() and text[:1].isalnum() else ""
    tail = _TAIL.search(text)
    return f"{first}****{tail[0] if tail else ''}"


def words_in(text: str) -> list[str]:
    """Return the words of a text in capitals, without digits and signs."""
    return [word.upper() for word in _LETTERS.findall(text)]


def names_nobody(text: str, known: AbstractSet[str], *, day: bool) -> bool:
    """Tell whether a text can be no name and no number of a person. Words that are `known` are none of a name.

    `day`: it stands where a date belongs, and so may be a date that cannot be read.
    """
    digits = sum(map(str.isdigit, text))
    words = [word for word in words_in(text) if word not in known and not (day and digits and word in _MONTHS)]
    if any(len(word) > 1 for word in words):
        return False
    looks = (is_email, is_postcode, has_spaced_postcode)
    return digits <= (8 if day else 4) and (day or not has_day(text)) and not any(look(text) for look in looks)


def reveals(text: str) -> bool:
    """Tell whether words hold what a finding must not repeat."""
    looks = (is_email, has_written_nhs, has_spaced_postcode, has_national_number, has_phone)
    return any(look(text) for look in looks)
