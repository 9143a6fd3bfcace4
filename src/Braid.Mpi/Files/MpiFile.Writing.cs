namespace Braid.Mpi;

/// <content>
/// Writing. Where a request is returned, await it; the memory stays pinned and must not be touched before.
/// </content>
public sealed unsafe partial class MpiFile
{
    /// <summary>Writes at this rank's position, which moves on.</summary>
    public Status Write<T>(ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at this rank's position, which moves on.</summary>
    public Status Write(ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Write, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to write at this rank's position, which moves on.</summary>
    public Request StartWrite<T>(ReadOnlyMemory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Write, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Writes at a place of the view.</summary>
    public Status WriteAt<T>(long offset, ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write | FileTransfer.At, offset, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at a place of the view.</summary>
    public Status WriteAt(long offset, ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Write | FileTransfer.At, offset, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to write at a place of the view.</summary>
    public Request StartWriteAt<T>(long offset, ReadOnlyMemory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Write | FileTransfer.At, offset, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Starts to write data laid out by a datatype at a place of the view.</summary>
    public Request StartWriteAt<T>(long offset, ReadOnlyTypedMemory<T> buffer) where T : unmanaged
    {
        var request = Start(FileTransfer.Write | FileTransfer.At, offset, buffer.Memory.Pin(), buffer.Count, buffer.Type.Handle);
        GC.KeepAlive(buffer.Type);
        return request;
    }

    /// <summary>Writes at each rank's position. Collective.</summary>
    public Status WriteAll<T>(ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write | FileTransfer.Collective, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at each rank's position. Collective.</summary>
    public Status WriteAll(ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Write | FileTransfer.Collective, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to write at each rank's position. Collective.</summary>
    public Request StartWriteAll<T>(ReadOnlyMemory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Write | FileTransfer.Collective, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Writes at a place that each rank names. Collective.</summary>
    public Status WriteAtAll<T>(long offset, ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write | FileTransfer.At | FileTransfer.Collective, offset, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at a place that each rank names. Collective.</summary>
    public Status WriteAtAll(long offset, ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(
                FileTransfer.Write | FileTransfer.At | FileTransfer.Collective, offset, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to write at a place that each rank names. Collective.</summary>
    public Request StartWriteAtAll<T>(long offset, ReadOnlyMemory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Write | FileTransfer.At | FileTransfer.Collective, offset, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Starts to write data laid out by a datatype at a place that each rank names. Collective.</summary>
    public Request StartWriteAtAll<T>(long offset, ReadOnlyTypedMemory<T> buffer) where T : unmanaged
    {
        var request = Start(
            FileTransfer.Write | FileTransfer.At | FileTransfer.Collective, offset, buffer.Memory.Pin(), buffer.Count,
            buffer.Type.Handle);
        GC.KeepAlive(buffer.Type);
        return request;
    }

    /// <summary>Writes at the shared position, which moves on; who comes first is not defined.</summary>
    public Status WriteShared<T>(ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write | FileTransfer.Shared, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at the shared position, which moves on; who comes first is not defined.</summary>
    public Status WriteShared(ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(FileTransfer.Write | FileTransfer.Shared, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }

    /// <summary>Starts to write at the shared position, which moves on; who comes first is not defined.</summary>
    public Request StartWriteShared<T>(ReadOnlyMemory<T> buffer) where T : unmanaged =>
        Start(FileTransfer.Write | FileTransfer.Shared, 0, buffer.Pin(), buffer.Length, TypeOf<T>.Handle);

    /// <summary>Writes at the shared position, in the order of the ranks. Collective.</summary>
    public Status WriteOrdered<T>(ReadOnlySpan<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            return Transfer(FileTransfer.Write | FileTransfer.Shared | FileTransfer.Collective, 0, start, buffer.Length, TypeOf<T>.Handle);
        }
    }

    /// <summary>Writes data laid out by a datatype at the shared position, in the order of the ranks. Collective.</summary>
    public Status WriteOrdered(ReadOnlyTypedSpan buffer)
    {
        fixed (byte* start = buffer)
        {
            var status = Transfer(
                FileTransfer.Write | FileTransfer.Shared | FileTransfer.Collective, 0, start, buffer.Count, buffer.Type.Handle);
            GC.KeepAlive(buffer.Type);
            return status;
        }
    }
}
