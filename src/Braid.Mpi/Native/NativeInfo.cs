using System.Runtime.InteropServices;
using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <summary>Hints as MPI wants them, for the time of one call.</summary>
internal readonly unsafe ref struct NativeInfo
{
    private readonly bool _owned;

    public NativeInfo(MpiAbi abi, IReadOnlyDictionary<string, string>? hints)
    {
        Handle = abi.InfoNull;
        if (hints is null or { Count: 0 })
        {
            return;
        }
        nint info = 0;
        NativeBackend.Check(Libmpi.MPI_Info_create(&info), "MPI_Info_create");
        (Handle, _owned) = (info, true);
        foreach (var (key, value) in hints)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(key + '\0'), text = Encoding.UTF8.GetBytes(value + '\0'))
            {
                NativeBackend.Check(Libmpi.MPI_Info_set(info, name, text), "MPI_Info_set");
            }
        }
    }

    public nint Handle { get; }

    /// <summary>What an info of MPI's holds; frees it.</summary>
    public static Dictionary<string, string> Take(nint info)
    {
        const int KeyBytesMax = 1024;
        var hints = new Dictionary<string, string>();
        int count;
        var key = stackalloc byte[KeyBytesMax];
        NativeBackend.Check(Libmpi.MPI_Info_get_nkeys(info, &count), "MPI_Info_get_nkeys");
        for (var i = 0; i < count; i++)
        {
            int length, found;
            NativeBackend.Check(Libmpi.MPI_Info_get_nthkey(info, i, key), "MPI_Info_get_nthkey");
            NativeBackend.Check(Libmpi.MPI_Info_get_valuelen(info, key, &length, &found), "MPI_Info_get_valuelen");
            var value = new byte[length + 1];
            fixed (byte* text = value)
            {
                NativeBackend.Check(Libmpi.MPI_Info_get(info, key, length, text, &found), "MPI_Info_get");
                hints[Marshal.PtrToStringUTF8((nint)key)!] = Marshal.PtrToStringUTF8((nint)text)!;
            }
        }
        NativeBackend.Check(Libmpi.MPI_Info_free(&info), "MPI_Info_free");
        return hints;
    }

    public void Dispose()
    {
        if (_owned)
        {
            var info = Handle;
            NativeBackend.Check(Libmpi.MPI_Info_free(&info), "MPI_Info_free");
        }
    }
}
