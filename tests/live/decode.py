# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads an unfolded recording on standard input by cbor2 alone, by the names in its header, and
compares what it holds with the JSON that twintop tells of it (a file, a line a moment)."""

import io
import json
import sys

import cbor2


def items(stream):
    while stream.peek(1):
        yield cbor2.load(stream)


def named(names, shape, values):
    assert len(names[shape]) == len(values), shape
    return dict(zip(names[shape], values))


def column(values):
    """One member of many records: arrays of values (or steps from number to number, modulo 2^64 where
    they have no sign), each with how many more times its last comes."""
    steps, *parts = values
    told, last = [], 0
    for cells, times in zip(parts[::2], parts[1::2]):
        for cell in cells:
            last = last + cell if steps else cell
            told.append(last)
        for _ in range(times):
            last = last + cells[-1] if steps else last
            told.append(last)
    return told


def records(names, shape, values):
    """The records of a list, each by the names of its members."""
    if not isinstance(values, dict):
        return [named(names, shape, v) for v in values]
    (n, columns), = values.items()
    told = {}
    for name, values in named(names, shape, columns).items():
        parts = [values] if isinstance(values[0], bool) else values
        parts = [column(part) for part in parts]
        assert all(len(part) == n for part in parts), name
        told[name] = parts[0] if len(parts) == 1 else list(zip(*parts))
    return [dict(zip(told, row)) for row in zip(*told.values())]


def same(what, recorded, told):
    if recorded != told:
        sys.exit(f"{what}: recorded {recorded!r}, told {told!r}")


def compare(names, moment, told):
    process = told["processes"][0]
    state = named(names, "snapshot", moment["moment"])
    same("time", state["realtime_ns"], told["time"]["realtime_ns"])
    host = named(names, "host", state["host"])
    same("page size", host["page_size"], told["host"]["page_size"])
    same("kernel", host["kernel"].decode(), told["host"]["kernel"])
    info = moment["parts"].get("a.info")
    if info and not info[0]:
        info = named(names, "process_info", info[1])
        same("pid", named(names, "task_id", info["id"])["pid"], process["pid"])
        same("comm", info["comm"].decode(), process["comm"])
        same("resident", info["rss_bytes"], process["rss_bytes"])
    threads = moment["parts"].get("a.threads")
    if threads and not threads[0]:
        selves = records(names, "thread_self", threads[1][6])
        same("tids", [s["tid"] for s in selves], [t["tid"] for t in process["threads"]])
        same("names", [s["name"].decode() for s in selves], [t["name"] for t in process["threads"]])
    mappings = moment["parts"].get("a.memory")
    if mappings and not mappings[0]:
        rows = named(names, "memory_map", mappings[1])["mapping"]
        starts = [f"{named(names, 'mapping', m)['start']:#x}" for m in rows]
        same("mappings", starts, [m["start"] for m in process["mappings"]])
    return bool(info) + bool(threads) + bool(mappings)


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        told = {moment["sequence"]: moment for moment in map(json.loads, lines)}
    all_items = list(items(io.BufferedReader(sys.stdin.buffer)))
    header = all_items[0]
    same("schema", header["twintop"], 2)
    names = header["members"]
    moments = [i for i in all_items[1:] if "moment" in i]
    frames = [i for i in all_items[1:] if "frame" in i]
    same("last item", next(iter(all_items[-1])), "index")
    same("frames", [f["frame"] for f in frames], [f["frame"] for f in all_items[-1]["index"]])
    # The first of them is a look at identities alone, which is not told.
    same("moments", len(moments) - 1, len(told))
    looked = 0
    for moment in moments:
        number = named(names, "snapshot", moment["moment"])["sequence"]
        if number in told:
            looked += compare(names, moment, told[number])
    if looked < 3:
        sys.exit("nothing was compared")
    print("the same")


main()
