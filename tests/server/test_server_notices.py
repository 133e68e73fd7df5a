"""Events for changes that any process makes, and none without a change."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from headlab.catalogue import Catalogue
from headlab.server.notices import INTERVAL, SCHEMA, Notices, Seen
from headlab.settings import settings_file, write_setting

WRITE = """
import sys
from headlab.catalogue import Catalogue
with Catalogue.open(sys.argv[1]) as catalogue:
    print("ready", flush=True)
    for note in sys.stdin:
        catalogue.annotate(1, note=note.strip())
        print("done", flush=True)
"""
QUIET = 4 * INTERVAL


class Heard(list):
    """What the server announced; `await heard.next()` waits for one more."""

    async def next(self, seconds=5.0):
        wanted = len(self) + 1
        end = time.monotonic() + seconds
        while len(self) < wanted:
            assert time.monotonic() < end, f"nothing was announced in {seconds} s"
            await asyncio.sleep(0.01)
        return self[wanted - 1]


@pytest.fixture
def heard(jp_serverapp):
    """The events of the server's HeadLab schema, as every page gets them."""
    found = Heard()

    async def listen(logger, schema_id, data):
        assert schema_id == SCHEMA
        found.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=SCHEMA, listener=listen)
    return found


async def begin(jp_serverapp):
    """What the server does when its event loop runs, and a first look."""
    await jp_serverapp.extension_manager.start_all_extensions()
    await asyncio.sleep(2 * INTERVAL)


async def test_a_write_by_another_process_is_announced_within_a_second(
    jp_serverapp, heard, catalogue
):
    await begin(jp_serverapp)
    command = [sys.executable, "-c", WRITE, catalogue.place]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        read = asyncio.to_thread
        assert await read(writer.stdout.readline) == "ready\n"
        for number in (1, 2):
            before = len(heard)
            writer.stdin.write(f"note {number}\n")
            writer.stdin.flush()
            assert await read(writer.stdout.readline) == "done\n"
            if len(heard) == before:
                await heard.next(1.0)
            assert heard[-1] == {
                "kind": "catalogue",
                "stamp": catalogue.stamp(),
                "place": catalogue.place,
            }
        await asyncio.sleep(QUIET)
        assert len(heard) == 2
    finally:
        writer.communicate()


async def test_nothing_is_announced_without_a_change(jp_serverapp, heard, call, catalogue):
    write_setting("reviewer", "ada")
    await begin(jp_serverapp)
    for path in ("overview", "entries", "entries/1", "settings"):
        await call("GET", path)
    catalogue.annotate(1, note="")  # in force already
    await call("PATCH", "entries/1", body={"note": "late"}, seen=1)  # stale
    await asyncio.sleep(QUIET)
    assert heard == []


async def test_looking_makes_no_file_and_a_new_one_is_seen(
    jp_serverapp, heard, call, place, catalogue
):
    catalogue.close()
    kept = place.read_bytes()
    place.unlink()
    await begin(jp_serverapp)
    await asyncio.sleep(QUIET)
    assert not place.exists()
    assert (await call("GET", "overview")).data["total"] == 0  # made, and empty as before
    await asyncio.sleep(QUIET)
    assert heard == []
    place.unlink()
    place.write_bytes(kept)
    event = await heard.next()
    assert (event["kind"], event["place"]) == ("catalogue", str(place))
    place.unlink()
    assert (await heard.next())["stamp"] == "0"
    assert not place.exists()


async def test_a_change_of_the_settings_is_announced(jp_serverapp, heard, catalogue, tmp_path):
    await begin(jp_serverapp)
    write_setting("reviewer", "ada")
    first = await heard.next()
    assert (first["kind"], first["place"]) == ("settings", str(settings_file()))
    write_setting("reviewer", "eve")
    assert (await heard.next())["stamp"] != first["stamp"]
    with Catalogue.open(tmp_path / "other.db") as other:
        write_setting("catalogue", other.place)
        await heard.next()
        if len(heard) < 4:
            await heard.next()
        assert {event["kind"] for event in heard[2:]} == {"catalogue", "settings"}
        assert other.place in {event["place"] for event in heard[2:]}


async def test_a_page_hears_of_its_own_edits_over_jupyters_stream(
    jp_serverapp, jp_ws_fetch, call, catalogue
):
    import json

    await begin(jp_serverapp)
    stream = await jp_ws_fetch("api", "events", "subscribe")
    await call("PATCH", "entries/1", body={"note": "n"}, seen=2)
    event = json.loads(await asyncio.wait_for(stream.read_message(), 2))
    stream.close()
    assert event["schema_id"] == SCHEMA
    assert (event["kind"], event["stamp"]) == ("catalogue", catalogue.stamp())


async def test_a_look_that_fails_is_repeated_less_often_and_recovers():
    looks, events, logged = [], [], []

    class Log:
        def warning(self, *words):
            logged.append(words)

    def look():
        looks.append(time.monotonic())
        if len(looks) in (2, 3):
            raise RuntimeError("broken")
        return Seen("place", "1" if len(looks) < 4 else "2")

    notices = Notices({"catalogue": look}, lambda **event: events.append(event), Log())
    notices.start()
    notices.start()
    while not events:
        await asyncio.sleep(0.01)
    await notices.stop()
    gaps = [after - before for before, after in pairwise(looks)]
    assert gaps[1] > 1.5 * INTERVAL
    assert gaps[2] > 3 * INTERVAL
    assert len(logged) == 1
    assert events == [
        {"schema_id": SCHEMA, "data": {"kind": "catalogue", "stamp": "2", "place": "place"}}
    ]


async def test_stopping_leaves_nothing_behind(jp_serverapp, heard, catalogue, call):
    before = asyncio.all_tasks()
    await begin(jp_serverapp)
    await call("GET", "overview")
    await jp_serverapp.cleanup_extensions()
    assert {task for task in asyncio.all_tasks() - before if "Notices" in repr(task)} == set()
    catalogue.annotate(1, note="unheard")
    await asyncio.sleep(QUIET)
    assert heard == []
