using System.Runtime.InteropServices;
using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Processes and jobs that find each other while they run, and hints.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int Spawn(
        string command, IReadOnlyList<string> arguments, int processes, IReadOnlyDictionary<string, string>? hints, int root, nint comm,
        out nint created)
    {
        nint value = 0;
        using var info = new NativeInfo(_abi, hints);
        // A list of strings with a null behind, as C has it.
        var texts = (byte**)NativeMemory.AllocZeroed((nuint)(arguments.Count + 1), (nuint)sizeof(byte*));
        var codes = new int[processes];
        try
        {
            for (var i = 0; i < arguments.Count; i++)
            {
                texts[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
            }
            fixed (byte* program = Terminated(command))
            fixed (int* failures = codes)
            {
                var code = Libmpi.MPI_Comm_spawn(program, texts, processes, info.Handle, root, comm, &value, failures);
                return Created(code, value, out created);
            }
        }
        finally
        {
            for (var i = 0; i < arguments.Count; i++)
            {
                Marshal.FreeCoTaskMem((nint)texts[i]);
            }
            NativeMemory.Free(texts);
        }
    }

    public override int Parent(out nint comm)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_get_parent(&value);
        comm = value;
        return code != 0 || value == _abi.CommNull ? code : Created(code, value, out comm);
    }

    public override int Disconnect(nint* comm) => Libmpi.MPI_Comm_disconnect(comm);

    public override int OpenPort(out string port)
    {
        var name = stackalloc byte[_abi.MaxPortName + 1];
        var code = Libmpi.MPI_Open_port(_abi.InfoNull, name);
        port = code == 0 ? Marshal.PtrToStringUTF8((nint)name)! : "";
        return code;
    }

    public override int ClosePort(string port)
    {
        fixed (byte* name = PortName(port))
        {
            return Libmpi.MPI_Close_port(name);
        }
    }

    public override int Accept(string port, int root, nint comm, out nint created)
    {
        nint value = 0;
        fixed (byte* name = PortName(port))
        {
            var code = Libmpi.MPI_Comm_accept(name, _abi.InfoNull, root, comm, &value);
            return Created(code, value, out created);
        }
    }

    public override int Connect(string port, int root, nint comm, out nint created)
    {
        nint value = 0;
        fixed (byte* name = PortName(port))
        {
            var code = Libmpi.MPI_Comm_connect(name, _abi.InfoNull, root, comm, &value);
            return Created(code, value, out created);
        }
    }

    public override int Publish(string service, string port)
    {
        fixed (byte* name = Terminated(service), where = PortName(port))
        {
            return Libmpi.MPI_Publish_name(name, _abi.InfoNull, where);
        }
    }

    public override int Unpublish(string service, string port)
    {
        fixed (byte* name = Terminated(service), where = PortName(port))
        {
            return Libmpi.MPI_Unpublish_name(name, _abi.InfoNull, where);
        }
    }

    public override int Lookup(string service, out string port)
    {
        var where = stackalloc byte[_abi.MaxPortName + 1];
        fixed (byte* name = Terminated(service))
        {
            var code = Libmpi.MPI_Lookup_name(name, _abi.InfoNull, where);
            port = code == 0 ? Marshal.PtrToStringUTF8((nint)where)! : "";
            return code;
        }
    }

    public override int SetHints(nint comm, IReadOnlyDictionary<string, string> hints)
    {
        using var info = new NativeInfo(_abi, hints);
        return info.Handle == _abi.InfoNull ? 0 : Libmpi.MPI_Comm_set_info(comm, info.Handle);
    }

    public override int GetHints(nint comm, out IReadOnlyDictionary<string, string> hints)
    {
        nint info = 0;
        var code = Libmpi.MPI_Comm_get_info(comm, &info);
        hints = code == 0 ? NativeInfo.Take(info) : new Dictionary<string, string>();
        return code;
    }

    /// <summary>An error on a communicator that did not come from another ends the job unless it is told otherwise.</summary>
    private int Created(int code, nint value, out nint created)
    {
        created = value;
        return code != 0 ? code : Libmpi.MPI_Comm_set_errhandler(value, _abi.ErrorsReturn);
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>Some MPIs read a port's name to its greatest length.</summary>
    private byte[] PortName(string port)
    {
        var name = new byte[Math.Max(_abi.MaxPortName, Encoding.UTF8.GetByteCount(port)) + 1];
        Encoding.UTF8.GetBytes(port, name);
        return name;
    }
}
