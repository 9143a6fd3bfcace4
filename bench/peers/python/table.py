"""Writes the Markdown table of the figures in a JSON-lines file between the markers of a page: table.py RESULTS PAGE."""
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys

BEGIN, END = "<!-- peers: written by bench/peers/run.sh -->", "<!-- peers: end -->"

WORKS = {  # name: (title, count)
    "noop": ("100,000 no-op tasks, submitted one by one, all awaited", 100_000),
    "roundtrip": ("one task there and back, median", None),
    "map": ("x*x over 1,000,000 ints, results in order", 1_000_000),
    "bigarray": ("a 256 MiB array captured by a task that reads it, as `double[]`", 256),
    "bigarray-memory": ("the same as `ReadOnlyMemory<double>`", 256),
    "chain": ("chain of 10,000 tasks, each on the one before", 10_000),
    "start": ("start of 2 workers to the first result", None),
    "million": ("1,000,000 no-op tasks queued, then awaited", 1_000_000),
    "references": ("one task with 10,000 references as arguments", None),
    "inprocess": ("1,000,000 no-op tasks in process", 1_000_000),
    "inprocess-roundtrip": ("one task in process there and back, median", None),
    "actor": ("one actor call there and back, median", None),
    "actorcalls": ("50,000 actor calls sent, then awaited", 50_000),
    "lock": ("a free lock taken and given back in a worker process, median", None),
    "queue": ("200,000 ints through a queue from one worker to the other", 200_000),
    "recovery": ("from the SIGKILL of a worker to its task's result by another, median of 10", None),
    "sleeps": ("sixteen sleeps, 9.9 s in all, on 16 slots, start included", None),
    "wordcount": ("WordCount of the SDK's XML documentation, start included", None),
}

SYSTEMS = {
    "multiprocessing": "multiprocessing", "futures": "ProcessPoolExecutor", "threads": "ThreadPoolExecutor", "dask": "dask.distributed",
    "manager": "multiprocessing's Manager",
    "write": "writing the bytes once to shared memory",
}

RATIOS = {  # (work, peer): Braid is to be at least so many times as fast
    ("noop", "multiprocessing"): 4, ("noop", "dask"): 200, ("roundtrip", "multiprocessing"): 2, ("roundtrip", "dask"): 100,
    ("map", "multiprocessing"): 5, ("bigarray", "multiprocessing"): 8, ("bigarray", "dask"): 4, ("bigarray-memory", "write"): 1 / 1.3,
    ("chain", "dask"): 100, ("actor", "dask"): 15, ("start", "dask"): 4, ("wordcount", "multiprocessing"): 3,
}

LIMITS = {"start": 0.2, "lock": 80e-6, "queue": 2, "million": 20, "references": 0.5, "inprocess": 1, "inprocess-roundtrip": 5e-6, "sleeps": 1.75, "actor": 70e-6, "recovery": 0.3,
          "actorcalls": 0.5}  # seconds


def read(path):
    times, scaled, peaks = {}, set(), []
    with open(path) as file:
        for figure in map(json.loads, file):
            key = figure["work"], figure["system"]
            seconds, count = figure["seconds"], WORKS[figure["work"]][1]
            if seconds is not None and count and figure.get("count") not in (count, None):
                seconds *= count / figure["count"]
                scaled.add(key)
            times.setdefault(key, []).append(seconds)
            peaks.append(figure.get("peak_megabytes", 0))
    return times, scaled, max(peaks, default=0)


def median(seconds):
    done = [value for value in seconds if value is not None]
    return statistics.median(done) if len(done) == len(seconds) else None


def shown(seconds):
    if seconds is None:
        return "failed"
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit or name == "µs":
            return f"{seconds / unit:.3g} {name}" if seconds < 1000 else f"{seconds:.0f} s"


def ratio_text(ratio, bar):
    """How often the peer's time holds Braid's; where the bar allows Braid more than the peer's time, how much of it Braid took."""
    if not ratio:
        return ""
    return f"{1 / ratio:.3g}× its time" if bar and bar < 1 else f"{ratio:.3g}×"


def rows(times, scaled):
    for work, (title, _) in WORKS.items():
        braid = next((median(seconds) for (name, system), seconds in times.items() if name == work and system.startswith("braid")), None)
        if not any(name == work for name, _ in times):
            continue
        peers = [(system, median(seconds)) for (name, system), seconds in times.items() if name == work and not system.startswith("braid")]
        limit = LIMITS.get(work)
        if limit:
            yield title, "", "", shown(braid), "", f"under {shown(limit)}", braid is not None and braid < limit
            title = ""
        for system, seconds in peers:
            bar = RATIOS.get((work, system))
            ratio = seconds / braid if seconds and braid else None
            bar_text = "" if not bar else f"{bar:g}×" if bar >= 1 else f"{1 / bar:g}× its time"
            peer = SYSTEMS[system] + (" ¹" if (work, system) in scaled else "")
            yield (title, peer, shown(seconds), "" if limit else shown(braid), ratio_text(ratio, bar), bar_text,
                   None if not bar else ratio is not None and ratio >= bar)
            title = ""


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def machine():
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 1e6
    import dask
    import distributed
    import numpy
    return (f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release().split('-')[0]}; .NET SDK {output('dotnet', '--version')}; "
            f"Python {platform.python_version()}, dask {dask.__version__}, distributed {distributed.__version__}, numpy {numpy.__version__}")


def main():
    results, page = sys.argv[1:]
    times, scaled, peak = read(results)
    runs = min(len(seconds) for seconds in times.values())
    lines = [
        BEGIN, "",
        f"Two workers each; median of {runs} alternating runs, {datetime.date.today()}, load average {os.getloadavg()[2]:.1f} over the run's last "
        "quarter of an hour.", "", machine() + ".", "",
        "| work | peer | peer's time | Braid's time | ratio | to reach | |", "|---|---|--:|--:|--:|--:|---|",
    ]
    for title, peer, seconds, braid, ratio, bar, reached in rows(times, scaled):
        mark = "" if reached is None else "reached" if reached else "**missed**"
        lines.append(f"| {title} | {peer} | {seconds} | {braid} | {ratio} | {bar} | {mark} |")
    lines.append("")
    if peak:
        lines += [f"The driver's memory peaked at {peak:,} MB with 1,000,000 tasks queued (to stay under: 1,500 MB).", ""]
    if scaled:
        lines += ["¹ Measured with fewer tasks (as `bench/peers/run.sh` says) and scaled up: the whole work would take minutes.", ""]
    lines.append(END)
    with open(page) as file:
        text = file.read()
    before, rest = text.split(BEGIN) if BEGIN in text else (text.rstrip("\n") + "\n\n", END + "\n")
    with open(page, "w") as file:
        file.write(before + "\n".join(lines) + rest.split(END)[1])
    print("\n".join(lines[2:-1]))


if __name__ == "__main__":
    main()
