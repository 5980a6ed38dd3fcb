"""The data scientist's side, run by an interpreter of its own: `client.py play NAME` and `client.py check NAME`.

It knows the tracking server's address, a name and a password, and has no key of the object storage. `play` trains,
logs, registers and moves an alias; `check` finds it all again, loads the model by alias and predicts the same. Prints
JSON.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow  # type: ignore[import-not-found,unused-ignore]
from mlflow import MlflowClient  # type: ignore[import-not-found,unused-ignore]
from mlflow.models import infer_signature  # type: ignore[import-not-found,unused-ignore]
from sklearn.datasets import load_wine  # type: ignore[import-not-found,unused-ignore]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found,unused-ignore]
from sklearn.pipeline import make_pipeline  # type: ignore[import-not-found,unused-ignore]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-not-found,unused-ignore]

ALIAS = "champion"
NOTE = "a note with ümlauts\n" * 1000


def expect(what: str, found: Any, wanted: Any) -> None:
    """Ends with a sentence when something is not as it was."""
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")


def play(name: str) -> dict[str, Any]:
    """Trains and logs twice; the second version gets the alias after the first one had it."""
    x, y = load_wine(return_X_y=True)
    mlflow.set_experiment(name)
    client = MlflowClient()
    accuracy = []
    for strength in (0.001, 1.0):
        with mlflow.start_run(run_name=f"C={strength}") as run:
            model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500)).fit(x, y)
            accuracy.append(model.score(x, y))
            mlflow.log_params({"C": strength, "solver": "lbfgs"})
            for step in range(5):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
            mlflow.log_metric("accuracy", accuracy[-1])
            mlflow.set_tag("team", "vision")
            mlflow.log_text(NOTE, "notes/note.txt")
            logged = mlflow.sklearn.log_model(
                model,
                name="model",
                registered_model_name=name,
                signature=infer_signature(x, y),
                pip_requirements=["scikit-learn"],
            )
        version = client.search_model_versions(f"run_id = '{run.info.run_id}'")[0].version
        client.set_registered_model_alias(name, ALIAS, version)
    return {
        "run": run.info.run_id,
        "model": logged.model_uri,
        "version": version,
        "accuracy": accuracy[-1],
    } | predicted(name)


def predicted(name: str) -> dict[str, Any]:
    """What the model behind the alias says."""
    x, _ = load_wine(return_X_y=True)
    return {"predictions": mlflow.sklearn.load_model(f"models:/{name}@{ALIAS}").predict(x).tolist()}


def check(name: str, before: dict[str, Any]) -> dict[str, Any]:
    """Everything that `play` answered is still so, read back from the server."""
    client = MlflowClient()
    run = client.get_run(before["run"])
    expect("parameters", run.data.params, {"C": "1.0", "solver": "lbfgs"})
    expect("accuracy", run.data.metrics["accuracy"], before["accuracy"])
    expect("tag", run.data.tags["team"], "vision")
    expect(
        "the metric's history",
        [m.value for m in client.get_metric_history(before["run"], "loss")],
        [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5],
    )
    version = client.get_model_version_by_alias(name, ALIAS)
    expect("the alias", version.version, before["version"])
    expect("versions", sorted(v.version for v in client.search_model_versions(f"name = '{name}'")), ["1", "2"])
    with tempfile.TemporaryDirectory() as folder:
        note = mlflow.artifacts.download_artifacts(
            run_id=before["run"], artifact_path="notes/note.txt", dst_path=folder
        )
        expect("the artifact", Path(note).read_text(encoding="utf-8"), NOTE)
    expect("predictions", predicted(name)["predictions"], before["predictions"])
    return {"ok": True}


def main() -> None:
    """`before` comes by standard input."""
    keys = [key for key in os.environ if key.startswith("AWS_")]
    expect("keys of the object storage in the client's environment", keys, [])
    action, name = sys.argv[1:3]
    print(json.dumps(play(name) if action == "play" else check(name, json.load(sys.stdin))))


main()
