using System.Diagnostics;
using System.Globalization;
using System.Text;
using Braid;
using Braid.Examples.WordCount;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = Encoding.UTF8;
try
{
    var options = Options.Parse(args);
    if (options.Help)
        Console.WriteLine(Options.HelpText);
    else
        await RunAsync(options);
    return 0;
}
catch (Exception exception) when (exception is FormatException or IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{exception.Message}\nSee --help.");
    return 2;
}

static async Task RunAsync(Options options)
{
    var files = (options.Inputs.Count > 0 ? Corpus.Find(options.Inputs) : Corpus.Default()).ToArray();
    var blocks = Corpus.Blocks(files).ToArray();
    var workers = options.Workers ?? Environment.ProcessorCount;
    var kind = options.InProcess ? workers == 1 ? "thread" : "threads" : workers == 1 ? "worker process" : "worker processes";
    Console.WriteLine($"{files.Length:N0} files, {blocks.Sum(block => block.FileBytes) / 1e6:F1} MB, on {workers} {kind}\n");

    var watch = Stopwatch.StartNew();
    await using var cluster = await Cluster.StartAsync(options.InProcess
        ? new() { Engine = Engine.InProcess, SlotsPerWorker = workers }
        : new() { Workers = workers });
    var started = watch.Elapsed;

    watch.Restart();
    var progress = new ProgressBar("counting", blocks.Sum(block => block.FileBytes));
    var counts = await ClusterCount.CountAsync(cluster, blocks, progress.Add);
    var counted = watch.Elapsed;
    progress.End();

    Console.WriteLine($"\n  {"count",14}  word");
    foreach (var (word, count) in counts.Top(options.Top))
        Console.WriteLine($"  {count,14:N0}  {word}");
    Console.WriteLine($"\n  {counts.Words:N0} words, {counts.Distinct:N0} different, in {files.Length:N0} files of {counts.Bytes / 1e6:F1} MB\n");

    if (counts.Bytes > 0)
        Compare(blocks, counts, counted, $"{workers} {kind}", started);
}

// The same blocks on one thread of this process: the same counts, and how much longer it takes. Of more than 256 MB, only the first.
static void Compare(Block[] blocks, WordTable counts, TimeSpan elapsed, string workers, TimeSpan started)
{
    var bytes = 0L;
    var sample = blocks.TakeWhile(block => (bytes += block.FileBytes) <= 256_000_000).DefaultIfEmpty(blocks[0]).ToArray();
    var watch = Stopwatch.StartNew();
    var one = WordTable.Sum(sample.Select(block => block.Count()));
    var rate = counts.Bytes / elapsed.TotalSeconds;
    var oneRate = one.Bytes / watch.Elapsed.TotalSeconds;
    if (sample.Length == blocks.Length && !one.SameCountsAs(counts))
        throw new InvalidOperationException("The cluster and one thread counted differently.");

    var note = sample.Length == blocks.Length ? "the same counts" : "of the first blocks";
    Console.WriteLine($"  {workers,-20} {elapsed.TotalSeconds,8:F2} s  {rate / 1e6,8:F1} MB/s   after {started.TotalSeconds:F2} s to start");
    Console.WriteLine($"  {"one thread",-20} {watch.Elapsed.TotalSeconds,8:F2} s  {oneRate / 1e6,8:F1} MB/s   {note}");
    Console.WriteLine($"  {"speed-up",-20} {rate / oneRate,8:F2} x");
}
