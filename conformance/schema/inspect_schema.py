"""Describes a database as normalised JSON, and compares two databases.

    python inspect_schema.py URI            prints the description
    python inspect_schema.py URI URI        prints the differences; exit code 1 if there are any

A URI is SQLAlchemy's: `sqlite:///path` or `postgresql[+driver]://…`. Everything that a program may
rely on is described: tables, columns in order, types, nullability, defaults, keys, checks, indexes,
triggers, functions, sequences, views, version rows. What only differs in wording (white space,
quoting, the order of constraints) is not. Objects whose name starts with `hw_` are Headwater's own:
they are listed apart under `own`, and comparisons leave them out.
"""

import argparse
import json
import sys

import inspect_postgres
import inspect_sqlite

LONGEST_VALUE = 300


def describe(uri):
    """The description of the database behind a SQLAlchemy URI."""
    if uri.startswith("sqlite:"):
        return inspect_sqlite.describe(uri)
    if uri.startswith("postgresql"):
        return inspect_postgres.describe(uri)
    raise ValueError(f"neither SQLite nor PostgreSQL: {uri}")


def differences(expected, actual):
    """One line per difference, as `path: expected → actual`; an empty list when equal."""
    return list(_differences((), _without_own(expected), _without_own(actual)))


def _without_own(description):
    return {key: value for key, value in description.items() if key != "own"}


def _differences(path, expected, actual):
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            place = (*path, key)
            if key not in actual:
                yield f"{_written(place)}: missing, expected {_short(expected[key])}"
            elif key not in expected:
                yield f"{_written(place)}: not expected, found {_short(actual[key])}"
            else:
                yield from _differences(place, expected[key], actual[key])
    elif expected != actual:
        yield f"{_written(path)}: expected {_short(expected)}, found {_short(actual)}"


def _written(path):
    return " / ".join(path)


def _short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("uri", nargs="+", help="one database to describe, or two to compare")
    uris = parser.parse_args().uri
    if len(uris) > 2:
        parser.error("one or two databases")
    if len(uris) == 1:
        json.dump(describe(uris[0]), sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
        print()
        return 0
    found = differences(describe(uris[0]), describe(uris[1]))
    print("\n".join(found) or "equal")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
