"""Writes `crates/traces/src/spans/cost/prices.tsv` from the model catalogue of the MLflow that is installed.

Prices are facts that providers publish; the catalogue (Apache-2.0) is made from LiteLLM's list (MIT), and the file says so.
"""

import importlib.resources
import json
import sys

HEAD = """\
# What models cost in US dollars per million tokens, as far as it is known; written by tools/model-prices.py.
# Facts gathered from the model catalogue of MLflow 3.18.0 (Apache-2.0, (c) 2018 Databricks, Inc.), which is made from
# the price list of LiteLLM (MIT, (c) 2023 Berri AI). Nothing else of either is here.
# `[` and a provider, then its models: name, input, output, cache read, cache write, cache write kept for an hour.
"""
PRICES = ["input", "output", "cache_read", "cache_write", "cache_write_1hr"]


def text(price):
    # As short as it can be without another meaning.
    return "" if price is None else repr(price).removesuffix(".0")


def main(path):
    catalogue = importlib.resources.files("mlflow.utils") / "model_catalog"
    with open(path, "w", encoding="utf-8") as out:
        out.write(HEAD)
        for source in sorted(catalogue.iterdir(), key=lambda source: source.name.removesuffix(".json")):
            if not source.name.endswith(".json"):
                continue
            out.write(f"[{source.name.removesuffix('.json')}\n")
            for name, entry in json.loads(source.read_text("utf-8"))["models"].items():
                pricing = entry.get("pricing", {})
                prices = [text(pricing.get(f"{kind}_per_million_tokens")) for kind in PRICES]
                out.write("\t".join([name, *prices]).rstrip("\t") + "\n")


main(sys.argv[1])
