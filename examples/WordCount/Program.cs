using System.Diagnostics;
using Braid.Examples.WordCount;
for (int k = 0; k < 5; k++) {
var sw = Stopwatch.StartNew();
var blocks = Corpus.Blocks(args.Length > 0 ? Corpus.Find(args) : Corpus.Default()).ToArray();
var a = sw.Elapsed.TotalMilliseconds;
var t = WordTable.Sum(blocks.Select(b => b.Count()));
Console.WriteLine($"{a:F1} {sw.Elapsed.TotalMilliseconds:F1} ms blocks {blocks.Length} words {t.Words} distinct {t.Distinct} bytes {t.Bytes}");
if (k==4) foreach (var w in t.Top(5)) Console.WriteLine(w);
}
