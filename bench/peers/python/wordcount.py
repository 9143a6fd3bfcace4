"""The words of the files named on standard input, one path a line: as examples/WordCount does it, in multiprocessing.

A word is a run of ASCII letters, digits and bytes over 127; ASCII letters count as lower case. Files are cut into blocks of 4 MiB; a
word belongs to the block in which it starts. Blocks are counted by the workers and the counts are added up as they arrive. The start
of the workers is included."""
import collections
import multiprocessing
import os
import re
import sys

from peer import arguments, now, report

BLOCK = 4 << 20
WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]+")
REST = re.compile(rb"[0-9A-Za-z\x80-\xff]*")


def count_block(block):
    path, start = block
    with open(path, "rb") as file:
        file.seek(max(start - 1, 0))
        text = file.read(BLOCK + (start > 0))
        while text and WORD.match(text, len(text) - 1) and (more := file.readline()):
            text += more   # to the end of the line, which ends the word
    begin = REST.match(text).end() if start > 0 else 0   # the byte before the block shows whether it begins inside a word
    limit = BLOCK + (start > 0)
    end = REST.match(text, limit - 1).end() if len(text) >= limit else len(text)
    return collections.Counter(WORD.findall(text[begin:end].lower()))


def main():
    args = arguments(0, ["multiprocessing"])
    files = [line.rstrip("\n") for line in sys.stdin]
    begin = now()
    blocks = [(path, start) for path in files for start in range(0, os.path.getsize(path), BLOCK)]
    counts = collections.Counter()
    with multiprocessing.Pool(args.workers) as pool:
        for part in pool.imap_unordered(count_block, blocks):
            counts.update(part)
    seconds = now() - begin
    report(seconds, words=sum(counts.values()), distinct=len(counts), top=counts.most_common(1)[0][0].decode())


if __name__ == "__main__":
    main()
