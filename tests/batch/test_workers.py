"""What is asked of workers elsewhere, without a cluster."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from earwitness import __version__
from earwitness.errors import InputError, ModelError
from earwitness.pipeline.batch import cluster
from earwitness.pipeline.batch.cluster import Cluster, _Slot
from stand_in import recipe


def made(notes: list[str] | None = None, **options: object) -> Cluster:
    told = [] if notes is None else notes
    return Cluster(recipe(**options), "local", 1, 1.0, told.append)


def test_a_worker_with_another_ruler_is_refused() -> None:
    ray, workers, slot = SimpleNamespace(kill=lambda actor: None), made(), _Slot(None, None)
    workers._slots = [slot]
    workers._check(ray, slot, "", __version__, {"engine": "faster-whisper"})
    workers._check(ray, slot, "", __version__, {"engine": "faster-whisper"})
    assert workers._slots == [slot]
    with pytest.raises(ModelError, match="openai-whisper instead of faster-whisper") as told:
        workers._check(ray, slot, "", __version__, {"engine": "openai-whisper"})
    assert "\n" not in str(told.value)
    assert workers._slots == []


def test_waiting_for_a_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SILENCE", -1.0)
    notes: list[str] = []
    workers = made(notes)
    workers._slots = [_Slot(None, ref=object())]
    workers._tell_waiting()
    assert len(notes) == 1
    workers._slots[0].ref = None  # it is free, and so it has started
    workers._tell_waiting()
    assert len(notes) == 1


def test_what_no_node_can_hold_is_refused_at_once() -> None:
    nodes = [
        {"Alive": True, "Resources": {"CPU": 2.0}},
        {"Alive": True, "Resources": {"CPU": 2.0, "GPU": 1.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
    ]
    ray = SimpleNamespace(nodes=lambda: nodes)
    made(threads=2)._check_room(ray)
    with pytest.raises(InputError, match="No node of the cluster has the 4 cores"):
        made(threads=4)._check_room(ray)


def test_only_losses_without_a_call_count_against_the_cluster() -> None:
    from collections import deque

    from earwitness.pipeline.batch.work import Task

    ray, workers = SimpleNamespace(kill=lambda actor: None), made()
    task, queue, tries = Task("a", "/in/a.wav", "a"), deque[Task](), dict[str, int]()
    outcomes = []
    for _ in range(cluster.TRIES):
        slot = _Slot(None, None, task)
        workers._slots = [slot]
        outcomes += workers._lost(ray, slot, queue, tries, RuntimeError("gone"))
    assert [o.id for o in outcomes] == ["a"]
    with pytest.raises(ModelError, match="loses every worker"):
        for _ in range(cluster.DEATHS + 1):
            slot = _Slot(None, None)
            workers._slots = [slot]
            list(workers._lost(ray, slot, queue, tries, RuntimeError("gone")))
