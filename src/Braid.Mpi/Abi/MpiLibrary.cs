using System.Reflection;
using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <summary>Finds, loads and identifies the machine's MPI library.</summary>
internal static unsafe partial class MpiLibrary
{
    private static readonly string[] OpenMpiNames = ["libmpi.so.40", "libmpi.so.80", "libmpi.40.dylib"];
    private static readonly string[] MpichNames = ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.12.dylib"];
    private static readonly string[] StandardNames = ["libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so"];

    private static nint _loaded;

    /// <summary>Loads the library for <paramref name="choice"/> and tells its ABI by its symbols, never by its file name.</summary>
    /// <exception cref="DllNotFoundException">None of the names it may have was found.</exception>
    public static (MpiAbi Abi, MpiImplementation Implementation) Load(LibraryChoice choice)
    {
        // MPICH's UCX takes SIGSEGV over from .NET, and a NullReferenceException would end the process. It reads the C environment, which
        // Environment.SetEnvironmentVariable does not reach.
        SetEnvironment("UCX_ERROR_SIGNALS", "", 1);
        _loaded = Open(choice);
        NativeLibrary.SetDllImportResolver(typeof(Libmpi).Assembly, Resolve);
        return Identify(_loaded);
    }

    public static bool Has(string symbol) => NativeLibrary.TryGetExport(_loaded, symbol, out _);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Libmpi.Name ? _loaded : 0;

    private static nint Open(LibraryChoice choice)
    {
        if (choice.Path is { } path)
        {
            return NativeLibrary.Load(path);
        }
        string[] names = choice.Implementation switch
        {
            MpiImplementation.OpenMpi => [.. OpenMpiNames, .. StandardNames],
            MpiImplementation.Mpich => [.. MpichNames, .. StandardNames],
            _ => StandardNames,
        };
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                return handle;
            }
        }
        throw new DllNotFoundException(
            $"{choice.Reason}, but none of {string.Join(", ", names)} could be loaded. Install that MPI, put its folder on " +
            "LD_LIBRARY_PATH, or name a library in BRAID_MPI (openmpi, mpich, abi, embedded, or the path of a library).");
    }

    private static (MpiAbi, MpiImplementation) Identify(nint library)
    {
        nint Symbol(string name) => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
        if (Symbol("MPI_Abi_get_version") is var version and not 0)
        {
            int major, minor;
            _ = ((delegate* unmanaged<int*, int*, int>)version)(&major, &minor);
            if (major > 0)
            {
                return (StandardAbi.Create(), MpiImplementation.StandardAbi);
            }
        }
        return Symbol(OpenMpiAbi.Mark) != 0
            ? (OpenMpiAbi.Create(Symbol), MpiImplementation.OpenMpi)
            : (MpichAbi.Create(Symbol), MpiImplementation.Mpich);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
