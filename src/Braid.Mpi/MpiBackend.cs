using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>How a message is sent (MPI 4.1, section 3.4). The buffered mode is <see cref="BufferedSendSpace"/>'s.</summary>
internal enum SendMode
{
    Standard, Synchronous, Ready,
}

/// <summary>
/// What carries the messages: the machine's MPI (<see cref="Native.NativeBackend"/>) or shared memory
/// (<see cref="Embedded.EmbeddedBackend"/>). Its members are MPI's functions over MPI's handles with the constants of the standard ABI, so
/// one public surface serves both. A member returns MPI's error code, which <see cref="ErrorClassOf"/> and <see cref="ErrorText"/> explain;
/// a <c>request</c> that is null means blocking.
/// </summary>
/// <remarks>
/// <see cref="Runtime.Backend"/> is a static read-only field set once, so the just-in-time compiler knows the exact class and calls it
/// without dispatch: the native hot path pays nothing for there being another.
/// </remarks>
internal abstract unsafe partial class MpiBackend
{
    public abstract MpiImplementation Implementation { get; }
    public abstract string LibraryVersion { get; }
    public abstract Version StandardVersion { get; }
    public abstract MpiThreadLevel ThreadLevel { get; }
    public abstract string ProcessorName { get; }

    public abstract nint World { get; }
    public abstract nint Self { get; }
    public abstract nint CommNull { get; }
    public abstract nint RequestNull { get; }
    public abstract void* InPlace { get; }
    public abstract nint Type(BasicType type);
    public abstract nint Op(BasicOp op);

    public abstract double Seconds { get; }
    public abstract void Finish();
    public abstract void Abort(int exitCode);
    public abstract MpiErrorClass ErrorClassOf(int code);
    public abstract string ErrorText(int code);

    // Status
    public abstract int Source(in StatusBlock status);
    public abstract int Tag(in StatusBlock status);
    public abstract int Error(in StatusBlock status);
    public abstract long Bytes(in StatusBlock status);
    public abstract bool Cancelled(in StatusBlock status);

