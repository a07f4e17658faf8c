"""What a notebook shows: MLflow puts the traces of a cell below it, in a frame that the server has a page for."""

import html
import re
from urllib.parse import urljoin

import nbformat
import requests
from nbclient import NotebookClient

CELL = """
import mlflow

mlflow.set_experiment("{name}")

@mlflow.trace(span_type="TOOL")
def add(a, b):
    return a + b

add(1, 2)
mlflow.get_trace(mlflow.get_last_active_trace_id(), flush=True)
"""


def test_the_trace_below_a_cell(server, pointed, client, unique, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.format(name=unique("notebook")))])
    runner = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    with runner.setup_kernel():
        runner.execute_cell(notebook.cells[0], 0)
    outputs = notebook.cells[0].outputs
    assert not [output for output in outputs if output.output_type == "error"], outputs
    shown = [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    # The value of the cell, and perhaps the traces that were sent while it ran.
    frames = {found for text in shown for found in re.findall(r'<iframe[^>]*\ssrc="([^"]+)"', text)}
    (address,) = {html.unescape(frame) for frame in frames}
    assert address.startswith(f"{server.url}/static-files/lib/notebook-trace-renderer/index.html")
    experiment = client.get_experiment_by_name(unique("notebook")).experiment_id
    (trace,) = client.search_traces(locations=[experiment])
    assert (trace.data.spans[0].inputs, trace.data.spans[0].outputs) == ({"a": 1, "b": 2}, 3)
    assert f"trace_id={trace.info.trace_id}" in address
    assert f"experiment_id={experiment}" in address
    page = requests.get(address, timeout=60)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    base = re.search(r'<base\b[^>]*\shref="([^"]+)"', page.text)
    found_at = urljoin(address, base.group(1)) if base else address
    scripts = re.findall(r'<script\b[^>]*\ssrc="([^"]+)"', page.text)
    assert scripts
    for script in scripts:
        fetched = requests.get(urljoin(found_at, script), timeout=60)
        assert fetched.status_code == 200, script
        assert "javascript" in fetched.headers["content-type"], script
