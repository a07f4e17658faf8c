"""The two ways to build the image make the same image."""

import pathlib

IMAGE = pathlib.Path(__file__).parents[2] / "image"


def last_stage(name):
    lines = (IMAGE / name).read_text().splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    return [line.replace("--from=build ", "").replace("/image/", "") for line in lines[start:]]


def test_both_files_end_alike():
    assert last_stage("Dockerfile") == last_stage("Built.Dockerfile")


def test_the_image_is_empty_but_for_the_program_and_runs_as_nobody():
    stage = last_stage("Dockerfile")
    assert stage[0] == "FROM scratch"
    user = next(line for line in stage if line.startswith("USER ")).split()[1]
    assert all(part.isdigit() and int(part) > 0 for part in user.split(":"))
    assert not any(line.startswith("RUN") for line in stage)
