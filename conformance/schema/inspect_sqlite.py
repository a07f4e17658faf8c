"""Describes a SQLite database; `inspect_schema` says what a description is.

SQLite's pragmas know columns, keys and indexes, but neither the names of constraints nor checks nor
generated columns. Those are read from the `CREATE` text that SQLite keeps, cut into tokens, so that
formatting and quoting do not count.
"""

import re
import sqlite3

TOKEN = re.compile(
    r"""\s+ | --[^\n]* | /\*.*?\*/              # nothing
    | (?P<string>'(?:[^']|'')*')
    | "(?P<quoted>(?:[^"]|"")*)" | `(?P<ticked>[^`]*)` | \[(?P<bracketed>[^]]*)\]
    | (?P<word>[A-Za-z_]\w*) | (?P<number>\d[\w.]*)
    | (?P<sign>\|\||<>|!=|<=|>=|==|.)""",
    re.VERBOSE | re.DOTALL,
)
TABLE_CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
# The values of table_xinfo's column `hidden` that stand for generated columns.
VIRTUAL, STORED = 2, 3


def describe(uri):
    path = uri.split(":///", 1)[1].split("?", 1)[0]
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return Description(connection).whole()
    finally:
        connection.close()


def tokens(text):
    """The words, names, numbers, strings and signs of an SQL text; quotes around names fall."""
    found = []
    for match in TOKEN.finditer(text):
        if match.lastgroup is not None:
            found.append(match[match.lastgroup])
    return found


def normal(text_or_tokens):
    """An SQL text with one space between its tokens."""
    parts = tokens(text_or_tokens) if isinstance(text_or_tokens, str) else text_or_tokens
    return " ".join(parts)


def top_level(parts, separator=","):
    """Cuts tokens at the separators that stand in no parenthesis."""
    pieces, depth = [[]], 0
    for part in parts:
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == separator and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return pieces


def group(parts, start):
    """The tokens inside the parenthesis that opens at or after `start`, and where it ends."""
    opening = parts.index("(", start)
    depth = 0
    for end in range(opening, len(parts)):
        depth += {"(": 1, ")": -1}.get(parts[end], 0)
        if depth == 0:
            return parts[opening + 1 : end], end + 1
    raise ValueError(f"no closing parenthesis: {normal(parts)}")


