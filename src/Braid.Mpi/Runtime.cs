using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Braid.Mpi;

/// <summary>The backend of this process, and the checks around every call.</summary>
internal static class Runtime
{
    /// <summary>Read once by <see cref="Holder"/>; set by <see cref="Mpi.Initialize(MpiOptions)"/> under its lock before anything can reach
    /// the holder.</summary>
    private static MpiBackend? _chosen;

    private static volatile bool _active;

    /// <summary>The backend; its exact class is a constant to the optimising compiler.</summary>
    public static MpiBackend Backend
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Holder.Backend;
    }

    public static bool IsActive => _active;

    public static void Begin(MpiBackend backend)
    {
        _chosen = backend;
        _active = true;
    }

    public static void End() => _active = false;

    /// <summary>A call after MPI_Finalize ends the process inside the library: it is refused before it gets there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfFinished()
    {
        if (!_active)
        {
            ThrowFinished();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int code, string function)
    {
        if (code != 0)
        {
            Throw(code, function);
        }
    }

    [DoesNotReturn]
    public static void Throw(int code, string function)
    {
        var error = Backend.ErrorClassOf(code);
        var text = Backend.ErrorText(code);
        throw new MpiException(error, code, function, error == MpiErrorClass.Op ? $"{text}. {Op.WhereDefined}" : text);
    }

    [DoesNotReturn]
    private static void ThrowFinished() =>
        throw new InvalidOperationException(
            "MPI has been finalised in this process; no MPI call can follow Mpi.Finish or the end of the program.");

    private static class Holder
    {
        internal static readonly MpiBackend Backend = _chosen
            ?? throw new InvalidOperationException("MPI is not initialised: read Mpi.World or call Mpi.Initialize first.");
    }
}
