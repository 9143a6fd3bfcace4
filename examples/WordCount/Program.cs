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
        await CompareAsync(cluster, blocks, counts, counted, $"{workers} {kind}", started);
}

// What a cluster is worth that is there already, beside one thread of this process: both count the blocks once more. Of more than 256 MB, only the first.
static async Task CompareAsync(Cluster cluster, Block[] blocks, WordCounts counts, TimeSpan elapsed, string workers, TimeSpan started)
{
    var bytes = 0L;
    var sample = blocks.TakeWhile(block => (bytes += block.FileBytes) <= 256_000_000).DefaultIfEmpty(blocks[0]).ToArray();
    var watch = Stopwatch.StartNew();
    var again = await ClusterCount.CountAsync(cluster, sample, _ => { });
    var warm = watch.Elapsed;
    watch.Restart();
    var one = WordCounts.Sum(sample.Select(block => block.Count()));
    var alone = watch.Elapsed;
    if (!one.SameAs(again) || (sample.Length == blocks.Length && !one.SameAs(counts)))
        throw new InvalidOperationException("The cluster and one thread counted differently.");

    var what = sample.Length == blocks.Length ? "" : "the first blocks, ";
    Show(workers, elapsed, counts, $"after {started.TotalSeconds:F2} s to start");
    Show("the same again", warm, again, $"{what}now that all code is compiled");
    Show("one thread", alone, one, $"{what}the same counts");
    Console.WriteLine($"  {"speed-up",-20} {alone / warm,8:F2} x  over one thread; {Rate(counts, elapsed) / Rate(one, alone):F2} x the first time");
}

static void Show(string who, TimeSpan elapsed, WordCounts counts, string note) =>
    Console.WriteLine($"  {who,-20} {elapsed.TotalSeconds,8:F2} s  {Rate(counts, elapsed) / 1e6,8:F1} MB/s   {note}");

static double Rate(WordCounts counts, TimeSpan elapsed) => counts.Bytes / elapsed.TotalSeconds;
