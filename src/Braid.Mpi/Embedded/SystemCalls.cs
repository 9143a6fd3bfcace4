using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>The calls of Linux that .NET has no face for.</summary>
internal static unsafe partial class SystemCalls
{
    private const int FutexWait = 0;
    private const int FutexWake = 1;

    private static readonly nint FutexNumber = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>Sleeps while the word holds the value, at most so long.</summary>
    public static void WaitWhile(int* word, int value, int millisecondsMax)
    {
        var time = new Time { Nanoseconds = millisecondsMax * 1_000_000L };
        _ = Call(FutexNumber, word, FutexWait, value, &time, null, 0);
    }

    public static void Wake(int* word) => _ = Call(FutexNumber, word, FutexWake, int.MaxValue, null, null, 0);

    /// <summary>Copies out of another process's memory (process_vm_readv); false where the system does not allow it.</summary>
    public static bool TryReadProcess(int process, long address, byte* target, long length)
    {
        while (length > 0)
        {
            // One call moves at most 2 GiB less a page.
            var step = Math.Min(length, 1L << 30);
            var local = new Vector { Start = target, Length = (nuint)step };
            var remote = new Vector { Start = (void*)address, Length = (nuint)step };
            var moved = ReadVector(process, &local, 1, &remote, 1, 0);
            if (moved <= 0)
            {
                return false;
            }
            target += moved;
            address += moved;
            length -= moved;
        }
        return true;
    }

    /// <summary>Copies into another process's memory (process_vm_writev); false where the system does not allow it.</summary>
    public static bool TryWriteProcess(int process, long address, byte* source, long length)
    {
        while (length > 0)
        {
            var step = Math.Min(length, 1L << 30);
            var local = new Vector { Start = source, Length = (nuint)step };
            var remote = new Vector { Start = (void*)address, Length = (nuint)step };
            var moved = WriteVector(process, &local, 1, &remote, 1, 0);
            if (moved <= 0)
            {
                return false;
            }
            source += moved;
            address += moved;
            length -= moved;
        }
        return true;
    }

    /// <summary>Lets other processes of this user read this one's memory where the Yama module would not (PR_SET_PTRACER).</summary>
    public static void AllowReading() => _ = ProcessControl(0x59616d61, unchecked((nuint)(-1)), 0, 0, 0);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    /// <summary>Ends the process without running anything more of it.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int code);

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentProcess();

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, int* word, int operation, int value, void* time, void* second, int third);

    [LibraryImport("libc", EntryPoint = "process_vm_readv")]
    private static partial nint ReadVector(int process, Vector* local, nuint locals, Vector* remote, nuint remotes, nuint flags);

    [LibraryImport("libc", EntryPoint = "process_vm_writev")]
    private static partial nint WriteVector(int process, Vector* local, nuint locals, Vector* remote, nuint remotes, nuint flags);

    /// <summary>Thread.Sleep has a step of a millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    public static partial int SleepMicroseconds(uint microseconds);
}
