"""The catalog: what is pinned, and what is known of it."""

import dataclasses
import re
from datetime import UTC, datetime

import pytest

from infra.catalog import Image, conflicts, image, images


@pytest.mark.parametrize("entry", images().values(), ids=images().keys())
def test_an_image_is_pinned_and_its_facts_are_known(entry: Image) -> None:
    repository, _, tag = entry.image.rpartition(":")
    assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+(/[a-z0-9-]+)+", repository), "a full name, with its registry"
    assert tag and tag != "latest"
    assert entry.version in tag, "the version that is said and the one that is pulled"
    assert entry.licence and entry.source.startswith("https://")
    assert entry.digest is None or re.fullmatch(r"sha256:[0-9a-f]{64}", entry.digest)
    assert set(entry.compatible) <= set(images())


def test_no_pin_is_beyond_its_support() -> None:
    today = datetime.now(UTC).date()
    assert [e.name for e in images().values() if e.supported_until and e.supported_until < today] == []


def test_the_pins_are_played_through_together() -> None:
    assert conflicts(images()) == []


def test_a_pin_that_nobody_played_through_is_named() -> None:
    raised = {**images(), "postgres": dataclasses.replace(images()["postgres"], version="18.1")}
    assert "mlflow 3.17.2 is played through with postgres 17, not 18.1" in conflicts(raised)


def test_a_line_is_no_mere_prefix() -> None:
    raised = {**images(), "versitygw": dataclasses.replace(images()["versitygw"], version="1.80.0")}
    assert "postgres 17.6 is played through with versitygw 1.8, not 1.80.0" in conflicts(raised)


def test_a_digest_pins_the_reference_to_the_byte() -> None:
    entry = dataclasses.replace(images()["nginx"], digest=f"sha256:{'0' * 64}")
    assert entry.reference == f"{entry.image}@sha256:{'0' * 64}"
    assert image("nginx") == images()["nginx"].reference
