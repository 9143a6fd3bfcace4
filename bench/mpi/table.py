"""Writes the Markdown table of the figures in a file of tab-separated lines between the markers of a page: table.py FIGURES PAGE."""
import datetime
import os
import statistics
import subprocess
import sys

BEGIN, END = "<!-- mpi: written by bench/mpi/run.sh -->", "<!-- mpi: end -->"
COLUMNS = ["C", "C#", "C# MpiBuffer", "mpi4py"]

LIMITS = [  # library, work, bytes, ours, theirs, ours may take so many times theirs
    ("Open MPI", "ping-pong", 1, "C#", "Open MPI/C", 1.2), ("MPICH", "ping-pong", 1, "C#", "MPICH/C", 1.35),
    ("Open MPI", "ping-pong", 1, "C#", "Open MPI/mpi4py", 0.6),
    ("Open MPI", "ping-pong", 1 << 20, "C#", "Open MPI/C", 1 / 0.97), ("MPICH", "ping-pong", 1 << 20, "C#", "MPICH/C", 1 / 0.97),
    ("Open MPI", "ping-pong", 4 << 20, "C#", "Open MPI/C", 1 / 0.97), ("MPICH", "ping-pong", 4 << 20, "C#", "MPICH/C", 1 / 0.97),
    ("Open MPI", "allreduce", 8 << 20, "C#", "Open MPI/C", 1.05), ("MPICH", "allreduce", 8 << 20, "C#", "MPICH/C", 1.05),
    ("Open MPI", "allreduce", 8 << 20, "C# MpiBuffer", "Open MPI/mpi4py", 1.1),
    ("Open MPI", "object", 1, "C#", "Open MPI/mpi4py", 0.6), ("embedded", "ping-pong", 4 << 20, "C#", "Open MPI/C", 1),
]


def size(count):
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB" if count >= 1024 else f"{count} B"


def cell(times):
    return f"{statistics.median(middle for middle, _ in times):.3g} [{least(times):.3g}]" if times else ""


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
    yield "| to reach, by the least times | is | may be | |"
    yield "|---|--:|--:|---|"
    for library, work, count, ours, theirs, most in LIMITS:
        our_times, their_times = figures.get((f"{library}/{ours}", work, count)), figures.get((theirs, work, count))
        if our_times and their_times:
            ratio = least(our_times) / least(their_times)
            what = f"{library}, {work}{'' if work == 'object' else ' of ' + size(count)}: {ours} against {theirs.replace('/', ' ')}"
            yield f"| {what} | {ratio:.2f}× | {most:.2f}× | {'reached' if ratio <= most else '**missed**'} |"
    if own := figures.get(("embedded/C#", "ping-pong", 1)):
        yield f"| embedded, ping-pong of 1 B | {least(own):.2f} µs | 0.40 µs | {'reached' if least(own) < 0.4 else '**missed**'} |"


def version(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split("\n")[0]


def main(path, page):
    figures = read(path)
    rounds = max(map(len, figures.values()))
    text = "\n".join([
        f"Two ranks; median [least] of {rounds} alternating rounds, {datetime.date.today()}, load average {os.getloadavg()[2]:.1f} over the last quarter of an hour.",
        "", f"{os.cpu_count()} cores; {version('mpirun.openmpi', '--version').replace('mpirun (Open MPI)', 'Open MPI')}; MPICH "
        f"{version('dpkg-query', '-W', '-f', '${Version}', 'mpich')}; .NET SDK {version('dotnet', '--version')}; mpi4py "
        f"{version('dpkg-query', '-W', '-f', '${Version}', 'python3-mpi4py')}.", "", *table(figures), "", *limits(figures)])
    with open(page) as file:
        before, rest = file.read().split(BEGIN)
    with open(page, "w") as file:
        file.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")
    print(text)


main(*sys.argv[1:])
