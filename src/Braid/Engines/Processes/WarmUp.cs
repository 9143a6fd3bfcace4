using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Braid.Diagnostics;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>
/// Goes the way of a first task before there is one. Who starts a cluster waits for the runtimes of its workers anyway; what is loaded and compiled
/// meanwhile need not be when they are there.
/// </summary>
internal static class WarmUp
{
    /// <summary>The driver's part of the way: a worker is greeted, joins, and a task is submitted.</summary>
    public static void Run(Packer packer)
    {
        var hello = new FrameWriter();
        Hello.Write(hello, workerId: 0, token: []);
        if (Hello.TryRead(hello.Written[sizeof(int)..]) is { } read)
            CryptographicOperations.FixedTimeEquals(read.Token, []);
        RuntimeHelpers.RunClassConstructor(typeof(BraidMetrics).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(BraidEvents).TypeHandle);
        Action body = static () => { };
        var lambda = Lambda.Of(body);
        new FunctionTable().Of(lambda);
        packer.PackCaptures(lambda, body);
    }
}
