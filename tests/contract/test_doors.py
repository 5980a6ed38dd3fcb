"""Nobody gets past the tracking server's proxy without the password, by whatever route."""

import base64
import http.client
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contract.environment import TRACKING
from tests.contract.harness import Platform
from tests.contract.pods import Pod
from tests.scenario.endpoints import Endpoints

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW")
_ROUTES = Path(__file__).with_name("routes.py").read_text()


@pytest.fixture(scope="module")
def server(platform: Platform) -> Pod:
    """The pod of MLflow and its proxy."""
    return platform.pod("Deployment", TRACKING, "tracking")


@pytest.fixture(scope="module")
def routes(server: Pod) -> list[str]:
    """Every route of the app that serves, as the app itself lists them."""
    listed: list[str] = json.loads(server.execute("mlflow", ["python3", "-c", _ROUTES], timeout=300).splitlines()[-1])
    return listed


@pytest.fixture
def connection(endpoints: Endpoints) -> http.client.HTTPConnection:
    """A connection to the tracking server's address."""
    return http.client.HTTPConnection(urlsplit(endpoints.tracking_url).netloc, timeout=60)


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    connection.request(method, path, headers=dict(headers or {}))
    answer = connection.getresponse()
    return answer.status, answer.read()


def _signed(endpoints: Endpoints, password: str | None = None) -> dict[str, str]:
    token = f"{endpoints.tracking_user}:{password or endpoints.tracking_password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(token).decode()}"}


def _filled(route: str) -> str:
    """A path that the route takes."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "1", route)


def test_the_app_lists_flask_and_fastapi_routes_and_those_that_once_answered_anybody(routes: list[str]) -> None:
    assert len(routes) > 200
    for known in (
        "/api/2.0/mlflow/runs/create",
        "/graphql",
        "/v1/traces",
        "/ajax-api/3.0/jobs",
        "/gateway/",
        "/ajax-api/3.0/mlflow/assistant",
        "/api/2.0/mlflow-artifacts/artifacts",
        "/metrics",
    ):
        assert any(route.startswith(known) for route in routes), f"{known} is not among the app's routes"


def test_every_route_refuses_an_unauthenticated_caller_whatever_the_method(
    routes: list[str], connection: http.client.HTTPConnection
) -> None:
    open_doors = [
        f"{method} {route}: {status}"
        for route in routes
        for method in METHODS
        if (status := _ask(connection, method, _filled(route))[0]) not in ((401, 405) if method == "TRACE" else (401,))
    ]
    assert open_doors == []


@pytest.mark.parametrize(
    "path",
    [
        "//graphql",
        "/./v1/traces",
        "/%2e%2e/v1/traces",
        "/metrics/",
        "/health",
        "/version",
        "/no/such/route",
        "/static-files/x",
    ],
)
def test_no_spelling_of_a_path_is_a_way_around_the_password(connection: http.client.HTTPConnection, path: str) -> None:
    # 400: the proxy itself finds that the path leaves its root.
    assert _ask(connection, "GET", path)[0] in (400, 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-User": "groundwork"},
        {"X-Original-URL": "/health"},
        {"Authorization": "Bearer x"},
        {"Connection": "Upgrade", "Upgrade": "websocket"},
    ],
)
def test_no_header_stands_for_the_password(connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
    assert _ask(connection, "GET", "/api/2.0/mlflow/experiments/search", headers)[0] == 401


def test_a_wrong_password_is_refused_and_the_right_one_is_not(
    connection: http.client.HTTPConnection, endpoints: Endpoints
) -> None:
    path = "/api/2.0/mlflow/experiments/search?max_results=1"
    assert _ask(connection, "GET", path, _signed(endpoints, "wrong"))[0] == 401
    status, body = _ask(connection, "GET", path, _signed(endpoints))
    assert status == 200
    assert "experiments" in json.loads(body)


def test_a_host_name_that_is_not_allowed_is_refused_even_with_the_password(
    connection: http.client.HTTPConnection, endpoints: Endpoints
) -> None:
    signed = _signed(endpoints)
    path = "/api/2.0/mlflow/experiments/search?max_results=1"
    assert _ask(connection, "GET", path, signed | {"Host": "rebound.example.com"})[0] == 403
    assert _ask(connection, "GET", path, signed | {"Host": f"tracking.{TRACKING}.svc"})[0] == 200


def test_a_page_of_another_origin_can_not_write_with_the_password_of_its_visitor(
    connection: http.client.HTTPConnection, endpoints: Endpoints
) -> None:
    headers = _signed(endpoints) | {"Origin": "https://elsewhere.example.com", "Content-Type": "application/json"}
    connection.request("POST", "/api/2.0/mlflow/experiments/create", body='{"name": "forged"}', headers=headers)
    assert connection.getresponse().status == 403


def test_metrics_and_the_assistant_are_not_there_for_callers_with_the_password(
    connection: http.client.HTTPConnection, endpoints: Endpoints
) -> None:
    for path in ("/metrics", "/ajax-api/3.0/mlflow/assistant/config"):
        assert _ask(connection, "GET", path, _signed(endpoints))[0] == 404


def test_a_job_can_not_be_started_even_with_the_password(
    connection: http.client.HTTPConnection, endpoints: Endpoints
) -> None:
    headers = _signed(endpoints) | {"Content-Type": "application/json"}
    connection.request("POST", "/ajax-api/3.0/jobs/", body='{"job_name": "x", "params": {}}', headers=headers)
    assert connection.getresponse().status >= 400


def test_from_outside_the_pod_only_the_proxys_ports_can_be_reached(platform: Platform, server: Pod) -> None:
    listening = server.execute("mlflow", ["python3", "-c", _LISTENING]).split()
    assert sorted(map(int, listening)) == [8080, 8081, 9464]
    with pytest.raises(ConnectionRefusedError):
        platform.reach_pod(server, 5000)


@pytest.mark.parametrize(("port", "open_paths"), [(8081, {"/mlflow", "/proxy"}), (9464, {"/metrics"})])
def test_the_ports_without_a_password_tell_health_and_metrics_and_nothing_else(
    platform: Platform, server: Pod, routes: list[str], port: int, open_paths: set[str]
) -> None:
    found = set()
    for route in {*map(_filled, routes), *open_paths}:
        asking = http.client.HTTPConnection(server.address, timeout=60)
        asking.sock = platform.reach_pod(server, port)
        status, _ = _ask(asking, "GET", route)
        asking.close()
        if status != 404:
            found.add(route)
    assert found == open_paths


def test_monitoring_reads_how_many_requests_the_server_answered(platform: Platform, server: Pod) -> None:
    asking = http.client.HTTPConnection(server.address, timeout=60)
    asking.sock = platform.reach_pod(server, 9464)
    status, body = _ask(asking, "GET", "/metrics")
    assert status == 200
    assert b"mlflow_http_request_total" in body


_LISTENING = """
for name in ("tcp", "tcp6"):
    for line in open(f"/proc/net/{name}").read().splitlines()[1:]:
        address, state = line.split()[1], line.split()[3]
        host, port = address.split(":")
        if state == "0A" and not host.endswith("0100007F"):
            print(int(port, 16))
"""
