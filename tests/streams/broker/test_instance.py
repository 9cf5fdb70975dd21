"""A worker's name: of one process on a machine, and of one machine."""

from pathlib import Path

import pytest

from streams.broker.instance import InstanceTakenError, claim


def test_without_a_name_nothing_is_claimed_and_the_directory_is_made(tmp_path: Path) -> None:
    assert claim("", tmp_path / "new") == ("", None)
    assert list((tmp_path / "new").iterdir()) == []


def test_the_name_holds_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "tills & co.example")
    name, lock = claim("one", tmp_path)
    assert name == "tills---co.example-one"
    assert lock is not None
    lock.close()


def test_a_name_in_use_is_refused_until_its_process_lets_go(tmp_path: Path) -> None:
    first, lock = claim("one", tmp_path)
    assert lock is not None
    with pytest.raises(InstanceTakenError, match=r"broker\.instance_id 'one' is in use .* allowed: one process a name"):
        claim("one", tmp_path)
    _, other = claim("two", tmp_path)
    lock.close()
    again, lock = claim("one", tmp_path)
    assert again == first
    for each in (lock, other):
        assert each is not None
        each.close()
