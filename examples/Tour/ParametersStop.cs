namespace Braid.Examples.Tour;

/// <summary>
/// A parameter server: an actor holds the model, two workers fetch it, compute gradients on their half of the data and push them back, each at its
/// own pace. The data lie on a line, 2x + 1, and that is what they find.
/// </summary>
internal static class ParametersStop
{
    private const int Rounds = 300;

    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var server = cluster.StartActor(() => new ParameterServer(rate: 0.1));
        var halves = Enumerable.Range(0, 2).Select(half => cluster.Submit(() => TrainAsync(server, half)));
        await Cluster.WhenAll(halves);
        var (slope, intercept, pushes) = await server.Call(s => (s.Slope, s.Intercept, s.Pushes));
        Console.WriteLine($"y = {slope:F2} x + {intercept:F2}, after {pushes} pushes of two workers");
    }

    private static async Task TrainAsync(ActorRef<ParameterServer> server, int half)
    {
        var points = Enumerable.Range(0, 50).Select(i => (i * 2 + half) / 100.0).Select(x => (X: x, Y: 2 * x + 1)).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var (slope, intercept) = await server.Call(s => (s.Slope, s.Intercept));
            var errors = points.Select(point => (point.X, Error: slope * point.X + intercept - point.Y)).ToArray();
            var (bySlope, byIntercept) = (2 * errors.Average(e => e.Error * e.X), 2 * errors.Average(e => e.Error));
            server.Tell(s => s.Push(bySlope, byIntercept));
        }
    }

    private sealed class ParameterServer(double rate)
    {
        public double Slope { get; private set; }

        public double Intercept { get; private set; }

        public int Pushes { get; private set; }

        public void Push(double bySlope, double byIntercept)
        {
            Slope -= rate * bySlope;
            Intercept -= rate * byIntercept;
            Pushes++;
        }
    }
}
