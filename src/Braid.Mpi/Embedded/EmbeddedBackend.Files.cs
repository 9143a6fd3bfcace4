using Braid.Mpi.Abi;
using Microsoft.Win32.SafeHandles;

namespace Braid.Mpi.Embedded;

/// <content>Files: the system's own, with the view worked out here and the shared position in shared memory.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    private const int TransferBytesMax = 1 << 30;
    private readonly HandleTable<EmbeddedFile> _files = new(MpiErrorClass.File, "file");

    public override int FileOpen(nint comm, string path, MpiFileMode mode, IReadOnlyDictionary<string, string>? hints, out nint file)
    {
        CheckMode(mode);
        var of = WindowCommunicator(comm, "MPI_File_open");
        // The first rank creates it, or finds out why not; the others then only open it.
        SafeFileHandle? handle = null;
        var failed = MpiErrorClass.Success;
        if (of.Rank == 0)
        {
            failed = TryOpen(path, mode, create: true, out handle);
        }
        failed = (MpiErrorClass)BroadcastInts(of, [(int)failed], 0)[0];
        if (failed == MpiErrorClass.Success && of.Rank != 0)
        {
            failed = TryOpen(path, mode, create: false, out handle);
        }
        var worst = (MpiErrorClass)AllGatherLongs(of, [(long)failed])[0].Max();
        if (worst != MpiErrorClass.Success)
        {
            handle?.Dispose();
            throw Failure(worst, "MPI_File_open", $"'{path}' cannot be opened for {mode}: {worst}.");
        }
        var bytes = _types[Type(BasicType.Byte)];
        var opened = new EmbeddedFile(of, ShareMemory(of, 128), handle!, path, mode) { Element = bytes, Layout = bytes };
        if (mode.HasFlag(MpiFileMode.Append))
        {
            opened.Position = RandomAccess.GetLength(handle!);
            if (of.Rank == 0)
            {
                *opened.SharedPosition = opened.Position;
            }
            Barrier(of);
        }
        file = _files.Add(opened);
        return 0;
    }

    public override int FileClose(nint* file)
    {
        var of = _files[*file];
        Barrier(of.Of);
        _files.Remove(*file);
        *file = 0;
        of.Dispose();
        if (of.Of.Rank == 0 && of.Mode.HasFlag(MpiFileMode.DeleteOnClose))
        {
            File.Delete(of.Path);
        }
        return 0;
    }

    public override int FileDelete(string path)
    {
        if (!File.Exists(path))
        {
            throw Failure(MpiErrorClass.NoSuchFile, "MPI_File_delete", $"there is no '{path}'.");
        }
        File.Delete(path);
        return 0;
    }

    public override int FileSetSize(nint file, long bytes) => Resize(file, _ => bytes);

    public override int FilePreallocate(nint file, long bytes) => Resize(file, length => Math.Max(length, bytes));

    public override int FileSize(nint file, out long bytes)
    {
        bytes = RandomAccess.GetLength(_files[file].Handle);
        return 0;
    }

    public override int FileSetView(nint file, long displacementBytes, nint element, nint layout, string representation)
    {
        var of = _files[file];
        if (representation != "native")
        {
            throw Failure(MpiErrorClass.UnsupportedRepresentation, "MPI_File_set_view",
                $"the data representation '{representation}' is not known; there is 'native'.");
        }
        var (unit, seen) = (_types[element], _types[layout]);
        if (unit.Size == 0 || seen.Size % unit.Size != 0)
        {
            throw Failure(MpiErrorClass.Argument, "MPI_File_set_view",
                $"the layout has {seen.Size} bytes of data, which is not a whole number of elements of {unit.Size}.");
        }
        Barrier(of.Of);
        (of.Displacement, of.Element, of.Layout, of.Position) = (displacementBytes, unit, seen, 0);
        if (of.Of.Rank == 0)
        {
            Volatile.Write(ref *of.SharedPosition, 0);
        }
        Barrier(of.Of);
        return 0;
    }

    public override int FileSeek(nint file, long offset, SeekOrigin origin, bool shared)
    {
        var of = _files[file];
        var position = offset + (origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.End => of.ElementsToEnd(),
            _ => shared ? Volatile.Read(ref *of.SharedPosition) : of.Position,
        });
        if (position < 0)
        {
            throw Failure(MpiErrorClass.Argument, "MPI_File_seek", $"the position would be {position}.");
        }
        if (!shared)
        {
            of.Position = position;
            return 0;
        }
        Barrier(of.Of);
        if (of.Of.Rank == 0)
        {
            Volatile.Write(ref *of.SharedPosition, position);
        }
        Barrier(of.Of);
        return 0;
    }

    public override int FilePosition(nint file, bool shared, out long offset)
    {
        var of = _files[file];
        offset = shared ? Volatile.Read(ref *of.SharedPosition) : of.Position;
        return 0;
    }

    public override int FileByteOffset(nint file, long offset, out long bytes)
    {
        var of = _files[file];
        bytes = of.Pieces(offset * of.Element.Size, 1).First().Offset;
        return 0;
    }

    public override int FileSync(nint file)
    {
        var of = _files[file];
        if (!of.Mode.HasFlag(MpiFileMode.Read))
        {
            RandomAccess.FlushToDisk(of.Handle);
        }
        Barrier(of.Of);
        return 0;
    }

    public override int FileSetAtomic(nint file, bool atomic)
    {
        var of = _files[file];
        of.IsAtomic = atomic;
        Barrier(of.Of);
        return 0;
    }

    public override int FileIsAtomic(nint file, out bool atomic)
    {
        atomic = _files[file].IsAtomic;
        return 0;
    }

    public override int Transfer(
        FileTransfer transfer, nint file, long offset, void* buffer, int count, nint type, nint* request, StatusBlock* status)
    {
        var (of, layout) = (_files[file], _types[type]);
        var write = transfer.HasFlag(FileTransfer.Write);
        if (of.Mode.HasFlag(write ? MpiFileMode.Read : MpiFileMode.Write))
        {
            throw Failure(write ? MpiErrorClass.ReadOnly : MpiErrorClass.Access, "MPI_File", $"the file was opened for {of.Mode}.");
        }
        var bytes = count * layout.Size;
        var at = PlaceOf(of, transfer, offset, bytes / of.Element.Size) * of.Element.Size;
        var operation = new Operation();
        if (request == null)
        {
            operation.Received = Move(of, write, at, buffer, count, layout);
            return Report(operation, status);
        }
        *request = _requests.Add(operation);
        // A disk does not wait for other ranks, so the pool's threads can.
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    operation.Received = Move(of, write, at, buffer, count, layout);
                }
                catch (Exception e)
                {
                    operation.Failure = e;
                }
                _engine.Conclude(operation);
            },
            null);
        return 0;
    }

    private long PlaceOf(EmbeddedFile of, FileTransfer transfer, long offset, long elements)
    {
        if (transfer.HasFlag(FileTransfer.At))
        {
            return offset >= 0 ? offset
                : throw Failure(MpiErrorClass.Argument, "MPI_File", $"the place is {offset}; it must be at least 0.");
        }
        if (!transfer.HasFlag(FileTransfer.Shared))
        {
            return of.Take(elements);
        }
        if (!transfer.HasFlag(FileTransfer.Collective))
        {
            return Interlocked.Add(ref *of.SharedPosition, elements) - elements;
        }
        var all = AllGatherLongs(of.Of, [elements])[0];
        var first = of.Of.Rank == 0 ? Interlocked.Add(ref *of.SharedPosition, all.Sum()) - all.Sum() : 0;
        return AllGatherLongs(of.Of, [first])[0][0] + all.Take(of.Of.Rank).Sum();
    }

    /// <summary>Reads or writes from a byte of the view on; the bytes moved, which are fewer at the end of the file.</summary>
    private long Move(EmbeddedFile of, bool write, long at, void* buffer, long count, EmbeddedType type)
    {
        var patience = default(Engine.Patience);
        while (of.IsAtomic && Interlocked.CompareExchange(ref *of.Mutex, 1, 0) != 0)
        {
            _engine.PauseBriefly(ref patience);
        }
        try
        {
            using var data = write || type.IsContiguous ? new Packed(type, count, buffer) : new Packed(type, count);
            var moved = write ? Write(of, at, data.Start, data.Bytes) : Read(of, at, data.Start, data.Bytes);
            if (!write && !type.IsContiguous)
            {
                type.Unpack(data.Start, moved, buffer, count);
            }
            return moved;
        }
        catch (IOException e)
        {
            throw Failure(MpiErrorClass.IO, write ? "MPI_File_write" : "MPI_File_read", e.Message);
        }
        finally
        {
            if (of.IsAtomic)
            {
                Volatile.Write(ref *of.Mutex, 0);
            }
        }
    }

    private static long Read(EmbeddedFile of, long at, byte* data, long bytes)
    {
        long moved = 0;
        foreach (var (offset, length) in of.Pieces(at, bytes))
        {
            for (long done = 0; done < length;)
            {
                var step = RandomAccess.Read(
                    of.Handle, new Span<byte>(data + moved, (int)Math.Min(length - done, TransferBytesMax)), offset + done);
                if (step == 0)
                {
                    return moved;
                }
                (done, moved) = (done + step, moved + step);
            }
        }
        return moved;
    }

    private static long Write(EmbeddedFile of, long at, byte* data, long bytes)
    {
        long moved = 0;
        foreach (var (offset, length) in of.Pieces(at, bytes))
        {
            for (long done = 0; done < length;)
            {
                var step = (int)Math.Min(length - done, TransferBytesMax);
                RandomAccess.Write(of.Handle, new ReadOnlySpan<byte>(data + moved, step), offset + done);
                (done, moved) = (done + step, moved + step);
            }
        }
        return moved;
    }

    private int Resize(nint file, Func<long, long> size)
    {
        var of = _files[file];
        if (of.Mode.HasFlag(MpiFileMode.Read))
        {
            throw Failure(MpiErrorClass.ReadOnly, "MPI_File_set_size", "the file was opened for reading.");
        }
        Barrier(of.Of);
        if (of.Of.Rank == 0)
        {
            RandomAccess.SetLength(of.Handle, size(RandomAccess.GetLength(of.Handle)));
        }
        Barrier(of.Of);
        return 0;
    }

    private static void CheckMode(MpiFileMode mode)
    {
        var access = mode & (MpiFileMode.Read | MpiFileMode.Write | MpiFileMode.ReadWrite);
        if (access is not (MpiFileMode.Read or MpiFileMode.Write or MpiFileMode.ReadWrite))
        {
            throw Failure(MpiErrorClass.AccessMode, "MPI_File_open", $"{mode} is not one of Read, Write and ReadWrite.");
        }
        if (access == MpiFileMode.Read && (mode & (MpiFileMode.Create | MpiFileMode.Exclusive)) != 0)
        {
            throw Failure(MpiErrorClass.AccessMode, "MPI_File_open", $"{mode}: what is created must be written.");
        }
    }

    private static MpiErrorClass TryOpen(string path, MpiFileMode mode, bool create, out SafeFileHandle? handle)
    {
        var how = !create || !mode.HasFlag(MpiFileMode.Create) ? FileMode.Open
            : mode.HasFlag(MpiFileMode.Exclusive) ? FileMode.CreateNew : FileMode.OpenOrCreate;
        var access = mode.HasFlag(MpiFileMode.Read) ? FileAccess.Read
            : mode.HasFlag(MpiFileMode.Write) ? FileAccess.Write : FileAccess.ReadWrite;
        handle = null;
        try
        {
            handle = File.OpenHandle(path, how, access, FileShare.ReadWrite | FileShare.Delete);
            return MpiErrorClass.Success;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return MpiErrorClass.NoSuchFile;
        }
        catch (UnauthorizedAccessException)
        {
            return MpiErrorClass.Access;
        }
        catch (IOException)
        {
            return how == FileMode.CreateNew && File.Exists(path) ? MpiErrorClass.FileExists : MpiErrorClass.IO;
        }
    }
}
