using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>Frees a datatype that was made here, once; one that MPI defines itself is never freed.</summary>
internal sealed unsafe class DatatypeHandle : SafeHandle
{
    public DatatypeHandle(nint handle, bool owned) : base(0, owned)
    {
        Owned = owned;
        SetHandle(handle);
    }

    public bool Owned { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>The handle, refused after its release.</summary>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, typeof(Datatype));
            return handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        // After MPI_Finalize the library is not to be called; and the finaliser's thread may call it only where any thread may.
        if (!Runtime.IsActive || Runtime.Backend.ThreadLevel != MpiThreadLevel.Multiple)
        {
            return true;
        }
        var type = handle;
        return Runtime.Backend.TypeFree(&type) == 0;
    }
}
