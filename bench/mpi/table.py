"""Writes the Markdown table of the figures in a file of tab-separated lines between the markers of a page: table.py FIGURES PAGE."""
import datetime
import os
import statistics
import subprocess
import sys

BEGIN, END = "<!-- mpi: written by bench/mpi/run.sh -->", "<!-- mpi: end -->"
COLUMNS = ["C", "C# single", "C threads", "C#", "C# malloc", "mpi4py", "C huge", "C# MpiBuffer"]
MEGABYTE = 1 << 20
SIZES = [MEGABYTE, 4 * MEGABYTE, 16 * MEGABYTE]

LIMITS = [  # work, bytes, ours, theirs, ours may take so many times theirs
    ("ping-pong", 1, "Open MPI/C# single", "Open MPI/C", 1.2),
    ("ping-pong", 1, "Open MPI/C#", "Open MPI/C threads", 1.2),
    ("ping-pong", 1, "Open MPI/C#", "Open MPI/C", 1.2),
    ("ping-pong", 1, "MPICH/C# single", "MPICH/C", 1.35),
    ("ping-pong", 1, "MPICH/C#", "MPICH/C", 1.35),
    ("ping-pong", 1, "Open MPI/C#", "Open MPI/mpi4py", 0.6),
    *[("ping-pong", size, f"{mpi}/{ours}", f"{mpi}/{theirs}", 1 / 0.97) for mpi in ["Open MPI", "MPICH"] for size in SIZES
      for ours, theirs in [("C# malloc", "C"), ("C#", "C"), ("C# MpiBuffer", "C huge")]],
    *[("allreduce", 8 * MEGABYTE, f"{mpi}/{ours}", f"{mpi}/{theirs}", 1.05) for mpi in ["Open MPI", "MPICH"]
      for ours, theirs in [("C# malloc", "C"), ("C# MpiBuffer", "C huge")]],
    ("allreduce", 8 * MEGABYTE, "Open MPI/C# MpiBuffer", "Open MPI/mpi4py", 1.1),
    ("object", 1, "Open MPI/C#", "Open MPI/mpi4py", 0.6),
    ("ping-pong", 4 * MEGABYTE, "embedded/C#", "Open MPI/C", 1),
    ("ping-pong", 4 * MEGABYTE, "embedded/C# MpiBuffer", "Open MPI/C huge", 1),
]


def size(count):
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB" if count >= 1024 else f"{count} B"


def cell(times):
    return f"{middle(times):.3g} [{least(times):.3g}]" if times else ""


def middle(times):
    return statistics.median(middle for middle, _ in times)


def least(times):
    return min(time for _, time in times)


def read(path):
    figures = {}
    with open(path) as file:
        for program, work, count, middle, least in (line.split("\t") for line in file):
            figures.setdefault((program, work, int(count)), []).append((float(middle), float(least)))
    return figures


def table(figures):
    yield "| | work | | " + " | ".join(COLUMNS) + " |"
    yield "|---|---|--:|" + "--:|" * len(COLUMNS)
    for library in ["Open MPI", "MPICH", "embedded"]:
        for work, count in sorted({key[1:] for key in figures if key[0].startswith(library + "/")}):
            cells = [cell(figures.get((f"{library}/{column}", work, count), [])) for column in COLUMNS]
            yield f"| {library} | {work} | {'' if work == 'object' else size(count)} | " + " | ".join(cells) + " |"


def limits(figures):
    yield "| to reach, by the least times | is | by the medians | may be | |"
    yield "|---|--:|--:|--:|---|"
    for work, count, ours, theirs, most in LIMITS:
        our_times, their_times = figures.get((ours, work, count)), figures.get((theirs, work, count))
        if our_times and their_times:
            ratio = least(our_times) / least(their_times)
            what = f"{work}{'' if work == 'object' else ' of ' + size(count)}: {ours.replace('/', ' ')} against {theirs.replace('/', ' ')}"
            yield f"| {what} | {ratio:.2f}× | {middle(our_times) / middle(their_times):.2f}× | {most:.2f}× | {verdict(ratio <= most)} |"
    if own := figures.get(("embedded/C#", "ping-pong", 1)):
        yield f"| ping-pong of 1 B: embedded C# | {least(own):.2f} µs | {middle(own):.2f} µs | 0.40 µs | {verdict(least(own) < 0.4)} |"


def verdict(reached):
    return "reached" if reached else "**missed**"


def version(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split("\n")[0]


def package(name):
    return version("dpkg-query", "-W", "-f", "${Version}", name)


def processor():
    with open("/proc/cpuinfo") as file:
        return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))


def huge_pages():
    with open("/sys/kernel/mm/transparent_hugepage/enabled") as file:
        return file.read().split("[")[1].split("]")[0]


def main(path, page):
    figures = read(path)
    rounds = max(map(len, figures.values()))
    text = "\n".join([
        f"Two ranks; median [least] of {rounds} alternating rounds, {datetime.date.today()}, load average {os.getloadavg()[2]:.1f} over the last quarter of an hour.",
        "", f"{os.cpu_count()} cores of {processor()}, Linux {os.uname().release}, huge pages {huge_pages()}; Open MPI {package('openmpi-bin')}; MPICH "
        f"{package('mpich')}; .NET SDK {version('dotnet', '--version')}; mpi4py {package('python3-mpi4py')}; numpy {package('python3-numpy')}.", "",
        *table(figures), "", *limits(figures)])
    with open(page) as file:
        before, rest = file.read().split(BEGIN)
    with open(page, "w") as file:
        file.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")
    print(text)


main(*sys.argv[1:])
