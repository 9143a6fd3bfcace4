using System.Globalization;
using Braid.Objects;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>What Braid.Worker.dll hands over to: takes the place of the application's own <c>Main</c> in a worker process.</summary>
internal static class WorkerProgram
{
    public static int Run()
    {
        if (Take(LoneBody.Variable) is not null)
            return LoneBody.Run();
        var path = Take(Handshake.SocketVariable);
        var spill = Take(Handshake.SpillVariable);
        var token = Take(Handshake.TokenVariable);
        var id = Take(Handshake.IdVariable);
        if (path is null || spill is null || token is null || id is null)
        {
            Console.Error.WriteLine("This program is started by Braid to run tasks; it does nothing when started by hand.");
            return 2;
        }

        var place = new WorkerPlace(path, spill, token);
        LocalSocket socket;
        try
        {
            socket = LocalSocket.Connect(path);
        }
        catch (IOException exception)
        {
            // The driver has died since it started this process, or it is gone on purpose.
            Console.Error.WriteLine($"Braid worker {id} does not find its driver. {exception.Message}");
            SegmentStore.Destroy(place.MemoryDirectory, place.SpillDirectory);
            return 70;
        }

        var workerId = int.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture);
        new Worker.WorkerRuntime(new FrameSocket(socket), workerId, place).Run();
        return 0;
    }

    /// <summary>A process that a task starts must not take itself for this worker.</summary>
    private static string? Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
