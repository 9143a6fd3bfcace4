namespace Braid.Mpi;

/// <content>
/// Reading. The status tells how much was moved: at the end of the file less than asked. Where a request is returned, await it;
/// the memory stays pinned and must not be touched before.
/// </content>
public sealed unsafe partial class MpiFile
{
    /// <summary>Reads at this rank's position, which moves on.</summary>
    public Status Read<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at this rank's position, which moves on.</summary>
    public Status Read(TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Read, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to read at this rank's position, which moves on.</summary>
    public Request StartRead<T>(Memory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Read, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Reads at a place of the view.</summary>
    public Status ReadAt<T>(long offset, Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read | FileTransfer.At, offset, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at a place of the view.</summary>
    public Status ReadAt(long offset, TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Read | FileTransfer.At, offset, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to read at a place of the view.</summary>
    public Request StartReadAt<T>(long offset, Memory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Read | FileTransfer.At, offset, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Starts to read data laid out by a datatype at a place of the view.</summary>
    public Request StartReadAt<T>(long offset, TypedMemory<T> buffer) where T : unmanaged
    {
        var request = Start(FileTransfer.Read | FileTransfer.At, offset, buffer.Memory.Pin(), buffer.Count, buffer.Type.Handle);
        GC.KeepAlive(buffer.Type);
        return request;
    }

    /// <summary>Reads at each rank's position. Collective.</summary>
    public Status ReadAll<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read | FileTransfer.Collective, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at each rank's position. Collective.</summary>
    public Status ReadAll(TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Read | FileTransfer.Collective, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to read at each rank's position. Collective.</summary>
    public Request StartReadAll<T>(Memory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Read | FileTransfer.Collective, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Reads at a place that each rank names. Collective.</summary>
    public Status ReadAtAll<T>(long offset, Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read | FileTransfer.At | FileTransfer.Collective, offset, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at a place that each rank names. Collective.</summary>
    public Status ReadAtAll(long offset, TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(
                FileTransfer.Read | FileTransfer.At | FileTransfer.Collective, offset, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to read at a place that each rank names. Collective.</summary>
    public Request StartReadAtAll<T>(long offset, Memory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Read | FileTransfer.At | FileTransfer.Collective, offset, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Starts to read data laid out by a datatype at a place that each rank names. Collective.</summary>
    public Request StartReadAtAll<T>(long offset, TypedMemory<T> buffer) where T : unmanaged
    {
        var request = Start(
            FileTransfer.Read | FileTransfer.At | FileTransfer.Collective, offset, buffer.Memory.Pin(), buffer.Count,
            buffer.Type.Handle);
        GC.KeepAlive(buffer.Type);
        return request;
    }

    /// <summary>Reads at the shared position, which moves on; who comes first is not defined.</summary>
    public Status ReadShared<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read | FileTransfer.Shared, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at the shared position, which moves on; who comes first is not defined.</summary>
    public Status ReadShared(TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Read | FileTransfer.Shared, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to read at the shared position, which moves on; who comes first is not defined.</summary>
    public Request StartReadShared<T>(Memory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Read | FileTransfer.Shared, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Reads at the shared position, in the order of the ranks. Collective.</summary>
    public Status ReadOrdered<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Read | FileTransfer.Shared | FileTransfer.Collective, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Reads data laid out by a datatype at the shared position, in the order of the ranks. Collective.</summary>
    public Status ReadOrdered(TypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(
                FileTransfer.Read | FileTransfer.Shared | FileTransfer.Collective, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }
}
