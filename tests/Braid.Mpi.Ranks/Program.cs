using System.Reflection;
using System.Text;
using Braid.Mpi;
using Braid.Mpi.Ranks;

// Runs the scenarios whose names ("Area.Scenario") begin with an argument (all when there is none), one after the other in this one job, and prints on rank 0 what every rank said in each.
// With a single argument that begins with "fault:" it runs that fault instead, which ends the job in its own way.
if (args is [var only] && only.StartsWith("fault:", StringComparison.Ordinal))
{
    return Faults.Run(only[6..]);
}

var world = Mpi.World;
// A rank that is done early must not be heard in a scenario of those that are not.
var reports = world.Duplicate();
var areas = Assembly.GetExecutingAssembly().GetTypes()
    .Where(static t => t.Namespace == "Braid.Mpi.Ranks.Scenarios" && t.IsAbstract && t.IsSealed)
    .OrderBy(t => t.Name, StringComparer.Ordinal);
foreach (var area in areas)
{
    foreach (var scenario in area.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(m => args.Length == 0 || args.Any(a => $"{area.Name}.{m.Name}".StartsWith(a, StringComparison.Ordinal)))
        .OrderBy(static m => m.Name, StringComparer.Ordinal))
    {
        var rank = new RankContext(world);
        try
        {
            if (scenario.Invoke(null, [rank]) is Task task)
            {
                task.GetAwaiter().GetResult();
            }
        }
        catch (Exception e)
        {
            rank.Say($"FAILED {(e is TargetInvocationException ? e.InnerException : e)}");
        }
        // All have sent what they send in this one: nothing may be left for the next, and what any sends there is no part of this.
        reports.Barrier();
        if (world.TryProbe(Mpi.AnySource, Mpi.AnyTag, out var left))
        {
            rank.Say($"FAILED: {left.ByteCount} bytes with tag {left.Tag} from rank {left.Source} were not received");
        }
        reports.Barrier();
        Report($"{area.Name}.{scenario.Name}", rank.Text);
    }
}
return 0;

void Report(string name, string said)
{
    var bytes = Encoding.UTF8.GetBytes(said);
    if (world.Rank != 0)
    {
        reports.Send<byte>(bytes, 0);
        return;
    }
    var text = new StringBuilder($"== {name}\n{said}");
    for (var rank = 1; rank < world.Size; rank++)
    {
        text.Append(Encoding.UTF8.GetString(reports.MatchedProbe(rank).Receive<byte>()));
    }
    Console.Write(text.Append("== end\n"));
}
