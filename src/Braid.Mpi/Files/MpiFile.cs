namespace Braid.Mpi;

/// <summary>
/// A file that the ranks of a communicator read and write together. Places and positions are counted in elements of the view, which is one
/// byte after the other until <see cref="SetView{T}"/> says otherwise. Each rank has a position of its own, and all share another.
/// </summary>
/// <remarks>What one rank wrote is seen by another after <see cref="Sync"/> on both sides of a barrier, or at once where atomic.</remarks>
public sealed unsafe partial class MpiFile : IDisposable
{
    private nint _handle;

    private MpiFile(nint handle, MpiFileMode mode) => (_handle, Mode) = (handle, mode);

    /// <summary>How it was opened.</summary>
    public MpiFileMode Mode { get; }

    /// <summary>Bytes in the file.</summary>
    public long Size
    {
        get
        {
            Runtime.Check(Runtime.Backend.FileSize(Handle, out var bytes), "MPI_File_get_size");
            return bytes;
        }
    }

    /// <summary>This rank's position, in elements of the view.</summary>
    public long Position
    {
        get
        {
            Runtime.Check(Runtime.Backend.FilePosition(Handle, shared: false, out var offset), "MPI_File_get_position");
            return offset;
        }
    }

    /// <summary>The position that all share, in elements of the view.</summary>
    public long SharedPosition
    {
        get
        {
            Runtime.Check(Runtime.Backend.FilePosition(Handle, shared: true, out var offset), "MPI_File_get_position_shared");
            return offset;
        }
    }

    /// <summary>Whether what one rank writes is seen by the others at once, and whole.</summary>
    public bool IsAtomic
    {
        get
        {
            Runtime.Check(Runtime.Backend.FileIsAtomic(Handle, out var atomic), "MPI_File_get_atomicity");
            return atomic;
        }
    }

    private nint Handle
    {
        get
        {
            Runtime.ThrowIfFinished();
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Opens a file. Collective.</summary>
    /// <param name="communicator">The ranks that use it; <see cref="Mpi.Self"/> for one's own.</param>
    /// <param name="path">The same file at all ranks.</param>
    /// <param name="mode">The same at all ranks.</param>
    /// <param name="hints">What may help the MPI, for example <c>striping_factor</c>; it ignores what it does not know.</param>
    /// <exception cref="MpiException">There is no such file (class <see cref="MpiErrorClass.NoSuchFile"/>), it exists already, or it may
    /// not be opened so.</exception>
    public static MpiFile Open(
        Communicator communicator, string path, MpiFileMode mode = MpiFileMode.Read, IReadOnlyDictionary<string, string>? hints = null)
    {
        CheckOf(path, Runtime.Backend.FileOpen(communicator.Handle, path, mode, hints, out var file), "MPI_File_open");
        return new(file, mode);
    }

    /// <summary>Deletes a file; not collective.</summary>
    public static void Delete(string path)
    {
        _ = Mpi.World.Handle;
        CheckOf(path, Runtime.Backend.FileDelete(path), "MPI_File_delete");
    }

    /// <summary>Cuts or lengthens the file. Collective.</summary>
    public void SetSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Runtime.Check(Runtime.Backend.FileSetSize(Handle, bytes), "MPI_File_set_size");
    }

    /// <summary>Makes sure that there is room for so many bytes, lengthening the file if need be. Collective.</summary>
    public void Preallocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Runtime.Check(Runtime.Backend.FilePreallocate(Handle, bytes), "MPI_File_preallocate");
    }

    /// <summary>Sees the file as values of one type from a byte on; all positions go to the start. Collective.</summary>
    public void SetView<T>(long displacementBytes = 0) where T : unmanaged =>
        SetView(displacementBytes, Datatype.Of<T>(), Datatype.Of<T>());

    /// <summary>
    /// Sees through a layout that repeats from a byte on: only the bytes where the layout has data exist for this rank. With a
    /// <see cref="Datatype.Subarray"/> each rank sees its part of a grid. All positions go to the start. Collective.
    /// </summary>
    /// <param name="displacementBytes">Where the first layout begins.</param>
    /// <param name="element">What places and positions count; the same size at all ranks.</param>
    /// <param name="layout">Made out of whole elements; each rank may give its own.</param>
    /// <param name="representation">How values lie in the file: <c>native</c> as in memory; an MPI may know <c>external32</c>.</param>
    public void SetView(long displacementBytes, Datatype element, Datatype layout, string representation = "native")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(displacementBytes);
        var code = Runtime.Backend.FileSetView(Handle, displacementBytes, element.Handle, layout.Handle, representation);
        GC.KeepAlive(element);
        GC.KeepAlive(layout);
        Runtime.Check(code, "MPI_File_set_view");
    }

    /// <summary>Moves this rank's position, in elements of the view.</summary>
    public void Seek(long offset, SeekOrigin origin = SeekOrigin.Begin) =>
        Runtime.Check(Runtime.Backend.FileSeek(Handle, offset, origin, shared: false), "MPI_File_seek");

    /// <summary>Moves the shared position. Collective, the same at all ranks.</summary>
    public void SeekShared(long offset, SeekOrigin origin = SeekOrigin.Begin) =>
        Runtime.Check(Runtime.Backend.FileSeek(Handle, offset, origin, shared: true), "MPI_File_seek_shared");

    /// <summary>The byte of the file where an element of the view begins.</summary>
    public long ByteOffset(long offset)
    {
        Runtime.Check(Runtime.Backend.FileByteOffset(Handle, offset, out var bytes), "MPI_File_get_byte_offset");
        return bytes;
    }

    /// <summary>Waits until what was written is on the disk. Collective.</summary>
    public void Sync() => Runtime.Check(Runtime.Backend.FileSync(Handle), "MPI_File_sync");

    /// <summary>Makes writes atomic, or not any more. Collective.</summary>
    public void SetAtomic(bool atomic) => Runtime.Check(Runtime.Backend.FileSetAtomic(Handle, atomic), "MPI_File_set_atomicity");

    /// <summary>Closes the file. Collective.</summary>
    public void Dispose()
    {
        if (_handle != 0 && Runtime.IsActive)
        {
            var handle = _handle;
            _handle = 0;
            Runtime.Check(Runtime.Backend.FileClose(&handle), "MPI_File_close");
        }
    }

    /// <summary>An MPI's own text does not always name the file.</summary>
    private static void CheckOf(string path, int code, string function)
    {
        if (code != 0)
        {
            throw new MpiException(
                Runtime.Backend.ErrorClassOf(code), code, function, $"'{path}': {Runtime.Backend.ErrorText(code)}");
        }
    }
}