class Description:
    """Reads one open database."""

    def __init__(self, connection):
        self.connection = connection
        self.objects = self.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )

    def rows(self, statement, *values):
        return self.connection.execute(statement, values).fetchall()

    def whole(self):
        own, theirs = {}, []
        for kind, name, table, text in self.objects:
            if name.startswith("hw_") or table.startswith("hw_"):
                own.setdefault(kind, []).append(name)
            else:
                theirs.append((kind, name, table, text))
        tables = {name: self.table(name, text) for kind, name, _, text in theirs if kind == "table"}
        for kind, name, table, text in theirs:
            if kind == "index":
                tables[table]["indexes"][name] = self.index(table, name, text)
            if kind == "trigger":
                tables[table]["triggers"][name] = normal(text)
        return {
            "engine": "sqlite",
            "tables": tables,
            "views": {name: normal(text) for kind, name, _, text in theirs if kind == "view"},
            "versions": {
                name: sorted(row[0] for row in self.rows(f'SELECT version_num FROM "{name}"'))
                for name in tables
                if name.startswith("alembic_version")
            },
            "own": {kind: sorted(names) for kind, names in own.items()},
        }

    def table(self, name, text):
        parts = tokens(text)
        body, end = group(parts, 0)
        columns, constraints = {}, []
        for piece in top_level(body):
            if piece[0].upper() in TABLE_CONSTRAINTS:
                constraints.append(Constraint(piece))
            else:
                columns[piece[0]] = piece[1:]
        names = {constraint.key: constraint.name for constraint in constraints}
        deferred = {constraint.key for constraint in constraints if constraint.deferred}
        info = self.rows("SELECT * FROM pragma_table_xinfo(?)", name)
        key = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
        return {
            "columns": {row[1]: self.column(row, columns[row[1]]) for row in info},
            "column_order": [row[1] for row in info],
            "primary_key": {"columns": key, "name": names.get(("PRIMARY", tuple(key)))},
            "foreign_keys": self.foreign_keys(name, names, deferred),
            "unique": self.unique(name, names),
            "checks": {
                constraint.text: {"name": constraint.name}
                for constraint in constraints
                if constraint.kind == "CHECK"
            },
            "indexes": {},
            "triggers": {},
            "options": normal(parts[end:]),
        }

    def column(self, info, words):
        _, _, kind, not_null, default, _, hidden = info
        return {
            "type": kind,
            "nullable": not not_null,
            "default": default,
            "generated": {VIRTUAL: "virtual", STORED: "stored"}.get(hidden),
            "other": rest_of_column(words, kind),
        }

    def foreign_keys(self, name, names, deferred):
        found = {}
        for row in self.rows("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq", name):
            found.setdefault(row[0], []).append(row)
        keys = {}
        for parts in found.values():
            _, _, target, _, _, on_update, on_delete, match = parts[0]
            columns = tuple(part[3] for part in parts)
            referred = ", ".join(part[4] or "" for part in parts)
            keys[f"({', '.join(columns)}) → {target} ({referred})"] = {
                "name": names.get(("FOREIGN", columns)),
                "deferred": ("FOREIGN", columns) in deferred,
                "on_delete": on_delete,
                "on_update": on_update,
                "match": match,
            }
        return keys

    def unique(self, name, names):
        found = {}
        for _, index, _, origin, _ in self.rows("SELECT * FROM pragma_index_list(?)", name):
            if origin == "u":
                columns = tuple(row[2] for row in self.index_columns(index))
                found[f"({', '.join(columns)})"] = {"name": names.get(("UNIQUE", columns))}
        return found

    def index_columns(self, index):
        """seqno, cid, name, descending, collation, key: of the columns that the index names."""
        return self.rows("SELECT * FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", index)

    def index(self, table, name, text):
        parts = tokens(text)
        body, end = group(parts, 0)
        columns = []
        for (_, _, column, descending, collation, _), words in zip(
            self.index_columns(name), top_level(body), strict=True
        ):
            # An expression has no name: its text stands for it.
            term = column if column is not None else normal(words)
            columns.append(f"{term}{' DESC' if descending else ''} COLLATE {collation}")
        unique = {row[1]: row[2] for row in self.rows("SELECT * FROM pragma_index_list(?)", table)}
        return {
            "unique": bool(unique[name]),
            "columns": columns,
            "where": normal(parts[end:]) or None,
        }


class Constraint:
    """A table constraint in the words of its `CREATE TABLE`."""

    def __init__(self, parts):
        self.name = None
        if parts[0].upper() == "CONSTRAINT":
            self.name, parts = parts[1], parts[2:]
        self.kind = parts[0].upper()
        body, _ = group(parts, 0)
        self.text = normal(body)
        self.deferred = "DEFERRED" in (part.upper() for part in parts)
        columns = tuple(name for name in body if name != ",")
        # Checks are told apart by their text; all others by kind and columns.
        self.key = (self.kind, columns)


def rest_of_column(words, kind):
    """What a column's text says beyond type, nullability and default: COLLATE, AS, CHECK, …"""
    words = list(words)
    if kind:
        for expected in tokens(kind):
            assert words.pop(0) == expected, f"type {kind} expected"
    rest = []
    while words:
        word = words.pop(0)
        if word.upper() == "NOT" and words[0].upper() == "NULL":
            words.pop(0)
        elif word.upper() == "DEFAULT":
            _skip_default(words)
        else:
            rest.append(word)
    return normal(rest)


def _skip_default(words):
    if words[0] == "(":
        _, end = group(words, 0)
        del words[:end]
    else:
        del words[: 2 if words[0] in "+-" else 1]
