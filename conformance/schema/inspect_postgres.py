"""Describes a PostgreSQL database; `inspect_schema` says what a description is.

PostgreSQL keeps the meaning, not the text, and writes it out in one wording: those texts are
compared. Only the schema that unqualified names live in is described.
"""

import re

import psycopg2

TABLES = """
    SELECT oid, relname, relkind::text, relpersistence::text, reloptions, relrowsecurity
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f')
"""
COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
           attgenerated::text, attidentity::text, nullif(collname, 'default')
    FROM pg_attribute
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
CONSTRAINTS = """
    SELECT conname, contype::text, pg_get_constraintdef(oid), convalidated
    FROM pg_constraint WHERE conrelid = %s AND contype IN ('p', 'f', 'u', 'c', 'x')
"""
INDEXES = """
    SELECT relname, indisunique, indisvalid, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = %s AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
"""
TRIGGERS = """
    SELECT tgname, pg_get_triggerdef(oid), tgenabled::text
    FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal
"""
# An extension's own functions are no part of the schema.
FUNCTIONS = """
    SELECT format('%s(%s)', proname, pg_get_function_identity_arguments(pg_proc.oid)),
           pg_get_functiondef(pg_proc.oid)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
SEQUENCES = """
    SELECT sequence.relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax,
           seqcache, seqcycle, owner.relname, attname
    FROM pg_sequence
    JOIN pg_class AS sequence ON sequence.oid = seqrelid
    LEFT JOIN pg_depend ON objid = seqrelid AND deptype IN ('a', 'i') AND refobjsubid > 0
    LEFT JOIN pg_class AS owner ON owner.oid = refobjid
    LEFT JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE sequence.relnamespace = current_schema()::regnamespace
"""
VIEWS = """
    SELECT relname, pg_get_viewdef(oid) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm')
"""
TYPES = """
    SELECT typname, ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = pg_type.oid
                          ORDER BY enumsortorder)
    FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
"""
GENERATED = {"": None, "s": "stored", "v": "virtual"}
IDENTITY = {"": None, "a": "always", "d": "by default"}


def describe(uri):
    connection = psycopg2.connect(re.sub(r"^postgresql\+\w+://", "postgresql://", uri))
    try:
        return Description(connection).whole()
    finally:
        connection.close()


class Description:
    """Reads one open database."""

    def __init__(self, connection):
        self.cursor = connection.cursor()
        self.own = {}

    def rows(self, statement, *values):
        self.cursor.execute(statement, values or None)
        return self.cursor.fetchall()

    def mlflows(self, kind, statement, *values):
        """The rows whose first column, a name, is not one of Headwater's own."""
        kept = []
        for row in self.rows(statement, *values):
            if row[0].startswith("hw_"):
                self.own.setdefault(kind, []).append(row[0])
            else:
                kept.append(row)
        return kept

    def whole(self):
        tables = {}
        for oid, name, kind, persistence, options, row_security in self.rows(TABLES):
            if name.startswith("hw_"):
                self.own.setdefault("table", []).append(name)
                continue
            tables[name] = self.table(oid)
            tables[name]["options"] = f"{kind} {persistence} {options} {row_security}"
        found = {
            "engine": "postgresql",
            "tables": tables,
            "sequences": {row[0]: self.sequence(row) for row in self.mlflows("sequence", SEQUENCES)},
            "functions": dict(self.mlflows("function", FUNCTIONS)),
            "views": dict(self.mlflows("view", VIEWS)),
            "types": dict(self.mlflows("type", TYPES)),
            "versions": {
                name: sorted(row[0] for row in self.rows(f'SELECT version_num FROM "{name}"'))
                for name in tables
                if name.startswith("alembic_version")
            },
        }
        return {**found, "own": {kind: sorted(names) for kind, names in self.own.items()}}

    def table(self, oid):
        columns = self.rows(COLUMNS, oid)
        constraints = self.rows(CONSTRAINTS, oid)
        return {
            "columns": {row[0]: column(row) for row in columns},
            "column_order": [row[0] for row in columns],
            "primary_key": of_kind(constraints, "p"),
            "foreign_keys": of_kind(constraints, "f"),
            "unique": of_kind(constraints, "u"),
            "checks": of_kind(constraints, "c"),
            "exclusions": of_kind(constraints, "x"),
            "indexes": {
                name: {
                    "unique": unique,
                    "valid": valid,
                    "definition": definition.split(" USING ", 1)[1],
                }
                for name, unique, valid, definition in self.mlflows("index", INDEXES, oid)
            },
            "triggers": {
                name: {"definition": definition, "enabled": enabled}
                for name, definition, enabled in self.mlflows("trigger", TRIGGERS, oid)
            },
        }

    def sequence(self, row):
        name, kind, start, increment, low, high, cache, cycle, table, owner = row
        ((last, called),) = self.rows(f'SELECT last_value, is_called FROM "{name}"')
        return {
            "type": kind,
            "start": start,
            "increment": increment,
            "range": [low, high],
            "cache": cache,
            "cycle": cycle,
            "owned_by": f"{table}.{owner}" if table else None,
            "next": last + increment if called else last,
        }


def column(row):
    _, kind, not_null, default, generated, identity, collation = row
    return {
        "type": kind,
        "nullable": not not_null,
        "default": default,
        "generated": GENERATED[generated],
        "identity": IDENTITY[identity],
        "collation": collation,
    }


def of_kind(constraints, wanted):
    """The constraints of one kind, by name."""
    return {
        name: definition if valid else f"{definition} (not validated)"
        for name, kind, definition, valid in constraints
        if kind == wanted
    }
