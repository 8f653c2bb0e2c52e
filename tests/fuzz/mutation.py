"""Damages valid lines and JSON: bytes, separators, numbers, times, names, structure."""

import json
import re
from copy import deepcopy

#: What programs and people write where a number should be.
ODD_NUMBERS = (
    *("", "-0", "-0.0", "NaN", "nan", "Infinity", "-inf", "1e400", "-1e400", "1e308", "4.9e-324"),
    *("1_000", "0x10", "1,5", "1.5.5", " 7", "7 ", "+7", "--7", "1e", "007", "9" * 400, "٣", "½"),
    *("-999", "-9999.0", "9999", "-99", "32767", "2147483648", "9223372036854775808", "true"),
)
#: The same for times.
ODD_TIMES = (
    *("", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "2013-02-29T00:00:00Z", "2013-12-29T24:00:00Z", "now"),
    *("2013-12-29T10:00:00", "2013-12-29", "1388300000", "2013-12-29T10:00:60Z", "20131229T10Z"),
    *("2013-12-29T10:00:00+24:00", "2013-12-29T10:00:00.999999999Z", "2013-W52-7T10:00Z", "null"),
    *("1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z", "2013-12-29T10:00:00+05:30", "-1"),
    *("10000-01-01T00:00:00Z", "2013-12-29T10:00:00z", "２０１３-12-29T10:00:00Z"),
)
ODD_TEXTS = (
    *("", " ", "\0", "NA", "null", "\u2028", "\x85", "\ufeff", "e\u0301", "İ", "ß", "=1+1", "💧"),
    *(
        "a" * 70,
        "x" * 70_000,
        "../../etc",
        "#",
        "'",
        '"',
        '"""',
        "\\",
        "\t",
        "%46",
        "$ref",
        "__proto__",
    ),
)
#: Stand for JSON that Python's writer does not write.
_RAW = (
    *("1e400", "-1e400", "NaN", "-Infinity", "9" * 400, "-0", "0.1e-999", "[" * 3000, "01", "1."),
    *(
        "[" * 900 + "]" * 900,
        '{"a":' * 900 + "1" + "}" * 900,
        '"\\ud800"',
        '"\\udfff\\ud800"',
        "tru",
    ),
    *('"\\u0000"', '{"a":1,"a":2}', "'a'", "[1,]"),
)
ODD_VALUES = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2**31,
        2**63,
        2**64,
        10**30,
        1.5,
        1e308,
        -0.0,
        [],
        {},
        [None],
        [[]],
    ),
    *({"a": None}, [1.0] * 168, [None] * 168, [3.0] * 24, ["x"] * 24, [True] * 24, [10**400] * 24),
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)?")
_ODD_BYTES = (
    *(b"\0", b"\r", b"\xff", b"\xfe\xff", b"\xed\xa0\x80", b"\xc3", b"\xef\xbb\xbf", b'"', b'""'),
    *(
        b",",
        b";",
        b"\t",
        b"|",
        b"\\",
        b"'",
        b"\x1a",
        b"\x0b",
        b"\x0c",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
    ),
    *(b"\n", b"\r\n", b"\n\n", b"{", b"}", b"[", b"]", b":", b"#", b" "),
)


def damaged(random, line, others):
    """Return *line*, bytes without a line end, with one to three faults.

    Args:
        random: A `random.Random`.
        line: A valid line.
        others: Lines to join it with.
    """
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        line = random.choice(_WAYS)(random, line, others)
    return line


def _flip(random, line, _others):
    if not line:
        return b"\x01"
    at = random.randrange(len(line))
    return line[:at] + bytes([line[at] ^ 1 << random.randrange(8)]) + line[at + 1 :]


def _cut(random, line, _others):
    begin, end = _span(random, line)
    return line[:begin] + line[end:]


def _repeat(random, line, _others):
    begin, end = _span(random, line)
    times = random.choice((2, 2, 3, 5000)) if end - begin < 20 else 2
    return line[:begin] + line[begin:end] * times + line[end:]


def _truncate(random, line, _others):
    return line[: random.randint(0, len(line))]


def _insert(random, line, _others):
    at = random.randint(0, len(line))
    return line[:at] + random.choice(_ODD_BYTES) + line[at:]


def _number(random, line, _others):
    return _replaced(random, line, _NUMBER, random.choice(ODD_NUMBERS))


def _time(random, line, _others):
    return _replaced(random, line, _TIME, random.choice(ODD_TIMES))


def _join(random, line, others):
    other = random.choice(others)
    return line[: random.randint(0, len(line))] + other[random.randint(0, len(other)) :]


def _twice(random, line, _others):
    return line + random.choice((b"\n", b"\r\n", b"")) + line


def _separators(random, line, _others):
    old, new = random.choice(((b",", b";"), (b",", b"\t"), (b'"', b"'"), (b'"', b""), (b":", b"=")))
    return line.replace(old, new, random.choice((-1, 1)))


def _fields(random, line, _others):
    fields = line.split(b",")
    random.shuffle(fields)
    return b",".join(fields)


def _text_field(random, line, _others):
    fields = line.split(b",")
    fields[random.randrange(len(fields))] = random.choice(ODD_TEXTS).encode()
    return b",".join(fields)


def _encoding(random, line, _others):
    text = line.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-16-le", "latin-1", "utf-8-sig")), "replace")


_WAYS = (
    *(_flip, _cut, _repeat, _truncate, _insert, _insert, _number, _number, _time, _join, _twice),
    *(_separators, _fields, _text_field, _encoding),
)


def _span(random, line):
    begin = random.randint(0, len(line))
    return begin, min(len(line), begin + random.choice((1, 2, 5, 20, 100)))


def _replaced(random, line, pattern, new):
    found = list(pattern.finditer(line))
    if not found:
        return line + new.encode()
    begin, end = random.choice(found).span()
    return line[:begin] + new.encode() + line[end:]


def damaged_json(random, value, texts=ODD_TEXTS):
    """Return JSON, as bytes, of *value* with one to three faults in its structure."""
    value = json.loads(json.dumps(value))
    raws = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = _changed(random, value, texts, raws)
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    for number, raw in enumerate(raws):
        text = text.replace(f'"raw {number}"', raw)
    return text.encode("utf-8", "surrogatepass")


def _changed(random, value, texts, raws):
    """Change a part of *value*, in place if it is not the whole."""
    where, key = None, None
    part = value
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        if not isinstance(part, dict | list) or not part:
            break
        where = part
        key = random.choice(list(part)) if isinstance(part, dict) else random.randrange(len(part))
        part = where[key]
    if where is None:
        return _odd(random, texts, raws)
    way = random.randrange(8)
    if way == 0:
        del where[key]
    elif way == 1 and isinstance(where, dict):
        where[random.choice(texts)] = where.pop(key)
    elif way == 2 and isinstance(where, dict):
        where[random.choice(texts)] = _odd(random, texts, raws)
    elif way == 3 and isinstance(where, list):
        where *= random.choice((2, 2, 30))
    else:
        where[key] = _odd(random, texts, raws)
    return value


def _odd(random, texts, raws):
    kind = random.randrange(5)
    if kind == 0:
        raws.append(random.choice(_RAW))
        return f"raw {len(raws) - 1}"
    pools = (ODD_VALUES, texts, ODD_TIMES, ODD_NUMBERS)
    # A copy, because the next fault may change it: each example starts from the same values.
    return deepcopy(random.choice(pools[kind - 1]))
