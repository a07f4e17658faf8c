"""Shows that the comparison of schemas sees every kind of change.

Each case changes one thing in Headwater's script and expects one difference, at the right place.
"""

import re

import pytest

import databases as rooms
from inspect_schema import describe, differences

BOTH = [
    ("type", r"(model_type\s+VARCHAR\()500", r"\g<1>501", "columns / model_type / type"),
    ("nullability", r"(lifecycle_stage\s+VARCHAR\(20\))", r"\1 NOT NULL", "lifecycle_stage / nullable"),
    ("default", r"DEFAULT 'draft'", "DEFAULT 'active'", "columns / status / default"),
    ("lost default", r"DEFAULT 'PRIMARY' ", "", "columns / linkage_type / default"),
    ("column order", r"( +input_cost [^\n]*\n)( +output_cost [^\n]*\n)( +total_cost [^\n]*\n +model_n)",
     r"\2\1\3", "spans / column_order"),
    ("primary key", r"tag_pk PRIMARY KEY \(key, run_uuid\)", "tag_pk PRIMARY KEY (run_uuid, key)",
     "tags / primary_key"),
    ("foreign key", r"(REFERENCES jobs \(id\)) ON DELETE CASCADE", r"\1", "job_locks / foreign_keys"),
    ("unique", r"(experiments_workspace_name UNIQUE \()workspace, name", r"\1name", "experiments / unique"),
    ("check", r"'RUNNING', 'KILLED'", "'RUNNING', 'STOPPED'", "runs / checks"),
    ("lost index", r"CREATE INDEX index_tags_run_uuid [^;]*;", "", "indexes / index_tags_run_uuid"),
    ("index columns", r"(idx_experiments_workspace ON experiments \()workspace", r"\1name",
     "indexes / idx_experiments_workspace"),
    ("index order", r"version_patch DESC", "version_patch", "indexes / idx_mcp_server_versions_latest"),
    ("index uniqueness", r"CREATE UNIQUE INDEX index_scorers", "CREATE INDEX index_scorers",
     "indexes / index_scorers_experiment_id_scorer_name / unique"),
    ("partial index", r"(index_jobs_status_lease_expires_at ON jobs [^;]*)", r"\1 WHERE status = 1",
     "indexes / index_jobs_status_lease_expires_at"),
    ("trigger", r"BEFORE UPDATE ON secrets", "BEFORE INSERT ON secrets", "triggers"),
    ("trigger's message", r"are immutable \(used", "are fixed (used", "prevent_secrets_aad_mutation"),
    ("new table", r"\Z", "CREATE TABLE extra (id INTEGER);", "tables / extra: not expected"),
    ("lost table", r"CREATE TABLE scheduler_leases [^;]*;", "", "scheduler_leases: missing"),
    ("version row", rf"VALUES \('{rooms.VERSION}'\)", "VALUES ('0')", "versions / alembic_version"),
]  # fmt: skip
SQLITE = [
    ("generated column", r"unix_nano - start", "unix_nano + start", "columns / duration_ns / other"),
    ("collation", r"(schema_id\s+VARCHAR\(36\) NOT NULL),(\s+experiment_id)",
     r"\1 COLLATE NOCASE,\2", "columns / schema_id / other"),
    ("deferred", r"(REFERENCES jobs \(id\) ON DELETE CASCADE)", r"\1 DEFERRABLE INITIALLY DEFERRED",
     "foreign_keys"),
    ("without rowid", r"(lease_key\)\s+\))", r"\1 WITHOUT ROWID", "scheduler_leases / options"),
]  # fmt: skip
POSTGRES = [
    ("generated column", r"unix_nano - start", "unix_nano + start", "columns / duration_ns / default"),
    ("sequence", r"\Z", "ALTER SEQUENCE experiments_experiment_id_seq INCREMENT BY 2;",
     "experiments_experiment_id_seq / increment"),
    ("sequence in use", r"\Z", "SELECT nextval('experiments_experiment_id_seq');",
     "experiments_experiment_id_seq / next"),
    ("index method", r"(index_metrics_run_uuid ON metrics) \(", r"\1 USING hash (", "index_metrics_run_uuid"),
    ("covering index", r"(idx_spans_cost_trace_time_cover\s[^;]*INCLUDE \()input_cost, ", r"\1",
     "idx_spans_cost_trace_time_cover"),
    ("disabled trigger", r"\Z", "ALTER TABLE secrets DISABLE TRIGGER ALL;",
     "prevent_secrets_aad_mutation / enabled"),
    ("constraint's name", r"CONSTRAINT runs_status_check", "CONSTRAINT runs_check", "runs / checks"),
    ("function", r"\Z", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "functions / f()"),
    ("collation", r"(model_type\s+VARCHAR\(500\))", r'\1 COLLATE "POSIX"', "model_type / collation"),
]  # fmt: skip

CASES = [
    pytest.param(engine, *case[1:], id=f"{engine}-{case[0].replace(' ', '-')}")
    for engine, cases in [("sqlite", BOTH + SQLITE), ("postgres", BOTH + POSTGRES)]
    for case in cases
]


@pytest.fixture(scope="session")
def unchanged(databases):
    """The description of what the unchanged script makes, by engine."""
    known = {}

    def of(engine):
        if engine not in known:
            uri = databases(engine)
            rooms.run_script(uri, rooms.script(uri))
            known[engine] = describe(uri)
        return known[engine]

    return of


@pytest.mark.parametrize(("on_engine", "old", "new", "place"), CASES)
def test_a_change_is_seen(request, databases, unchanged, on_engine, old, new, place):
    if request.config.getoption("--engine") not in (on_engine, "both"):
        pytest.skip(f"--engine {on_engine}")
    uri = databases(on_engine)
    changed, times = re.subn(old, new, rooms.script(uri))
    assert times == 1
    rooms.run_script(uri, changed)
    found = differences(unchanged(on_engine), describe(uri))
    assert any(place in line for line in found), found
    tables = {line.split(" / ")[1] for line in found if line.startswith("tables / ")}
    assert len(tables) <= 1, f"one table was changed: {found}"


def test_own_objects_are_listed_apart(engine, databases, unchanged):
    uri = databases(engine)
    rooms.run_script(uri, rooms.script(uri))
    for statement in [
        "CREATE TABLE hw_job (id INTEGER PRIMARY KEY, run_uuid VARCHAR(32) REFERENCES runs)",
        "CREATE INDEX hw_job_run ON hw_job (run_uuid)",
        "CREATE INDEX hw_runs_start ON runs (experiment_id, start_time)",
    ]:
        rooms.execute(uri, statement)
    description = describe(uri)
    assert differences(unchanged(engine), description) == []
    assert description["own"]["table"] == ["hw_job"]
    assert "hw_runs_start" in description["own"]["index"]


def test_white_space_and_quotes_do_not_count(databases, unchanged):
    uri = databases("sqlite")
    text = re.sub(r"\brun_uuid\b", '"run_uuid"', rooms.script(uri))
    rooms.run_script(uri, text.replace("NOT NULL", "NOT\n  NULL").replace(", ", " ,"))
    assert differences(unchanged("sqlite"), describe(uri)) == []
