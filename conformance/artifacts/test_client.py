"""Artifacts as the client uses them: through the server, into `--artifacts-destination`."""

import os
import pathlib

import pytest
from mlflow.exceptions import MlflowException

MEGABYTE = 1024 * 1024


def paths(client, run_id, path=None):
    return {file.path: (file.is_dir, file.file_size) for file in client.list_artifacts(run_id, path)}


def test_a_file_goes_around(client, run, tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    client.log_artifact(run, str(tmp_path / "note.txt"))
    client.log_artifact(run, str(tmp_path / "note.txt"), "some/folder")
    assert paths(client, run) == {"note.txt": (False, 5), "some": (True, None)}
    assert paths(client, run, "some") == {"some/folder": (True, None)}
    assert paths(client, run, "some/folder") == {"some/folder/note.txt": (False, 5)}
    fetched = client.download_artifacts(run, "some/folder/note.txt", str(tmp_path))
    assert pathlib.Path(fetched).read_text() == "hello"


def test_a_tree_goes_around(client, run, tmp_path):
    tree = tmp_path / "tree"
    contents = {}
    for name in ("a.txt", "b/c.bin", "b/d/e.json", "b/d/f/g", "empty"):
        contents[name] = os.urandom(100) if name != "empty" else b""
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(contents[name])
    client.log_artifacts(run, str(tree), "logged")
    fetched = pathlib.Path(client.download_artifacts(run, "logged", str(tmp_path)))
    found = {str(file.relative_to(fetched)): file.read_bytes() for file in fetched.rglob("*") if file.is_file()}
    assert found == contents


@pytest.mark.parametrize(
    "name",
    [
        "with space.txt",
        "ünïcode.txt",
        "試験.json",
        "🧪.bin",
        "plus+sign.txt",
        "per%20cent.txt" if os.name == "nt" else "comma,semi.txt",
        "at@amp&eq=.txt",
        "quote'.txt",
        "brackets[1](2){3}.txt",
        "tilde~dollar$bang!.txt",
        ".hidden",
        "no_extension",
        "many.dots.in.it.tar.gz",
        "n" * 200,
    ],
)
def test_names(client, run, tmp_path, name):
    (tmp_path / name).write_text(name)
    client.log_artifact(run, str(tmp_path / name), "folder")
    assert set(paths(client, run, "folder")) == {f"folder/{name}"}
    target = tmp_path / "fetched"
    target.mkdir()
    fetched = client.download_artifacts(run, f"folder/{name}", str(target))
    assert pathlib.Path(fetched).read_text() == name


def test_an_empty_file(client, run, tmp_path):
    (tmp_path / "empty").touch()
    client.log_artifact(run, str(tmp_path / "empty"))
    # A size of zero is not sent, which the client reads as zero or as none.
    ((is_dir, size),) = paths(client, run).values()
    assert not is_dir and not size
    target = tmp_path / "fetched"
    target.mkdir()
    assert pathlib.Path(client.download_artifacts(run, "empty", str(target))).read_bytes() == b""


def test_the_last_upload_wins(client, run, tmp_path):
    for text in ("a longer first version", "short"):
        (tmp_path / "file").write_text(text)
        client.log_artifact(run, str(tmp_path / "file"))
    assert paths(client, run) == {"file": (False, 5)}


def test_twenty_megabytes(client, run, tmp_path):
    content = os.urandom(20 * MEGABYTE)
    (tmp_path / "big").write_bytes(content)
    client.log_artifact(run, str(tmp_path / "big"))
    assert paths(client, run) == {"big": (False, 20 * MEGABYTE)}
    target = tmp_path / "fetched"
    target.mkdir()
    assert pathlib.Path(client.download_artifacts(run, "big", str(target))).read_bytes() == content


def test_many_files(client, run, tmp_path):
    for number in range(200):
        (tmp_path / f"{number:03}").write_text(str(number))
    client.log_artifacts(run, str(tmp_path))
    assert list(paths(client, run)) == [f"{number:03}" for number in range(200)]


def test_files_lie_in_the_destination(client, server, experiment, run, tmp_path):
    if server.folder is None:
        pytest.skip("needs the server's folder")
    (tmp_path / "file").write_text("content")
    client.log_artifact(run, str(tmp_path / "file"), "deep")
    assert (server.artifacts / experiment / run / "artifacts" / "deep" / "file").read_text() == "content"


def test_what_is_not_there(client, run, tmp_path):
    assert client.list_artifacts(run) == []
    assert client.list_artifacts(run, "none") == []
    with pytest.raises((MlflowException, OSError)):
        client.download_artifacts(run, "none", str(tmp_path))


def test_deleting_artifacts(client, run, tmp_path):
    for name in ("a", "b/c", "b/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    client.log_artifacts(run, str(tmp_path))
    repository = client._tracking_client._get_artifact_repo(run)
    repository.delete_artifacts("a")
    assert set(paths(client, run)) == {"b"}
    repository.delete_artifacts("b")
    assert paths(client, run) == {}


def test_fluent_kinds_of_artifacts(fluent, tmp_path):
    import numpy
    import pandas as pd
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    with fluent.start_run() as run:
        fluent.log_text("hello ü", "texts/hello.txt")
        fluent.log_dict({"a": [1, 2]}, "dict.json")
        fluent.log_dict({"a": [1, 2]}, "dict.yaml")
        fluent.log_figure(figure, "figure.png")
        fluent.log_image(numpy.zeros((4, 4, 3), dtype=numpy.uint8), "image.png")
        fluent.log_image(numpy.zeros((4, 4, 3), dtype=numpy.uint8), key="steps", step=1)
        fluent.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
        fluent.log_table(pd.DataFrame({"x": [3], "y": ["c"]}), "table.json")
    run_id = run.info.run_id
    uri = f"runs:/{run_id}"
    assert fluent.artifacts.load_text(f"{uri}/texts/hello.txt") == "hello ü"
    assert fluent.artifacts.load_dict(f"{uri}/dict.json") == {"a": [1, 2]}
    assert fluent.artifacts.load_image(f"{uri}/image.png").size == (4, 4)
    assert list(fluent.load_table("table.json", run_ids=[run_id])["x"]) == [1, 2, 3]
    names = {file.path for file in fluent.artifacts.list_artifacts(run_id=run_id)}
    assert names == {"texts", "dict.json", "dict.yaml", "figure.png", "image.png", "images", "table.json"}
    tags = fluent.get_run(run_id).data.tags
    assert "table.json" in tags["mlflow.loggedArtifacts"]
