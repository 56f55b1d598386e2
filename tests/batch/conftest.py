"""A Ray cluster of two nodes, and storage of objects, both on this machine."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch):
    """Two nodes, one core each; nodes[1] may be killed."""
    import ray
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Workers are started by the nodes, and find the stand-in where the tests lie.
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 10**8},
    )
    second = made.add_node(num_cpus=1, object_store_memory=10**8)
    ray.init(address=made.address, log_to_driver=False)
    try:
        yield made, second
    finally:
        ray.shutdown()
        # At once: a drained farewell times out on a busy machine.
        for node in [*made.worker_nodes, made.head_node]:
            made.remove_node(node, allow_graceful=False)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch):
    """URL of an empty bucket that a server on loopback keeps."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    # The server keeps what it has for as long as the process lives: a name of our own.
    name = f"team-{uuid.uuid4().hex}"
    s3fs.S3FileSystem().mkdir(name)
    yield f"s3://{name}"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()