    // Point to point
    public abstract int Send(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm);
    public abstract int Receive(void* buffer, int count, nint type, int source, int tag, nint comm, StatusBlock* status);
    public abstract int SendReceive(
        void* send, int sendCount, nint sendType, int destination, int sendTag,
        void* receive, int receiveCount, nint receiveType, int source, int receiveTag, nint comm, StatusBlock* status);
    public abstract int SendReceiveReplace(
        void* buffer, int count, nint type, int destination, int sendTag, int source, int receiveTag, nint comm, StatusBlock* status);
    public abstract int StartSend(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request);
    public abstract int StartReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request);
    public abstract int PrepareSend(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request);
    public abstract int PrepareReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request);
    public abstract int StartPrepared(nint* request);
    public abstract int Probe(int source, int tag, nint comm, StatusBlock* status);
    public abstract int TryProbe(int source, int tag, nint comm, out bool found, StatusBlock* status);
    public abstract int MatchedProbe(int source, int tag, nint comm, nint* message, StatusBlock* status);
    public abstract int TryMatchedProbe(int source, int tag, nint comm, out bool found, nint* message, StatusBlock* status);
    public abstract int MatchedReceive(void* buffer, int count, nint type, nint* message, StatusBlock* status);
    public abstract int StartMatchedReceive(void* buffer, int count, nint type, nint* message, nint* request);

    // Requests
    public abstract int Test(nint* request, out bool done, StatusBlock* status);
    public abstract int Wait(nint* request, StatusBlock* status);
    public abstract int WaitAll(Span<nint> requests, Span<StatusBlock> statuses);
    public abstract int WaitAny(Span<nint> requests, out int index, StatusBlock* status);
    public abstract int TestSome(Span<nint> requests, Span<int> indices, Span<StatusBlock> statuses, out int count);
    public abstract int Cancel(nint* request);
    public abstract int FreeRequest(nint* request);

    /// <summary>Sleeps until something may have come for a request since the last call; false where there is no way to.</summary>
    public virtual bool TrySleep() => false;

    /// <summary>Ends the sleep of <see cref="TrySleep"/>.</summary>
    public virtual void Rouse()
    {
    }

    // Communicators and groups
    public abstract int Rank(nint comm, out int rank);
    public abstract int Size(nint comm, out int size);
    public abstract int RemoteSize(nint comm, out int size);
    public abstract int IsInter(nint comm, out bool inter);
    public abstract int Duplicate(nint comm, out nint created);
    public abstract int Split(nint comm, int color, int key, out nint created);
    public abstract int SplitShared(nint comm, int key, out nint created);
    public abstract int CreateFromGroup(nint comm, nint group, int tag, out nint created);
    public abstract int Compare(nint first, nint second, out MpiComparison comparison);
    public abstract int Free(nint* comm);
    public abstract int SetName(nint comm, string name);
    public abstract int GetName(nint comm, out string name);
    public abstract long? Attribute(nint comm, CommunicatorAttribute attribute);
    public abstract int CreateInter(nint local, int localLeader, nint peer, int remoteLeader, int tag, out nint created);
    public abstract int Merge(nint inter, bool high, out nint created);

    public abstract int GroupOf(nint comm, out nint group);
    public abstract int RemoteGroupOf(nint comm, out nint group);
    public abstract int GroupSize(nint group, out int size);
    public abstract int GroupRank(nint group, out int rank);
    public abstract int GroupInclude(nint group, ReadOnlySpan<int> ranks, out nint created);
    public abstract int GroupExclude(nint group, ReadOnlySpan<int> ranks, out nint created);
    public abstract int GroupCombine(GroupSetOperation operation, nint first, nint second, out nint created);
    public abstract int GroupTranslate(nint from, ReadOnlySpan<int> ranks, nint to, Span<int> translated);
    public abstract int GroupCompare(nint first, nint second, out MpiComparison comparison);
    public abstract int FreeGroup(nint* group);

    // Cartesian and graph topologies
    public abstract int CreateCartesian(
        nint comm, ReadOnlySpan<int> dimensions, ReadOnlySpan<bool> periods, bool reorder, out nint created);
    public abstract int CartesianCoordinates(nint comm, int rank, Span<int> coordinates);
    public abstract int CartesianRank(nint comm, ReadOnlySpan<int> coordinates, out int rank);
    public abstract int CartesianShift(nint comm, int dimension, int displacement, out int source, out int destination);
    public abstract int CartesianSub(nint comm, ReadOnlySpan<bool> keep, out nint created);
    public abstract int CreateGraph(nint comm, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations, bool reorder, out nint created);

    // Datatypes
    public abstract int TypeContiguous(int count, nint type, out nint created);
    public abstract int TypeVector(int count, int blockLength, long strideBytes, nint type, out nint created);
    public abstract int TypeIndexed(ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, nint type, out nint created);
    public abstract int TypeStruct(
        ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, ReadOnlySpan<nint> types, out nint created);
    public abstract int TypeResized(nint type, long lowerBound, long extent, out nint created);
    public abstract int TypeSubarray(
        ReadOnlySpan<int> sizes, ReadOnlySpan<int> subsizes, ReadOnlySpan<int> starts, bool columnMajor, nint type, out nint created);
    public abstract int TypeCommit(nint* type);
    public abstract int TypeFree(nint* type);
    public abstract int TypeSize(nint type, out long bytes);
    public abstract int TypeExtent(nint type, out long lowerBound, out long extent);
    public abstract int TypeTrueExtent(nint type, out long lowerBound, out long extent);
    public abstract int Pack(void* source, int count, nint type, void* destination, int size, ref int position, nint comm);
    public abstract int Unpack(void* source, int size, ref int position, void* destination, int count, nint type, nint comm);
    public abstract int PackSize(int count, nint type, nint comm, out int size);

    public abstract int PackExternal(void* source, int count, nint type, void* destination, long size, ref long position);
    public abstract int UnpackExternal(void* source, long size, ref long position, void* destination, int count, nint type);
    public abstract int PackExternalSize(int count, nint type, out long size);

    // Reductions
    public abstract int CreateOp(UserReduction reduction, bool commutative, out nint op);
    public abstract int FreeOp(nint* op);
    public abstract int ReduceLocal(void* input, void* inout, int count, nint type, nint op);
}
