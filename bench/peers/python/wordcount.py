"""The words of the files named on standard input, one path a line: what examples/WordCount does, in multiprocessing.

A word is a run of ASCII letters, digits and bytes over 127; ASCII letters count as lower case. Files are cut between words into pieces of
4 MiB and small ones are put together, so that a block is about 4 MiB. Blocks are counted by the workers, and the counts are added up as
they arrive. The start of the workers is included."""
import collections
import multiprocessing
import os
import re
import sys

from peer import arguments, now, report

BLOCK = 4 << 20
WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]+")


def pieces(path):
    size = os.path.getsize(path)
    start = 0
    with open(path, "rb") as file:
        while start < size:
            end = min(start + BLOCK, size)
            file.seek(end)
            while end < size and WORD.match(file.read(1)):
                end += 1
            yield path, start, end - start
            start = end


def blocks(files):
    block, size = [], 0
    for path in files:
        for piece in pieces(path):
            if size > 0 and size + piece[2] > BLOCK:
                yield block
                block, size = [], 0
            block.append(piece)
            size += piece[2]
    yield block


def count(block):
    words = collections.Counter()
    for path, start, length in block:
        with open(path, "rb") as file:
            file.seek(start)
            words.update(WORD.findall(file.read(length).lower()))
    return words


def main():
    args = arguments(0, ["multiprocessing"])
    files = sys.stdin.read().splitlines()
    begin = now()
    words = collections.Counter()
    with multiprocessing.Pool(args.workers) as pool:
        for part in pool.imap_unordered(count, blocks(files)):
            words.update(part)
    seconds = now() - begin
    report(seconds, words=sum(words.values()), distinct=len(words), top=words.most_common(1)[0][0].decode())


if __name__ == "__main__":
    main()
